"""From labels of real neurons to their graph, in a real window: connect, lay out, pick a node, its voxels light up."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurofm import io
from neurofm.app import colors
from neurofm.app.pictures.scene import Image, Points, Shape
from neurofm.app.views import slices as view
from neurofm.data.volume import Held, Pyramid, Volume

pytestmark = pytest.mark.gui
LONG = 120_000  # ms; a loaded machine takes its time


@pytest.fixture
def neurons(tmp_path: Path, shared_data: Callable[[str], Path]) -> Path:
    """A corner of a volume of which each voxel's neuron is known."""
    with np.load(shared_data("em_fibsem") / "medulla_128.npz") as file:
        grey, neuron = (file[name][:24, :80, :80] for name in ("image", "neuron"))
    image, labels = (Pyramid((Held(voxels),), np.full(3, 0.01)) for voxels in (grey, neuron))
    return io.write(Volume(session="medulla", image=image, labels={"neuron": labels}), tmp_path / "medulla.volume.h5")


@pytest.fixture
def look(desk: Any) -> Callable[[str], None]:
    """Writes what the window shows to the folder `$NEUROFM_SHOTS`, if there is one."""

    def shot(name: str) -> None:
        if folder := os.environ.get("NEUROFM_SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            desk.window.grab().save(str(Path(folder) / f"graph_{name}.png"))

    return shot


def lit(plot: Any) -> int:
    """Pixels of a picture that light up."""
    images = [mark.rgba for mark in plot.scene.marks if isinstance(mark, Image)]
    return sum(int((rgba == colors.PREDICTED).all(-1).sum()) for rgba in images)


def test_neurons_that_touch_become_a_graph_whose_nodes_light_up(
    desk: Any, qtbot: Any, mouse: Any, offered: Any, look: Any, neurons: Path
) -> None:
    session = desk.session

    def wait(ready: Callable[[], Any]) -> None:
        qtbot.waitUntil(lambda: bool(ready()), timeout=LONG)

    desk.open(neurons)
    wait(lambda: "medulla" in session.sources)
    offered(desk, "source", "medulla")["Graph by contact"].do(desk)
    wait(lambda: "medulla touching" in session.sources)
    graph = session.sources["medulla touching"]
    truth = session.sources["medulla"].labels["neuron"].levels[0][:, :, :]
    assert set(graph.numbers) == set(np.unique(truth)) - {0}
    desk.arrange()
    offered(desk, "source", graph.session)["Lay out"].do(desk)
    wait(lambda: "medulla touching layout" in session.embeddings)
    session.view("graph").at = "layout"
    desk.show("graph")
    desk.show("slices")
    plot, slices = desk.widget("graph"), desk.widget("slices")
    wait(lambda: "laid out" in plot.scene.note and slices.scene.marks and not slices.waits)
    look("1_laid_out")

    cut = view._cut(session.view("slices"), session.sources["medulla"])
    shown = int(cut.place / 0.01 + 0.5)
    plane, node = truth[shown], session.everything("node")
    largest = int(np.argmax([(plane == number).sum() for number in graph.numbers]))
    assert not lit(slices)
    (nodes,) = (mark for mark in plot.scene.marks if isinstance(mark, Points))
    mouse.click(plot, *nodes.xy[nodes.ids == node[largest]][0])
    assert session.selection.picked("node").tolist() == [node[largest]]
    wait(lambda: lit(slices))
    look("2_picked")

    session.selection.clear()
    inside = np.argwhere(plane == graph.numbers[largest])
    place = cut.xy(np.array([[shown, *inside[len(inside) // 2]]]) * 0.01)
    told = f": {graph.numbers[largest]}"
    wait(lambda: told in view.under(session.view("slices"), session, Shape("point", place)))  # as a mouse there says
    mouse.click(slices, *place[0])
    assert session.selection.picked("node").tolist() == [node[largest]]
