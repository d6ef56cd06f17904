"""napari's slider of the time tells seconds instead of counting steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import ref

from qtpy.QtGui import QDoubleValidator

MOST_DIGITS = 3
ROOM = 10  # pixels around the words of a label


def tell_seconds(viewer: Any, axis: Callable[[], int | None]) -> None:
    """Let the slider of the axis that is the time (None where there is none) show seconds, and take what is typed."""
    for slider in viewer.window._qt_viewer.dims.slider_widgets:
        if "_update_slice_labels" not in vars(slider):
            _install(slider, axis)
        slider._update_slice_labels()


def _install(slider: Any, axis: Callable[[], int | None]) -> None:
    usual, here = type(slider), ref(slider)

    def show() -> None:
        there = here()
        if there is None:
            return
        if axis() == there.axis:
            _show(there)
        else:
            there.totslice_label.setText(str(there.dims.nsteps[there.axis] - 1))
            usual._update_slice_labels(there)

    def typed() -> None:
        there = here()
        if there is not None and axis() == there.axis:
            with suppress(ValueError):
                there.dims.set_point(there.axis, float(there.curslice_label.text()))
            there.curslice_label.clearFocus()
            there.qt_dims.setFocus()
        elif there is not None:
            usual._set_slice_from_label(there)

    slider.curslice_label.editingFinished.disconnect(slider._set_slice_from_label)
    slider.curslice_label.editingFinished.connect(typed)
    slider.curslice_label.setValidator(QDoubleValidator(slider.curslice_label))
    slider._update_slice_labels = show


def _show(slider: Any) -> None:
    start, stop, step = slider.dims.range[slider.axis]
    digits = min(max(math.ceil(-math.log10(step)), 0), MOST_DIGITS) if step > 0 else 0
    slider.curslice_label.setText(f"{slider.dims.point[slider.axis]:.{digits}f}")
    slider.curslice_label.setToolTip("Seconds; type others to go there")
    slider.totslice_label.setText(f"{stop:.{digits}f} s")
    for label in (slider.curslice_label, slider.totslice_label):
        label.setFixedWidth(label.fontMetrics().horizontalAdvance(label.text()) + ROOM)
    slider.totslice_label.setToolTip(f"The time runs from {start:.{digits}f} s to here")
