"""napari's slider tells seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.gui


def test_the_slider_of_the_time_tells_seconds_and_that_of_a_volume_steps(arranged: Any, qtbot: Any) -> None:
    from qtpy.QtCore import Qt

    dims = arranged.viewer.window._qt_viewer.dims
    slider = dims.slider_widgets[0]
    arranged.session.time = 7.5
    assert float(slider.curslice_label.text()) == pytest.approx(7.5, abs=0.02)
    assert slider.totslice_label.text().endswith(" s")
    assert float(slider.totslice_label.text().split()[0]) == pytest.approx(20, abs=0.1)
    slider.curslice_label.setText("3.25")
    qtbot.keyClick(slider.curslice_label, Qt.Key.Key_Return)
    assert arranged.session.time == pytest.approx(3.25, abs=0.02)
    arranged.viewer.layers.clear()
    arranged.viewer.add_image(np.zeros((9, 8, 8)))
    arranged.viewer.dims.set_point(0, 5)
    slider = dims.slider_widgets[0]
    assert (slider.curslice_label.text(), slider.totslice_label.text()) == ("5", "8")
