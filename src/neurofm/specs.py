"""What a registered module says of itself. Each has exactly one of these, called SPEC."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal


@dataclass(frozen=True, kw_only=True)
class ReaderSpec:
    """A file format.

    Parameters
    ----------
    title : what a user calls it ("NWB")
    patterns : file names it may be, as in the napari manifest ("*.nwb")
    accepts : looks into the file, quickly, and tells whether it is one
    read : gives the container, raising DataError
    folder : True if it reads a folder, not a file
    """

    title: str
    patterns: tuple[str, ...]
    accepts: Callable[[Path], bool]
    read: Callable[[Path], Any]
    folder: bool = False


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How a model is trained; every model has one of its own as default."""

    target: str = ""  # series, or column of the trials, to decode; "" chooses
    steps: Annotated[int, {"min": 1, "max": 10_000_000}] = 1500  # gradient steps
    until: Annotated[int, {"min": 0, "max": 10_000_000}] = 0  # end after so many of them, as if stopped; 0 for all
    batch: Annotated[int, {"min": 1, "max": 4096}] = 16  # windows a step
    lr: Annotated[float, {"min": 1e-7, "max": 1.0}] = 2e-3  # peak learning rate
    weight_decay: Annotated[float, {"min": 0.0, "max": 1.0}] = 1e-4
    optimizer: Literal["adamw", "lamb"] = "adamw"
    rise: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.05  # share of the steps in which the learning rate rises
    hold: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.3  # share after which it falls along a cosine
    clip: Annotated[float, {"min": 0.0, "max": 1e6}] = 1.0  # largest gradient norm; 0 for none
    average: Annotated[float, {"min": 0.0, "max": 0.9999}] = 0.0  # decay of the running mean of weights that is kept
    freeze: Annotated[float, {"min": 0.0, "max": 1.0}] = (
        0.0  # share of the steps in which only unit and session vectors learn
    )
    balance: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.0  # 0: sessions are seen as they are long; 1: all alike
    least_units: Annotated[int, {"min": 1, "max": 100_000}] = 30  # unit dropout: fewest, usual and most units seen
    usual_units: Annotated[int, {"min": 1, "max": 100_000}] = 100
    most_units: Annotated[int, {"min": 1, "max": 100_000}] = 300
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long a model should learn from how much, and what that costs at its default sizes.

    Parameters
    ----------
    passes : times that it should see each item
    most : times after which it learns them by heart: its usual steps are cut where they would show them more often,
        though not below a fifth
    item : what batches are made of ("trial")
    sees : bins of an item, or the name of the size that says so; 0 for whole trials
    each, million : seconds of one core that a training step takes for each bin (or window) of its batch, and more for
        each million counts (or tokens) there
    width, enough : name of the size that is halved, twice at most, where there are fewer items than are enough, since
        a wide network learns few by heart; "" for a network that was not found to
    """

    passes: float = 10.0
    most: float = math.inf
    item: str = "trial"
    sees: int | str = 0
    each: float = 1e-4
    million: float = 1.0
    width: str = ""
    enough: int = 0


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """A model.

    Parameters
    ----------
    title, paper : for lists and forms
    config : frozen dataclass of sizes, every field with a default
    schedule : how it is trained unless told otherwise
    build : (config, vocab, target) -> torch module; vocab holds lists by name: `sessions`, `units` of all of them, and
        `sizes`, how many units each session has
    takes : the container it learns from
    spaces : what a latent row can be ("unit", "time", "session")
    parts : of its latents that are a space each ("content", "style"); none if it has but one
    course : how it learns, a module of `neurofm.training`: from "windows" of single spikes, or from "trials" in bins
    decodes : what it decodes unless told: a behaviour "series", the "class" of a trial, or the "rates" of its units
    supervised : False if it learns without a target, which is read out afterwards where there is one
    effort : from which the number of steps is chosen
    """

    title: str
    paper: str
    config: type
    schedule: Schedule
    build: Callable[..., Any]
    takes: type
    spaces: tuple[str, ...]
    parts: tuple[str, ...] = ()
    course: Literal["windows", "trials"] = "windows"
    decodes: Literal["series", "class", "rates"] = "series"
    supervised: bool = True
    effort: Effort = Effort()


@dataclass(frozen=True, kw_only=True)
class ViewSpec:
    """A picture of the session, as data.

    Parameters
    ----------
    title : on its dock
    state : evented dataclass, every field with a default
    scene : (state, session, viewport) -> Scene, pure
    hit : (state, session, shape) -> (space, ids) under the drawn shape
    describe : (state, session, space, id) -> one line for a tooltip
    choices : (state, session) -> what there is to choose for fields that depend on what is open
    axis : "time" if its horizontal axis is the one time
    activate : (state, session, row) what a double click on a row of its table does
    place : where its dock stands: "right", "below", or "tab of NAME" for behind another view
    order : among the views of a place, from the top or from the left; those of equal order by name
    share : of the height that views at the right have together, against the others
    """

    title: str
    state: type
    scene: Callable[..., Any]
    hit: Callable[..., Any]
    describe: Callable[..., str]
    choices: Callable[..., dict[str, tuple[str, ...]]] = lambda state, session: {}
    axis: str = ""
    activate: Callable[..., Any] = lambda state, session, row: None
    place: str = "below"
    order: int = 100
    share: int = 32


@dataclass(frozen=True, kw_only=True)
class BenchSpec:
    """A table measured now.

    Parameters
    ----------
    title : one line
    run : (paths, quick, seed, peer) -> rows of case, system, metric, mean, sd, n, unit
    timed : True if its figures are times, which want a quiet machine: "all" measures them first
    """

    title: str
    run: Callable[..., list[dict[str, Any]]]
    timed: bool = False
