"""napari's layers of what is open, and napari's slider as the one time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import ref

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer

from napari_neurofm.qt.seconds import tell_seconds
from napari_neurofm.qt.thread import follow
from neurofm.app.pictures.layers import layers
from neurofm.app.pictures.layers.volume import BEGUN, PAINT
from neurofm.app.session import Session
from neurofm.app.state.volumes import together
from neurofm.data.cells import CELL
from neurofm.data.recording import Recording
from neurofm.data.source import Source
from neurofm.data.volume import Volume

BRUSH = 3  # voxels across
BRUSHES = ("paint", "erase", "fill", "polygon")  # modes in which somebody paints
UP = "up"  # as napari calls the way in which y grows
OWNER = "neurofm"  # key in a layer's metadata: the recording it shows


class Layers(QObject):
    """Adds and removes layers with the recordings, and moves slider and session together."""

    def __init__(self, parent: QObject, viewer: Any, session: Session) -> None:
        super().__init__(parent)
        self._viewer: Callable[[], Any] = ref(viewer)
        self.session = session
        self._moving = False
        self._switching = False  # layers come into sight and leave it, one after the other
        self._shown: dict[str, Source] = {}
        self._aside: set[Any] = set()  # layers that are out of sight while another source is the current one
        self._alone: set[Any] = set()  # layers that nobody asked for, in sight while there is nothing else
        self._turned = QTimer(self, singleShot=True, interval=0)
        self._turned.timeout.connect(self._show_current)
        self._filled = QTimer(self, singleShot=True, interval=0)
        self._filled.timeout.connect(self._painted)
        follow(session.changed, self, self._on_session)
        follow(session.time_changed, self, self._to_slider)
        follow(session.time_changed, self, self._move)
        self._flat: Any = None  # how the canvas lay before a path turned it; None while none has
        for layer in viewer.layers:
            self._hear(layer)
        viewer.layers.events.inserted.connect(self._inserted)
        viewer.layers.events.removed.connect(self._turn)
        viewer.dims.events.current_step.connect(self._from_slider)
        viewer.dims.events.range.connect(self._narrow)
        viewer.dims.events.range.connect(self._tell_seconds)

    @property
    def is_adding(self) -> bool:
        """Whether what sliders say is its own doing."""
        return self._moving

    @property
    def step(self) -> float | None:
        """Seconds between two positions of the slider, if it shows time."""
        axis = self._axis
        return None if axis is None else float(self._viewer().dims.range[axis].step)

    @property
    def _axis(self) -> int | None:
        """Which of napari's axes is the time: the one before y and x, where a layer of ours has it."""
        return self._viewer().dims.ndim - 3 if any(map(self._is_timed, self._ours())) else None

    def _is_timed(self, layer: Any) -> bool:
        """Whether its first axis is the time: it is of something that happens."""
        source = self.session.sources.get(layer.metadata.get(OWNER, ""))
        return layer.ndim > 2 and source is not None and len(source.domain) > 0

    def is_through_volume(self) -> bool:
        """Whether a user looks through a volume, whose z is no time."""
        layers = self._viewer().layers
        active = layers.selection.active
        if active is None:  # of several that are chosen, or none, those in sight say it
            return any(one.visible and one.ndim > 2 and not self._is_timed(one) for one in layers)
        return active.ndim > 2 and not self._is_timed(active)

    def sight(self, name: str) -> Any:
        """(2, axis) corners of what is in sight of the image of a source; None where that is not shown."""
        layer = next((one for one in self._images(name) if one.visible), None)
        if layer is None:
            return None
        viewer, corners = self._viewer(), np.array(layer.extent.world)
        if viewer.dims.ndisplay == 3:
            return corners
        canvas, camera = viewer.window._qt_viewer.canvas.native, viewer.scene.camera
        half = np.array([canvas.height(), canvas.width()]) / (2 * camera.zoom)
        for axis, middle, reach in zip(viewer.dims.displayed, camera.center[-2:], half):
            at = axis - viewer.dims.ndim
            corners[:, at] = np.clip([middle - reach, middle + reach], *corners[:, at])
        for axis in [axis - viewer.dims.ndim for axis in viewer.dims.not_displayed]:
            if axis >= -layer.ndim:
                corners[:, axis] = viewer.dims.point[axis]
        return corners

    def _images(self, name: str) -> list[Any]:
        return [one for one in self._ours() if one.metadata[OWNER] == name and type(one).__name__ == "Image"]

    def _ours(self) -> list[Any]:
        return [layer for layer in self._viewer().layers if OWNER in layer.metadata]

    def _on_session(self, kind: str, name: str) -> None:
        if kind in ("source", "current"):
            self._turned.start()
        if kind != "source":
            return
        source = self.session.sources.get(name)
        old = [layer for layer in self._ours() if layer.metadata[OWNER] == name]
        if source is None or source is self._shown.get(name):  # gone, or there already
            for layer in old if source is None else ():
                self._viewer().layers.remove(layer)
        elif old:
            self._renew(source, old)
        else:
            before = self._viewer().layers.selection.active
            self._add(source)
            if getattr(before, "mode", "") in BRUSHES and CELL in getattr(source, "labels", ()):  # which are picked
                before.mode = "pan_zoom"
            elif getattr(before, "mode", "") in BRUSHES:  # who paints goes on
                self._viewer().layers.selection.active = before
        if source is None:
            self._shown.pop(name, None)
        else:
            self._shown[name] = source

    def _show_current(self) -> None:
        """Show what belongs to the current source, if it has layers at all."""
        current, viewer = self.session.sources.get(self.session.current), self._viewer()
        ours = [] if viewer is None else [one for one in self._ours() if one.metadata[OWNER]]
        if current is None or not any(layer.metadata[OWNER] == current.session for layer in ours):
            return
        before = {layer for layer in ours if layer.visible}
        self._switching = True
        for layer in ours:
            belongs = self._belongs(self.session.sources.get(layer.metadata[OWNER]), current)
            if belongs and layer in self._aside:
                self._aside.remove(layer)
                layer.visible = True
            elif not belongs and layer.visible:
                self._aside.add(layer)
                layer.visible = False
        seen = self._seen(ours, current.session)
        self._switching = False
        self._narrow()
        if set(seen) != before:
            viewer.reset_view(layers=seen)
            self._go_inside(seen)

    def _belongs(self, source: Source | None, current: Source) -> bool:
        """Whether a source is seen with the current one: on the same clock, and of volumes at the same place."""
        if source is None or self._clock(source) != current.clock:
            return source is None and not current.clock
        if isinstance(source, Volume) and isinstance(current, Volume):
            return together(self.session, source, current)
        return True

    def _seen(self, ours: Sequence[Any], current: str) -> list[Any]:
        """Layers in sight; where there would be none, those of the current source that are hidden until asked for."""
        seen = [layer for layer in ours if layer.visible and layer not in self._alone]
        mine = [] if seen else [layer for layer in ours if layer.metadata[OWNER] == current]
        for layer in {*self._alone, *mine}:
            layer.visible = layer in mine
        self._aside -= self._alone
        self._alone = set(mine)
        return seen or mine

    def _clock(self, source: Source) -> str:
        """The clock of a source, or of one of the same file; "" of what is at no time."""
        beside = (one.clock for one in self.session.sources.values() if set(one.paths) & set(source.paths))
        return str(source.clock or next(filter(None, beside), ""))

    def _go_inside(self, seen: Sequence[Any]) -> None:
        """Move sliders that are beyond what is seen, but for the time, to the middle of it."""
        dims = self._viewer().dims
        for axis in dims.not_displayed:
            at = axis - dims.ndim
            ends = [layer.extent.world[:, at] for layer in seen if layer.ndim >= -at]
            if axis == self._axis or not ends:
                continue
            low, high = np.min(ends), np.max(ends)
            if not low <= dims.point[axis] <= high:
                dims.set_point(axis, (low + high) / 2)

    def _renew(self, source: Source, old: Sequence[Any]) -> None:
        """Show another source of the same name where the one before was shown, seen and chosen as that was."""
        layers, before = self._viewer().layers, {layer.name: layer for layer in old}
        size = self._size(source.session)
        chosen, active = {layer.name for layer in layers.selection}, getattr(layers.selection.active, "name", "")
        fresh = _marked(source)
        begun = {o["name"] for _, o, _ in fresh if o["metadata"].get(BEGUN)} - set(before)  # to be painted into now
        chosen, active = begun or chosen, next(iter(begun), active)
        kept = {o["name"]: o for _, o, _ in fresh if "at" in o["metadata"] and o["name"] in before}
        for name, options in kept.items():
            before.pop(name).metadata = options["metadata"]
        for data, options, _ in fresh:
            if options["name"] in before and _becomes(before[options["name"]], data, options):
                kept[options["name"]] = options
                _refresh(ref(before.pop(options["name"])))
        self._add(source, [layer for layer in fresh if layer[1]["name"] not in kept])
        for layer in before.values():
            new = next((one for one in self._ours() if one.name == f"{layer.name} [1]"), None)
            if new is not None:
                new.visible, new.opacity = layer.visible, layer.opacity
                layers.move(layers.index(new), layers.index(layer))
            layers.remove(layer)
            if new is not None:
                new.name = layer.name
        layers.selection = {layer for layer in layers if layer.name in chosen}
        layers.selection.active = next((layer for layer in layers if layer.name == active), layers.selection.active)
        now = self._size(source.session)
        if len(now) == len(size) and not np.allclose(now, size, rtol=0.2):  # as voxels got another size
            viewer = self._viewer()
            viewer.reset_view(layers=[one for one in self._ours() if one.visible])
            self._go_inside([one for one in self._ours() if one.visible])

    def _size(self, name: str) -> NDArray[np.float64]:
        """(axis,) how far what is seen of a source reaches; none if nothing of it is."""
        mine = [one for one in self._ours() if one.metadata[OWNER] == name and one.visible]
        if not mine:
            return np.zeros(0)
        low, high = self._viewer().layers.get_extent(mine).world
        return np.asarray(high - low, float)

    def _add(self, source: Source, fresh: Sequence[Any] | None = None) -> None:
        self._moving = True
        for data, options, kind in _marked(source) if fresh is None else fresh:
            late = getattr(data, "ready", None)  # it gives what it has, and tells once that is better
            if late is not None:
                data.live = True
            layer = getattr(self._viewer(), f"add_{kind}")(data, **options)
            if kind == "image":
                self._put_beneath(layer)
            if late is not None:
                follow(late, self, partial(_refresh, ref(layer)))
                _refresh(ref(layer))  # with what came before anyone listened
            if "tell" in layer.metadata:
                _tell(layer)
            if "drag" in layer.metadata:
                layer.events.data.connect(partial(self._dragged, ref(layer)))
            if PAINT in layer.metadata:
                self._let_paint(layer)
        self._moving = False
        self._name_axes()
        self._tell_seconds()
        self._to_slider(self.session.time)
        self._move(self.session.time)

    def _put_beneath(self, image: Any) -> None:
        """A picture that came later hides nothing of ours that is drawn over pictures, but for another's own labels."""
        layers = self._viewer().layers
        over = [layers.index(layer) for layer in self._ours() if self._is_over(layer)]
        if over and layers.index(image) > min(over):
            layers.move(layers.index(image), min(over))

    def _is_over(self, layer: Any) -> bool:
        """Whether it is drawn over a picture of another source."""
        source = self.session.sources.get(layer.metadata[OWNER])
        own = isinstance(source, Volume) and source.image is not None
        return type(layer).__name__ != "Image" and not own

    def _inserted(self, event: Any) -> None:
        self._hear(event.value)
        self._turn()

    def _hear(self, layer: Any) -> None:
        layer.events.visible.connect(self._turn)
        layer.events.visible.connect(self._narrow)

    def _narrow(self, *_: Any) -> None:
        """Let sliders reach as far as what is in sight, where napari counts hidden layers, too."""
        viewer = self._viewer()
        seen = [layer for layer in viewer.layers if layer.visible] if viewer is not None else []
        if not seen or self._switching:
            return
        extent, before = viewer.layers.get_extent(seen), viewer.dims.range
        reach = tuple(zip(extent.world[0].tolist(), extent.world[1].tolist(), np.asarray(extent.step).tolist()))
        ranges = (*before[: len(before) - len(reach)], *reach)
        if not np.allclose(ranges, before, rtol=0.0, atol=1e-9):
            moving, self._moving = self._moving, True  # what is clipped here is nobody's wish
            try:
                viewer.dims.range = ranges
            finally:
                self._moving = moving
            if all(self._is_timed(layer) for layer in seen if layer.ndim > 2):
                self._to_slider(self.session.time)

    def _turn(self, *_: Any) -> None:
        """Let y grow upwards while paths for which it does are in sight, and no picture."""
        viewer = self._viewer()
        seen = [layer for layer in viewer.layers if layer.visible] if viewer is not None else []
        ups = [layer.metadata["upward"] for layer in seen if "upward" in layer.metadata]
        up = bool(ups) and all(ups) and not any(map(self._is_upright, seen))
        if not seen or up == (self._flat is not None):
            return
        camera = viewer.scene.camera
        before, self._flat = self._flat, camera.orientation2d if up else None  # what a user has chosen stays
        camera.orientation2d = (UP, camera.orientation2d[1]) if up else before

    def _is_upright(self, layer: Any) -> bool:
        """Whether it is a picture, or ours and drawn over one."""
        source = self.session.sources.get(layer.metadata.get(OWNER, ""))
        of_picture = source is not None and not isinstance(source, Recording)
        return of_picture or type(layer).__name__ in ("Image", "Labels")

    def _name_axes(self) -> None:
        """Sliders are called by what they move along, where napari has only a number for it."""
        dims, words = self._viewer().dims, {"-3": "z", "-2": "y", "-1": "x"}
        labels = [words.get(label, label) for label in dims.axis_labels]
        if self._axis is not None:
            labels[self._axis] = "time"
        dims.axis_labels = tuple(labels)

    def _tell_seconds(self, *_: Any) -> None:
        here, viewer = ref(self), self._viewer()
        if viewer is not None:
            tell_seconds(viewer, lambda: there._axis if (there := here()) is not None else None)

    def _move(self, seconds: float) -> None:
        """Layers of one moment show this one."""
        for layer in self._ours():
            if "at" in layer.metadata:
                _show(layer, layer.metadata["at"](seconds))

    def _dragged(self, dragged: Callable[[], Any], event: Any) -> None:
        """What napari has put elsewhere, once the hand lets go."""
        layer = dragged()
        if layer is None or getattr(getattr(event, "action", None), "value", "") != "changed":
            return
        rows = [row for row in event.data_indices if layer.shown[row]]
        layer.metadata["drag"](self.session, rows, layer.data[rows])

    def _let_paint(self, layer: Any) -> None:
        """Let what is painted with napari's tools be actions of the session, which its keys undo."""
        layer.events.paint.connect(self._painted)
        layer.events.mode.connect(partial(_read_at_once, ref(layer)))
        layer.undo, layer.redo = self.session.undo, self.session.redo
        if layer.metadata[BEGUN]:
            layer.brush_size, layer.mode = BRUSH, "paint"

    def _painted(self, event: Any = None) -> None:
        """What napari has painted, once the hand lets go; of a fill it tells before that is done."""
        if event is not None:
            self._filled.start()
        for layer in [one for one in self._ours() if PAINT in one.metadata]:
            if rows := layer.data.painted():
                layer.metadata[PAINT](self.session, rows)

    def _from_slider(self) -> None:
        axis = self._axis
        if not self._moving and axis is not None and not self.is_through_volume():
            self._moving = True
            self.session.time = float(self._viewer().dims.point[axis])
            self._moving = False

    def _to_slider(self, seconds: float) -> None:
        axis = self._axis
        if not self._moving and axis is not None:
            self._moving = True
            self._viewer().dims.set_point(axis, seconds)
            self._moving = False


def _show(layer: Any, attributes: dict[str, Any]) -> None:
    """Set what is another now, without the viewer measuring all of its layers again."""
    with layer.events.data.blocker():
        for name, value in attributes.items():
            if not np.array_equal(getattr(layer, name), value):
                setattr(layer, name, value)


def _tell(layer: Any) -> None:
    """Let napari's status say what is known of the place under the mouse, in place of a label's name alone."""
    usual: Any = type(layer)._get_properties
    here: Callable[[], Any] = ref(layer)

    def properties(position: Any, **how: Any) -> list[str]:
        there = here()
        told = there.metadata["tell"](np.asarray(position)[-there.ndim :])
        return [told] if told else usual(there, position, **how)

    layer._get_properties = properties


def _refresh(layer: Callable[[], Any], *_: Any) -> None:
    """Draw it again, if it is there still."""
    there = layer()
    if there is not None:
        there.refresh(extent=False, thumbnail=False)


def _becomes(layer: Any, data: Any, options: dict[str, Any]) -> bool:
    """Whether a layer shows by now what another would, by itself."""
    if getattr(layer, "multiscale", False) != options.get("multiscale", False):
        return False
    shown, fresh = (one[0] if options.get("multiscale") else one for one in (layer.data, data))
    if not (hasattr(shown, "become") and shown.become(fresh)):
        return False
    if "features" in options:
        layer.features = options["features"]
    return True


def _read_at_once(painted: Callable[[], Any], event: Any) -> None:
    """Let no picture come late while somebody paints on it."""
    layer = painted()
    if layer is not None:
        layer.data.live = layer.mode in ("pan_zoom", "transform", "pick")


def _marked(source: Source) -> list[Any]:
    """Layers that know whose they are."""
    return [
        (data, {**options, "metadata": {**options.get("metadata", {}), OWNER: source.session}}, kind)
        for data, options, kind in layers(source)
    ]
