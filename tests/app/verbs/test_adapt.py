"""A run is adapted to a recording without a question asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import neurofm as nf
from neurofm.app.session import Session
from neurofm.app.verbs import adapt
from neurofm.errors import DataError, NeuroFMError, UnknownUnits
from neurofm.runs import RunFolder
from neurofm.synthetic.demo import demo


@pytest.fixture
def two(make: Any, fake_jobs: None, tmp_path: Path) -> Session:
    """Recordings a and b; run-1 has learned from a."""
    session = Session([make.recording("a"), make.recording("b")], folder=tmp_path)
    session.add(make.run(tmp_path / "run-1", "a"))
    return session


def failed(session: Session, job: Any, code: str = UnknownUnits.code) -> Any:
    job.code = code
    session.jobs.end(job, "failed")
    return job


@pytest.mark.parametrize(
    ("model", "reads", "kind", "settings"),
    [("poyo", True, "values", {}), ("mtm", False, "rates", {"steps": adapt.STEPS})],
)
def test_the_newest_run_is_adapted_to_what_it_has_not_seen(
    two: Session, make: Any, tmp_path: Path, model: str, reads: bool, kind: str, settings: dict[str, int]
) -> None:
    target = {"series": "position" if reads else "", "names": ["x", "y"] if reads else [], "unit": "", "kind": kind}
    two.add(make.run(tmp_path / "run-2", "x", "b", model=model, reads_new_units=reads, target=target))
    job: Any = two.adapt()
    assert (job.task, Path(job.arguments["run"]).name, Path(job.arguments["out"]).name) == (
        "finetune", "run-2", "run-2-1",
    )  # fmt: skip
    assert job.arguments["data"] == two.files(["a"])
    assert (job.arguments["choose"], job.arguments["units_only"]) == (reads, False)
    assert job.arguments["settings"] == settings
    assert f"nf.finetune(run_2, [a]{', choose=True' if reads else ''}, out=" in two.script()
    assert ("ridge regression" in adapt.words(two.runs["run-2"])) == reads


def test_labels_choose_of_classes_as_of_values(make: Any, tmp_path: Path) -> None:
    target = {"series": "side", "names": ["left", "right"], "unit": "", "kind": "classes"}
    assert adapt.how(make.run(tmp_path / "run", "x", reads_new_units=True, target=target)) == {"choose": True}


def test_a_recording_without_what_a_run_decodes_is_refused_before_a_job(
    two: Session, make: Any, tmp_path: Path
) -> None:
    target = {"series": "side", "names": ["left", "right"], "unit": "", "kind": "classes"}
    two.add(make.run(tmp_path / "run-2", "x", target=target))
    with pytest.raises(DataError, match="a: series: has no series 'side'; it has position"):
        two.adapt("run-2", "a")
    assert list(two.jobs) == []


def test_the_run_and_the_recording_can_be_named(two: Session) -> None:
    job: Any = two.adapt("run-1", "a", device="cpu")
    assert job.arguments["data"] == two.files(["a"])
    assert job.arguments["device"] == "cpu"


def test_what_a_run_was_adapted_from_counts_as_seen(two: Session, make: Any, tmp_path: Path) -> None:
    name = two.add(make.run(tmp_path / "run-2", "a", "b"))
    assert adapt.strangers(two, name) == []
    assert adapt.strangers(two, "run-1") == ["b"]
    (tmp_path / "run-2" / "vocab.json").unlink()  # then what is written of its own training
    two.add(RunFolder(tmp_path / "run-2"))
    assert adapt.strangers(two, name) == ["a"]


def test_without_a_run_or_a_recording_it_says_what_to_do(make: Any, tmp_path: Path) -> None:
    session = Session([make.recording("a")])
    with pytest.raises(LookupError, match="train a model or open a run"):
        session.adapt()
    session.add(make.run(tmp_path / "run-1", "a"))
    with pytest.raises(LookupError, match="no recording 'c'"):
        session.adapt("run-1", "c")
    session.close("a")
    with pytest.raises(LookupError, match="open the recording"):
        session.adapt()


def test_a_job_that_met_a_stranger_has_a_remedy(two: Session) -> None:
    assert adapt.remedy(two, failed(two, two.predict("run-1", "b"))) == ("run-1", "b")
    assert adapt.remedy(two, failed(two, two.embed("run-1", ["a", "b"]))) == ("run-1", "b")
    changed = failed(two, two.predict("run-1", "a"))
    assert adapt.remedy(two, changed) == ("run-1", "a")


def test_a_remedy_that_was_asked_for_is_offered_again_only_if_it_fails(two: Session) -> None:
    job = failed(two, two.predict("run-1", "b"))
    asked: Any = two.adapt(*adapt.remedy(two, job) or ())
    assert adapt.remedy(two, job) is None
    asked.state = "failed"
    assert adapt.remedy(two, job) == ("run-1", "b")


def test_other_failures_have_none(two: Session) -> None:
    job: Any = two.predict("run-1", "b")
    assert adapt.remedy(two, job) is None
    assert adapt.remedy(two, failed(two, job, "")) is None
    two.close("b")
    assert adapt.remedy(two, failed(two, job)) is None
    del two.runs["run-1"]
    assert adapt.remedy(two, failed(two, job)) is None


@pytest.mark.slow
def test_a_real_stranger_is_refused_and_then_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    ada, bo = demo(duration=20.0)
    session = Session([ada, bo], folder=tmp_path)
    session.add(nf.train("poyo", ada, tmp_path / "poyo-1", settings={"steps": 2, "dim": 16}, device="cpu"))
    try:
        job = session.predict("poyo-1", "bo")
        with pytest.raises(NeuroFMError, match="failed: "):
            job.wait(120)
        assert adapt.remedy(session, job) == ("poyo-1", "bo")
        job = session.adapt(device="cpu")
        assert job.wait(120)
        assert job.state == "done", job.error
    finally:
        session.jobs.close()
    assert adapt.strangers(session, "poyo-1-1") == []
    assert session.runs["poyo-1-1"].config["chooses"]
    assert "ridge_share" in session.runs["poyo-1-1"].metrics
