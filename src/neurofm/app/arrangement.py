"""Where views stand in a window, as their SPECs say."""

from __future__ import annotations

from typing import NamedTuple

from neurofm import registry
from neurofm.specs import ViewSpec

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


def layout() -> Layout:
    """Where each view stands; below, too, what is to stand behind a view that is not there."""
    specs = registry.specs(VIEWS)
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
