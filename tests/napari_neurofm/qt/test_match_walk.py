"""Two real animals in a real window: match their units, pick one in the one, and see it in the other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurofm.app.pictures.scene import Image, Line, Points, Spans
from neurofm.app.views import _alike
from neurofm.data.ids import unpack

pytestmark = pytest.mark.gui
LONG = 120_000  # ms; a loaded machine takes its time
FILES = ("chewie_2013-10-03_bin100ms.npz", "mihi_2014-03-03_bin100ms.npz")


@pytest.fixture
def look(desk: Any) -> Callable[[str], None]:
    """Writes what the window shows to the folder `$NEUROFM_SHOTS`, if there is one."""

    def shot(name: str) -> None:
        if folder := os.environ.get("NEUROFM_SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            desk.window.grab().save(str(Path(folder) / f"match_{name}.png"))

    return shot


def of(kind: type, plot: Any) -> list[Any]:
    return [mark for mark in plot.scene.marks if isinstance(mark, kind)]


def test_a_unit_picked_in_one_monkey_is_seen_beside_those_like_it_in_the_other(
    desk: Any, qtbot: Any, mouse: Any, offered: Any, look: Any, shared_data: Callable[[str], Path]
) -> None:
    session = desk.session

    def wait(ready: Callable[[], Any]) -> None:
        qtbot.waitUntil(lambda: bool(ready()), timeout=LONG)

    folder = shared_data("monkey_reach")
    for k, name in enumerate(FILES):
        desk.open(folder / name)
        wait(lambda k=k: len(session.sources) == k + 1)
    chewie, mihi = session.sources
    offered(desk, "source", chewie)[f"Match units with {mihi}"].do(desk)
    wait(lambda: len(session.sources) == 3)
    matches = _alike.shown("", session)
    assert matches is not None
    assert f"{chewie} finds" in matches.said  # how often, between halves of its own data
    desk.arrange()
    desk.show("correspondence")
    desk.show("candidates")
    plot, beside, latent = (desk.widget(name) for name in ("correspondence", "candidates", "latent"))
    wait(lambda: of(Image, plot) and "units x" in plot.scene.note)
    wait(lambda: beside.scene.message.startswith("Pick one of"))
    look("1_matched")

    pair = _alike.pair(matches, "", "")
    assert pair is not None
    known = np.where(np.isfinite(pair.distance), pair.distance, np.inf)
    row, column = np.unravel_index(known.argmin(), known.shape)  # the two that are nearest of all
    label = matches.units["label"].astype(str)
    space, ids = session.ids([label.iloc[pair.rows[row]]], "unit"), _alike.ids(session, matches)
    view = session.view("correspondence")
    from neurofm.app.views import correspondence

    order = correspondence._ordered(matches, pair)
    across = float(np.flatnonzero(order.columns == column)[0]) + 0.5
    down = len(order.rows) - 0.5 - float(np.flatnonzero(order.rows == row)[0])
    mouse.click(plot, across, down)
    picked = session.selection.picked("unit")
    assert set(picked.tolist()) >= {int(space[0]), int(ids[pair.columns[column]])}
    assert set(unpack(picked)[0].tolist()) == {session.number(chewie), session.number(mihi)}
    assert view.matches == ""
    wait(lambda: of(Spans, plot) and beside.scene.legend)
    wait(lambda: len(of(Image, beside)) in (0, 2) and of(Line, beside))  # spikes of both, where the dock is high enough
    assert "not being the same" in beside.scene.note
    wait(lambda: any(len(mark.ids) >= 2 and mark.outline is not None for mark in of(Points, latent)))
    look("2_picked")
