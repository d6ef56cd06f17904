"""Notices of the window leave."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.gui


def test_all_notices_leave_after_a_while_those_behind_others_too(desk: Any, qtbot: Any) -> None:
    desk.toasts.due.setInterval(50)
    for words in ("Wrote a", "Wrote b", "Wrote c"):
        desk.tell(words)
    assert len(desk.toasts.shown()) == 3
    for notice in desk.toasts.shown():
        notice.timer_stop()  # as napari does to those that are behind another, or in a window that is not in front
    qtbot.waitUntil(lambda: not desk.toasts.shown())
