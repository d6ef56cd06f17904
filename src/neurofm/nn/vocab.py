"""A table of learned vectors by name, that can grow, shrink and start afresh."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.errors import UnknownUnits

NONE = "NA"  # what row 0 is called: nothing, or padding; a thing of that name has a row of its own


class Vocab(nn.Module):
    """Rows of a (name, dim) table; row 0 is that of nothing.

    Names are equal if they are written alike: 7 and "7", and letters with accents however they are encoded.

    Parameters
    ----------
    names : in the order of the rows from 1 on; of equal ones the first counts
    dim : width of a row
    scale : standard deviation of fresh rows
    """

    def __init__(self, names: Sequence[object], dim: int, scale: float = 0.02) -> None:
        super().__init__()
        self.scale = scale
        self.names: list[str] = [NONE]
        self.weight = nn.Parameter(torch.zeros(0, dim))
        self._place: dict[str, int] = {}
        self.weight.data = self._fresh(1)
        self.grow(names)

    def forward(self, row: Tensor) -> Tensor:
        return nn.functional.embedding(row, self.weight)

    def rows(self, names: Sequence[object]) -> NDArray[np.int64]:
        """Row of each name; UnknownUnits names the first one that is not there."""
        try:
            return np.array([self._place[_written(name)] for name in names], np.int64)
        except KeyError as error:
            problem = f"the model has never seen '{error.args[0]}'; adapt it to this recording first"
            raise UnknownUnits(problem) from None

    def grow(self, names: Sequence[object]) -> None:
        """Append fresh rows for the names that are new; the others keep theirs."""
        new = [name for name in dict.fromkeys(map(_written, names)) if name not in self._place]
        self._name([*self.names[1:], *new])
        self._set(torch.cat([self.weight.data, self._fresh(len(new))]) if new else self.weight.data)

    def shrink(self, names: Sequence[object]) -> None:
        """Drop all rows but those of `names` (and row 0)."""
        kept = list(dict.fromkeys(map(_written, names)))
        rows = np.r_[0, self.rows(kept)]
        self._name(kept)
        self._set(self.weight.data[torch.as_tensor(rows)])

    def restart(self, names: Sequence[object]) -> None:
        """Only fresh rows, for `names`: what identifying the units of a new recording begins with."""
        self.shrink([])
        self.grow(names)

    def _name(self, names: Sequence[str]) -> None:
        self.names = [NONE, *names]
        self._place = {name: row for row, name in enumerate(names, 1)}

    def _fresh(self, count: int) -> Tensor:
        like = self.weight
        return torch.randn(count, like.shape[1], device=like.device, dtype=like.dtype) * self.scale

    def _set(self, data: Tensor) -> None:
        self.weight = nn.Parameter(data, requires_grad=self.weight.requires_grad)

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *more: Any) -> None:
        """Where an earlier version let a thing that is called as row 0 share it, it begins from there."""
        weight, place = state.get(f"{prefix}weight"), self._place.get(NONE)
        if place is not None and weight is not None and len(weight) == len(self.names) - 1:
            state[f"{prefix}weight"] = torch.cat([weight[:place], weight[:1], weight[place:]])
        super()._load_from_state_dict(state, prefix, *more)


def _written(name: object) -> str:
    if name is None or name != name:
        raise ValueError(f"a name must be a text or a number, got {name}; name what has none first")
    return unicodedata.normalize("NFC", str(name))
