"""Picks that were given a name: they keep their colour everywhere and can be picked again, or compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.app.state.link import among
from neurofm.data.ids import Ids
from neurofm.data.shown import Shown
from neurofm.words import counted


@dataclass(frozen=True, eq=False, repr=False)
class Group(Shown):
    """Things of one space under one name.

    Parameters
    ----------
    name, space : what it is called, and the kind of thing it holds
    ids : (thing,) sorted
    """

    name: str
    space: str
    ids: Ids

    def facts(self) -> dict[str, Any]:
        """Its name and size."""
        return {"": self.name, "of": counted(len(self.ids), self.space)}

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Group)
            and (self.name, self.space) == (other.name, other.space)
            and np.array_equal(self.ids, other.ids)
        )

    def __hash__(self) -> int:
        return hash((self.name, self.space))


def of(groups: Mapping[str, Group], space: str, ids: Ids) -> NDArray[np.object_]:
    """(id,) the name of the group that each is in, the newest of several, "" for none."""
    names = np.full(len(ids), "", object)
    for group in groups.values():
        if group.space == space:
            names[among(ids, group.ids)] = group.name
    return names


def free_name(groups: Mapping[str, Group]) -> str:
    """A name that is not taken: "group 1", "group 2", ..."""
    return next(name for name in (f"group {k}" for k in range(1, len(groups) + 2)) if name not in groups)
