"""The ways in which a model is shown no more than another decoder is, by the words of `neurofm.specs.Compared`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from neurofm.analysis import decode
from neurofm.analysis.binned import Data, Floats, Ints, only
from neurofm.analysis.decode import NINE, ONE, TWO
from neurofm.analysis.fits import ONCE, Call, Fit
from neurofm.batch import collate
from neurofm.data import Recording, spans
from neurofm.data.target import RATES
from neurofm.data.trials import Trials, cut
from neurofm.data.windows import Window
from neurofm.specs import Shown
from neurofm.training.course import Step
from neurofm.training.trials import in_batches

Way = Callable[[Fit], Iterator[tuple[str, Call]]]  # by what the model is shown, a call that trains it and answers

LONGEST = 4.0  # seconds of a trial that are seen at once
SOME = 32  # windows answered at once


def windows(fit: Fit) -> Iterator[tuple[str, Call]]:
    """Windows of single spikes around each moment: one bin, two bins, nine bins or the whole trial."""
    for shown in fit.shown:
        yield shown.what, partial(_of_windows, fit, shown)


def trials(fit: Fit) -> Iterator[tuple[str, Call]]:
    """Trials in bins; to show no more than one or two bins, each moment is made a trial of its own."""
    for shown in fit.shown:
        yield shown.what, partial(_of_trials, fit, shown, lambda model: model.answer)


def trials_read_out(fit: Fit) -> Iterator[tuple[str, Call]]:
    """The same, and a linear readout of the latents."""

    def call(shown: Shown, step: Step) -> Floats:
        return read_out(_of_trials(fit, shown, _latents, step), fit.data, fit.learn)

    for shown in fit.shown:
        yield shown.what, partial(call, shown)


def bins_read_out(fit: Fit) -> Iterator[tuple[str, Call]]:
    """A model that sees each bin by itself and is trained once; its readout is shown one or two of them."""
    once = _once(partial(_of_trials, fit, Shown("whole trial"), _latents))

    def call(what: str, step: Step) -> Floats:
        return read_out(once(step), fit.data, fit.learn, what)

    for shown in fit.shown:
        yield shown.what, partial(call, shown.what)


WAYS: Mapping[str, Way] = {
    "windows": windows,
    "trials": trials,
    "trials, read out": trials_read_out,
    ONCE: bins_read_out,
}


def read_out(latents: Floats, data: Data, learn: Ints, shown: str = ONE) -> Floats:
    """Answers (moment, feature) of a linear readout of latents (moment, dim), of a bin or of it and the one before."""
    x = latents if shown == ONE else np.hstack([latents, latents[decode.beside(data.trial, -1)]])
    learned, call = data.of(learn), decode.discriminant if data.classes else decode.ridge
    return call(x[learned], data.answer[learned], data.trial[learned], x)


def _of_windows(fit: Fit, shown: Shown, step: Step) -> Floats:
    """Answers (moment, feature)."""
    data, what, width = fit.data, shown.what, fit.data.trials.width
    longest = min(float(np.diff(data.spans).max()), LONGEST)
    bins = {ONE: 1, TWO: 2, NINE: 2 * decode.AROUND + 1}.get(what)
    window = bins * width if bins else longest
    pad = {ONE: 0.0, TWO: width, NINE: decode.AROUND * width}.get(what, window / 2)
    places = spans.subtract(spans.widen(data.spans[fit.learn], pad + 1e-6), np.delete(data.spans, fit.learn, 0))
    every = window / max(round(window / fit.sizes["step"]), 1)
    settings = {**shown.settings, "window": window, "step": every, "target": data.target.series}
    model = fit.train(only(data, fit.learn), what, settings, step, places)
    middle = data.times if bins else np.where(_fits(data, window), data.spans[data.trial].mean(1), data.times)
    ahead = width / 2 if what in (ONE, TWO) else window / 2  # from the middle to the window's end
    return _at(model, data, middle + ahead - window)


def _fits(data: Data, window: float) -> NDArray[np.bool_]:
    """(moment,) whether its trial lies in a window as a whole."""
    return (np.diff(data.spans)[:, 0] <= window + 1e-6)[data.trial]


def _at(model: Any, data: Data, start: NDArray[np.float64]) -> Floats:
    """What a model says of each moment (moment, feature) in the window that begins at its `start`."""
    begins, place = np.unique(np.round(start, 6), return_inverse=True)
    order = np.argsort(place, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(place))[:-1])
    answers = np.zeros((len(start), len(data.target.names)))
    recording, length = data.trials.recording, model.config.window
    for k in range(0, len(begins), SOME):
        some = list(zip(begins[k : k + SOME], rows[k : k + SOME]))
        batch = collate([model.tokenize(Window(recording, a, a + length), times=data.times[r] - a) for a, r in some])
        with torch.inference_mode():
            said = model.rescale(model.eval()(batch).prediction, batch)
        answers[np.concatenate([r for _, r in some])] = said.double().numpy()
    return answers


def _of_trials(fit: Fit, shown: Shown, ask: Callable[[Any], Callable[[Trials], Any]], step: Step) -> Floats:
    """What a model is asked for, of every moment: answers (moment, feature) or latents (moment, dim)."""
    data, bins = fit.data, {ONE: 1, TWO: 2}.get(shown.what)
    learned, asked, rows = _moments(fit, bins) if bins else (only(data, fit.learn), data.trials, data.rows)
    count = bins or data.trials.counts.shape[1]
    sizes = {"bin": data.trials.width, "event": "", "before": 0.0, "after": 0.0, "bins": count}
    target = {} if fit.spec.decodes == RATES else {"target": data.target.series}
    model = fit.train(learned, shown.what, {**shown.settings, **sizes, **target}, step)
    return np.asarray(in_batches(model, ask(model), asked, None)[rows], float)


def _latents(model: Any) -> Callable[[Trials], Any]:
    return lambda asked: model.latents(asked, "")


def _moments(fit: Fit, bins: int) -> tuple[Recording, Trials, Any]:
    """A trial for each moment, of so many bins, of which it is the last: those to learn, all, and where to read."""
    data, end = fit.data, fit.data.times + fit.data.trials.width / 2
    table = pd.DataFrame({"start": end - bins * data.trials.width, "stop": end})
    if data.classes:
        table = table.assign(**{data.target.series: np.array(data.target.names)[data.answer.argmax(1)]})
    learned = replace(only(data, fit.learn), intervals={"trials": table[data.of(fit.learn)]})
    asked = cut(replace(data.trials.recording, intervals={"trials": table}), data.trials.width, bins=bins)
    return learned, asked.take(np.argsort(asked.row)), (np.arange(len(asked)), bins - 1)


def _once(call: Call) -> Call:
    """A call that is made when it is first asked for."""
    answers: list[Floats] = []

    def ask(step: Step) -> Floats:
        if not answers:
            answers.append(call(step))
        return answers[0]

    return ask
