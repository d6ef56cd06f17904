"""Our models as decoders of a recording in bins, each trained on some of its trials and on nothing else."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from neurofm.analysis import decode
from neurofm.analysis.decode import NINE, ONE, TWO, WHOLE
from neurofm.batch import collate
from neurofm.data import Recording, Series, Spikes, spans
from neurofm.data.split import Split
from neurofm.data.target import CLASSES, Target
from neurofm.data.trials import Trials, cut
from neurofm.data.windows import Window
from neurofm.metrics import scores
from neurofm.training import train
from neurofm.training.trials import in_parts

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]
Key = tuple[str, str]  # decoder, and what it is shown

LONGEST = 4.0  # seconds of a trial that POYO sees at once
NOTHING = np.zeros((0, 2))
POOLED = {ONE: f"{WHOLE}, bin by bin", TWO: f"{WHOLE}, two by two", WHOLE: f"{WHOLE}, one answer"}
ALL = "ours together"


@dataclass(frozen=True, eq=False)
class Data:
    """A recording in bins.

    Parameters
    ----------
    trials : with what is to be decoded
    rows : (trial, bin) True for the moments: bins in which it is known
    """

    trials: Trials
    target: Target
    rows: NDArray[np.bool_]

    @property
    def classes(self) -> bool:
        """Whether classes are decoded, not values."""
        return self.target.kind == CLASSES

    @property
    def trial(self) -> Ints:
        """(moment,) number of its trial."""
        return np.nonzero(self.rows)[0]

    @property
    def times(self) -> NDArray[np.float64]:
        """(moment,) seconds of its middle."""
        return self.trials.times[self.rows]

    @property
    def answer(self) -> Floats:
        """(moment, feature) the truth."""
        return np.asarray(self.trials.answer, float)[self.rows]

    @property
    def spans(self) -> NDArray[np.float64]:
        """(trial, 2) seconds."""
        return np.stack([self.trials.start, self.trials.stop], 1)

    def of(self, trials: Ints) -> NDArray[np.bool_]:
        """(moment,) True in these trials."""
        return np.isin(self.trial, trials)

    def inputs(self) -> dict[str, Floats]:
        """(moment, feature) by what a decoder is shown."""
        return decode.inputs(self.trials.counts[self.rows], self.trial, classes=self.classes)

    def score(self, answer: Floats, asked: NDArray[np.bool_]) -> float:
        """Accuracy, or the mean R2 of the features, over the moments `asked`."""
        found = scores(self.target.kind, self.target.names, self.answer[asked], answer[asked])
        return float(found.get("accuracy" if self.classes else "r2", np.nan))


def only(data: Data, learn: Ints) -> Recording:
    """The recording as if the other trials had never been: without their spikes, their rows and their behaviour."""
    recording = data.trials.recording
    others = np.delete(data.spans, learn, 0)
    spikes, target = recording.spikes, recording.series.get(data.target.series)
    left = ~spans.inside(spikes.times, others)
    intervals = dict(recording.intervals)
    if (data.trials.row >= 0).all():
        intervals["trials"] = intervals["trials"].iloc[data.trials.row[learn]].reset_index(drop=True)
    series = {}
    if target is not None:
        known = spans.inside(target.times, data.spans[learn])
        series[data.target.series] = Series(target.times[known], target.values[known], target.names, target.unit)
    return replace(
        recording, spikes=Spikes(spikes.times[left], spikes.unit[left]), intervals=intervals, series=series,
        domain=spans.subtract(recording.domain, others),
    )  # fmt: skip


def poyo(data: Data, learn: Ints, settings: Mapping[str, Any], seed: int, shown: str) -> Floats:
    """Answers (moment, feature) of POYO, which sees one bin, two bins, nine bins or the whole trial around a moment."""
    width, longest = data.trials.width, min(float(np.diff(data.spans).max()), LONGEST)
    bins = {ONE: 1, TWO: 2, NINE: 2 * decode.AROUND + 1}.get(shown)
    window = bins * width if bins else longest
    pad = {ONE: 0.0, TWO: width, NINE: decode.AROUND * width}.get(shown, window / 2)
    places = spans.subtract(spans.widen(data.spans[learn], pad + 1e-6), np.delete(data.spans, learn, 0))
    given = {"window": window, "step": window / max(round(window / settings["step"]), 1), "target": data.target.series}
    model = _trained("poyo", only(data, learn), data.spans[learn], {**settings, **given}, seed, places)
    middle = data.times if bins else np.where(_fits(data, window), data.spans[data.trial].mean(1), data.times)
    ahead = width / 2 if shown in (ONE, TWO) else window / 2  # from the middle to the window's end
    return _at(model, data, middle + ahead - window)


def of_trials(
    name: str, data: Data, learn: Ints, settings: Mapping[str, Any], seed: int, shown: str, *, latents: bool = False
) -> Floats:
    """Answers (moment, feature) of a model of trials, or its latents (moment, dim).

    To show it no more than one or two bins, each moment is made a trial of its own.
    """
    known, asked, bins = only(data, learn), data.trials, data.trials.counts.shape[1]
    rows: Any = data.rows
    if shown in (ONE, TWO):
        bins, recording = {ONE: 1, TWO: 2}[shown], data.trials.recording
        table = _moments(data, bins)
        known = replace(known, intervals={"trials": table[data.of(learn)]})
        asked = cut(replace(recording, intervals={"trials": table}), data.trials.width, bins=bins)
        asked = asked.take(np.argsort(asked.row))
        rows = np.arange(len(asked)), bins - 1
    sizes = {"bin": data.trials.width, "event": "", "before": 0.0, "after": 0.0, "bins": bins}
    target = {} if name == "mtm" else {"target": data.target.series}
    model = _trained(name, known, data.spans[learn], {**settings, **sizes, **target}, seed)
    call = (lambda t: model.latents(t, "")) if latents else model.answer
    return np.asarray(in_parts(model, call, asked, None)[rows], float)


def read_out(latents: Floats, data: Data, learn: Ints, shown: str = ONE) -> Floats:
    """Answers (moment, feature) of a linear readout of latents (moment, dim), of a bin or of it and the one before."""
    x = latents if shown == ONE else np.hstack([latents, latents[decode.beside(data.trial, -1)]])
    known, call = data.of(learn), decode.discriminant if data.classes else decode.ridge
    return call(x[known], data.answer[known], data.trial[known], x)


def _moments(data: Data, bins: int) -> pd.DataFrame:
    """A trial for each moment, of so many bins, of which it is the last."""
    end = data.times + data.trials.width / 2
    table = pd.DataFrame({"start": end - bins * data.trials.width, "stop": end})
    if not data.classes:
        return table
    return table.assign(**{data.target.series: np.array(data.target.names)[data.answer.argmax(1)]})


def _trained(
    name: str, recording: Recording, learned: Any, settings: Mapping[str, Any], seed: int, places: Any = None
) -> Any:
    """A model trained on the spans `learned`, in windows that lie in `places`."""
    split = {recording.session: Split(spans.tidy(learned), NOTHING, NOTHING)}
    domains = None if places is None else {recording.session: places}
    with tempfile.TemporaryDirectory() as folder:
        made = train(
            name, recording, Path(folder) / "run", seed=seed, device="cpu", settings=settings, splits=split,
            domains=domains,
        )  # fmt: skip
        return made.model


def _fits(data: Data, window: float) -> NDArray[np.bool_]:
    """(moment,) whether its trial lies in a window as a whole."""
    return (np.diff(data.spans)[:, 0] <= window + 1e-6)[data.trial]


def _at(model: Any, data: Data, start: NDArray[np.float64]) -> Floats:
    """What POYO says of each moment (moment, feature) in the window that begins at its `start`."""
    begins, place = np.unique(np.round(start, 6), return_inverse=True)
    order = np.argsort(place, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(place))[:-1])
    found = np.zeros((len(start), len(data.target.names)))
    recording, length = data.trials.recording, model.config.window
    for k in range(0, len(begins), 32):
        some = list(zip(begins[k : k + 32], rows[k : k + 32]))
        batch = collate([model.tokenize(Window(recording, a, a + length), times=data.times[r] - a) for a, r in some])
        with torch.inference_mode():
            said = model.rescale(model.eval()(batch).prediction, batch)
        found[np.concatenate([r for _, r in some])] = said.double().numpy()
    return found


def together(found: Mapping[Key, Floats], data: Data, shown: Sequence[str]) -> dict[Key, Floats]:
    """The mean answer of all that are shown the same; of classes the geometric mean."""
    made = {}
    for each in shown:
        parts = [x for (_, how), x in found.items() if how == each]
        if len(parts) < 2:
            continue
        mean = np.mean([np.log(np.maximum(x, decode.LEAST)) for x in parts] if data.classes else parts, 0)
        made[ALL, each] = np.exp(mean) / np.exp(mean).sum(1, keepdims=True) if data.classes else mean
    return made


def with_pools(found: Mapping[Key, Floats], data: Data) -> dict[Key, Floats]:
    """Also the classes of whole trials, by what a decoder says of each of their bins."""
    if not data.classes:
        return dict(found)
    first = np.searchsorted(data.trial, data.trial)
    split = {key: x for key, x in found.items() if key[1] in POOLED and not np.allclose(x, x[first])}
    return {**found, **{(name, POOLED[shown]): decode.pooled(x, data.trial) for (name, shown), x in split.items()}}


def timed(call: Callable[[], Floats]) -> tuple[Floats, float]:
    """What a call gives, and the CPU seconds that it took."""
    began = time.process_time()
    found = call()
    return found, time.process_time() - began
