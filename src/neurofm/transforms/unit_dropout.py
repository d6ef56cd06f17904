"""Unit dropout: see a different part of the population in each window, so that no unit is indispensable."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurofm.data.windows import Window


@dataclass(frozen=True)
class UnitDropout:
    """Keep a random number of units of a window.

    The number's density rises linearly from 1 at `least` to 4 at `mode` and falls to 1 at `most` (unnormalised; Azabou
    et al. 2023). Windows with fewer units than `least` keep all; a draw above the available number keeps all.

    Raises
    ------
    ValueError
        Unless 1 <= least <= mode <= most.
    """

    least: int = 30
    mode: int = 100
    most: int = 300

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.mode <= self.most:
            raise ValueError(
                f"unit dropout needs 1 <= least <= mode <= most, got {self.least}, {self.mode}, {self.most}"
            )

    def density(self) -> NDArray[np.float64]:
        """Probability of each number from `least` to `most`."""
        f = np.interp(np.arange(self.least, self.most + 1), [self.least, self.mode, self.most], [1.0, 4.0, 1.0])
        return f / f.sum()

    def __call__(self, window: Window, rng: np.random.Generator) -> Window:
        if len(window.units) <= self.least:
            return window
        count = rng.choice(np.arange(self.least, self.most + 1), p=self.density())
        if count >= len(window.units):
            return window
        return replace(window, units=np.sort(rng.choice(window.units, count, replace=False)))
