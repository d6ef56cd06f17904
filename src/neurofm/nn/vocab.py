"""A table of learned vectors by name, that can grow, shrink and start afresh."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.errors import UnknownUnits

NONE = "NA"  # row 0: nothing, or padding


class Vocab(nn.Module):
    """Rows of a (name, dim) table; row 0 is that of "NA".

    Parameters
    ----------
    names : unique, in the order of the rows from 1 on
    dim : width of a row
    scale : standard deviation of fresh rows
    """

    def __init__(self, names: Sequence[str], dim: int, scale: float = 0.02) -> None:
        super().__init__()
        self.scale = scale
        self.names: list[str] = [NONE]
        self.weight = nn.Parameter(torch.zeros(0, dim))
        self._place: dict[str, int] = {}
        self.weight.data = self._fresh(1)
        self.grow(names)

    def forward(self, row: Tensor) -> Tensor:
        return nn.functional.embedding(row, self.weight)

    def rows(self, names: Sequence[str]) -> NDArray[np.int64]:
        """Row of each name; UnknownUnits names the first one that is not there."""
        try:
            return np.array([self._place[name] for name in names], np.int64)
        except KeyError as error:
            problem = f"the model has never seen '{error.args[0]}'; adapt it to this recording first"
            raise UnknownUnits(problem) from None

    def grow(self, names: Sequence[str]) -> None:
        """Append fresh rows for the names that are new; the others keep theirs."""
        new = [name for name in dict.fromkeys(names) if name not in self._place]
        self.names += new
        self._place = {name: row for row, name in enumerate(self.names)}
        self._set(torch.cat([self.weight.data, self._fresh(len(new))]) if new else self.weight.data)

    def shrink(self, names: Sequence[str]) -> None:
        """Drop all rows but those of `names` (and row 0)."""
        rows = np.r_[0, self.rows(names)]
        self.names = [NONE, *names]
        self._place = {name: row for row, name in enumerate(self.names)}
        self._set(self.weight.data[torch.as_tensor(rows)])

    def restart(self, names: Sequence[str]) -> None:
        """Only fresh rows, for `names`: what identifying the units of a new recording begins with."""
        self.shrink([])
        self.grow(names)

    def _fresh(self, count: int) -> Tensor:
        like = self.weight
        return torch.randn(count, like.shape[1], device=like.device, dtype=like.dtype) * self.scale

    def _set(self, data: Tensor) -> None:
        self.weight = nn.Parameter(data, requires_grad=self.weight.requires_grad)
