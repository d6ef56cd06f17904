"""A picture that moves by itself goes on for as long as it is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from napari_neurofm.jupyter.plot import Plot
from neurofm.app.session import Session
from neurofm.data.embedding import Embedding
from neurofm.data.ids import pack
from neurofm.synthetic import videos


@pytest.fixture
def plot() -> Plot:
    session = Session([replace(videos.numbered(300), session="cam", clock="lab")])
    values = np.arange(300.0)[:, None]
    ids = pack(0, np.arange(300))
    session.add(Embedding(name="e", space="frame", ids=ids, values=values, xy=np.c_[values, values], sessions=("cam",)))
    return Plot("clips", session)


def test_clips_play_on_the_page_and_stand_still_where_nothing_is_picked(
    plot: Plot, shown: Callable[[Any], Any]
) -> None:
    here = shown(plot)
    assert not plot.scene.moves
    assert plot.pane.session is plot.session
    plot.session.selection.pick("frame", pack(0, [150]))
    here.until(lambda: plot.scene.moves and "so far" not in plot.scene.note, "all clips")
    seen: set[bytes] = set()
    here.until(lambda: seen.add(plot.picture["marks"][0]["png"]) or len(seen) > 4, "five other pictures")
    corner = here.area()
    here.page.mouse.click(corner["x"] + 0.5 * corner["width"], corner["y"] + 0.5 * corner["height"])
    here.until(lambda: plot.session.selection.picked("frame").tolist() != [pack(0, [150])[0]], "another pick")
    plot.session.selection.clear()
    here.until(lambda: plot.scene.message, "the page without a pick")
    here.settle()
