"""Hide and predict in a real window: pick, press the button, see what is filled in."""

from __future__ import annotations

import pytest

import neurofm as nf

pytestmark = [pytest.mark.gui, pytest.mark.slow]
TINY = {"dim": 16, "stitch": 16, "depth": 1, "steps": 3}
LONG = 60_000  # ms; a worker loads torch first


@pytest.fixture
def trained(arranged, tmp_path):
    """A desk with a run that can fill in."""
    recording = arranged.session.recordings["ada"]
    arranged.session.add(nf.train("mtm", recording, tmp_path / "mtm-1", settings=TINY, device="cpu"))
    return arranged


def test_picked_units_are_hidden_at_the_press_of_the_button(trained, qtbot):
    session, view = trained.session, trained.widget("hide")
    trained.show("hide")
    qtbot.waitUntil(lambda: view.words.text().startswith("Pick units"))
    assert not view.button.isVisible()
    session.selection.pick("unit", [3, 25])
    qtbot.waitUntil(lambda: view.words.text() == "Hide the 2 picked units and see what mtm-1 fills in")
    assert view.button.text() == "Hide"
    view.button.click()
    qtbot.waitUntil(lambda: view.words.text() == "mtm-1 fills in the 2 picked units …")
    assert not view.button.isVisible()
    qtbot.waitUntil(lambda: bool(view.scene.marks), timeout=LONG)
    assert {"unit 3 measured", "unit 25 predicted"} <= {getattr(mark, "name", "") for mark in view.scene.marks}
    assert "2 hidden units" in view.note.text()
    assert any("mtm_1.hide(ada, units=[3, 25], what='units')" in line for line in session.recipe)
    session.selection.pick("unit", [7])
    qtbot.waitUntil(lambda: view.button.isVisible())


def test_what_cannot_be_hidden_is_told_in_the_window(trained, qtbot):
    trained.do("hide", "view", "hide")
    message = trained.widget("explorer").message.words
    assert message.text() == "pick units to hide them and see what mtm-1 fills in"
