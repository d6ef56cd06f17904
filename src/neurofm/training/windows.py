"""How models of single spikes learn: from windows of time, to decode at any moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurofm.batch import Batch, Sample, collate
from neurofm.data import Prediction, Recording, Series, spans
from neurofm.data.ids import moments as moment_ids
from neurofm.data.target import CLASSES, Target, told
from neurofm.data.windows import Window
from neurofm.specs import Schedule
from neurofm.training.evaluate import Progress, answers, moments, stitch
from neurofm.training.sampler import Sampler, Source
from neurofm.training.settings import check_trainable, fit_window, scale_of
from neurofm.transforms.unit_dropout import UnitDropout

if TYPE_CHECKING:
    from neurofm.training.run import Part, Run

WATCHED = 30.0  # seconds of behaviour decoded for a preview
GRID = 0.02  # seconds between answers where nothing was measured
Spans = Mapping[str, NDArray[np.float64]]


def settle(
    data: Sequence[Recording],
    sizes: Mapping[str, Any],
    target_of: Mapping[str, Target],
    places: Spans,
    labels: Spans,
    given: set[str],
) -> tuple[dict[str, Any], list[str]]:
    """The sizes as the recordings allow, once everything was checked that can be, and what a user should know of them.

    Parameters
    ----------
    places, labels : by session, (k, 2) seconds in which windows may lie, and whose behaviour may be learned
    given : names of sizes that a user or a trained model has set
    """
    window = fit_window(data, sizes["window"], places, shorten="window" not in given)
    for r in data:
        target = target_of[r.session]
        learned = labels[r.session], len(target.names)
        check_trainable(told(r, target), target.series, *learned, classes=target.kind == CLASSES)
    shorter = window < sizes["window"]
    notes = [f"windows last {window:g} s, since half of the training time lies in stretches that short"]
    return {**sizes, "window": window}, notes if shorter else []


def prepare(net: Any, run: Run, data: Sequence[Recording]) -> None:
    """Tell the network the scale of each behaviour, and how long its windows are now if they were longer before."""
    net.see(run.config["config"]["window"])
    for r in data:
        target, first = run.target_of(r.session)
        if target.kind != CLASSES:
            net.set_scale(r.session, *scale_of(r, target.series, run.spans(r.session, "train")), first=first)


def batches(net: Any, run: Run, data: Sequence[Recording], domains: Spans) -> Callable[[int], Batch]:
    """The batch of each step: windows with units left out."""
    schedule = Schedule(**run.config["schedule"])
    dropout = UnitDropout(schedule.least_units, schedule.usual_units, schedule.most_units)
    of = {r.session: run.target_of(r.session) for r in data}
    sources = [Source(told(r, of[r.session][0]), run.spans(r.session, "train"), domains.get(r.session)) for r in data]
    sampler = Sampler(sources, net.config.window, schedule.batch, run.config["seed"], dropout, schedule.balance)

    def sample(window: Window) -> Sample:
        target, first = of[window.recording.session]
        return net.tokenize(window, target.series, first=first)

    return lambda number: collate([sample(window) for window in sampler(number)])


def preview(run: Run, recording: Recording) -> Prediction:
    """What the model says by now about a stretch of the time for choosing."""
    target = run.target_of(recording.session)[0]
    series = told(recording, target).series[target.series]
    seen = np.flatnonzero(spans.inside(series.times, run.spans(recording.session, "valid")))
    spacing = float(np.median(np.diff(series.times))) if len(series.times) > 1 else WATCHED
    seen = seen[: max(round(WATCHED / spacing), 2)]  # in pieces, where trials are short
    part = Series(series.times[seen], series.values[seen], series.names, series.unit)
    return answers(run, recording, part, _own(run, recording, stitch(run.model, recording, part.times, overlap=0.0)))


def predict(run: Run, recording: Recording, *, overlap: float = 0.5, progress: Progress | None = None) -> Prediction:
    """Decoded behaviour, at the times where it was measured, else every 20 ms."""
    target = run.target_of(recording.session)[0]
    known = recording if target.kind != CLASSES else _told(recording, target)
    measured = known.series.get(target.series)
    usable = measured is not None and measured.values.shape[1] == len(target.names)
    series = measured if measured is not None and usable else _grid(recording, len(target.names))
    values = stitch(run.model, recording, series.times, overlap=overlap, progress=progress)
    return answers(run, recording, series, _own(run, recording, values))


def embed(run: Run, recording: Recording, of: str, part: str, progress: Progress | None) -> Part:
    """Local ids, latents and labels of the units, the session or the moments."""
    if of == "time":
        times, values = moments(run.model, recording, progress=progress)
        return moment_ids(times, recording.start), values, []
    names = recording.unit_names if of == "unit" else [recording.session]
    table = run.model.units if of == "unit" else run.model.sessions
    return np.arange(len(names)), table.weight.detach().float().cpu().numpy()[table.rows(names)], names


def _own(run: Run, recording: Recording, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the features of all targets those of the recording's own."""
    target, first = run.target_of(recording.session)
    return values[:, first : first + len(target.names)]


def _told(recording: Recording, target: Target) -> Recording:
    """With the classes of its trials, where it has any."""
    trials = recording.intervals.get("trials")
    return recording if trials is None or target.series not in trials else told(recording, target)


def _grid(recording: Recording, features: int) -> Series:
    times = np.concatenate([np.arange(a, b, GRID) for a, b in recording.domain])
    return Series(times, np.full((len(times), features), np.nan), tuple(map(str, range(features))))
