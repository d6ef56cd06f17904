"""UMAP: an embedding gets another map, and its rows stay as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.app.verbs import predict, umap
from neurofm.data import Embedding, store
from neurofm.errors import DataError


@pytest.fixture
def session(session, fake_jobs, tmp_path):
    session.folder = tmp_path / "runs"
    return session


def test_the_worker_gets_the_embedding_in_a_file(session):
    job = session.umap("a unit", dims=3, seed=4)
    given = store.load(job.arguments["embedding"])
    assert np.array_equal(given.values, session.embeddings["a unit"].values)
    assert np.array_equal(given.xy, session.embeddings["a unit"].xy)
    assert (job.task, job.arguments["dims"], job.arguments["seed"]) == ("umap", 3, 4)
    assert (job.action.name, job.action.options) == ("a unit", {"dims": 3, "seed": 4})


def test_an_embedding_that_is_not_there_is_refused_by_name(session):
    before = list(session.actions)
    with pytest.raises(LookupError, match="no embedding 'x'; there are a time, a unit"):
        session.umap("x")
    assert list(session.jobs) == []
    assert session.actions == before


def finish(session, job, tmp_path):
    mapped = store.load(job.arguments["embedding"])
    mapped = replace(mapped, xy=mapped.xy + 5, method="UMAP")
    session.jobs.end(job, out=str(store.save(mapped, tmp_path / "umap.npz")))
    return mapped


def test_it_takes_the_place_of_the_map_once_it_is_there(session, tmp_path):
    mapped = finish(session, session.umap("a unit"), tmp_path)
    shown = session.embeddings["a unit"]
    assert shown.method == "UMAP"
    assert np.array_equal(shown.xy, mapped.xy)
    assert np.array_equal(shown.ids, mapped.ids)


def test_the_map_of_what_is_gone_by_then_is_not_shown(session, heard, tmp_path):
    job = session.umap("a unit")
    session.close("rat")
    said = heard(session.changed)
    finish(session, job, tmp_path)
    assert session.embeddings == {}
    assert said == []


@pytest.mark.parametrize(
    ("made", "dims", "code"),
    [
        (["a unit"], 2, ["align(umap(a_unit.values, 2, seed=4), a_unit.xy)"]),
        (["a unit"], 3, ["umap(a_unit.values, 3, seed=4)"]),
        ([], 2, []),  # no run of ours made it
    ],
)
def test_the_script_draws_the_same_map(lines, made, dims, code):
    wanted = [f"a_unit = replace(a_unit, xy={xy}, method='UMAP')" for xy in code] + ["session.add(a_unit)"] * len(code)
    assert lines("umap", "a unit", *made, dims=dims, seed=4) == wanted


@pytest.mark.parametrize(("option", "value"), [("dims", 1), ("dims", 4), ("seed", -1)])
def test_a_page_that_somebody_edited_is_refused_by_its_field(read_back, option, value):
    with pytest.raises(DataError, match=rf"session\.json: {option}: must be a whole number"):
        read_back("umap", option, value)


@pytest.fixture
def units(tmp_path):
    """An embedding of 60 units, and its file."""
    values = np.random.default_rng(0).normal(size=(60, 5))
    embedding = Embedding(name="units", space="unit", ids=np.arange(60), values=values, xy=values[:, :2])
    return embedding, str(store.save(embedding, tmp_path / "units.npz"))


@pytest.mark.parametrize("dims", [2, 3])
def test_the_same_rows_get_a_new_map(units, told, tmp_path, dims):
    before, path = units
    mapped = store.load(umap.work(told, tmp_path, embedding=path, dims=dims)["out"])
    assert (mapped.method, mapped.xy.shape) == ("UMAP", (60, dims))
    np.testing.assert_array_equal(mapped.ids, before.ids)
    np.testing.assert_array_equal(mapped.values, before.values)
    assert not np.allclose(mapped.xy[:, :2], before.xy)


def test_a_prediction_has_no_map(run, files, told, tmp_path):
    out = predict.work(told, tmp_path, run=run, data=files[0])["out"]
    with pytest.raises(DataError, match="is a prediction, which has no map; choose an embedding"):
        umap.work(told, tmp_path, embedding=out)
