"""A small session with known contents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from psygnal import Signal

from neurofm.app.options import answered
from neurofm.app.session import Session
from neurofm.data import Embedding, Prediction, Recording, Series, Spikes
from neurofm.data.ids import moments, pack
from neurofm.runs import RunFolder


def make_recording(session: str = "rat", seed: int = 0, units: int = 5) -> Recording:
    """20 s from 100 s on, 5 units in two regions, a path in the plane, and four trials."""
    rng = np.random.default_rng([seed, units])
    times = np.sort(rng.uniform(100, 120, 400))
    samples = np.arange(100, 120, 0.1)
    start = np.array([101.0, 105.0, 110.0, 116.0])
    return Recording(
        session=session,
        subject=f"{session} the animal",
        spikes=Spikes(times, rng.integers(0, units, len(times)).astype(np.int32)),
        units=pd.DataFrame(
            {
                "label": [f"u{k}" for k in range(units)],
                "region": ["CA1", "CA3", "CA1", None, "CA3"][:units],
                "depth_um": np.arange(units)[::-1] * 10.0,
            }
        ),
        series={"position": Series(samples, rng.normal(size=(len(samples), 2)).cumsum(0), ("x", "y"), "cm")},
        intervals={"trials": pd.DataFrame({"start": start, "stop": start + 2.0})},
        domain=np.array([[100.0, 120.0]]),
    )


def make_moments(recording: Recording, spacing: float = 0.5, seed: int = 1) -> Embedding:
    """A latent space of the moments of one recording."""
    times = np.arange(recording.start + spacing / 2, recording.stop, spacing)
    values = np.random.default_rng(seed).normal(size=(len(times), 4))
    return Embedding(
        name="a time", space="time", ids=moments(times, recording.start), values=values, xy=values[:, :2],
        sessions=(recording.session,), run="runs/a", method="PCA",
    )  # fmt: skip


def make_units(*recordings: Recording, seed: int = 2) -> Embedding:
    """A latent space of the units of several recordings, numbered in this order."""
    ids = np.concatenate([pack(k, np.arange(len(r.units))) for k, r in enumerate(recordings)])
    values = np.random.default_rng(seed).normal(size=(len(ids), 4))
    return Embedding(
        name="a unit", space="unit", ids=ids, values=values, xy=values[:, :2], run="runs/a", method="PCA",
        labels=tuple(n for r in recordings for n in r.unit_names), sessions=tuple(r.session for r in recordings),
    )  # fmt: skip


def make_prediction(recording: Recording, held_out: tuple[float, float] = (104.95, 109.95)) -> Prediction:
    """The position off by one, held out in one stretch."""
    series = recording.series["position"]
    return Prediction(
        session=recording.session, target="position", times=series.times,
        ids=moments(series.times, recording.start), values=series.values + 1, truth=series.values,
        held_out=(series.times >= held_out[0]) & (series.times < held_out[1]), names=series.names, unit="cm",
        metrics={"r2": 0.8412}, run="runs/a",
    )  # fmt: skip


class FakeJobs:
    """Jobs that never run; a test says what becomes of them."""

    changed, preview, finished = Signal(object), Signal(object, str), Signal(object)

    def __init__(self) -> None:
        self.jobs: list[Any] = []

    def __iter__(self) -> Iterator[Any]:
        return iter(self.jobs)

    def submit(
        self,
        task: str,
        arguments: dict[str, Any],
        title: str = "",
        action: Any = None,
        *,
        fresh: bool = False,
        idle: bool = False,
    ) -> Any:
        job = SimpleNamespace(
            id=len(self.jobs), task=task, arguments=dict(arguments), title=title, action=action,
            fresh=fresh, idle=idle, state="queued", metrics=[], result={}, text="", code="", error="", over=False,
        )  # fmt: skip
        self.jobs.append(job)
        return job

    def expect(self, modules: Any) -> None:
        """Nobody stands ready."""

    def make_way(self) -> None:
        """Stop what nobody asked for."""
        for job in [job for job in self.jobs if job.idle and not job.over]:
            self.end(job, "stopped")

    def end(self, job: Any, state: str = "done", **result: Any) -> None:
        """Let a job come to its end."""
        job.state, job.result, job.over = state, result, True
        self.finished.emit(job)


def make_run(folder: Path, *sessions: str, model: str = "poyo", **config: Any) -> RunFolder:
    """A run that has learned from these sessions, as far as a front can tell."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {"format": 1, "model": model, "config": {}, "target": {"series": "position", "names": ["x", "y"]}}
    splits = {"splits": {session: {} for session in sessions[-1:]}}
    (folder / "config.json").write_text(json.dumps(about | splits | config))
    (folder / "metrics.json").write_text("{}")
    (folder / "vocab.json").write_text(json.dumps({"sessions": sessions}))
    return RunFolder(folder)


@pytest.fixture
def recording() -> Recording:
    return make_recording()


@pytest.fixture
def session(recording: Recording) -> Session:
    """One recording with moments, units and a prediction."""
    session = Session([recording])
    session.add(make_moments(recording))
    session.add(make_units(recording))
    session.add(make_prediction(recording))
    return session


@pytest.fixture
def make() -> SimpleNamespace:
    """The makers of recordings, embeddings and predictions."""
    return SimpleNamespace(
        recording=make_recording, moments=make_moments, units=make_units, prediction=make_prediction, run=make_run
    )


@pytest.fixture
def fake_jobs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Sessions made in this test have FakeJobs, and the cache is the test's own."""
    monkeypatch.setattr("neurofm.app.jobs.Jobs", FakeJobs)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def heard() -> Callable[[Any], list[Any]]:
    """`heard(signal)` is the list of what it says from now on."""

    def listen(signal: Any) -> list[Any]:
        said: list[Any] = []
        signal.connect(lambda *values: said.append(values))
        return said

    return listen


class FakeHost:
    """A front that does at once what it is asked, gives the answers it was told to give, and notes what it said."""

    device = "auto"

    def __init__(self, session: Session) -> None:
        from neurofm.app.form import Form

        self.session, self.form = session, Form(session)
        self.shown: list[str] = []
        self.told: list[str] = []
        self.refused: list[str] = []
        self.asked: list[Any] = []
        self.paths: list[Path] = []
        self.name = ""
        self.how: dict[str, Any] = {}
        self.answers: dict[str, Any] | None = None  # to a form; those that it does not name stay
        self.options: dict[str, Any] = {}  # of the last form
        self.seen: dict[str, Any] = {}  # ranges of views, and corners of sources on a canvas

    def ranges(self, view: str) -> Any:
        return self.seen.get(view)

    def canvas(self, source: str) -> Any:
        return self.seen.get(source)

    def show(self, name: str) -> None:
        self.shown.append(name)

    def tell(self, words: str) -> None:
        self.told.append(words)

    def refuse(self, error: Exception) -> None:
        self.refused.append(str(error))

    def later(self, work: Callable[[], Any], words: str, done: Callable[[Any], Any]) -> None:
        done(work())

    def ask_path(self, question: Any, then: Callable[[list[Path]], Any]) -> None:
        self.asked.append(question)
        if self.paths:
            then(self.paths)

    def ask_name(self, title: str, name: str, then: Callable[[str], Any]) -> None:
        self.asked.append(title)
        if self.name:
            then(self.name)

    def ask_form(self, title: str, options: Any, then: Callable[[dict[str, Any]], Any]) -> None:
        self.asked.append(title)
        self.options = {option.name: option for option in options}
        if self.answers is not None:
            then(answered(options, self.answers))

    def ask_adapt(self, run: str) -> None:
        self.asked.append(run)

    def ask_figure(self, view: str) -> None:
        self.asked.append(view)

    def ask_reading(self, name: str, asking: Any, then: Callable[[dict[str, Any]], Any]) -> None:
        self.asked.append(asking)
        if self.how:
            then(self.how)

    def ask_one(self, words: str, choices: Any) -> None:
        self.asked.append(words)
        if self.name:
            choices[self.name]()

    def open(self, source: Any) -> None:
        self.asked.append(source)

    def arrange(self) -> None:
        self.shown.append("arranged")

    def show_keys(self) -> None:
        self.shown.append("keys")


@pytest.fixture
def host(session: Session) -> FakeHost:
    """A front of the session."""
    return FakeHost(session)
