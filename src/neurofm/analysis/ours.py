"""Our models as decoders: each is trained on some trials of a recording and says what all moments are."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from neurofm.analysis import decode
from neurofm.analysis.binned import Data, Floats, Ints, only
from neurofm.analysis.decode import NINE, ONE, TWO, WHOLE
from neurofm.analysis.pools import POOLED, Key
from neurofm.batch import collate
from neurofm.data import Recording, spans
from neurofm.data.split import Split
from neurofm.data.trials import cut
from neurofm.data.windows import Window
from neurofm.runs import read_json
from neurofm.training import checkpoint, load, train
from neurofm.training.course import Step
from neurofm.training.loop import quiet
from neurofm.training.trials import in_batches

Call = Callable[[Step], Floats]  # gives answers of all moments

LONGEST = 4.0  # seconds of a trial that POYO sees at once
NOTHING = np.zeros((0, 2))
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
    learned, asked, bins = only(data, learn), data.trials, data.trials.counts.shape[1]
    rows: Any = data.rows
    if shown in (ONE, TWO):
        bins, recording = {ONE: 1, TWO: 2}[shown], data.trials.recording
        table = _moments(data, bins)
        learned = replace(learned, intervals={"trials": table[data.of(learn)]})
        asked = cut(replace(recording, intervals={"trials": table}), data.trials.width, bins=bins)
        asked = asked.take(np.argsort(asked.row))
        rows = np.arange(len(asked)), bins - 1
    sizes = {"bin": data.trials.width, "event": "", "before": 0.0, "after": 0.0, "bins": bins}
    target = {} if name == "mtm" else {"target": data.target.series}
    model = _trained(name, learned, data.spans[learn], {**more, **sizes, **target}, plan, shown, step)
    call = (lambda t: model.latents(t, "")) if latents else model.answer
    return np.asarray(in_batches(model, call, asked, None)[rows], float)


def read_out(latents: Floats, data: Data, learn: Ints, shown: str = ONE) -> Floats:
    """Answers (moment, feature) of a linear readout of latents (moment, dim), of a bin or of it and the one before."""
    x = latents if shown == ONE else np.hstack([latents, latents[decode.beside(data.trial, -1)]])
    learned, call = data.of(learn), decode.discriminant if data.classes else decode.ridge
    return call(x[learned], data.answer[learned], data.trial[learned], x)


def kept(judged: Mapping[Key, float], data: Data, held: Ints, plan: Plan) -> dict[Key, str]:
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


def _once(call: Call) -> Call:
    """A call that is made when it is first asked for."""
    answers: list[Floats] = []

    def ask(step: Step) -> Floats:
        if not answers:
            answers.append(call(step))
        return answers[0]

    return ask


def _trained(
    name: str, recording: Recording, learned: Any, given: Mapping[str, Any], plan: Plan, shown: str, step: Step,
    places: Any = None,
) -> Any:  # fmt: skip
    """A model trained on the spans `learned`, in windows that lie in `places`."""
    split = {recording.session: Split(spans.tidy(learned), NOTHING, NOTHING)}
    domains = None if places is None else {recording.session: places}
    with tempfile.TemporaryDirectory() as folder:
        trained = train(
            name, recording, plan.run(name, shown) or Path(folder) / "run", seed=plan.seed, device="cpu",
            settings={**plan.settings[name], **given}, splits=split, domains=domains, step=step,
        )  # fmt: skip
        return trained.model


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
    scores = dict(load(path, "cpu").predict(recording).metrics)
    took = read_json(path / "metrics.json")
    checkpoint.write_json(path / "metrics.json", took | scores | {"sessions": {recording.session: scores}})


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
    answers = np.zeros((len(start), len(data.target.names)))
    recording, length = data.trials.recording, model.config.window
    for k in range(0, len(begins), 32):
        some = list(zip(begins[k : k + 32], rows[k : k + 32]))
        batch = collate([model.tokenize(Window(recording, a, a + length), times=data.times[r] - a) for a, r in some])
        with torch.inference_mode():
            said = model.rescale(model.eval()(batch).prediction, batch)
        answers[np.concatenate([r for _, r in some])] = said.double().numpy()
    return answers
