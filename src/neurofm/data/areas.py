"""Areas: which numbers of a label are told apart, by name, in however many volumes."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofm.data.volume import Volume


@dataclass(frozen=True)
class Areas:
    """What is told apart.

    Parameters
    ----------
    listed : for each area the words that it goes by: names of numbers, or the numbers themselves
    """

    listed: Sequence[Sequence[str]]

    @property
    def names(self) -> tuple[str, ...]:
        """What each area is called."""
        return tuple("+".join(words) for words in self.listed)

    def table(self, volume: Volume, label: str) -> NDArray[np.int64]:
        """Row of the area by number of a label of a volume; -1 of others, and in the last row, which is -1's."""
        numbers = {*volume.names.get(label, {}), *(int(w) for words in self.listed for w in words if w.isdigit())}
        told = np.full(max(numbers, default=0) + 2, -1)
        for number in numbers:
            words = {volume.name(label, number), str(number)}
            told[number] = next((k for k, one in enumerate(self.listed) if words & set(one)), -1)
        return told


def areas_of(
    volumes: Sequence[Volume], label: str, numbers: Sequence[Set[int]], wanted: str
) -> tuple[Areas, list[str]]:
    """Areas of which there are examples, and the names of those that have none.

    Parameters
    ----------
    numbers : of each volume, those of which there are examples
    wanted : "a, b+c" for two areas, the second of two numbers; all numbers above 0 if none

    Raises
    ------
    LookupError
        If a wanted name is none of any volume.
    """
    there = dict.fromkeys(v.name(label, int(n)) for v, own in zip(volumes, numbers) for n in sorted(own))
    nothing = {v.name(label, 0) for v in volumes}
    named = dict.fromkeys(name for v in volumes for number, name in v.names.get(label, {}).items() if number)
    if not wanted.strip():
        listed = [[name] for name in (*named, *there) if name in there and name not in nothing]
        return Areas(_once(listed)), [name for name in named if name not in there]
    groups = [[word.strip() for word in part.split("+") if word.strip()] for part in wanted.split(",")]
    known = (
        {*there, *named, *nothing}
        | {str(n) for own in numbers for n in own}
        | {str(n) for v in volumes for n in v.names.get(label, {})}
    )
    for word in (word for group in groups for word in group):
        if word not in known:
            raise LookupError(f"no area '{word}' among the labels '{label}'; there are {', '.join(named or there)}")
    with_examples = set(there) | {str(n) for own in numbers for n in own}
    kept = [group for group in groups if group and set(group) & with_examples]
    return Areas(_once(kept)), ["+".join(group) for group in groups if group and group not in kept]


def _once(listed: Sequence[list[str]]) -> list[list[str]]:
    return [list(words) for words in dict.fromkeys(map(tuple, listed))]
