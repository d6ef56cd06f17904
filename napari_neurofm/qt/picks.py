"""napari's own selections and ours: points, cells and regions of interest that pick, and that show what is picked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

import numpy as np
from napari.utils.colormaps import DirectLabelColormap
from qtpy.QtCore import QObject

from napari_neurofm.qt.layers import OWNER
from napari_neurofm.qt.things import Things
from napari_neurofm.qt.thread import follow
from neurofm.app.pictures.regions import NOBODY, moments_inside, unit_ids, units_inside
from neurofm.app.session import Session
from neurofm.app.state.link import among

MANY = 2_000  # napari takes seconds to select more points
COLUMNS = ("unit", "label")  # of a layer's features, which may name units
FADED = 0.25
CLOSED = ("rectangle", "ellipse", "polygon")


class Picks(QObject):
    """Lets layers that know units follow the selection and change it; a user's shapes pick what they hold."""

    def __init__(self, parent: QObject, viewer: Any, session: Session, things: Things) -> None:
        super().__init__(parent)
        self._things = things
        self._viewer: Callable[[], Any] = ref(viewer)
        self.session = session
        self._heard: dict[Any, list[tuple[Any, Callable[..., None]]]] = {}
        self._before: dict[Any, Any] = {}  # colours of layers while a pick fades them
        self._busy = False  # what layers say is our own doing
        self._speaker: Any = None  # the layer that a user picks in
        self._regions = False  # the pick came from shapes
        for layer in viewer.layers:
            self._add(layer)
        viewer.layers.events.inserted.connect(self._inserted)
        viewer.layers.events.removed.connect(self._removed)
        follow(session.selection.changed, self, self._show)

    def _inserted(self, event: Any) -> None:
        self._add(event.value)

    def _removed(self, event: Any) -> None:
        for emitter, call in self._heard.pop(event.value, ()):
            emitter.disconnect(call)
        self._before.pop(event.value, None)

    def _add(self, layer: Any) -> None:
        """Listen to what a layer's kind can say."""
        kind = type(layer).__name__
        emitters = {
            "Points": lambda: layer.selected_data.events.items_changed,
            "Labels": lambda: layer.events.selected_label,
            "Shapes": lambda: layer.events.data,
        }
        if kind not in emitters or (kind == "Shapes" and OWNER in layer.metadata):
            return
        here, says = ref(layer), {"Points": self._from_points, "Labels": self._from_labels, "Shapes": self._from_shapes}

        def call(event: Any = None, *_: Any) -> None:
            speaker = here()
            unfinished = str(getattr(getattr(event, "action", None), "value", "")).endswith("ing")
            if speaker is not None and not self._busy and not unfinished:
                self._speaker = speaker
                try:
                    says[kind](speaker)
                finally:
                    self._speaker = None

        emitter = emitters[kind]()
        emitter.connect(call)
        self._heard[layer] = [(emitter, call)]

    def _quietly(self, do: Callable[..., None], *values: Any) -> None:
        """Without hearing the echo."""
        self._busy = True
        try:
            do(*values)
        finally:
            self._busy = False

    # ---- from napari

    def _from_points(self, layer: Any) -> None:
        ids = self._units(layer)
        if ids is not None:
            rows = np.array(sorted(layer.selected_data), int)
            self._pick("unit", ids[rows][ids[rows] != NOBODY])
            self._quietly(self._recolor, layer, ids)

    def _from_labels(self, layer: Any) -> None:
        if self._things.chosen(layer):
            return
        ids = self._units(layer)
        if ids is not None and 0 < layer.selected_label < len(ids) and ids[layer.selected_label] != NOBODY:
            self._pick("unit", ids[[layer.selected_label]])
            self._quietly(self._recolor, layer, ids)

    def _from_shapes(self, layer: Any) -> None:
        drawn = [(np.asarray(c), kind) for c, kind in zip(layer.data, layer.shape_type) if kind in CLOSED]
        shapes = [_ellipse(corners) if kind == "ellipse" else corners for corners, kind in drawn]
        space, ids = self._things.inside(layer, shapes) if self._things.shown() else self._inside(shapes)
        if len(ids) or self._regions:  # an annotation that holds nothing leaves a pick made elsewhere alone
            self._pick(space, ids)
        self._regions = bool(len(ids))

    def _inside(self, shapes: list[Any]) -> tuple[str, Any]:
        """Units where electrodes are what is drawn over, else moments."""
        flat = [corners[:, -2:] for corners in shapes]
        if self._sees_units():
            return "unit", units_inside(self.session, flat)
        return "time", moments_inside(self.session, flat)

    def _pick(self, space: str, ids: Any) -> None:
        if len(ids):
            self.session.selection.pick(space, ids)
        else:
            self.session.selection.clear()

    def _sees_units(self) -> bool:
        """Whether electrodes are what a shape is drawn over: they are shown, and no path is."""
        ours = [layer for layer in self._viewer().layers if OWNER in layer.metadata and layer.visible]
        names = [layer.name for layer in ours]
        return any(n.endswith(" units") for n in names) and not any(n.endswith(" path") for n in names)

    # ---- to napari

    def _show(self, space: str, _: Any) -> None:
        if space != "unit" or self._viewer() is None:
            return
        for layer in list(self._heard):
            ids = None if layer is self._speaker else self._units(layer)
            if ids is not None:
                self._quietly(self._to_layer, layer, ids)

    def _to_layer(self, layer: Any, ids: Any) -> None:
        rows = np.flatnonzero(among(ids, self.session.selection.picked("unit")))
        if type(layer).__name__ == "Points" and len(rows) <= MANY:
            layer.selected_data = set(rows.tolist())
        elif type(layer).__name__ == "Labels" and len(rows) == 1:
            layer.selected_label = int(rows[0])
        self._recolor(layer, ids)

    def _recolor(self, layer: Any, ids: Any) -> None:
        """Fade what is not picked, keeping the hue; as it was once nothing is."""
        picked = among(ids, self.session.selection.picked("unit"))
        points = type(layer).__name__ == "Points"
        if layer not in self._before or (points and len(self._before[layer]) != len(ids)):
            self._before[layer] = layer.face_color.copy() if points else layer.colormap
        before = self._before[layer]
        if not picked.any():
            if points:
                layer.face_color = before
            else:
                layer.colormap = before
            del self._before[layer]
            return
        if points:
            color = before.copy()
            color[~picked, 3] *= FADED
            layer.face_color = color
            return
        table: dict[int | None, Any] = {None: np.zeros(4), 0: np.zeros(4)}
        for label in range(1, len(ids)):
            color = np.array(before.map(label), float).reshape(4)
            table[label] = color if picked[label] else color * (1, 1, 1, FADED)
        layer.colormap = DirectLabelColormap(color_dict=table)

    def _units(self, layer: Any) -> Any:
        """(point,) or (label,) ids of the units that a layer's rows are; None if it names none."""
        features: Any = getattr(layer, "features", None)
        column = next((c for c in COLUMNS if features is not None and c in features), None)
        if column is None or not self.session.sources:
            return None
        ids = unit_ids(features[column].tolist(), self.session, layer.metadata.get(OWNER, ""))
        if type(layer).__name__ == "Labels" and "index" in features and len(features):
            by_label = np.full(int(features["index"].max()) + 1, NOBODY, np.int64)
            by_label[features["index"].to_numpy(int)] = ids
            ids = by_label
        return ids if (ids != NOBODY).any() else None


def _ellipse(box: Any) -> Any:
    """Corners along the ellipse in a box of four."""
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)[:, None]
    middle, right, up = box.mean(0), (box[1] - box[0]) / 2, (box[3] - box[0]) / 2
    return middle + np.cos(angle) * right + np.sin(angle) * up
