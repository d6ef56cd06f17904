"""The same small volume in every format, written by the libraries that define them."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import imageio.v3
import numpy as np
import tensorstore as ts
import tifffile
import zarr

from neurofm import io
from neurofm.synthetic.phantoms import Plan, phantom

IMAGE = (np.arange(12 * 20 * 36).reshape(12, 20, 36) * 7 % 251).astype(np.uint8)
LABELS = np.where(IMAGE > 125, 2, np.where(IMAGE > 60, 1, 0)).astype(np.uint16)
SPACING = (2.0, 1.0, 0.5)  # micrometres z y x
NAMES = {1: "vessel", 2: "cell"}

Write = Callable[[Path], Path]


def halved(array: np.ndarray) -> np.ndarray:
    return array[::2, ::2, ::2]


def precomputed(folder: Path, kind: str = "image") -> Path:
    path, array = folder / "pre", IMAGE if kind == "image" else LABELS
    for number, level in enumerate((array, halved(array))):
        size = [int(n) for n in level.shape[::-1]]
        spec = {
            "driver": "neuroglancer_precomputed", "kvstore": f"file://{path}/",
            "multiscale_metadata": {"type": kind, "data_type": str(array.dtype), "num_channels": 1},
            "scale_metadata": {
                "size": size, "encoding": "raw", "chunk_size": [16, 8, 8], "voxel_offset": [0, 0, 0],
                "resolution": [1000 * step * 2**number for step in SPACING[::-1]],
            },
        }  # fmt: skip
        store = ts.open(spec, create=True, open=True).result()
        store[...] = level.transpose()[..., None]
    return path


def packed(folder: Path) -> Path:
    """As cloud-volume writes to a disk: each chunk gzipped, and called so."""
    path = shutil.copytree(precomputed(folder), folder / "packed")
    for chunk in [file for file in path.rglob("*_*") if file.is_file()]:
        chunk.with_name(f"{chunk.name}.gz").write_bytes(gzip.compress(chunk.read_bytes()))
        chunk.unlink()
    return path


def ome_zarr(folder: Path, version: int = 2) -> Path:
    path = folder / f"v{version}.zarr"
    root = zarr.open_group(path, mode="w", zarr_format=version)
    axes = [{"name": "c", "type": "channel"}, *({"name": a, "type": "space", "unit": "micrometer"} for a in "zyx")]

    def put(group: zarr.Group, array: np.ndarray, more: dict[str, object]) -> None:
        sets = []
        for number, level in enumerate((array, halved(array))):
            group.create_array(str(number), data=level[None], chunks=(1, 8, 8, 16))
            step = [1.0, *(s * 2**number for s in SPACING)]
            sets.append({"path": str(number), "coordinateTransformations": [{"type": "scale", "scale": step}]})
        about = {"multiscales": [{"version": "0.4", "axes": axes, "datasets": sets}]} | more
        group.attrs.update(about if version == 2 else {"ome": about})

    put(root, IMAGE, {})
    labels = root.create_group("labels")
    labels.attrs.update({"labels": ["structure"]} if version == 2 else {"ome": {"labels": ["structure"]}})
    rows = [{"label-value": number, "name": name} for number, name in NAMES.items()]
    put(labels.create_group("structure"), LABELS, {"image-label": {"properties": rows}})
    return path


def ome_zarr_3(folder: Path) -> Path:
    return ome_zarr(folder, 3)


def tiff(folder: Path) -> Path:
    """As ImageJ writes it: its planes one after the other, with one description."""
    path = folder / "stack.tif"
    across = (1 / SPACING[2], 1 / SPACING[1])
    meta = {"axes": "ZYX", "spacing": SPACING[0], "unit": "um"}
    tifffile.imwrite(path, IMAGE, imagej=True, resolution=across, metadata=meta)
    return path


def ome_tiff(folder: Path) -> Path:
    path = folder / "deflated.ome.tif"
    sizes = dict(zip(("PhysicalSizeZ", "PhysicalSizeY", "PhysicalSizeX"), SPACING))
    tifffile.imwrite(path, IMAGE, compression="zlib", metadata={"axes": "ZYX", **sizes})
    return path


def slices(folder: Path) -> Path:
    path = folder / "planes"
    path.mkdir()
    for number, plane in enumerate(IMAGE):
        imageio.v3.imwrite(path / f"z{number + 5}.png", plane)
    return path


def hdf5_image(folder: Path) -> Path:
    path = folder / "brain.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("raw", data=IMAGE, chunks=(4, 8, 8)).attrs["element_size_um"] = SPACING
        file["labels"] = LABELS
    return path


def npy(folder: Path) -> Path:
    path = folder / "brain.npy"
    np.save(path, IMAGE)
    return path


def npz(folder: Path) -> Path:
    path = folder / "brain.npz"
    np.savez_compressed(path, image=IMAGE, region=LABELS)
    return path


def whole(folder: Path) -> Path:
    return io.write(phantom(Plan(shape=(8, 20, 24), areas=(0,))), folder / "brain.volume.h5")


WRITERS: dict[str, Write] = {
    "precomputed": precomputed, "packed": packed, "zarr 2": ome_zarr, "zarr 3": ome_zarr_3, "imagej": tiff,
    "ome tiff": ome_tiff, "slices": slices, "hdf5": hdf5_image, "npy": npy, "npz": npz,
}  # fmt: skip


def xray_masks(folder: Path) -> Path:
    """Slices with round cells and a straight vessel, cut into quadrants."""
    y, x = np.mgrid[:256, :256]
    slices = np.zeros((8, 256, 256), np.uint8)
    for k in range(8):
        slices[k][(y - 20 * k - 60) ** 2 + (x - 128) ** 2 < 900] = 3
        slices[k][:, 20 + 9 * k : 30 + 9 * k] = 2
        slices[k][118:140, 150 + 5 * k :] = 1
    quadrants = [slices[:, a : a + 128, b : b + 128] for b in (0, 128) for a in (0, 128)]
    np.savez_compressed(folder / "area.npz", labels=np.concatenate(quadrants))
    return folder / "area.npz"


GOLDEN: dict[str, Write] = {
    "precomputed": precomputed, "ome_zarr": ome_zarr, "tiff": tiff, "slices": slices, "hdf5_image": hdf5_image,
    "image_arrays": npz, "volume": whole, "xray_masks": xray_masks,
}  # fmt: skip
SCALED = {"precomputed", "packed", "zarr 2", "zarr 3", "imagej", "ome tiff", "hdf5"}
LABELLED = {"zarr 2": "structure", "zarr 3": "structure", "hdf5": "labels", "npz": "region"}


def about(path: Path) -> dict[str, object]:
    return dict(json.loads((path / "info").read_text()))
