"""Training: how well models do while they learn."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.memory import remember
from neurofm.app.pictures.scene import Axis, Line, Scene, Shape, Viewport
from neurofm.app.state.link import NONE
from neurofm.app.views import _bands
from neurofm.data.ids import Ids
from neurofm.specs import ViewSpec
from neurofm.words import TITLES

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

Lines = list[dict[str, float]]

SCORES = {f"{name}_valid": f"validation {title}" for name, title in TITLES.items()}
CURVES = {**SCORES, "loss": "training loss"}


@evented
@dataclass
class State:
    """What is shown of each training."""

    show: Literal["both", "score", "loss"] = "both"


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """A curve for each training, the score above the loss."""
    told = _told(session)
    if not told:
        action = "train" if session.sources else "open"
        words = "Train a model" if session.sources else "Open a recording and train a model on it"
        return Scene("Training", message=f"{words} to follow here how it learns", action=action)
    wanted = {"score": tuple(SCORES), "loss": ("loss",)}.get(state.show, tuple(CURVES))
    keys = [key for key in wanted if any(len(_curve(lines, key)[0]) for lines in told.values())] or ["loss"]
    bands = [_band(told, key) for key in keys]
    last = max(line.get("step", 1) for lines in told.values() for line in lines)
    x = viewport.x or (0.0, float(last))
    marks, legend = [], []
    for n, (name, lines) in enumerate(told.items()):
        color = np.array([*colors.OKABE_ITO[n % 7], 255], np.uint8)
        for k, key in enumerate(keys):
            across, up = _bands.decimate(*_curve(lines, key), x, max(viewport.width, 1), broken=False)
            marks.append(Line(across, _bands.place(bands, k, up), color, 1.5, f"{name} {CURVES[key]}"))
        legend.append((name, color))
    stack = _bands.axis(bands, viewport.height)
    return Scene("Training", tuple(marks), Axis("Step", "", (0.0, float(last))), stack, legend=tuple(legend))


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Nothing: a step of a training is nothing to pick."""
    return "", NONE


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """Nothing, for the same reason."""
    return ""


def _told(session: Catalog) -> dict[str, Lines]:
    """What each run told while it learned, by its name; a resumed one goes on where it was."""
    told: dict[str, Lines] = {}
    for job in session.jobs:
        if job.task in ("train", "finetune") and job.metrics:
            name = Path(job.arguments.get("out") or job.title).name
            told[name] = [*told.get(name, []), *list(job.metrics)]
    kept = {name: remember(run, "log", partial(_log, run)) for name, run in session.runs.items() if name not in told}
    return {name: lines for name, lines in kept.items() if lines} | told


def _log(run: Any) -> Lines:
    """What a run that was made elsewhere wrote while it learned."""
    file = Path(run.path) / "log.jsonl"
    try:
        return [json.loads(line) for line in file.read_text("utf8").splitlines()]
    except (OSError, ValueError):  # a run may have been copied without it
        return []


def _curve(lines: Lines, key: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Steps and values; of a step told twice the later telling counts."""
    values = {line["step"]: line[key] for line in lines if key in line and "step" in line}
    steps = np.array(sorted(values), float)
    return steps, np.array([values[s] for s in steps], float)


def _band(told: dict[str, Lines], key: str) -> _bands.Band:
    values = np.concatenate([_curve(lines, key)[1] for lines in told.values()])
    low, high = _bands.limits(values, share=0.0)
    return _bands.Band(CURVES[key], "", min(low, 0.0) if key == "loss" else low, high)


SPEC = ViewSpec(
    title="Training", state=State, scene=scene, hit=hit, describe=describe, place="tab of tuning", order=200
)
