"""Draw a view, or the page that all views share where nothing is open that they could show."""

from __future__ import annotations

from typing import Any

from neurofm.app.pictures.scene import Scene, Viewport
from neurofm.app.state.catalog import Catalog
from neurofm.specs import ViewSpec


def draw(spec: ViewSpec, state: Any, session: Catalog, viewport: Viewport) -> Scene:
    """The picture of a view as it is now."""
    if lacks(spec, session):
        return Scene(spec.title, message=spec.invitation, action=spec.action(session))
    scene: Scene = spec.scene(state, session, viewport)
    return scene


def lacks(spec: ViewSpec, session: Catalog) -> bool:
    """Whether nothing is open of the kind that a view needs."""
    return not spec.serves(list(session.sources.values()))
