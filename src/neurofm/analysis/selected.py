"""Units that take part in a comparison: some are left out, and those that are one cell for sure are taken together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.animals import Animal, Prepared
from neurofm.data import Recording, Spikes

Named = tuple[str, str]


class Without:
    """What a way made of animals, but that some of their units cannot be judged.

    Parameters
    ----------
    prepared : as the way made it
    left_out : (unit,) of each animal, which take no part
    """

    def __init__(self, prepared: Prepared, left_out: Sequence[NDArray[np.bool_]]) -> None:
        self._prepared, self._left_out = prepared, left_out

    def __getattr__(self, name: str) -> Any:
        return getattr(self._prepared, name)

    def used(self, k: int) -> NDArray[np.bool_]:
        """(unit,) which can be judged."""
        used: NDArray[np.bool_] = self._prepared.used(k) & ~self._left_out[k]
        return used


def without(prepared: Prepared, animals: Sequence[Animal], names: Collection[str]) -> Prepared:
    """What a way made of animals without the units of these names."""
    gone = set(names)
    if not gone:
        return prepared
    alone: Any = Without(prepared, [np.array([name in gone for name in animal.names], bool) for animal in animals])
    return alone


def merged(animals: Sequence[Animal], known: Iterable[Named]) -> tuple[list[Animal], list[Named], list[str]]:
    """Animals whose units that were said to be the same within one are taken together, the pairs left, and notes.

    The first of such a pair has the spikes of both, and the second none, so that it is not judged.

    Raises
    ------
    ValueError
        If nodes of a graph are to be taken together, which have no spikes.
    """
    mended, across, notes = list(animals), list[Named](), list[str]()
    for pair in known:
        own = [k for k, animal in enumerate(mended) if set(pair) <= set(animal.names)]
        if not own or pair[0] == pair[1]:
            across.append(pair)
            continue
        animal = mended[own[0]]
        if not isinstance(animal.source, Recording):
            raise ValueError(f"'{pair[0]}' and '{pair[1]}' are of one animal; a pair is of two")
        first, second = (animal.names.index(name) for name in pair)
        spikes = animal.source.spikes
        unit = np.where(spikes.unit == second, np.asarray(first, spikes.unit.dtype), spikes.unit)
        whole = replace(animal.source, spikes=Spikes(spikes.times, unit))
        mended[own[0]] = animal._replace(source=whole)
        notes.append(f"{pair[1]} was taken together with {pair[0]}")
    return mended, across, notes
