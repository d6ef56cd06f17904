"""A latent space whose every row leads back to what it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.checks import check_choice, check_shape, floats
from neurofm.data.given import ids_given
from neurofm.data.ids import SPACES, Ids, unpack
from neurofm.data.libraries import library, tsd_frame
from neurofm.data.outward import moments
from neurofm.data.shown import Shown, several
from neurofm.data.source import Source, starts
from neurofm.words import counted


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Embedding(Shown):
    """Rows of a latent space.

    Parameters
    ----------
    name : of the space ("RUN units")
    space : what a row is: unit, time, trial, session, ...
    ids : (row,) packed ids (see `neurofm.data.ids`)
    values : (row, dim) latents
    xy : (row, 2 or 3) a map of them; a table's columns name its axes
    labels : (row,) what a user calls each row ("rat/unit 17"), or empty for moments
    sessions : names of the sources, by the number that `ids` carry
    run : folder or name of the run that made it
    method : how `xy` came about: "PCA", "UMAP", or "" for coordinates of a user's own
    axes : names of the columns of `xy`, where it has any of its own
    umap : (row, 2 or 3) another map of the same rows, by UMAP, once there is one
    """

    name: str
    space: str
    ids: Ids
    values: NDArray[np.floating]
    xy: NDArray[np.floating]
    labels: tuple[str, ...] = ()
    sessions: tuple[str, ...] = field(default=())
    run: str = ""
    method: str = ""
    axes: tuple[str, ...] = ()
    umap: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.xy, pd.DataFrame):
            object.__setattr__(self, "axes", tuple(map(str, self.xy.columns)))
            object.__setattr__(self, "xy", self.xy.to_numpy(float))
        check_choice("space", self.space, SPACES)
        object.__setattr__(self, "ids", ids_given(self.ids, self.space))
        for name in ("values", "xy") if self.umap is None else ("values", "xy", "umap"):
            object.__setattr__(self, name, floats(f"embedding {name}", getattr(self, name)))
        check_shape("embedding values", self.values, "row dim")
        check_shape("embedding xy", self.xy, "row dim")
        if len({len(self.ids), len(self.values), len(self.xy)}) > 1:
            raise ValueError(f"embedding {self.name} has {len(self.ids)} ids for {len(self.values)} rows")
        for name, drawn in (("xy", self.xy), ("umap", self.umap)):
            if drawn is not None and (drawn.ndim != 2 or drawn.shape[1] not in (2, 3) or len(drawn) != len(self.xy)):
                shape = f"({len(self.xy)}, 2) or ({len(self.xy)}, 3)"
                raise ValueError(f"{name} of embedding {self.name} must be {shape}, got shape {drawn.shape}")
        if len(self.labels) not in (0, len(self.ids)):
            raise ValueError(f"embedding {self.name} has {len(self.labels)} labels for {len(self.ids)} rows")

    def facts(self) -> dict[str, Any]:
        """How many rows of what, and how they are drawn."""
        rows, dim = self.values.shape
        drawn = self.method or ", ".join(self.axes) or "coordinates of its own"
        return {
            "": self.name,
            "rows": counted(rows, self.space),
            "latents": dim,
            "map": f"{drawn} in {self.xy.shape[1]} dimensions",
            "sessions": several(filter(None, self.sessions)),
        }

    @cached_property
    def sources(self) -> frozenset[str]:
        """Names of the sources that have rows here, as far as `sessions` tells."""
        numbers = np.unique(unpack(self.ids)[0])
        return frozenset(self.sessions[k] for k in numbers if k < len(self.sessions))

    @property
    def part(self) -> str:
        """Which part of a run's latents it shows, if that has several, and of whom ("short of ada"); "" if all."""
        whole = f"{embedding_name(self.run, self.space)} "
        return self.name.removeprefix(whole) if self.name.startswith(whole) else ""

    @property
    def individual(self) -> str:
        """The one animal of its sources that it is of; "" if it is of all of them."""
        return apart(self.part)[1]

    def maps(self) -> dict[str, NDArray[np.floating]]:
        """Columns of its maps, as tables have them: xy_0, xy_1, umap_0, ..."""
        maps = {"xy": self.xy} | ({} if self.umap is None else {"umap": self.umap})
        return {f"{name}_{k}": column for name, drawn in maps.items() for k, column in enumerate(drawn.T)}

    def to_frame(self, *sources: Source) -> pd.DataFrame:
        """A row each: `ids`, `session`, `label`, maps (`xy_0`, ...) and latents (`values_0`, ...), those that apply.

        With the sources that rows are of, such as the recording, also `time` in seconds: of moments and frames, and
        of trials and bouts when they start; NaN of rows that have none.
        """
        told: dict[str, Any] = {"ids": self.ids} | ({"label": list(self.labels)} if self.labels else {}) | self.maps()
        number, local = unpack(self.ids)
        if self.sessions:
            names = np.array([*self.sessions, ""], object)  # "" of numbers beyond those that are told
            told = {"ids": self.ids, "session": names[np.minimum(number, len(self.sessions))]} | told
        if sources:
            told = {"ids": self.ids, "time": self._times(sources, number, local)} | told
        return pd.DataFrame(told | {f"values_{k}": column for k, column in enumerate(self.values.T)})

    def _times(self, sources: Sequence[Source], number: Ids, local: Ids) -> NDArray[np.float64]:
        """(row,) seconds of what is of these sources and has a time, else NaN."""
        times = np.full(len(self.ids), np.nan)
        for source in sources:
            known = self.sessions.index(source.session) if source.session in self.sessions else -1
            own = number == known if self.sessions else np.full(len(number), len(sources) == 1)
            found = starts(source, self.space, local[own])
            times[own] = np.nan if found is None else found
        return times

    def to_xarray(self) -> Any:
        """A Dataset: `values` (row, dim) and `xy` (row, axis), with `ids`, `label` and `session` of each row."""
        coords: dict[str, Any] = {"ids": ("row", self.ids)}
        if self.labels:
            coords["label"] = ("row", list(self.labels))
        if self.sessions:
            coords["session"] = ("row", np.array(self.sessions, object)[unpack(self.ids)[0]])
        held = {"values": (("row", "dim"), self.values), "xy": (("row", "axis"), self.xy)}
        if self.umap is not None:
            held["umap"] = (("row", "umap_axis"), self.umap)
        return library("xarray").Dataset(held, coords, {"name": self.name, "space": self.space, "run": self.run})

    def to_pynapple(self, source: Source) -> Any:
        """A TsdFrame (time, dim) of the latents of moments of one source.

        Raises
        ------
        ValueError
            If the rows are no moments, or of several sources.
        """
        times = moments(self.name, self.space, self.ids, source)
        return tsd_frame(times, self.values, [str(k) for k in range(self.values.shape[1])])

    def of_run(self, run: str, xy: NDArray[np.floating]) -> Embedding:
        """The same under the name of a run, with another map."""
        of = self.name.removeprefix(Path(self.run).name).strip() or self.space
        return replace(self, name=f"{run} {of}", run=run, xy=xy)


def of_one(individual: str, part: str = "") -> str:
    """A part of latents of one animal alone: "of ada", "short of ada"."""
    return f"{part} of {individual}".strip()


def apart(part: str) -> tuple[str, str]:
    """Which part of a run's latents, and of which one animal, each "" where it is of all of them."""
    own, _, individual = f" {part}".partition(" of ")
    return own.strip(), individual


def embedding_name(run: str, of: str, part: str = "") -> str:
    """What the latent space of a run is called: "RUN unit", "RUN time content"."""
    return " ".join(word for word in (Path(run).name, of, part) if word)
