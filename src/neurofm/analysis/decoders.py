"""Every decoder on one recording, on the same folds: simple ones, a recurrent one, and our models.

The class of a trial is decoded in each of its bins (accuracy), else a behaviour series (R2). Five times a fifth of the
trials is held out; a recording without trials is cut into contiguous blocks. Decoders are compared by what they
are shown. A model learns from a recording in which nothing of the held-out trials is left. Which of our models suits is
chosen for each fold by inner validation: each is fitted again on two thirds of the training trials and judged on the
rest of them.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from neurofm import registry
from neurofm.analysis import decode
from neurofm.analysis.binned import FOLDS, Data, Floats, Ints, binned, only
from neurofm.analysis.decode import NINE, ONE, TWO, WHOLE
from neurofm.batch import collate
from neurofm.data import Recording, spans
from neurofm.data.split import Split
from neurofm.data.trials import cut
from neurofm.data.windows import Window
from neurofm.errors import NeuroFMError
from neurofm.runs import read_json
from neurofm.training import checkpoint, load, train
from neurofm.training.course import Step
from neurofm.training.loop import quiet
from neurofm.training.trials import in_batches

Key = tuple[str, str]  # decoder, and what it is shown
Call = Callable[[Step], Floats]  # gives answers of all moments
Took = tuple[Floats, float]  # answers, and the seconds of CPU that they took
Work = tuple[Data, Ints, Ints, "Plan"]  # arguments of `fold`

LONGEST = 4.0  # seconds of a trial that POYO sees at once
NOTHING = np.zeros((0, 2))
POOLED = {ONE: f"{WHOLE}, bin by bin", TWO: f"{WHOLE}, two by two", WHOLE: f"{WHOLE}, one answer"}
ALL, CHOSEN = "ours together", "ours, chosen by inner validation"
TITLES = {"poyo": "POYO", "eit": "EIT", "mtm": "MtM, read out", "swap_vae": "Swap-VAE, read out"}
SETTINGS: dict[str, dict[str, Any]] = {
    "poyo": {
        "step": 0.25, "latents": 4, "dim": 64, "depth": 1, "t_max": 4.0, "t_min": 0.01, "steps": 300, "lr": 2e-3,
        "weight_decay": 1e-2, "average": 0.99, "batch": 32, "inner_dropout": 0.2, "block_dropout": 0.2,
        "least_units": 30, "usual_units": 150, "most_units": 200,
    },
    "mtm": {"steps": 300},
    "eit": {"steps": 200, "batch": 16},
    "swap_vae": {"steps": 600},
}  # fmt: skip
QUICK = {"steps": 10}
KILLED = "a fold was killed, most likely because memory ran out; close other programs, or take a quick look at one fold"
UNBORN = "the processes of the folds ended as they began; in a script, call it under `if __name__ == '__main__':`"
LONG = 20  # times that a model of ours takes what a simple decoder does, about


@dataclass(frozen=True)
class Plan:
    """How our models are trained.

    Parameters
    ----------
    settings : of each that takes part, by its name
    seed : of all
    folder : where each stays as a run called `FOLDER-MODEL-WHAT IT IS SHOWN`; nowhere if None
    """

    settings: Mapping[str, Mapping[str, Any]]
    seed: int = 0
    folder: Path | None = None

    def run(self, name: str, shown: str) -> Path | None:
        """Where a model stays; Swap-VAE sees one bin, and is one model whatever is made of it."""
        words = name if name == "swap_vae" else f"{name}-{shown.replace(' ', '-')}"
        return self.folder and self.folder / f"{self.folder.name}-{words}"


@dataclass(frozen=True, eq=False)
class Fold:
    """What one fold gave.

    Parameters
    ----------
    scores, seconds : of each decoder, the seconds of CPU; those that only pool what others say take none
    chosen : of our models, for each input
    runs : names of the runs that were kept
    """

    scores: dict[Key, float]
    seconds: dict[Key, float]
    chosen: dict[str, Key]
    runs: dict[Key, str]


@dataclass(frozen=True)
class Line:
    """One decoder over all folds: its scores, mean seconds of CPU (NaN if it takes none), and the first fold's run."""

    decoder: str
    shown: str
    scores: tuple[float, ...]
    cpu_s: float = np.nan
    run: str = ""


def compare(
    recording: Recording,
    *,
    folds: int = FOLDS,
    quick: bool = False,
    seed: int = 0,
    folder: Path | None = None,
    step: Step = quiet,
) -> list[Fold]:
    """What each fold gives.

    Parameters
    ----------
    folds : so many of the five
    quick : few steps, which tells that all works and what it costs, not how good our models are
    folder : where our models of the first fold stay as runs; nowhere if None
    step : called as step(fraction, text), may raise Stopped

    Raises
    ------
    DataError
        If the recording has nothing to decode, or too few trials.
    """
    data, there = binned(recording), registry.names("neurofm.models")
    plan = Plan({n: given | (QUICK if quick else {}) for n, given in SETTINGS.items() if n in there}, seed)
    draw = decode.block_folds if (data.trials.row < 0).any() else decode.trial_folds
    work = [
        (data, np.flatnonzero(learn), np.flatnonzero(held), plan if k else replace(plan, folder=folder))
        for k, (learn, held) in enumerate(draw(len(data.trials), FOLDS))
    ]
    return _all(work[:folds], step)


def lines(folds: Sequence[Fold]) -> list[Line]:
    """Every decoder, then for each input what was chosen among ours."""
    first, found = folds[0], []
    for key in sorted(first.scores, key=_order):
        took = np.mean([f.seconds.get(key, np.nan) for f in folds])
        found.append(Line(*key, tuple(f.scores[key] for f in folds), float(took), first.runs.get(key, "")))
    for shown, key in first.chosen.items():
        best = tuple(f.scores[f.chosen[shown]] for f in folds)
        found.append(Line(CHOSEN, shown, best, run=first.runs.get(key, "")))
    return found


def fold(data: Data, learn: Ints, held: Ints, plan: Plan, step: Step = quiet) -> Fold:
    """Fit everything on the trials `learn` and judge it on `held`; choose among our models on `learn` alone."""
    calls, ours = list(baselines(data, learn)), list(models(data, learn, plan))
    total = len(calls) + 2 * LONG * len(ours)
    simple = dict(_timed(calls, partial(_part, step, 0, len(calls), total)))
    trained = dict(_timed(ours, partial(_part, step, len(calls), LONG * len(ours), total)))
    answers = with_pools({key: answer for key, (answer, _) in simple.items()}, data)
    answers |= variants({key: answer for key, (answer, _) in trained.items()}, data)
    judged = {key: data.score(answer, data.of(held)) for key, answer in answers.items()}
    seconds = {key: took for key, (_, took) in (simple | trained).items()}
    share = partial(_part, step, len(calls) + LONG * len(ours), LONG * len(ours), total)
    return Fold(judged, seconds, choice(data, learn, plan, share), _kept(judged, data, held, plan))


def choice(data: Data, learn: Ints, plan: Plan, step: Step = quiet) -> dict[str, Key]:
    """By what is shown, the one of our models that is best on a third of `learn` when trained on the rest."""
    part, left = next(decode.inner_folds(learn))
    calls = list(models(data, part, replace(plan, folder=None)))
    answers = variants({key: answer for key, (answer, _) in _timed(calls, step, "choosing: ")}, data)
    found = {key: data.score(answer, data.of(left)) for key, answer in answers.items()}
    return {shown: max((k for k in found if kind(k) == shown), key=found.__getitem__) for shown in map(kind, found)}


def variants(found: Mapping[Key, Floats], data: Data) -> dict[Key, Floats]:
    """The answers of our models, of all of them together, and of both for whole trials."""
    return with_pools({**found, **together(found, data, list(dict.fromkeys(shown for _, shown in found)))}, data)


def baselines(data: Data, learn: Ints) -> Iterator[tuple[Key, Call]]:
    """Simple decoders and the recurrent network, each a call that fits it and answers all moments."""
    known, trial, y = data.of(learn), data.trial, data.answer
    inputs = decode.inputs(data.counts, trial, classes=data.classes)

    def fit(decoder: Callable[..., Floats], x: Floats, step: Step) -> Floats:
        return decoder(x[known], y[known], trial[known], x)

    for shown, x in inputs.items():
        for name, decoder in decode.decoders(classes=data.classes).items():
            yield (name, shown), partial(fit, decoder, x)
    recurrent = partial(decode.recurrent, asked_trial=trial, classes=data.classes)
    yield ("GRU", WHOLE), partial(fit, recurrent, inputs[ONE])


def models(data: Data, learn: Ints, plan: Plan) -> Iterator[tuple[Key, Call]]:
    """Our models, each a call that trains it and answers all moments; MtM and Swap-VAE learn without being told."""

    def latents(name: str, shown: str, step: Step, **given: Any) -> Floats:
        return of_trials(name, data, learn, plan, shown, step, latents=True, **given)

    def read(shown: str, step: Step, **given: Any) -> Floats:
        return read_out(latents("mtm", shown, step, **given), data, learn)

    def late(once: Call, shown: str, step: Step) -> Floats:
        return read_out(once(step), data, learn, shown)

    if "poyo" in plan.settings:
        for shown in (ONE, TWO, WHOLE if data.classes else NINE):
            yield (TITLES["poyo"], shown), partial(poyo, data, learn, plan, shown)
    if "eit" in plan.settings:
        for shown, length in ((ONE, 1), (TWO, 2)):
            yield (TITLES["eit"], shown), partial(of_trials, "eit", data, learn, plan, shown, length=length)
    if "mtm" in plan.settings:
        for shown in (ONE, TWO):
            yield (TITLES["mtm"], shown), partial(read, shown, masks="neuron", depth=1)
        yield (TITLES["mtm"], WHOLE), partial(read, WHOLE)
    if "swap_vae" in plan.settings:
        once = _once(partial(latents, "swap_vae", WHOLE))
        for shown in (ONE, TWO):
            yield (TITLES["swap_vae"], shown), partial(late, once, shown)


def poyo(data: Data, learn: Ints, plan: Plan, shown: str, step: Step = quiet) -> Floats:
    """Answers (moment, feature) of POYO, which sees one bin, two bins, nine bins or the whole trial around a moment."""
    width, longest = data.trials.width, min(float(np.diff(data.spans).max()), LONGEST)
    bins = {ONE: 1, TWO: 2, NINE: 2 * decode.AROUND + 1}.get(shown)
    window = bins * width if bins else longest
    pad = {ONE: 0.0, TWO: width, NINE: decode.AROUND * width}.get(shown, window / 2)
    places = spans.subtract(spans.widen(data.spans[learn], pad + 1e-6), np.delete(data.spans, learn, 0))
    every = window / max(round(window / plan.settings["poyo"]["step"]), 1)
    given = {"window": window, "step": every, "target": data.target.series}
    model = _trained("poyo", only(data, learn), data.spans[learn], given, plan, shown, step, places)
    middle = data.times if bins else np.where(_fits(data, window), data.spans[data.trial].mean(1), data.times)
    ahead = width / 2 if shown in (ONE, TWO) else window / 2  # from the middle to the window's end
    return _at(model, data, middle + ahead - window)


def of_trials(
    name: str,
    data: Data,
    learn: Ints,
    plan: Plan,
    shown: str,
    step: Step = quiet,
    *,
    latents: bool = False,
    **more: Any,
) -> Floats:
    """Answers (moment, feature) of a model of trials, or its latents (moment, dim), with `more` settings.

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
    model = _trained(name, known, data.spans[learn], {**more, **sizes, **target}, plan, shown, step)
    call = (lambda t: model.latents(t, "")) if latents else model.answer
    return np.asarray(in_batches(model, call, asked, None)[rows], float)


def read_out(latents: Floats, data: Data, learn: Ints, shown: str = ONE) -> Floats:
    """Answers (moment, feature) of a linear readout of latents (moment, dim), of a bin or of it and the one before."""
    x = latents if shown == ONE else np.hstack([latents, latents[decode.beside(data.trial, -1)]])
    known, call = data.of(learn), decode.discriminant if data.classes else decode.ridge
    return call(x[known], data.answer[known], data.trial[known], x)


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


def kind(key: Key) -> str:
    """What a decoder is shown, however it sees it: "whole trial" also where it goes bin by bin."""
    return key[1].split(",")[0]


def _order(key: Key) -> tuple[int, str]:
    return [ONE, TWO, NINE, WHOLE].index(kind(key)), key[1]


# ---- one of our models


def _trained(
    name: str, recording: Recording, learned: Any, given: Mapping[str, Any], plan: Plan, shown: str, step: Step,
    places: Any = None,
) -> Any:  # fmt: skip
    """A model trained on the spans `learned`, in windows that lie in `places`."""
    split = {recording.session: Split(spans.tidy(learned), NOTHING, NOTHING)}
    domains = None if places is None else {recording.session: places}
    with tempfile.TemporaryDirectory() as folder:
        made = train(
            name, recording, plan.run(name, shown) or Path(folder) / "run", seed=plan.seed, device="cpu",
            settings={**plan.settings[name], **given}, splits=split, domains=domains, step=step,
        )  # fmt: skip
        return made.model


def _kept(judged: Mapping[Key, float], data: Data, held: Ints, plan: Plan) -> dict[Key, str]:
    """Names of the runs that stay, each made one of the whole recording first."""
    runs = {}
    for name, title in TITLES.items():
        for key in (k for k in judged if k[0] == title):
            path = plan.run(name, next((k for k, pool in POOLED.items() if pool == key[1]), key[1]))
            if path is not None:
                runs[key] = path.name
    for name in dict.fromkeys(runs.values()):
        _complete(plan.folder / name, data, held)  # type: ignore[operator]  # a run has a folder
    return runs


def _complete(path: Path, data: Data, held: Ints) -> None:
    """Let a run that saw the training trials alone know which were held out, and how well it does there.

    The model of one or two bins has learned from trials as short; EIT slides over longer ones as it is.
    """
    recording = data.trials.recording
    config = read_json(path / "config.json")
    config["splits"][recording.session]["test"] = spans.tidy(data.spans[held]).tolist()
    if "length" in config["config"]:
        config["config"]["bins"] = data.trials.counts.shape[1]
    checkpoint.write_json(path / "config.json", config)
    found = dict(load(path, "cpu").predict(recording).metrics)
    took = read_json(path / "metrics.json")
    checkpoint.write_json(path / "metrics.json", took | found | {"sessions": {recording.session: found}})


def _moments(data: Data, bins: int) -> pd.DataFrame:
    """A trial for each moment, of so many bins, of which it is the last."""
    end = data.times + data.trials.width / 2
    table = pd.DataFrame({"start": end - bins * data.trials.width, "stop": end})
    if not data.classes:
        return table
    return table.assign(**{data.target.series: np.array(data.target.names)[data.answer.argmax(1)]})


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


# ---- one after the other, and folds beside each other


def _timed(calls: Sequence[tuple[Key, Call]], step: Step, words: str = "") -> Iterator[tuple[Key, Took]]:
    """What each call gives and the CPU seconds that it took, told as equal shares of a whole."""
    for k, (key, call) in enumerate(calls):
        text = f"{words}{key[0]}, {key[1]}"
        step(k / len(calls), text)
        began = time.process_time()
        found = call(lambda done, *_, k=k, text=text, **__: step((k + done) / len(calls), text))
        yield key, (found, time.process_time() - began)


def _part(step: Step, begin: float, length: float, total: float, fraction: float, text: str) -> None:
    """A share of what `step` tells."""
    step((begin + length * fraction) / total, text)


def _once(call: Call) -> Call:
    """A call that is made when it is first asked for."""
    found: list[Floats] = []

    def ask(step: Step) -> Floats:
        if not found:
            found.append(call(step))
        return found[0]

    return ask


def _all(work: Sequence[Work], step: Step) -> list[Fold]:
    """Each fold in a process of its own, as many at once as there are cores, each with one thread."""
    if len(work) == 1:
        return [fold(*work[0], step=lambda done, text, **_: step(done, _words(0, 1, text)))]
    spawn, done = multiprocessing.get_context("spawn"), [0.0] * len(work)
    said = spawn.Queue(1)  # full while `step` blocks, so that all folds pause
    others, text = multiprocessing.active_children(), (begin := f"{len(work)} folds begin")
    count = min(len(work), os.cpu_count() or 1)
    with ProcessPoolExecutor(count, spawn, initializer=_alone, initargs=(said,)) as pool:
        jobs = [pool.submit(_one, k, *arguments) for k, arguments in enumerate(work)]
        try:
            while not all(job.done() and job.result() for job in jobs):
                text = _listen(said, step, done, text)
        except BrokenExecutor as error:
            raise NeuroFMError(UNBORN if text == begin else KILLED) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in (c for c in multiprocessing.active_children() if c not in others):
                child.kill()
                child.join()
            raise
        return [job.result() for job in jobs]


def _listen(said: Any, step: Step, done: list[float], text: str) -> str:
    """Tell on what the next fold says, or the last words once more, so that it can be stopped; gives what was told."""
    with suppress(queue.Empty):
        k, done[k], words = said.get(timeout=0.2)
        text = _words(k, len(done), words)
    step(sum(done) / len(done), text)
    return text


def _words(k: int, count: int, text: str) -> str:
    return f"fold {k + 1} of {count}: {text}"


def _alone(said: Any) -> None:
    """One thread, also in what scikit-learn computes with: folds whose threads wait for each other come to a halt."""
    import sklearn.neural_network  # noqa: F401  # limits hold for libraries that are loaded
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    threadpool_limits(1)
    torch.set_num_threads(1)
    _Line.said = said


def _one(k: int, data: Data, learn: Ints, held: Ints, plan: Plan) -> Fold:
    return fold(data, learn, held, plan, partial(_Line.tell, k))


class _Line:
    """From the process of a fold to the one that waits for it."""

    said: Any = None

    @classmethod
    def tell(cls, k: int, fraction: float, text: str) -> None:
        """Say how far fold `k` is, and end with who asked for it."""
        while True:
            try:
                return cls.said.put((k, fraction, text), timeout=1.0)
            except queue.Full:
                parent = multiprocessing.parent_process()
                if parent is not None and not parent.is_alive():
                    os._exit(1)
