"""The path of the animal on napari's canvas: the pick lights up on it, and what is drawn around it is picked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

import numpy as np
from qtpy.QtCore import QObject, QTimer

from napari_neurofm.qt.layers import OWNER
from napari_neurofm.qt.thread import follow
from neurofm.app import colors
from neurofm.app.pictures.lit import Lit, lit
from neurofm.app.pictures.regions import moments_inside
from neurofm.app.session import Session
from neurofm.app.state.selection import Mode

SOON = 30  # ms after which what changed together is drawn
REACH = 6  # pixels around a click that are picked
SIDES = 16  # of the circle around it
FEW = 500  # spikes that are drawn full; more are smaller and let what lies below them show
PICKED = colors.PICKED[:3] / 255


class Lights(QObject):
    """Keeps two layers beside each path that is seen: spikes of the picked units, and the picked moments.

    Parameters
    ----------
    parent : lives as long
    viewer, session : whose pick it is
    dark : says whether the canvas is
    """

    def __init__(self, parent: QObject, viewer: Any, session: Session, dark: Callable[[], bool]) -> None:
        super().__init__(parent)
        self._viewer: Callable[[], Any] = ref(viewer)
        self.session, self.dark = session, dark
        self._due = QTimer(self, singleShot=True, interval=SOON)
        self._due.timeout.connect(self.refresh)
        viewer.mouse_drag_callbacks.append(_hand(self))
        for signal in (session.selection.changed, session.changed):
            follow(signal, self, self._ask)

    def _ask(self, *_: Any) -> None:
        self._due.start()

    def refresh(self) -> None:
        """Show what is picked now."""
        viewer = self._viewer()
        for path in () if viewer is None else [one for one in viewer.layers if _is_path(one)]:
            name = path.metadata[OWNER]
            shown = lit(self.session, name, dark=self.dark()) if path.visible else None
            self._show_spikes(path, name, shown)
            self._show_moments(path, name, shown)

    # ---- what the hand does

    def pick(self, corners: Any, mode: Mode) -> bool:
        """Pick the moments at which the animal was inside; False, and nothing is picked, if there are none."""
        name = self.seen()
        moments = moments_inside(self.session, [np.asarray(corners, float)], [name] if name else [])
        if len(moments):
            self.session.selection.pick("time", moments, mode)
        return bool(len(moments))

    def click(self, place: Any) -> None:
        """Pick the moments at which the animal was there; a click beside its path picks nothing any more."""
        angle = np.linspace(0, 2 * np.pi, SIDES, endpoint=False)[:, None]
        reach = REACH / self._viewer().scene.camera.zoom
        around = np.asarray(place, float) + reach * np.c_[np.sin(angle), np.cos(angle)]
        if self.seen() and not self.pick(around, "replace"):
            self.session.selection.clear()

    def seen(self) -> str:
        """The recording whose path is in sight, "" if none is."""
        viewer = self._viewer()
        paths = [] if viewer is None or viewer.dims.ndisplay != 2 else [p for p in viewer.layers if _is_path(p)]
        return next((path.metadata[OWNER] for path in reversed(paths) if path.visible), "")

    # ---- its layers

    def _show_spikes(self, path: Any, name: str, shown: Lit | None) -> None:
        layer, places = self._layer(name, "spikes"), np.zeros((0, 2)) if shown is None else shown.places
        if shown is None or not len(places):
            return _hide(layer)
        sparse = min(1.0, (FEW / len(places)) ** 0.5)
        size = (1.5 + 2.5 * sparse) * float(np.max(path.edge_width))
        if layer is None:
            layer = self._add("points", path, places, {"name": f"{name} spikes", "size": size, "border_width": 0})
        layer.visible = True  # first: what is hidden is not sliced anew, and would look for the spikes of before
        with layer.events.blocker_all() if len(layer.data) == len(places) else layer.events.data.blocker():
            layer.data, layer.size = places, size
        layer.opacity = 0.3 + 0.7 * sparse
        layer.face_color = shown.rgba / 255
        layer.name = f"{name} spikes" + (f" ({len(places):,} of {shown.fired:,})" if len(places) < shown.fired else "")
        return None

    def _show_moments(self, path: Any, name: str, shown: Lit | None) -> None:
        layer, pieces = self._layer(name, "moments"), np.zeros((0, 2, 2)) if shown is None else shown.pieces
        if shown is None or not len(pieces):
            return _hide(layer)
        if layer is None:
            width = 3 * float(np.max(path.edge_width))
            look = {"edge_color": PICKED, "vector_style": "line", "edge_width": width, "opacity": 0.9}
            layer = self._add("vectors", path, pieces, {"name": f"{name} moments", **look})
        layer.visible = True  # first, as of spikes
        layer.data = pieces
        return None

    def _layer(self, name: str, what: str) -> Any:
        layers = self._viewer().layers
        return next((one for one in layers if one.metadata.get("lit") == what and one.metadata[OWNER] == name), None)

    def _add(self, kind: str, path: Any, data: Any, options: dict[str, Any]) -> Any:
        """A layer right above the path, without taking what is chosen from the user's hand."""
        layers = self._viewer().layers
        chosen, active = set(layers.selection), layers.selection.active
        metadata = {OWNER: path.metadata[OWNER], "lit": str(options["name"]).rsplit(" ", 1)[-1]}
        layer = getattr(self._viewer(), f"add_{kind}")(data, metadata=metadata, **options)
        layers.move(layers.index(layer), layers.index(path) + 1)
        layers.selection = chosen
        layers.selection.active = active
        return layer


def _is_path(layer: Any) -> bool:
    return bool(layer.metadata.get(OWNER)) and layer.metadata.get("path", False)


def _hide(layer: Any) -> None:
    if layer is not None:
        layer.visible = False


def _hand(lights: Lights) -> Callable[[Any, Any], Iterator[None]]:
    """A click picks; a drag with shift or control held draws a lasso that adds or takes away (alt is napari's own)."""
    here = ref(lights)

    def moved(viewer: Any, event: Any) -> Iterator[None]:
        there, active = here(), viewer.layers.selection.active
        idle = active is None or str(getattr(active, "mode", "pan_zoom")) == "pan_zoom"
        if there is None or not idle or event.button != 1 or not there.seen():
            return
        mode: Mode = "add" if "Shift" in event.modifiers else "remove" if "Control" in event.modifiers else "replace"
        corners = [event.position[-2:]]
        line = None if mode == "replace" else _Line(viewer, there.dark())
        yield
        while event.type == "mouse_move":
            corners.append(event.position[-2:])
            if line is not None:
                line.draw(corners)
            yield
        if line is not None:
            line.end()
            there.pick(corners, mode)
        elif len(corners) == 1:
            there.click(corners[0])

    return moved


class _Line:
    """A lasso while it is drawn."""

    def __init__(self, viewer: Any, dark: bool) -> None:
        from vispy.scene.visuals import Line

        ink = colors.ink(dark=dark) / 255
        self._line = Line(color=tuple(ink), width=1.5, parent=viewer.window._qt_viewer.canvas.view.scene)
        self._line.order = 1_000  # above all layers

    def draw(self, corners: Any) -> None:
        """Through these corners (y, x), and back to the first."""
        yx = np.array([*corners, corners[0]], float)
        self._line.set_data(np.ascontiguousarray(yx[:, ::-1], dtype=np.float32))

    def end(self) -> None:
        """Take it away."""
        self._line.parent = None
