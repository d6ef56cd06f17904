"""Where views stand in a window, as their SPECs say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from neurofm import registry
from neurofm.specs import ANY, ViewSpec

VIEWS = "neurofm.app.views"
BEHIND = "tab of "


class Layout(NamedTuple):
    """Places of views.

    Parameters
    ----------
    right : those at the right from the top, each with the tabs behind it
    below : those below, tabs from the left
    shares : how high those at the right are, against each other
    """

    right: list[tuple[str, ...]]
    below: tuple[str, ...]
    shares: list[int]

    @property
    def views(self) -> list[str]:
        """All of them."""
        return [name for tabs in (*self.right, self.below) for name in tabs]


def spec(name: str) -> ViewSpec:
    """What a view says of itself; "latent 2" is one more latent space.

    Raises
    ------
    LookupError
        If there is no such view; lists those there are.
    """
    view: ViewSpec = registry.get(VIEWS, name.split(" ")[0])
    return view


def title(name: str) -> str:
    """What stands on a view: "Latent space", "Latent space 2"."""
    _, _, place = name.partition(" ")
    return f"{spec(name).title} {place}".strip()


def layout(sources: Iterable[Any] | None = None) -> Layout:
    """Where each view stands that can show something of these, all there are unless given.

    Where nothing is open those stand that are for whatever will be. Who stands behind a view that is left out takes its
    place; below stands what is to be behind one that nobody has.
    """
    specs = registry.specs(VIEWS)
    whole = _whole(specs)
    if sources is None:
        return whole
    opened = list(sources)

    def needed(tabs: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in tabs if specs[name].serves(opened) or (not opened and specs[name].needs == ANY))

    right = [(needed(tabs), share) for tabs, share in zip(whole.right, whole.shares, strict=True)]
    shown = [(tabs, share) for tabs, share in right if tabs]
    return Layout([tabs for tabs, _ in shown], needed(whole.below), [share for _, share in shown])


def grid(sources: Iterable[Any]) -> list[list[str]]:
    """Rows of two views for a page, which has room for few: what stands in front, and one of each kind that is open."""
    opened = list(sources)
    views = layout(opened)
    needs = {name: spec(name).needs for name in views.views}
    first, *others = [tabs[0] for tabs in views.right if needs[tabs[0]]] or ["latent"]
    shown = [first, *[name for name in views.below if needs[name] != ANY][:2], *others]
    for kind in {source.kind: None for source in opened}:
        if kind not in map(needs.get, shown):
            shown[1:1] = [name for name in needs if needs[name] == kind][:1]
    shown += ["table"] if len(shown) % 2 else []
    return [shown[k : k + 2] for k in range(0, len(shown), 2)]


def _whole(specs: Mapping[str, ViewSpec]) -> Layout:
    names = sorted(specs, key=lambda name: (specs[name].order, name))
    fronts = {name: _front(specs[name]) for name in names}

    def tabs(head: str) -> tuple[str, ...]:
        return (head, *(name for name in names if fronts[name] == head))

    right = [name for name in names if specs[name].place == "right"]
    below = [name for name in names if name not in right and fronts[name] not in specs]
    return Layout(
        [tabs(name) for name in right],
        tuple(tab for name in below for tab in tabs(name)),
        [specs[name].share for name in right],
    )


def _front(view: ViewSpec) -> str:
    """The view that another one stands behind, "" for none."""
    return view.place.removeprefix(BEHIND) if view.place.startswith(BEHIND) else ""
