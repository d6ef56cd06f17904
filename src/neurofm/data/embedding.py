"""A latent space whose every row leads back to what it came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.checks import check_choice, check_shape, floats
from neurofm.data.given import ids_given
from neurofm.data.ids import SPACES, Ids
from neurofm.data.shown import Shown, several
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
    xy : (row, 2 or 3) the map that is drawn
    labels : (row,) what a user calls each row ("rat/unit 17"), or empty for moments
    sessions : names of the sources, by the number that `ids` carry
    run : folder or name of the run that made it
    method : how `xy` came about: "PCA", "UMAP"
    """

    name: str
    space: str
    ids: Ids
    values: NDArray[np.floating]
    xy: NDArray[np.floating]
    labels: tuple[str, ...] = ()
    sessions: tuple[str, ...] = field(default=())
    run: str = ""
    method: str = "PCA"

    def __post_init__(self) -> None:
        check_choice("space", self.space, SPACES)
        object.__setattr__(self, "ids", ids_given(self.ids, self.space))
        for name in ("values", "xy"):
            object.__setattr__(self, name, floats(f"embedding {name}", getattr(self, name)))
        check_shape("embedding values", self.values, "row dim")
        check_shape("embedding xy", self.xy, "row dim")
        if len({len(self.ids), len(self.values), len(self.xy)}) > 1:
            raise ValueError(f"embedding {self.name} has {len(self.ids)} ids for {len(self.values)} rows")
        if self.xy.shape[1] not in (2, 3):
            raise ValueError(f"embedding {self.name} has a map of {self.xy.shape[1]} dimensions; 2 or 3 are drawn")
        if len(self.labels) not in (0, len(self.ids)):
            raise ValueError(f"embedding {self.name} has {len(self.labels)} labels for {len(self.ids)} rows")

    def facts(self) -> dict[str, Any]:
        """How many rows of what, and how they are drawn."""
        rows, dim = self.values.shape
        map_of = f"{self.method} in {self.xy.shape[1]} dimensions"
        return {
            "": self.name,
            "rows": counted(rows, self.space),
            "latents": dim,
            "map": map_of,
            "sessions": several(filter(None, self.sessions)),
        }

    @property
    def part(self) -> str:
        """Which part of a run's latents it shows, if that has several; "" if all of them."""
        whole = f"{embedding_name(self.run, self.space)} "
        return self.name.removeprefix(whole) if self.name.startswith(whole) else ""

    def of_run(self, run: str, xy: NDArray[np.floating]) -> Embedding:
        """The same under the name of a run, with another map."""
        of = self.name.removeprefix(Path(self.run).name).strip() or self.space
        return replace(self, name=f"{run} {of}", run=run, xy=xy)


def embedding_name(run: str, of: str, part: str = "") -> str:
    """What the latent space of a run is called: "RUN unit", "RUN time content"."""
    return " ".join(word for word in (Path(run).name, of, part) if word)
