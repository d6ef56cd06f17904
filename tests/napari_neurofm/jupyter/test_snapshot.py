"""What a saved notebook keeps of views."""

from __future__ import annotations

import asyncio
import base64
import io
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from napari_neurofm.jupyter import explore, snapshot, view
from napari_neurofm.jupyter.snapshot import SIZE, Snapshot, draw
from neurofm.app.pictures.scene import Axis, Line, Scene
from neurofm.app.session import Session

SCENE = Scene(
    "A line", (Line(np.arange(9.0), np.arange(9.0), np.array([200, 0, 0, 255], np.uint8), 3.0),),
    Axis("x", "", (0, 8)), Axis("y", "", (0, 8)),
)  # fmt: skip


@pytest.mark.parametrize("counts", [(1,), (2,), (2, 1), (3, 2)])
def test_rows_of_a_grid_are_as_wide_as_each_other(counts: tuple[int, ...]) -> None:
    picture = imread(io.BytesIO(draw([[(SCENE, False)] * count for count in counts])))
    assert picture.shape[:2] == (len(counts) * SIZE[1], max(2, *counts) * SIZE[0])


def test_dark_pages_have_dark_pictures() -> None:
    light, dark = (imread(io.BytesIO(draw([[(SCENE, is_dark)]]))) for is_dark in (False, True))
    assert dark[..., :3].mean() < 0.4 < light[..., :3].mean()


def test_the_bundle_of_a_grid_carries_its_picture(session: Session) -> None:
    data = explore(session, [["latent", "raster"], ["trace"]])._repr_mimebundle_()
    picture = imread(io.BytesIO(base64.b64decode(data["image/png"])))
    assert picture.shape[:2] == (2 * SIZE[1], 2 * SIZE[0])
    assert picture[: SIZE[1], SIZE[0] :, :3].std() > 0.01  # the raster is there


def test_the_bundle_of_a_view_carries_its_picture(session: Session) -> None:
    data = view("raster", session)._repr_mimebundle_()[0]
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert data["text/plain"] == "Run this cell again to move in these pictures."


class Handle:
    """What a notebook shows of a picture."""

    def __init__(self) -> None:
        self.html: list[str] = []

    def update(self, bundle: dict[str, Any], raw: bool) -> None:
        self.html.append(bundle["text/html"])


def test_it_is_drawn_again_once_nothing_has_changed_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "QUIET", 0.05)

    async def cell() -> list[str]:
        from napari_neurofm.jupyter.loop import Loop

        handle, kept = Handle(), Snapshot(lambda: [[(SCENE, False)]])
        kept._shown.append(handle)
        for _ in range(5):
            kept.soon(Loop())
            await asyncio.sleep(0.01)
        assert handle.html == []
        for _ in range(200):
            await asyncio.sleep(0.02)
            if handle.html:
                break
        kept.close()
        kept.soon(Loop())
        await asyncio.sleep(0.1)
        return [kept.name, *handle.html]

    name, *html = asyncio.run(cell())
    assert len(html) == 1
    assert f'data-neurofm="{name}"' in html[0]
