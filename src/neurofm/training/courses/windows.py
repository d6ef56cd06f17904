"""How models of single spikes learn: from windows of time, to decode at any moment."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data import Prediction, Recording, Series, motion, spans
from neurofm.data.activity import no_spikes
from neurofm.data.advice import Advice, Amount, advise
from neurofm.data.ids import moments as moment_ids
from neurofm.data.plausible import DOMAIN, SPIKES, check_clocks
from neurofm.data.recording import TRIALS
from neurofm.data.split import Split, split
from neurofm.data.target import CLASSES, Target, told
from neurofm.data.windows import Window
from neurofm.errors import DataError
from neurofm.metrics import scores
from neurofm.runs import RunFolder
from neurofm.specs import Effort, Schedule
from neurofm.training import decoding, scoring, vocab
from neurofm.training.course import Course, Domains, Plan, Preview, Progress, Rows, Settled, Step
from neurofm.training.latents import check_trials, embedding, trial_means
from neurofm.training.network import WindowNetwork
from neurofm.training.sampler import Lesson, Sampler
from neurofm.transforms.unit_dropout import UnitDropout

if TYPE_CHECKING:
    from neurofm.batch import Batch, Sample

SHORTEST = 0.1  # seconds; in less, too few spikes fall
WATCHED = 30.0  # seconds of behaviour decoded for a preview
GRID = 0.02  # seconds between answers where nothing was measured
Spans = Mapping[str, NDArray[np.float64]]


class WindowsCourse:
    """The course of models that read windows."""

    takes = Recording

    def split(self, source: Recording, rng: np.random.Generator) -> Split:
        """Spans of seconds: the file's own, or whole trials, or stretches."""
        return split(source, rng)

    def advise(
        self, effort: Effort, sizes: Mapping[str, Any], data: Sequence[Recording], given: Container[str] = ()
    ) -> Advice:
        """Width and steps that suit a model to the windows that there are."""
        return advise(effort, sizes, [_amount(sizes, r) for r in data], given)

    def check_target(self, plan: Plan) -> None:
        """Refuse recordings without the behaviour that is to be decoded."""
        decoding.one_for_each(plan)

    def settle(self, plan: Plan) -> Settled:
        """A window that fits into the training time, a target for each session, and names of all units."""
        target_of = decoding.one_for_each(plan)
        labels = {r.session: _known(r, target_of[r.session], plan.splits[r.session].train) for r in plan.data}
        usual = plan.sizes["window"]
        shorten = "window" not in plan.given or plan.base is not None
        window = fit_window(plan.data, usual, labels | dict(plan.domains), shorten=shorten)
        for r in plan.data:
            check_trainable(r, target_of[r.session], labels[r.session])
        words = f"windows last {window:g} s, since half of the training time lies in stretches that short"
        return Settled(
            sizes={**plan.sizes, "window": window}, target=target_of[plan.data[0].session],
            targets=decoding.listed(target_of, plan.base),
            vocab=vocab.grow_names(plan.base.vocab, plan.data) if plan.base else vocab.begin(plan.data),
            notes=[words] if window < usual else [],
        )  # fmt: skip

    def prepare(self, run: RunFolder, net: WindowNetwork, data: Sequence[Recording]) -> None:
        """Tell the network the scale of each behaviour, and how long its windows are if they were longer before."""
        net.set_window(run.config["config"]["window"])
        for r in data:
            target, first = run.target_of(r.session)
            if target.kind != CLASSES:
                net.set_scale(
                    r.session, *scale_of(told(r, target), target.series, run.spans(r.session, "train")), first=first
                )

    def batches(
        self, run: RunFolder, net: WindowNetwork, data: Sequence[Recording], domains: Domains
    ) -> Callable[[int], Batch]:
        """Windows with units left out."""
        from neurofm.batch import collate

        schedule = Schedule(**run.config["schedule"])
        dropout = UnitDropout(schedule.least_units, schedule.usual_units, schedule.most_units)
        of = {r.session: run.target_of(r.session) for r in data}
        lessons = [_lesson(run, r, of[r.session][0], domains.get(r.session)) for r in data]
        sampler = Sampler(lessons, net.config.window, schedule.batch, run.config["seed"], dropout, schedule.balance)

        def sample(window: Window) -> Sample:
            target, first = of[window.recording.session]
            return net.tokenize(window, target.series, first=first)

        return lambda number: collate([sample(window) for window in sampler(number)])

    def finish(self, run: RunFolder, net: WindowNetwork, data: Sequence[Recording]) -> None:
        """Nothing: all of the network is learned by gradient steps."""

    def preview(self, run: RunFolder, net: WindowNetwork, source: Recording) -> Preview:
        """What the model says by now about a stretch of the time for choosing, and the vectors of the units."""
        from neurofm.training.evaluate import stitch

        target = run.target_of(source.session)[0]
        known = told(source, target)
        series = _watched(known, target, run.spans(source.session, "valid"))
        said = _answers(run, source, series, stitch(net, source, series.times, overlap=0.0))
        moves = scoring.moves_at(known, target, series.times)
        units = embedding(run, [source], [self.embed(run, net, source, "unit", "", None)], "unit")
        return scoring.preview(said, moves, units=units)

    def scores(self, run: RunFolder, net: WindowNetwork, data: Sequence[Recording], step: Step) -> dict[str, Any]:
        """Held-out scores of each session and in the mean, with those of simple decoders beside them."""
        return scoring.beside_ridge(run, data, lambda r: self.predict(run, net, r), step)

    def predict(
        self,
        run: RunFolder,
        net: WindowNetwork,
        source: Recording,
        *,
        overlap: float = 0.5,
        progress: Progress | None = None,
    ) -> Prediction:
        """Decoded behaviour, at the times where it was measured, else every 20 ms."""
        from neurofm.training.evaluate import stitch

        series = _measured(source, run.target_of(source.session)[0])
        return _answers(run, source, series, stitch(net, source, series.times, overlap=overlap, progress=progress))

    def embed(
        self, run: RunFolder, net: WindowNetwork, source: Recording, of: str, part: str, progress: Progress | None
    ) -> Rows:
        """Vectors of the units or the session, and latents over time or their means in trials."""
        if of == "unit":
            return _vectors(net.units, source.unit_names)
        if of == "session":
            return _vectors(net.sessions, [source.session])
        if of == "trial":
            check_trials(source)
            return trial_means(source, _moments(net, source, progress))
        return _moments(net, source, progress)


def check_trainable(recording: Recording, target: Target, labels: NDArray[np.float64]) -> None:
    """Refuse, before training starts, what could only end in nonsense."""
    if not len(recording.units) or not len(recording.spikes):
        raise DataError(recording.origin, "spikes", no_spikes(recording))
    check_clocks(recording, (SPIKES, DOMAIN, TRIALS if target.kind == CLASSES else target.series))
    series = told(recording, target).series[target.series]
    if len(series.names) != len(target.names):
        problem = f"has {len(series.names)} features, the other recordings have {len(target.names)}"
        raise DataError(recording.origin, target.series, f"{problem}; train them apart")
    known = spans.inside(series.times, labels) & np.isfinite(series.values).all(1)
    if known.sum() < 2:
        problem = "has no values in the training time; choose another series or split"
        raise DataError(recording.origin, target.series, problem)
    constant = series.values[known].std(0) == 0
    if constant.all() if target.kind == CLASSES else constant.any():
        name = series.names[int(np.flatnonzero(constant)[0])]
        problem = f"never changes in '{name}', so there is nothing to decode; choose another"
        raise DataError(recording.origin, target.series, problem)


def fit_window(recordings: Sequence[Recording], window: float, places: Spans, *, shorten: bool) -> float:
    """`window` (s), or the longest in which half of each recording's training time can be seen, if that is less.

    Parameters
    ----------
    places : by session name, (k, 2) seconds in which windows may lie
    shorten : False where a user has set the window

    Raises
    ------
    DataError
        If a recording has no stretch as long as a window.
    """
    for r in recordings:
        lengths = np.sort(np.diff(spans.tidy(places[r.session]), axis=1).ravel())
        if shorten and len(lengths):
            half = lengths[np.searchsorted(lengths.cumsum(), lengths.sum() / 2)]
            window = min(window, max(float(np.floor(half * 100) / 100), SHORTEST))
    for r in recordings:
        if not (np.diff(spans.tidy(places[r.session]), axis=1) >= window).any():
            problem = f"no stretch of training time lasts {window:g} s; choose a shorter window"
            raise DataError(r.origin, "domain", problem)
    return window


def _lesson(run: RunFolder, recording: Recording, target: Target, domain: NDArray[np.float64] | None) -> Lesson:
    """A recording with what is told of it; windows of which nothing is told are not looked at."""
    return Lesson(told(recording, target), _known(recording, target, run.spans(recording.session, "train")), domain)


def _known(recording: Recording, target: Target, labels: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k, 2) seconds of these at which what is decoded does not stand still for long."""
    series = recording.series.get(target.series)
    if target.kind == CLASSES or series is None:
        return labels
    return spans.subtract(labels, motion.still(series))


def scale_of(recording: Recording, target: str, labels: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Mean and standard deviation (feature,) of the behaviour in the training time."""
    series = recording.series[target]
    known = series.values[spans.inside(series.times, labels) & np.isfinite(series.values).all(1)].astype(float)
    return known.mean(0), known.std(0)


def _amount(sizes: Mapping[str, Any], recording: Recording) -> Amount:
    """Windows of a recording, each of them one, and the tokens in it."""
    seconds, units = max(spans.duration(recording.domain), 1e-9), max(len(recording.units), 1)
    spikes = len(recording.spikes) / units / seconds * sizes["window"]
    return Amount(seconds / sizes["window"], 1.0, min(units, sizes["usual_units"]) * (2 + spikes))


def _watched(recording: Recording, target: Target, valid: NDArray[np.float64]) -> Series:
    """The first of what is decoded that is for choosing, where it moves if it does."""
    series = recording.series[target.series]
    there = spans.inside(series.times, valid)
    moves = scoring.moves_at(recording, target, series.times)
    rows = np.flatnonzero(there if moves is None or (there & moves).sum() < 2 else there & moves)
    spacing = float(np.median(np.diff(series.times))) if len(series.times) > 1 else WATCHED
    rows = rows[: max(round(WATCHED / spacing), 2)]  # in pieces, where trials are short
    return Series(series.times[rows], series.values[rows], series.names, series.unit)


def _measured(recording: Recording, target: Target) -> Series:
    """What is to be decoded where it was measured, else a grid of moments of which nothing is known."""
    trials, features = recording.intervals.get("trials"), len(target.names)
    if target.kind != CLASSES or (trials is not None and target.series in trials):
        recording = told(recording, target)
    series = recording.series.get(target.series)
    if series is not None and series.values.shape[1] == features:
        return series
    times = np.concatenate([np.arange(a, b, GRID) for a, b in recording.domain])
    return Series(times, np.full((len(times), features), np.nan), tuple(map(str, range(features))))


def _answers(run: RunFolder, recording: Recording, series: Series, every: NDArray[np.float64]) -> Prediction:
    """What a network answered, of all targets, beside `series`; scored where neither training nor choosing looked."""
    from neurofm.training.mixture import mixed

    target, first = run.target_of(recording.session)
    own, classes = every[:, first : first + len(target.names)], target.kind == CLASSES
    values = mixed(run, recording, series.times, own, classes=classes)
    trained = recording.session in run.config["splits"]
    apart = spans.inside(series.times, run.spans(recording.session, "test")) if trained else np.ones(len(values), bool)
    truth = np.asarray(series.values, float)
    moves = scoring.moves_at(told(recording, target), target, series.times[apart])
    return Prediction(
        session=recording.session, target=target.series, times=series.times,
        ids=moment_ids(series.times, recording.start), values=values, truth=truth, held_out=apart,
        names=target.names, unit=series.unit or target.unit, kind=target.kind,
        metrics=scores(target.kind, target.names, truth[apart], values[apart], moves), run=str(run.path),
    )  # fmt: skip


def _vectors(table: Any, names: Sequence[str]) -> Rows:
    weight = table.weight.detach().float().cpu().numpy()
    return Rows(np.arange(len(names)), weight[table.rows(names)], names)


def _moments(net: WindowNetwork, recording: Recording, progress: Progress | None) -> Rows:
    from neurofm.training.evaluate import moments

    times, values = moments(net, recording, progress=progress)
    return Rows(moment_ids(times, recording.start), values, [])


SPEC: Course[Recording, WindowNetwork] = WindowsCourse()
