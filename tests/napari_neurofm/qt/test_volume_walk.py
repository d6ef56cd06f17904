"""The way through a volume, in a real window: open an address, outline a box, segment it, measure cells, pick one,
correct its labels, and learn from strokes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurofm as nf
from neurofm import io
from neurofm.app import colors
from neurofm.app.pictures.scene import Image
from neurofm.synthetic.phantoms import Plan, phantom
from tests.served import serving

ts = pytest.importorskip("tensorstore")
pytest.importorskip("monai")

pytestmark = [pytest.mark.gui, pytest.mark.slow]
PLAN = Plan(shape=(16, 96, 128), areas=(0,), noise=2.0, rings=0.0)
OTHER = Plan(**{**vars(PLAN), "seed": 1})  # that is walked through
QUICK = {"steps": 60, "width": 8, "edge": 16, "batch": 4}
LONG = 240_000  # ms; a loaded machine takes its time
UM = 1170  # nm along an edge of a voxel


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has seen a phantom for seconds."""
    folder = tmp_path_factory.mktemp("walk")
    brain = io.write(phantom(PLAN, session="other"), folder / "other.volume.h5")
    return Path(nf.train("unet", brain, folder / "sees", settings=QUICK, device="cpu").path)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Another phantom as a precomputed volume behind an address."""
    image = phantom(OTHER).image
    assert image is not None
    for number, voxels in enumerate((image.levels[0][:, :, :], image.levels[0][::2, ::2, ::2])):
        scale = {"size": list(voxels.shape[::-1]), "encoding": "raw", "chunk_size": [32, 32, 16]}
        place: dict[str, Any] = {"voxel_offset": [0, 0, 0], "resolution": [UM * 2**number] * 3}
        about = {"type": "image", "data_type": "uint8", "num_channels": 1}
        spec = {"driver": "neuroglancer_precomputed", "kvstore": f"file://{tmp_path}/brain/"}
        spec |= {"multiscale_metadata": about, "scale_metadata": scale | place}
        ts.open(spec, create=True, open=True).result()[...] = voxels.transpose()[..., None]
    with serving(tmp_path) as (served, _):
        yield f"precomputed://{served}/brain"


@pytest.fixture
def look(desk: Any) -> Callable[[str], None]:
    """Writes what the window shows to the folder `$NEUROFM_SHOTS`, if there is one."""
    folder = os.environ.get("NEUROFM_SHOTS")

    def shot(name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            desk.window.grab().save(str(Path(folder) / f"volume_{name}.png"))

    return shot


def coloured(plot: Any) -> Any:
    """(pixel, 4) of what lies over the grey picture."""
    images = [mark.rgba for mark in plot.scene.marks if isinstance(mark, Image)][1:]
    return np.concatenate([np.zeros((0, 4)), *(rgba.reshape(-1, 4) for rgba in images)])


def test_a_volume_is_walked_through(
    desk: Any, qtbot: Any, mouse: Any, offered: Any, fill: Any, look: Any, learned: Path, address: str
) -> None:
    from qtpy.QtCore import Qt

    session = desk.session

    def wait(ready: Callable[[], Any]) -> None:
        qtbot.waitUntil(lambda: bool(ready()), timeout=LONG)

    desk.open(address)
    desk.open(learned)
    wait(lambda: session.runs and session.sources and desk.plots())
    name = next(iter(session.sources))
    desk.show("slices")
    slices = desk.widget("slices")
    wait(lambda: any(isinstance(mark, Image) for mark in slices.scene.marks) and not slices.waits)
    look("1_open")

    slices.canvas.tool = "box"
    (left, right), (low, high) = slices.scene.x.range, slices.scene.y.range
    mouse.drag(slices, (left + 10, low + 10), (right - 20, high - 10))
    assert len(session.selection.picked("voxel")) > 5_000
    look("2_outlined")

    offered(desk, "view", "slices")["Segment a box around the pick with sees"].do(desk)
    labels = f"{name} by sees"
    wait(lambda: labels in session.sources and len(coloured(slices)))
    (job,) = session.jobs
    wait(lambda: job.over)
    assert job.state == "done", job.error
    wait(lambda: (coloured(slices)[:, 3] > 0).any())
    wait(lambda: f"{labels} structure" in desk.viewer.layers)
    look("3_segmented")

    fill(least=4)
    offered(desk, "source", labels)["Measure cells…"].do(desk)
    wait(lambda: "cell" in session.tables() and all(job.over for job in session.jobs))
    session.view("table").of = "cell"
    desk.show("table")
    table = desk.widget("table")
    wait(lambda: table.rows.page.table.total == len(session.table("cell")) > 0 and not table.waits)
    look("4_measured")

    place = table.rows.visualRect(table.rows.page.index(0, 0)).center()
    qtbot.mouseClick(table.rows.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    (picked,) = session.selection.picked("cell")
    cell = session.table("cell").loc[picked]
    canvas = next(one for one in desk.viewer.layers if one.name.endswith("numbers cell"))
    wait(lambda: np.allclose(np.ravel(canvas.colormap.map(int(cell["number"]))), colors.PREDICTED / 255, atol=0.01))
    state, (first, last) = session.view("slices"), session.sources[name].whole.box[:, 0]
    state.depth = float(100 * (cell["z"] - first) / (last - first))
    desk.viewer.dims.set_point(0, cell["z"])
    desk.show("slices")
    wait(lambda: (coloured(slices) == colors.PREDICTED).all(1).any())
    look("5_picked")

    wrong = desk.viewer.layers[f"{labels} structure"]
    place = tuple(int(k) for k in np.argwhere(session.sources[labels].labels["structure"].levels[0][:, :, :] == 2)[0])
    drawn(desk, wrong, [place], 0)
    assert session.sources[labels].labels["structure"].levels[0][place] == 0
    session.undo()
    assert session.sources[labels].labels["structure"].levels[0][place] == 2

    fill()
    offered(desk, "source", name)["Paint labels…"].do(desk)
    wait(lambda: f"{name} strokes" in desk.viewer.layers)
    truth = phantom(OTHER).labels["structure"].levels[0][:, :, :]
    for number, kind in ((1, 0), (2, 2)):
        drawn(desk, desk.viewer.layers[f"{name} strokes"], np.argwhere(truth == kind)[::97][:60].tolist(), number)
    offered(desk, "source", name)["Learn from strokes"].do(desk)
    wait(lambda: f"{name} learned" in session.sources and all(job.over for job in session.jobs))
    said = session.sources[f"{name} learned"].labels["structure"].levels[0][:, :, :] > 0
    assert 2 * (said & (truth == 2)).sum() / (said.sum() + (truth == 2).sum()) > 0.5
    wait(lambda: f"{name} learned structure" in desk.viewer.layers)
    look("6_learned")


def drawn(desk: Any, layer: Any, places: Any, number: int) -> None:
    """Paint single voxels with the brush of a layer, as one drag of the mouse."""
    layer.visible, layer.brush_size, layer.n_edit_dimensions = True, 1, 3
    desk.viewer.layers.selection.active, layer.mode = layer, "paint"
    with layer.block_history():
        for place in places:
            layer.paint(tuple(place), number)
    layer.mode = "pan_zoom"
