"""Runs from checkpoints that the authors of torch_brain's models left: they predict, and adapt to other recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neurofm import registry
from neurofm.data import Recording
from neurofm.data.split import NAMED, split
from neurofm.data.target import Target
from neurofm.errors import DataError, RunError
from neurofm.models._torch_brain import Checkpoint, having, read_checkpoint
from neurofm.runs import FORMAT, claim
from neurofm.specs import ModelSpec
from neurofm.training import checkpoint
from neurofm.training.run import Run
from neurofm.training.settings import fingerprint, versions
from neurofm.words import main_score

SCALE = ("normalize_mean", "normalize_std")  # as configurations of torch_brain's authors call them
AXES = ("x", "y", "z")
UNSPLIT = "over all of it; which of that the model has learned from is not known"


def convert(
    path: str | Path,
    out: str | Path,
    *,
    target: str,
    scale: ArrayLike | None = None,
    mean: ArrayLike | None = None,
    window: float | None = None,
    step: float | None = None,
    recordings: Sequence[Recording] = (),
) -> Run:
    """A run folder from a torch_brain checkpoint.

    Parameters
    ----------
    path : Lightning checkpoint, or a state_dict
    out : folder to make
    target : name of the behaviour series that it decodes
    scale, mean : one number, or one a feature: values were divided by `scale` in training, once `mean` was subtracted;
        as the file says if None, and the mean else 0
    window, step : `sequence_length` and `latent_step` (s), where the file does not say them
    recordings : that it was trained on, whose behaviour gives the names of the features, and on which it is scored: on
        the test part of their own split where they have one, else on all ("whole" in its metrics)

    Raises
    ------
    DataError
        If the file is no such checkpoint, contradicts itself, or does not tell enough.
    RunError
        If the folder holds a run.
    UnknownUnits
        If a recording's units are not those of the checkpoint.
    """
    folder = Path(out)
    _check_free(folder)
    held = read_checkpoint(path)
    name, spec, (config, vocab, net) = _adopted(path, held, window=window, step=step)
    vocab, notes = _as_recordings_name_them(vocab)
    features = net.scale.shape[1]
    decoded, sizes = _target(target, features, recordings), _scale(path, held, scale, mean, features)
    ours = spec.build(config, vocab, decoded)
    ours.load_state_dict(net.state_dict())
    for session in vocab["sessions"]:
        ours.set_scale(session, *sizes)
    for recording in recordings:  # what it does not know is told before anything is written
        ours.units.rows(recording.unit_names)
        ours.sessions.rows([recording.session])
    header = {
        "format": FORMAT, "model": name, "config": asdict(config), "schedule": asdict(spec.schedule), "seed": 0,
        "target": asdict(decoded), "notes": notes, "base": None, "source": str(path), "versions": versions(),
        **_facts(spec), **_learned_from(recordings),
    }  # fmt: skip
    with claim(folder):
        _check_free(folder)  # as another program may have left it
        return _written(folder, header, vocab, ours, held.steps, recordings)


def _facts(spec: ModelSpec) -> dict[str, Any]:
    """What can be asked of the run, so that nobody needs its model to know."""
    return {
        "spaces": list(spec.spaces), "parts": list(spec.parts), "takes": spec.takes.kind, "fills": spec.fills,
        "reads_new_units": spec.reads_new_units,
    }  # fmt: skip


def _learned_from(recordings: Sequence[Recording]) -> dict[str, Any]:
    """Recordings that it was trained on, and their own splits."""
    splits = {r.session: asdict(split(r, np.random.default_rng(0))) for r in recordings if _is_split(r)}
    plain = {session: {part: each.tolist() for part, each in own.items()} for session, own in splits.items()}
    return {"data": [fingerprint(r) for r in recordings], "splits": plain}


def _check_free(folder: Path) -> None:
    if (folder / "config.json").exists():
        raise RunError(folder, "", "holds a run already; name another folder")


def _written(
    folder: Path, header: Mapping[str, Any], vocab: Any, net: Any, steps: int, recordings: Sequence[Recording]
) -> Run:
    """The folder with all that belongs into it, and how well the run does: held out, or on the whole of recordings."""
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint.write_tensors(folder / checkpoint.WEIGHTS, net.state_dict())
    checkpoint.write_json(folder / "vocab.json", vocab)
    checkpoint.write_json(folder / "config.json", header)
    run = Run(folder, "cpu")
    each = {r.session: dict(run.predict(r).metrics) for r in recordings}
    held, whole = ({n: m for n, m in each.items() if (n in header["splits"]) is split} for split in (True, False))
    shared = [name for name in next(iter(held.values()), {}) if all(name in scores for scores in held.values())]
    scores = {name: float(np.mean([scores[name] for scores in held.values()])) for name in shared}
    run.config["notes"] += [f"{name}: {main_score(scores)} {UNSPLIT}" for name, scores in whole.items()]
    took = {"steps": steps, "seconds": 0.0, "peak_mb": 0.0}
    checkpoint.write_json(folder / "config.json", run.config)
    checkpoint.write_json(folder / "metrics.json", scores | {"sessions": held, "whole": whole} | took)
    return run


def _adopted(path: str | Path, held: Checkpoint, **sizes: float | None) -> tuple[str, ModelSpec, Any]:
    """The first model that can take over the weights: its name, its SPEC and what it makes of them."""
    stated = next(having(held.stated, "sequence_length", "latent_step"), {})
    stated = stated or next(having(held.stated, "sequence_length"), next(having(held.stated, "latent_step"), {}))
    problems = []
    for name, spec in registry.specs("neurofm.models").items():
        if spec.adopt is None:
            continue
        try:
            return name, spec, spec.adopt(held.state, stated, **sizes)
        except KeyError as error:
            problems.append(f"does not hold a torch_brain {spec.title} ({error.args[0]})")
        except ValueError as error:
            raise DataError(path, "hyper_parameters", str(error)) from error
    kind = str(stated.get("_target_", "")).rpartition(".")[2]
    named = f"is of a {kind} and " if kind else ""
    raise DataError(path, "state_dict", f"{named}{'; '.join(problems)}; name such a file")


def _as_recordings_name_them(vocab: dict[str, list[str]]) -> tuple[dict[str, list[str]], list[str]]:
    """Names of sessions without the data set that torch_brain may put before them, and units as `session/label`."""
    sessions, units, notes = vocab["sessions"], vocab["units"], []
    short = [name.rpartition("/")[2] for name in sessions]
    if short != sessions and len(set(short)) == len(short) and all(short):
        for before, now in zip(sessions, short):
            units = [f"{now}{u.removeprefix(before)}" if u.startswith(f"{before}/") else u for u in units]
        notes.append(f"{sessions[0]} is called {short[0]} here, as its file calls it")
        sessions = short
    if len(sessions) == 1 and not any(unit.startswith(f"{sessions[0]}/") for unit in units):
        units = [f"{sessions[0]}/{unit}" for unit in units]
    return {"units": units, "sessions": sessions}, notes


def _target(series: str, features: int, recordings: Sequence[Recording]) -> Target:
    """What it decodes, with the names that the recordings have for it."""
    usual = (series,) if features == 1 else AXES[:features] if features <= len(AXES) else ()
    target = Target(series=series, names=usual or tuple(f"{series}_{k}" for k in range(features)))
    for recording in recordings:
        measured = recording.series.get(series)
        if measured is None or len(measured.names) != features:
            has = ", ".join(f"{n} ({len(s.names)})" for n, s in recording.series.items()) or "none"
            problem = f"is no series of {features} features, as the checkpoint decodes; there are {has}"
            raise DataError(recording.origin, series, problem)
        target = replace(target, names=measured.names, unit=measured.unit)
    return target


def _scale(
    path: str | Path, held: Checkpoint, scale: ArrayLike | None, mean: ArrayLike | None, features: int
) -> list[Any]:
    """Mean and standard deviation (feature,) by which behaviour was made comparable in training."""
    both = [[each[name] for name in SCALE] for each in having(held.stated, *SCALE)]
    stated = {str(each): each for each in both}
    if scale is None and len(stated) != 1:
        says = f"says {len(stated)} different ones" if stated else "does not say it"
        problem = f"{says}; give what the values were divided by in training with --scale, 1 if by nothing"
        raise DataError(path, "normalize_std", problem)
    said = next(iter(stated.values()), [0.0, 1.0]) if scale is None else [0.0, scale]
    values = [np.asarray(said[0] if mean is None else mean, float), np.asarray(said[1], float)]
    for what, value in zip(("mean", "scale"), values):
        if value.size not in (1, features) or not np.isfinite(value).all() or (what == "scale" and (value <= 0).any()):
            wanted = "a positive number" if what == "scale" else "a number"
            raise DataError(path, what, f"must be {wanted}, or {features} of them, one a feature, got {value.tolist()}")
    return [np.broadcast_to(value.ravel(), features) for value in values]


def _is_split(recording: Recording) -> bool:
    return all(name in recording.intervals for name in NAMED)
