"""What is picked: one selection that every picture shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal

import numpy as np
from psygnal import Signal

from neurofm.app.state.history import History
from neurofm.app.state.link import NONE, Link, among, reach, tidy, union
from neurofm.checks import check_choice
from neurofm.data.given import ids_given
from neurofm.data.ids import SPACES, Ids, unpack
from neurofm.data.shown import Shown
from neurofm.words import counted

Mode = Literal["replace", "add", "remove"]
Picks = dict[str, Ids]
Step = tuple[str, Ids, str]  # space, ids, mode

CLEAR: Step = ("", NONE, "clear")


class Selection(Shown):
    """Picked ids by space, carried over each link one hop.

    `changed(space, ids)` tells of each space whose picks are now others; equal picks tell nothing, so echoes die out.
    It speaks in the thread that made the change.

    Parameters
    ----------
    history : where each pick is written, so that it can be undone; one of its own unless given
    ids : (what a user gives, space) -> ids of things that are there; of any unless given
    """

    changed = Signal(str, object)

    def __init__(self, history: History | None = None, ids: Callable[[Any, str], Ids] = ids_given) -> None:
        self.history = history or History()
        self._ids = ids
        self._links: tuple[Link, ...] = ()
        self._past: list[Step] = [CLEAR]
        self._future: list[Step] = []
        self._picks: Picks = {}

    def facts(self) -> dict[str, Any]:
        """How much is picked of what."""
        return {"": ", ".join(counted(len(ids), space) for space, ids in self._picks.items()) or "nothing is picked"}

    @property
    def links(self) -> tuple[Link, ...]:
        """The ties that picks are carried over."""
        return self._links

    def relink(self, links: tuple[Link, ...]) -> None:
        """Carry what is picked over other links from now on."""
        self._links = links
        self._show(self._told())

    def retell(self, steps: Iterable[Step], links: tuple[Link, ...]) -> None:
        """Pick what `steps` tell, over these links, as if nothing had been picked before."""
        self._links = links
        self._past, self._future = [CLEAR, *steps], []
        self._show(self._told())

    def picked(self, space: str) -> Ids:
        """(pick,) sorted ids of `space` that are picked."""
        return self._picks.get(space, NONE)

    def spaces(self) -> list[str]:
        """Spaces in which something is picked."""
        return sorted(self._picks)

    def pick(self, space: str, ids: Any, mode: Mode = "replace") -> None:
        """Pick things of `space`, in place of everything picked, or added to it, or removed from it.

        What is tied to them is picked with them; nothing further away is reached.

        Parameters
        ----------
        ids : ids, names ("rat/17"), a mask, or rows of `session.table(space)`

        Raises
        ------
        ValueError, LookupError
            If it is none of these, or there is no such thing.
        """
        check_choice("space", space, SPACES)
        check_choice("mode", mode, ("replace", "add", "remove"))
        self._do((space, tidy(self._ids(ids, space)), mode))

    def observe(self, told: Callable[[str, Ids], Any], space: str = "") -> Callable[[], None]:
        """Be told of what is picked whenever that changes, on a page, in a window or in Python.

        Parameters
        ----------
        told : called with the space and the (pick,) ids in it that are picked now; they are rows of
            `session.table(space)`, none if nothing is picked there any more
        space : of one space only ("unit"); of all unless given

        Returns
        -------
        Callable
            Ends it when it is called.

        Examples
        --------
        >>> import neurofm as nf
        >>> session = nf.Session(nf.recording({"a": [0.1], "b": [0.2]}))
        >>> end = session.selection.observe(lambda space, ids: print(session.table(space).loc[ids, "label"].tolist()))
        >>> session.selection.pick("unit", ["b"])
        ['recording/b']
        >>> end()
        """
        if space:
            check_choice("space", space, SPACES)

        def tell(changed: str, ids: Ids) -> None:
            if space in ("", changed):
                told(changed, ids)

        self.changed.connect(tell)
        return partial(self.changed.disconnect, tell, missing_ok=True)

    def clear(self) -> None:
        """Pick nothing."""
        self._do(CLEAR)

    def undo(self) -> None:
        """Go back to what was picked before the last change (of the whole history, where edits share it)."""
        self.history.undo()

    def redo(self) -> None:
        """Take back the last undo."""
        self.history.redo()

    @property
    def last(self) -> str:
        """The space that was last picked in, of those in which something is still picked; "" if nothing is."""
        return next((space for space, _, _ in reversed(self._past) if space in self._picks), "")

    def steps(self) -> list[Step]:
        """The fewest picks that lead to what is picked now."""
        last = max(k for k, step in enumerate(self._past) if step[2] in ("replace", "clear"))
        return [step for step in self._past[last:] if step[2] != "clear"]

    def forget(self, number: int) -> None:
        """Drop what belongs to source `number`, from the history too."""
        for story in (self._past, self._future):
            story[:] = [(space, ids[unpack(ids)[0] != number], mode) for space, ids, mode in story]
        self._show(self._told())

    def _do(self, step: Step) -> None:
        picks = self._after(self._picks, step)
        if _differ(self._picks, picks):
            self._past.append(step)
            self._future.clear()
            self._show(picks)
            self.history.did(self._back, self._forth)

    def _back(self) -> None:
        self._future.append(self._past.pop())
        self._show(self._told())

    def _forth(self) -> None:
        self._past.append(self._future.pop())
        self._show(self._told())

    def _told(self) -> Picks:
        """What is picked, told again from the steps."""
        picks: Picks = {}
        for step in self.steps():
            picks = self._after(picks, step)
        return picks

    def _after(self, now: Picks, step: Step) -> Picks:
        space, ids, mode = step
        if mode == "clear":
            return {}
        if mode == "replace":
            return _some(self._reach(space, ids))
        return self._add(now, space, ids) if mode == "add" else self._remove(now, space, ids)

    def _add(self, now: Picks, space: str, ids: Ids) -> Picks:
        more = self._reach(space, ids)
        return _some(now | {s: union(now.get(s, NONE), i) for s, i in more.items()})

    def _remove(self, now: Picks, space: str, ids: Ids) -> Picks:
        """A tied thing goes with its last picked partner: a trial stays while one of its moments is picked."""
        before, gone = now.get(space, NONE), self._reach(space, ids)
        tied = self._reach(space, before[~among(before, gone[space])])
        lost = {s: np.setdiff1d(i, tied[s], assume_unique=True) for s, i in gone.items()}
        return _some(now | {s: np.setdiff1d(now.get(s, NONE), i, assume_unique=True) for s, i in lost.items()})

    def _reach(self, space: str, ids: Ids) -> Picks:
        tied = reach(self._links, space, ids)
        return tied | {space: union(ids, tied.get(space, NONE))}

    def _show(self, picks: Picks) -> None:
        before, self._picks = self._picks, picks
        for space in _differ(before, picks):
            self.changed.emit(space, picks.get(space, NONE))


def _some(picks: Picks) -> Picks:
    return {space: ids for space, ids in picks.items() if len(ids)}


def _differ(a: Picks, b: Picks) -> list[str]:
    return [s for s in sorted({*a, *b}) if not np.array_equal(a.get(s, NONE), b.get(s, NONE))]
