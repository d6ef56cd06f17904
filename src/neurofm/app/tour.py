"""A tour in five steps: open, train, pick, judge, keep; each is done for the user, or by him."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurofm import registry
from neurofm.app import commands
from neurofm.app.command import Host
from neurofm.app.pictures.scene import Points, Shape, Viewport
from neurofm.app.state.catalog import Catalog
from neurofm.app.verbs.train import MODELS
from neurofm.app.views import latent
from neurofm.data.ids import Ids
from neurofm.data.recording import UNIT, Recording
from neurofm.words import OF, outcome

if TYPE_CHECKING:
    from neurofm.app.session import Session

SAMPLE, COURSE = "demo", "windows"
SETTINGS = {"target": "velocity", "steps": 300, "dim": 32, "depth": 1, "window": 0.5}
NEIGHBOURS = 8  # units around the outermost one that are picked
WAIT = "First open a recording."


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step.

    Parameters
    ----------
    title : what is done
    words : how it is done by hand, and what to look at
    show : does it
    done : whether it has been done, by whomever
    said : what came of it, "" for nothing that can be told
    """

    title: str
    words: str
    show: Callable[[Host], None]
    done: Callable[[Session], bool]
    said: Callable[[Session], str] = lambda session: ""


def decoder() -> str:
    """The first model that decodes windows of single spikes."""
    return next(name for name in registry.names(MODELS) if registry.said(MODELS, name, "course") == COURSE)


def outermost(session: Catalog) -> Ids:
    """Units that a lasso around the outermost one in the latent space and its neighbours catches.

    Raises
    ------
    LookupError
        If no latent space has units.
    """
    state = latent.State(of=UNIT)
    marks = latent.scene(state, session, Viewport()).marks
    points = [mark.xy for mark in marks if isinstance(mark, Points)]
    if not points:
        raise LookupError("no latent space has units yet; train a decoder first")
    xy = np.concatenate(points)
    centre = xy[np.square(xy - xy.mean(0)).sum(1).argmax()]
    radius = np.sort(np.linalg.norm(xy - centre, axis=1))[min(NEIGHBOURS, len(xy) - 1)] + 1e-9
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    circle = centre + radius * np.stack([np.cos(angle), np.sin(angle)], 1)
    return latent.hit(state, session, Shape("lasso", circle))[1]


def _open(host: Host) -> None:
    commands.do(f"open_{SAMPLE}", host)


def _train(host: Host) -> None:
    if not host.session.recordings:
        raise LookupError(WAIT)
    known = [name for name, one in host.session.recordings.items() if SETTINGS["target"] in one.series]
    settings = SETTINGS if known else {name: value for name, value in SETTINGS.items() if name != "target"}
    host.session.train(decoder(), known, settings=settings, device=host.device)
    host.show("training")


def _pick(host: Host) -> None:
    host.session.selection.pick(UNIT, outermost(host.session))
    host.show("tuning")
    host.show("latent")


def _judge(host: Host) -> None:
    if not host.session.runs:
        raise LookupError("no decoder has learned yet; train one first")
    host.show("trace")


def _keep(host: Host) -> None:
    commands.do("export_script", host)


def _opened(session: Session) -> bool:
    return any(isinstance(source, Recording) for source in session.sources.values())


def _units(session: Session) -> str:
    return " · ".join(f"{name}: {len(one.units)} units" for name, one in session.recordings.items())


def _learned(session: Session) -> bool:
    """A training that was asked for has ended."""
    return bool(session.runs) and all(job.over for job in session.jobs if job.task == "train")


def _picked(session: Session) -> bool:
    return len(session.selection.picked(UNIT)) > 0


def _count(session: Session) -> str:
    return f"{len(session.selection.picked(UNIT))} units are picked" if _picked(session) else ""


def _score(session: Session) -> str:
    run = next(reversed(list(session.runs.values())), None)
    return "" if run is None else outcome({OF: run.of} | dict(run.metrics))


STEPS = (
    Step(
        title="Open a recording",
        words="Drop a file on the window, or press Open in the Explorer. Here: two simulated animals that fetch "
        "rewards, with units whose tuning is known. Every dock shows a part of the same recording, and space plays it.",
        show=_open,
        done=_opened,
        said=_units,
    ),
    Step(
        title="Train a decoder",
        words="Press Train, choose what is to be decoded, and press Train in the form. It learns in the background, "
        "half a minute here: the latent space of units forms meanwhile, and the window stays free.",
        show=_train,
        done=_learned,
        said=_score,
    ),
    Step(
        title="Pick units in the latent space",
        words="Drag a lasso around points in Latent space: those units light up in the raster, in the tuning curves "
        "and on the path. Shift adds, Alt removes, Esc clears, G keeps the pick as a group.",
        show=_pick,
        done=_picked,
        said=_count,
    ),
    Step(
        title="See how good it is",
        words="Trace shows behaviour as measured and as decoded, and the score on time that the model has not seen, "
        "beside the best simple decoder. Where that does as well, it is said.",
        show=_judge,
        done=lambda session: bool(session.predictions),
        said=_score,
    ),
    Step(
        title="Take it with you",
        words="Export script writes all that was done here as Python that gives the same numbers. Save keeps the "
        "session, and Export on any view makes a figure of it.",
        show=_keep,
        done=lambda session: False,
    ),
)
