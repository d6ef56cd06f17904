"""A bare file that is dropped is asked about first; the answers are in the script, and fill in the next dialog."""

from __future__ import annotations

import numpy as np
import pytest

from tests.app.test_reading import save
from tests.io.test_layout import spikes

pytestmark = pytest.mark.gui


def test_a_dropped_file_is_asked_about_and_opens(desk, qtbot, tmp_path, monkeypatch):
    from napari_neurofm.qt.reading import ReadingDialog

    shown = []

    def answer(dialog):
        shown.append(dialog)
        if len(shown) == 1:
            assert not dialog.accepted_button.isEnabled()
            box = dialog.fields["time_in"]
            assert box.currentData() == ""
            box.setCurrentIndex(box.findData("samples"))
            box.activated.emit(box.currentIndex())
            assert "how many" in dialog.problem.text()
            dialog.fields["rate_hz"].setValue(30_000)
        assert dialog.accepted_button.isEnabled()
        assert dialog.form.isRowVisible(dialog.fields["rate_hz"])
        assert not dialog.form.isRowVisible(dialog.fields["dt"])
        return dialog.DialogCode.Accepted if len(shown) < 3 else dialog.DialogCode.Rejected

    monkeypatch.setattr(ReadingDialog, "exec", answer)
    for count, name in enumerate("ab", 1):
        desk.open(save(tmp_path / f"{name}.npz"))
        qtbot.waitUntil(lambda count=count: len(desk.session.sources) == count, timeout=20_000)
    seconds = np.floor(spikes(30_000, seconds=30.0)[0]) / 30_000
    np.testing.assert_allclose(desk.session.sources["b"].spikes.times, seconds)
    assert desk.session.script().count("time_in='samples', rate_hz=30000.0") == 2
    desk.open(save(tmp_path / "c.npz"))
    qtbot.waitUntil(lambda: len(shown) == 3, timeout=20_000)
    assert list(desk.session.sources) == ["a", "b"]
