"""Things that lie in volumes, on napari's canvas: a click picks the one there, and what is picked lights up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal
from weakref import ref

import numpy as np
from napari.utils.colormaps import DirectLabelColormap
from qtpy.QtCore import QObject

from napari_neurofm.qt.layers import OWNER
from napari_neurofm.qt.thread import follow
from neurofm.app import colors
from neurofm.app.session import Session
from neurofm.app.state import volumes
from neurofm.app.state.selection import Mode
from neurofm.app.views import slices
from neurofm.data.volume import VOXEL, Volume

FADED = np.array([0.5, 0.5, 0.5, 0.35])  # of labels that are not picked
MOST = 2_000  # picked things that are drawn
BOXES = "picked"  # name of the layer that outlines what no label marks
LIT = colors.PREDICTED / 255


class Things(QObject):
    """Lets labels of volumes follow the selection, outlines picked boxes, and picks what is clicked."""

    def __init__(self, parent: QObject, viewer: Any, session: Session) -> None:
        super().__init__(parent)
        self._viewer: Callable[[], Any] = ref(viewer)
        self.session = session
        self._before: dict[Any, Any] = {}  # colours of layers while a pick fades them
        self._lit: dict[Any, tuple[int, ...]] = {}  # what is lit in these
        self._busy = False  # what a layer says is our own doing
        viewer.layers.events.inserted.connect(self._show)
        viewer.layers.events.removed.connect(self._removed)
        viewer.mouse_drag_callbacks.append(_clicker(self))
        follow(session.selection.changed, self, self._show)
        follow(session.selection.changed, self, self._go)
        follow(session.changed, self, self._show)

    # ---- from napari

    def click(self, place: Any, mode: Mode) -> None:
        """Pick the thing at a place; a plain click beside all of them picks none."""
        space, ids = self.under(np.asarray(place, float)[None], "point")
        if space in ("", VOXEL):
            return
        if len(ids):
            self.session.selection.pick(space, ids, mode)
        elif mode == "replace" and len(self.session.selection.picked(space)):
            self.session.selection.clear()

    def chosen(self, layer: Any) -> bool:
        """Pick what napari's own picker has chosen in labels of a volume; False of other layers."""
        volume, label = self.session.sources.get(layer.metadata.get(OWNER, "")), layer.metadata.get("label", "")
        if not isinstance(volume, Volume) or label not in volume.labels:
            return False
        if str(layer.mode) == "pick" and not self._busy:
            on = volumes.Labels("", volume, label)
            space, ids = volumes.labelled(self.session, volume, on, int(layer.selected_label))
            if len(ids):
                self.session.selection.pick(space, ids)
        return True

    def inside(self, layer: Any, shapes: Sequence[Any]) -> tuple[str, Any]:
        """The space and ids of what shapes of a layer hold, by their corners there."""
        space, every = "", [np.zeros(0, np.int64)]
        for corners in shapes:
            places = np.tile(np.asarray(self._viewer().dims.point[-3:], float), (len(corners), 1))
            world = np.array([layer.data_to_world(corner) for corner in corners])[:, -3:]
            places[:, 3 - world.shape[1] :] = world
            space, ids = self.under(places, "lasso")
            every.append(ids)
        return space, np.unique(np.concatenate(every))

    def under(self, places: Any, kind: Literal["point", "lasso"]) -> tuple[str, Any]:
        """The space and ids of what a shape on the plane that is shown holds, by its corners; "" of no volume."""
        volume, across = self.shown(), self.across()
        if volume is None or across is None:
            return "", np.zeros(0, np.int64)
        return slices.held(self.session, volume, across, places[:, -3:], kind)

    def shown(self) -> Volume | None:
        """The volume in sight: of several the uppermost that has an image."""
        sources = [self.session.sources.get(layer.metadata[OWNER]) for layer in self._ours()[::-1] if layer.visible]
        there = [source for source in sources if isinstance(source, Volume)]
        return next((volume for volume in there if volume.image is not None), next(iter(there), None))

    def across(self) -> int | None:
        """The axis that the plane lies across, of z, y and x."""
        dims = self._viewer().dims
        hidden = [axis - dims.ndim + 3 for axis in dims.not_displayed if axis >= dims.ndim - 3]
        return hidden[0] if len(hidden) == 1 else None

    def _ours(self) -> list[Any]:
        return [layer for layer in self._viewer().layers if OWNER in layer.metadata]

    # ---- to napari

    def _removed(self, event: Any) -> None:
        self._before.pop(event.value, None)
        self._lit.pop(event.value, None)

    def _show(self, *_: Any) -> None:
        """Light up what is picked."""
        if self._viewer() is None:
            return
        for layer in self._ours():
            volume = self.session.sources.get(layer.metadata[OWNER])
            if isinstance(volume, Volume) and layer.metadata.get("label") in volume.labels:
                on = volumes.Labels("", volume, layer.metadata["label"])
                self._recolor(layer, volumes.lit(self.session, volume, on))
        self._outline()

    def _go(self, space: str, _: Any) -> None:
        """Show the plane of the nearest thing that is picked, unless one is on the plane that is shown."""
        volume, across = (None, None) if self._viewer() is None else (self.shown(), self.across())
        if volume is None or across is None:
            return
        dims = self._viewer().dims
        axis = dims.ndim - 3 + across
        place = slices.elsewhere(self.session, volume, across, float(dims.point[axis]), space)
        if place is not None:
            dims.set_point(axis, place)

    def _recolor(self, layer: Any, lit: Any) -> None:
        """Fade all labels but some."""
        if not len(lit):
            if layer in self._before:
                layer.colormap = self._before.pop(layer)
                self._lit.pop(layer, None)
            return
        self._before.setdefault(layer, layer.colormap)
        numbers = tuple(lit[:MOST].tolist())
        if self._lit.get(layer) == numbers:  # what has left the sight since then stays out of it
            return
        self._lit[layer] = numbers
        layer.visible = True
        table: dict[int | None, Any] = {None: FADED, 0: np.zeros(4)}
        layer.colormap = DirectLabelColormap(color_dict=table | dict.fromkeys(numbers, LIT))
        if len(lit) == 1:
            self._busy = True
            layer.selected_label = int(lit[0])
            self._busy = False

    def _outline(self) -> None:
        """Draw boxes around picked things that no label marks."""
        volume, viewer = self.shown(), self._viewer()
        edges = np.zeros((0, 2, 3)) if volume is None else _edges(slices.outlined(self.session, volume, MOST))
        layer = next((one for one in viewer.layers if one.metadata.get(OWNER) == "" and one.name == BOXES), None)
        if layer is not None and len(edges):
            layer.data = edges
        elif layer is not None:
            viewer.layers.remove(layer)
        elif len(edges):
            chosen = set(viewer.layers.selection)
            thick = 1.5 * float(volume.spacing[1:].min()) if volume else 1.0
            look = {"edge_color": LIT, "vector_style": "line", "edge_width": thick}
            viewer.add_vectors(edges, name=BOXES, metadata={OWNER: ""}, **look)
            viewer.layers.selection = chosen


def _edges(boxes: Any) -> Any:
    """(edge, 2, 3) where edges of boxes (box, 2, 3) begin and how they go, in the plane through their middle."""
    low, high = boxes[:, 0].copy(), boxes[:, 1].copy()
    low[:, 0] = high[:, 0] = boxes[:, :, 0].mean(1)
    parts = []
    for corner, other, axis in ((low, high, 1), (low, high, 2), (high, low, 1), (high, low, 2)):
        along = np.zeros_like(low)
        along[:, axis] = (other - corner)[:, axis]
        parts.append(np.stack([corner, along], 1))
    return np.concatenate(parts)


def _clicker(things: Things) -> Callable[[Any, Any], Iterator[None]]:
    """A press that is let go where it was, while nothing is drawn or painted."""
    here = ref(things)

    def clicked(viewer: Any, event: Any) -> Iterator[None]:
        active, dragged = viewer.layers.selection.active, False
        idle = active is None or str(getattr(active, "mode", "pan_zoom")) == "pan_zoom"
        yield
        while event.type == "mouse_move":
            dragged = True
            yield
        there = here()
        if idle and not dragged and there is not None and event.button == 1:
            mode: Mode = "add" if "Shift" in event.modifiers else "remove" if "Alt" in event.modifiers else "replace"
            there.click(event.position, mode)

    return clicked
