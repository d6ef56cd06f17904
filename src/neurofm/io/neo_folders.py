"""Folders that neo reads: Neuralynx, Open Ephys and SpikeGLX; their spikes, events and slow signals."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from neurofm.data.recording import Recording
from neurofm.errors import DataError
from neurofm.io._file import head
from neurofm.io._neo_blocks import opened, recording
from neurofm.specs import ReaderSpec

FLAT = {".ncs": "NeuralynxIO", ".nse": "NeuralynxIO", ".ntt": "NeuralynxIO", ".openephys": "OpenEphysIO"}
NESTED = {"structure.oebin": "OpenEphysBinaryIO", ".ap.meta": "SpikeGLXIO", ".lf.meta": "SpikeGLXIO"}
NESTED |= {".nidq.meta": "SpikeGLXIO"}
INSIDE = re.compile(r"Record Node.*|experiment\d+|recording\d+|.+_g\d+(_imec\d+)?", re.IGNORECASE)
NEURALYNX = b"######## Neuralynx"  # Blackrock calls its files .nev, too
MOST = 20_000  # entries of a folder that are looked at
DEEPEST = 4  # folders within folders, as Open Ephys nests them


def accepts(path: Path) -> bool:
    """Whether files of one of these systems lie in the folder, or inside it where the system nests them."""
    return _system(path) is not None


def read(path: Path) -> Recording:
    """Spike trains, events and slow signals of the folder's first block, in seconds."""
    system = _system(path)
    if system is None:
        names = ", ".join((*FLAT, *NESTED))
        raise DataError(path, "", f"holds no file that ends with {names}; open the folder that the system wrote")
    folder = path if path.is_dir() else path.parent
    with opened(path, system, str(folder)) as files:
        return recording(folder, files.read(lazy=True))


def _system(path: Path) -> str | None:
    """The reader of neo for a folder; a file of one stands for it."""
    if not path.is_dir():
        return _flat(path) or _nested(path)
    told = next(filter(None, map(_flat, _inside(path))), None)
    level = [path]
    for _ in range(DEEPEST):
        inside = [one for folder in level for one in _inside(folder)]
        told = told or next(filter(None, map(_nested, inside)), None)
        level = [one for one in inside if INSIDE.fullmatch(one.name) and one.is_dir()]
    return told


def _inside(folder: Path) -> list[Path]:
    return sorted(islice(folder.iterdir(), MOST))


def _flat(file: Path) -> str | None:
    suffix = file.suffix.lower()
    if suffix == ".nev":
        return "NeuralynxIO" if head(file, len(NEURALYNX)) == NEURALYNX else None
    return FLAT.get(suffix)


def _nested(file: Path) -> str | None:
    return next((name for end, name in NESTED.items() if file.name.lower().endswith(end)), None)


SPEC = ReaderSpec(
    title="Neuralynx, Open Ephys or SpikeGLX folder",
    patterns=(
        "*.ncs",
        "*.nse",
        "*.ntt",
        "*.nev",
        "structure.oebin",
        "*.openephys",
        "*.ap.meta",
        "*.lf.meta",
        "*.nidq.meta",
    ),
    accepts=accepts,
    read=read,
    folder=True,
)
