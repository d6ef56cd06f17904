"""Draw a view, or the page that all views share where nothing is open that they could show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from neurofm.app.colors import OKABE_ITO, Color
from neurofm.app.pictures.scene import Image, Line, Points, Scene, Table, Viewport
from neurofm.app.state.catalog import Catalog
from neurofm.specs import ViewSpec

YELLOW, OCHRE = OKABE_ITO[3], np.array([178, 158, 0], np.uint8)


def draw(spec: ViewSpec, state: Any, session: Catalog, viewport: Viewport) -> Scene:
    """The picture of a view as it is now."""
    if lacks(spec, session):
        return Scene(spec.title, message=spec.invitation, action=spec.action(session))
    scene: Scene = spec.scene(state, session, viewport)
    return scene if viewport.dark else on_light(scene)


def on_light(scene: Scene) -> Scene:
    """The same with a darker yellow, which nobody sees on a light ground."""
    legend = tuple((words, _seen(color)) for words, color in scene.legend)
    named = any(one is not other for (_, one), (_, other) in zip(legend, scene.legend))
    marks = (replace(m, rgba=_seen(m.rgba)) if named and isinstance(m, Image) else _darker(m) for m in scene.marks)
    return replace(scene, marks=tuple(marks), legend=legend)


def _darker(mark: Any) -> Any:
    if isinstance(mark, Points | Line):
        color = _seen(mark.color)
        return mark if color is mark.color else replace(mark, color=color)
    if isinstance(mark, Table):
        dotted = (one if one.color is None else replace(one, color=_seen(one.color)) for one in mark.columns)
        return replace(mark, columns=tuple(dotted))
    return mark


def _seen(color: Color) -> Color:
    yellow = (np.asarray(color)[..., :3] == YELLOW).all(-1)
    if not yellow.any():
        return color
    seen = np.array(color)
    seen[yellow, :3] = OCHRE
    return seen


def lacks(spec: ViewSpec, session: Catalog) -> bool:
    """Whether nothing is open of the kind that a view needs."""
    return not spec.serves(list(session.sources.values()))
