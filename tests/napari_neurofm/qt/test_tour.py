"""The tour's panel in a real window."""

from __future__ import annotations

import pytest

from neurofm.app.tour import STEPS

pytestmark = pytest.mark.gui


def test_it_shows_one_step_after_the_other_and_what_came_of_each(desk, qtbot):
    said = []
    desk.wrong.connect(lambda words, _: said.append(words) if words else None)
    desk.do("tour")
    panel = desk.widget("tour")
    qtbot.waitUntil(panel.isVisible)
    assert (panel.count.text(), panel.title.text()) == ("Step 1 of 5", STEPS[0].title)
    panel.next.click()
    panel.show_me.click()
    assert said == ["First open a recording."]
    panel.back.click()
    panel.show_me.click()
    qtbot.waitUntil(lambda: panel.title.text() == f"✓ {STEPS[0].title}")
    assert "ada: 48 units" in panel.said.text()
    assert panel.words.height() >= panel.words.heightForWidth(panel.words.width())
    panel.go(2)
    desk.session.selection.pick("unit", [3])
    qtbot.waitUntil(lambda: panel.title.text() == f"✓ {STEPS[2].title}")
    panel.go(4)
    assert panel.next.text() == "Begin again"
    panel.next.click()
    assert panel.place == 0
