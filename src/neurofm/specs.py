"""What a registered module says of itself. Each has exactly one of these, called SPEC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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
class ModelSpec:
    """A model.

    Parameters
    ----------
    title, paper : for lists and forms
    config : frozen dataclass of sizes, every field with a default
    schedule : how it is trained unless told otherwise
    build : (config, vocabularies, outputs) -> torch module
    takes : the container it learns from
    spaces : what a latent row can be ("unit", "time", "session")
    """

    title: str
    paper: str
    config: type
    schedule: Any
    build: Callable[..., Any]
    takes: type
    spaces: tuple[str, ...]


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
    axis : "time" if its horizontal axis is the one time
    """

    title: str
    state: type
    scene: Callable[..., Any]
    hit: Callable[..., Any]
    describe: Callable[..., str]
    axis: str = ""


@dataclass(frozen=True, kw_only=True)
class BenchSpec:
    """A table measured now.

    Parameters
    ----------
    title : one line
    run : (paths, quick, seed, peer) -> rows of case, system, metric, mean, sd, n, unit
    """

    title: str
    run: Callable[..., list[dict[str, Any]]]
