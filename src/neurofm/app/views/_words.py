"""What the views say alike, and what they need not work out twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from numpy.typing import NDArray

if TYPE_CHECKING:
    from neurofm.app.session import Session

_MADE: WeakKeyDictionary[Any, dict[Hashable, Any]] = WeakKeyDictionary()
KEPT = 12  # things worked out for one owner


def describe(session: Session, space: str, id: int) -> str:
    """One line on one thing: `rat/17 · CA1 · 3.2 Hz`."""
    label = session.label(space, id)
    if space != "unit" or not label:
        return label
    row = session.table("unit").loc[id]
    region = row.get("region")
    return " · ".join([label, *([region] if isinstance(region, str) and region else []), f"{row['rate']:.1f} Hz"])


@dataclass(frozen=True, eq=False)
class Same:
    """A key that is equal for the very same array, which it holds on to."""

    array: NDArray[Any]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.array is other.array

    def __hash__(self) -> int:
        return id(self.array)


def remember(owner: Any, key: Hashable, make: Callable[[], Any]) -> Any:
    """What `make` gives for `owner` and `key`, made once; forgotten with its owner."""
    made = _MADE.setdefault(owner, {})
    found = made.pop(key) if key in made else make()
    made[key] = found  # the last used stands last
    for old in list(made)[:-KEPT]:
        del made[old]
    return found
