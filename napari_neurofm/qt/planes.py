"""The plane of a volume on napari's canvas and the one in *Slices*: one, while they lie across the same axis."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import ref

from qtpy.QtCore import QObject, QTimer

from napari_neurofm.qt.layers import Layers
from napari_neurofm.qt.things import Things
from napari_neurofm.qt.thread import follow
from neurofm.app.session import Session
from neurofm.app.state.volumes import together
from neurofm.app.views import slices


class Planes(QObject):
    """Lets napari's slider and slices follow each other through one volume."""

    def __init__(self, parent: QObject, viewer: Any, session: Session, layers: Layers, things: Things) -> None:
        super().__init__(parent)
        self._viewer: Callable[[], Any] = ref(viewer)
        self.session, self._layers, self._things = session, layers, things
        self._states: list[slices.State] = []
        self._came = QTimer(self, singleShot=True, interval=0)  # napari goes to the middle of what it has added
        self._came.timeout.connect(self._meet)
        viewer.layers.events.inserted.connect(self._inserted)
        viewer.dims.events.current_step.connect(self._from_canvas)

    def join(self, state: slices.State) -> None:
        """Let what a view of slices shows follow, and lead."""
        if not any(state is one for one in self._states):
            self._states.append(state)
            follow(state.events, self, partial(self._to_canvas, state))  # type: ignore[attr-defined]
        self._meet()

    def _inserted(self, *_: Any) -> None:
        self._came.start()

    def _meet(self) -> None:
        """A plane that somebody has chosen leads, as where a session is opened again; else the canvas does."""
        for state in self._states:
            if state.depth != type(state)().depth:
                self._to_canvas(state)
        self._from_canvas()

    def _from_canvas(self, *_: Any) -> None:
        if self._layers.is_adding or self._came.isActive():
            return
        seen, across = self._seen()
        for state in self._states if seen is not None else ():
            volume = slices.shown(state, self.session)
            if volume is not None and together(self.session, volume, seen):
                slices.go_to(state, volume, across, float(self._viewer().dims.point[self._axis(across)]))

    def _to_canvas(self, state: slices.State, *_: Any) -> None:
        seen, across = self._seen()
        volume = slices.shown(state, self.session)
        if seen is None or volume is None or not together(self.session, volume, seen):
            return
        place = slices.place(state, volume, across)
        axis, dims = self._axis(across), self._viewer().dims
        if place is not None and abs(place - dims.point[axis]) > volume.spacing[across] / 2:
            dims.set_point(axis, place)

    def _seen(self) -> tuple[Any, int]:
        """The volume that is looked through, and the axis that its plane lies across; None where none is."""
        if self._viewer() is None or not self._layers.is_through_volume():
            return None, 0
        across = self._things.across()
        return (None, 0) if across is None else (self._things.shown(), across)

    def _axis(self, across: int) -> int:
        return int(self._viewer().dims.ndim) - 3 + across
