"""A latent space whose every row leads back to what it came from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurofm.checks import check_choice, check_shape
from neurofm.data.ids import SPACES, Ids


@dataclass(frozen=True, kw_only=True, eq=False)
class Embedding:
    """Rows of a latent space.

    Parameters
    ----------
    name : of the space ("poyo units")
    space : what a row is: unit, time, trial, session, ...
    ids : (row,) packed ids (see `neurofm.data.ids`)
    values : (row, dim) latents
    xy : (row, 2 or 3) the map that is drawn
    labels : (row,) what a user calls each row ("rat/unit 17"), or empty for moments
    sessions : names of the recordings, by the number that `ids` carry
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
        check_shape("embedding values", self.values, "row dim")
        if len({len(self.ids), len(self.values), len(self.xy)}) > 1:
            raise ValueError(f"embedding {self.name} has {len(self.ids)} ids for {len(self.values)} rows")
