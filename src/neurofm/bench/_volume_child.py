"""Processes of their own whose memory or start is watched; each prints one JSON object.

``python -m neurofm.bench._volume_child peak NETWORK VOLUME EDGE`` labels a cube of a volume,
``first RUN VOLUME`` begins to label one until the first chunk is there, and ``open VOLUME`` looks at one.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from typing import Any

from neurofm.bench._peak import LOOK, Peak
from neurofm.process import share_cores


def network(name: str, seed: int = 0) -> Any:
    """A network as its weights were drawn: "unet", or "tiny", which is one layer."""
    import torch

    torch.manual_seed(seed)
    if name == "tiny":
        return torch.nn.Conv3d(1, 2, 3, padding=1).eval()
    from neurofm.models.unet import Config, Whole

    return Whole(Config(), [(2, 2, 2)] * 2, 4, planar=False).eval()


def peak(name: str, path: str, edge: str) -> dict[str, float]:
    """Memory (MB) and processor time (s) of a cube, read from a store and written into one."""
    import torch

    from neurofm import io
    from neurofm.training.segmenting import segment

    torch.set_num_threads(1)
    volume: Any = io.read(path)
    net = network(name)
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        with Peak() as watched:
            box = tuple((0, int(edge)) for _ in range(3))
            classes = {k: str(k) for k in range(2 if name == "tiny" else 4)}
            segment(net, volume.image, f"{folder}/labels.zarr", classes, box=box, precision="float32")
        return {"mb": watched.most, "cpu": time.process_time() - began}


def first(run: str, path: str) -> dict[str, Any]:
    """Seconds until the first chunk of labels can be looked at: of a worker that stands ready, and from nothing."""
    import psutil

    from neurofm.app.verbs.segment import opened, work
    from neurofm.errors import Stopped

    share_cores()
    opened(run, path)  # all is imported
    ready, spent, said = time.perf_counter(), time.process_time(), {"text": ""}

    def seen(_fraction: float, text: str, **_: Any) -> None:
        said["text"] = text
        raise Stopped("seen")

    with tempfile.TemporaryDirectory() as folder:
        try:
            work(seen, folder, run=run, data=path, place=f"{folder}/labels.zarr")  # type: ignore[arg-type]
        except Stopped:
            took, spent = time.perf_counter() - ready, time.process_time() - spent
    return {"ready": took, "cpu": spent, "cold": time.time() - psutil.Process().create_time(), "why": said["text"]}


def open_(path: str) -> dict[str, float]:
    """Seconds until a plane of a volume is seen, and memory (MB) that this took, and that leafing on took."""
    from neurofm.app.pictures.scene import Image, Viewport
    from neurofm.app.session import Session
    from neurofm.app.views import slices

    viewport = Viewport(width=900, height=700)

    def draw(state: slices.State) -> None:
        while not any(isinstance(mark, Image) for mark in slices.scene(state, session, viewport).marks):
            time.sleep(LOOK)

    began = time.perf_counter()
    with Peak() as watched:
        session = Session(path)
        draw(slices.State())
        took = time.perf_counter() - began
        for depth in range(0, 100, 5):
            draw(slices.State(depth=float(depth)))
    return {"seconds": took, "mb": watched.most}


def main(what: str, *words: str) -> None:
    """Do one of them and print what came of it."""
    do: Any = {"peak": peak, "first": first, "open": open_}[what]
    sys.stdout.write(json.dumps(do(*words)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
