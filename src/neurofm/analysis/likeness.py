"""Ways to tell how alike units of different animals are, by the words that users choose among."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from neurofm.analysis.animals import Animal, Prepared, Way
from neurofm.analysis.conditions import OPTIONS
from neurofm.analysis.profiles import by_rates, by_shapes
from neurofm.checks import check_choice
from neurofm.data.recording import UNIT, Recording

__all__ = ["WAYS", "Animal", "Prepared", "Way"]

AND = " + "  # between ways that are combined

WAYS: Mapping[str, Way] = {
    "rates": Way(Recording, UNIT, OPTIONS, by_rates),
    "rate shape": Way(Recording, UNIT, OPTIONS, by_shapes),
}


def ways_of(animals: Sequence[Animal]) -> list[str]:
    """Ways in which units of these can be compared, the most usual first."""
    return [name for name, way in WAYS.items() if all(isinstance(animal.source, way.takes) for animal in animals)]


def named(by: str, animals: Sequence[Animal]) -> list[str]:
    """The ways that are asked for by their names with " + " between; LookupError unless each is one of those there."""
    names = [name.strip() for name in by.split(AND.strip())]
    for name in names:
        check_choice("way", name, ways_of(animals))
    return names
