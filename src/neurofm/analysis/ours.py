"""Our models as decoders: each is trained on some trials of a recording and says what all moments are.

What a model is shown, how, and with which settings is said by its SPEC (`neurofm.specs.Compared`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from neurofm import registry
from neurofm.analysis.binned import Data, Ints
from neurofm.analysis.fits import MODELS, Call, Fit, Plan, title, way
from neurofm.analysis.pools import POOLED, Key
from neurofm.analysis.ways import WAYS
from neurofm.data import spans
from neurofm.runs import read_json
from neurofm.training import checkpoint, load
from neurofm.words import ALL, over

UNTRAINED = ", untrained"
ONE_STEP = {"steps": 1, "lr": 1e-7, "weight_decay": 0.0, "average": 0.0}  # moves no weight by more than 1e-7


def settings() -> dict[str, Mapping[str, Any]]:
    """Of every model that takes part, by its name: those of windows first, those that are read out last."""
    spec_of = {name: spec for name, spec in registry.specs(MODELS).items() if spec.compared}
    names = sorted(spec_of, key=lambda name: list(WAYS).index(way(spec_of[name])))
    return {name: spec_of[name].compared.settings for name in names}


def models(data: Data, learn: Ints, plan: Plan) -> Iterator[tuple[Key, Call]]:
    """Our models, each a call that trains it and answers all moments."""
    for name in plan.settings:
        fit = Fit(name, data, learn, plan)
        for what, call in WAYS[way(fit.spec)](fit):
            yield (title(fit.spec), what), call


def untrained(data: Data, learn: Ints, plan: Plan) -> Iterator[tuple[Key, Call]]:
    """The same with weights as they were drawn: what of their answers is no learning, but their readout or chance."""
    settings = {name: {**usual, **ONE_STEP} for name, usual in plan.settings.items()}
    for (name, what), call in models(data, learn, replace(plan, settings=settings, folder=None)):
        yield (f"{name}{UNTRAINED}", what), call


def complete(judged: Mapping[Key, float], data: Data, held: Ints, plan: Plan) -> dict[Key, str]:
    """Names of the runs that stay, each made one of the whole recording first."""
    runs = {}
    for name in plan.settings:
        for key in (k for k in judged if k[0] == title(registry.get(MODELS, name))):
            path = plan.run(name, next((what for what, pool in POOLED.items() if pool == key[1]), key[1]))
            if path is not None:
                runs[key] = path
    for path in dict.fromkeys(runs.values()):
        _complete(path, data, held)
    return {key: path.name for key, path in runs.items()}


def _complete(path: Path, data: Data, held: Ints) -> None:
    """Let a run that saw the training trials alone know which were held out, and how well it does there.

    A model of one or two bins has learned from trials as short; one with a size that says how many bins it sees at once
    slides over longer ones as it is.
    """
    recording = data.trials.recording
    config = read_json(path / "config.json")
    config["splits"][recording.session]["test"] = spans.tidy(data.spans[held]).tolist()
    if isinstance(registry.get(MODELS, config["model"]).effort.sees, str):
        config["config"]["bins"] = data.trials.counts.shape[1]
    checkpoint.write_json(path / "config.json", config)
    scores = dict(load(path, "cpu").predict(recording).metrics)
    took = {k: v for k, v in read_json(path / "metrics.json").items() if not k.startswith(ALL)}
    told = {"over": over(scores), "sessions": {recording.session: scores}}
    checkpoint.write_json(path / "metrics.json", took | scores | told)
