"""Where views stand in a window, as their SPECs say."""

from __future__ import annotations

from neurofm import registry
from neurofm.specs import ViewSpec

VIEWS = "neurofm.app.views"
BEHIND = "tab of "


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


def right() -> list[tuple[str, ...]]:
    """Views at the right, from the top, each with the tabs behind it."""
    return [(name, *_behind(name)) for name in _right()]


def below() -> tuple[str, ...]:
    """Views below, tabs from the left; among them those that are to stand behind a view which is not there."""
    names = registry.names(VIEWS)
    heads = _ordered([n for n in names if spec(n).place != "right" and _front(n) not in names])
    return tuple(tab for name in heads for tab in (name, *_behind(name)))


def shares() -> list[int]:
    """How high the views at the right are, against each other."""
    return [spec(name).share for name in _right()]


def _right() -> list[str]:
    return _ordered([name for name in registry.names(VIEWS) if spec(name).place == "right"])


def _behind(front: str) -> list[str]:
    return _ordered([name for name in registry.names(VIEWS) if _front(name) == front])


def _front(name: str) -> str:
    """The view that another one stands behind, "" for none."""
    place = spec(name).place
    return place.removeprefix(BEHIND) if place.startswith(BEHIND) else ""


def _ordered(names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: (spec(name).order, name))
