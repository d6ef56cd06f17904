"""A planted kind and a planted verb in worker processes."""

from __future__ import annotations

from typing import Any

import pytest

import neurofm as nf
from neurofm import registry
from neurofm.app.pictures.draw import draw
from tests.kinds.conftest import VIEW, Kind, file, kinds, wait


@kinds
@pytest.mark.parametrize("held", ["in a file", "in memory"])
def test_a_model_learns_from_it_in_a_worker(kind: Kind, held: str, at_work: nf.Session, trained: Any) -> None:
    name = at_work.open(file(trained, kind)) if held == "in a file" else at_work.add(kind.make("another"))
    previews: list[str] = []
    at_work.jobs.preview.connect(lambda job, path: previews.append(path))
    at_work.train(kind.model, settings={"steps": 60})
    wait(at_work)
    assert [(job.task, job.state) for job in at_work.jobs] == [
        (task, "done") for task in ("train", "predict", "embed")
    ], [job.error for job in at_work.jobs]
    assert previews
    (embedding,), (prediction,) = at_work.embeddings.values(), at_work.predictions.values()
    assert (embedding.space, prediction.space) == (kind.space, kind.space)
    assert prediction.session == name
    assert list(at_work.runs) == [f"{kind.model}-1"]
    assert f"nf.train({kind.model!r}" in at_work.script()


@kinds
def test_a_verb_does_its_work_is_kept_shown_and_written(
    kind: Kind, at_work: nf.Session, trained: Any, tmp_path
) -> None:
    name = at_work.open(file(trained, kind))
    at_work.shuffle(name, seed=3)
    wait(at_work)
    order = at_work.results["shuffle"][name]
    assert sorted(order) == list(range(next(iter(at_work.sources[name].spaces().values())).count))
    state = at_work.view("table")
    state.of = "order"
    assert "order" in registry.get("neurofm.app.views", "table").choices(state, at_work)["of"]
    (table,) = draw(registry.get("neurofm.app.views", "table"), state, at_work, VIEW).marks
    assert table.columns[0].text == (name,)
    assert f"session.shuffle({name!r}, seed=3)" in at_work.script()
    again = nf.Session.restore(at_work.save(tmp_path / "a.neurofm"))
    assert again.results == at_work.results
    at_work.close(name)
    assert at_work.results["shuffle"] == {}
