"""A course of another distribution, on data without a clock, is trained like any other."""

from __future__ import annotations

import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import neurofm as nf
from neurofm import registry
from neurofm.data.source import Source
from neurofm.errors import DataError, RunError, Stopped
from neurofm.synthetic import reaching
from neurofm.training.course import check_takes

GROUPS = {"neurofm.models": "rows_model", "neurofm.training.courses": "rows_course"}
PLANTED = {group: {"rows": EntryPoint("rows", module, group)} for group, module in GROUPS.items()}


@pytest.fixture(autouse=True)
def planted(monkeypatch):
    """As if a distribution with these entry points were installed."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "planted"))
    monkeypatch.setattr(registry, "_added", lambda package: PLANTED.get(package, {}))
    yield
    for name in ("rows_source", "rows_course", "rows_model"):
        sys.modules.pop(name, None)


def table(session, seed=0, rows=100):
    from rows_source import Table

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4))
    return Table(session=session, x=x, y=x @ np.array([[1.0], [-2.0], [0.5], [0.0]]) + 0.1 * rng.normal(size=(rows, 1)))


def test_it_learns_predicts_and_embeds(tmp_path):
    data = [table("a"), table("b", 1)]
    assert isinstance(data[0], Source)
    run = nf.train("rows", data, tmp_path / "run", device="cpu")
    assert run.metrics["r2"] > 0.9
    assert run.config["config"] == {"dim": 3, "features": 4}  # as advised, and as settled
    assert (run.config["notes"], run.takes, run.sessions) == (["rows, not seconds"], "table", ["a", "b"])
    again = nf.load(run.path, "cpu")
    np.testing.assert_array_equal(again.predict(data[1]).values, run.predict(data[1]).values)
    assert again.predict(data[0]).held_out.sum() == 10
    nodes = again.embed(data, of="node")
    assert nodes.values.shape == (200, 3)
    assert nodes.labels[100] == "b/0"
    assert nf.load(again.path).embed(data[0], of="node").labels[-1] == "a/99"


def test_it_stops_resumes_and_is_adapted(tmp_path):
    def stop(fraction, text, preview=None, metrics=None):
        if metrics and metrics["step"] == 50:
            raise Stopped("stopped")

    straight = nf.train("rows", table("a"), tmp_path / "a", device="cpu")
    with pytest.raises(Stopped):
        nf.train("rows", table("a"), tmp_path / "b", device="cpu", step=stop)
    resumed = nf.train("rows", table("a"), tmp_path / "b", device="cpu", resume=True)
    np.testing.assert_allclose(*(run.predict(table("a")).values for run in (straight, resumed)), atol=1e-9)
    adapted = nf.finetune(straight, table("c", 3), tmp_path / "c", settings={"steps": 20}, device="cpu")
    assert adapted.vocab["sessions"] == ["a", "c"]
    assert adapted.predict(table("c", 3)).values.shape == (100, 1)
    with pytest.raises(RunError, match="was begun on a, not on c"):
        nf.train("rows", table("c"), tmp_path / "a", device="cpu", resume=True)


def test_a_preview_is_written_while_it_learns(tmp_path):
    previews = []

    def note(fraction, text, preview=None, metrics=None):
        if preview:
            previews.append((preview, metrics["r2_valid"]))

    nf.train("rows", table("a"), tmp_path / "run", device="cpu", step=note)
    folder, score = previews[0]
    assert [p.name for p in Path(folder).iterdir()] == ["rows.npz"]
    assert score < 1
    first = json.loads((tmp_path / "run" / "log.jsonl").read_text().splitlines()[4])
    assert first["r2_valid"] == score


@pytest.mark.parametrize("act", ["train", "predict", "embed", "hide", "finetune"])
def test_a_source_of_another_kind_is_refused_in_one_sentence(tmp_path, act):
    recording = reaching.sessions(1, units=3, duration=10.0)[0]
    run = nf.train("rows", table("a"), tmp_path / "run", device="cpu", settings={"steps": 2})
    call = {
        "train": lambda: nf.train("poyo", table("a"), tmp_path / "other"),
        "predict": lambda: run.predict(recording),
        "embed": lambda: run.embed([recording], of="node"),
        "hide": lambda: run.hide(recording, units=[1]),
        "finetune": lambda: nf.finetune(run, recording, tmp_path / "other"),
    }[act]
    first, second = ("table", "recording") if act == "train" else ("recording", "table")
    with pytest.raises(DataError, match=f"is of the kind '{first}', and .* learns from '{second}'"):
        call()
    assert not (tmp_path / "other").exists()


def test_what_is_no_source_at_all_is_refused_by_its_name():
    spec = registry.get("neurofm.models", "poyo")
    with pytest.raises(DataError, match="SimpleNamespace: is of the kind 'SimpleNamespace', and POYO learns from"):
        check_takes(spec, SimpleNamespace())
