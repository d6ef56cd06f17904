"""Files that neo reads: Blackrock, Plexon, NeuroExplorer and Spike2, and what neo itself writes as NIX or MATLAB."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import h5py

from neurofm.data.recording import Recording
from neurofm.errors import DataError
from neurofm.io._file import ROOM, head
from neurofm.io._mat5 import is_mat5, variables
from neurofm.io._neo_blocks import opened, recording
from neurofm.io._optional import LEFT_OUT
from neurofm.specs import ReaderSpec

BEGINNINGS = {  # class of neo: where in the file stands what
    "BlackrockIO": (0, (b"NEURALEV", b"BREVENTS")),
    "PlexonIO": (0, (b"PLEX",)),
    "NeuroExplorerIO": (0, (b"NEX1",)),
    "Spike2IO": (2, (b"(C) CED",)),
}
SHORT = {"PlexonIO": 1}  # asked for a signal's last sample, neo 0.14 gives its whole last block as zeros


def accepts(path: Path) -> bool:
    """Whether it begins, or is built, as one of these; Blackrock's is known to neo by its name alone."""
    name = _class(path)
    return name is not None and (name != "BlackrockIO" or path.suffix.lower() == ".nev")


def read(path: Path) -> Recording:
    """Spike trains, events, epochs and slow signals of the file's first block, in seconds."""
    name = _class(path)
    if name is None:
        raise DataError(path, "", f"does not begin as files of {SPEC.title} do; is it damaged or another format?")
    if name == "NixIO":
        with opened(path, name, str(path), "ro") as file, file:
            return recording(path, file.read_all_blocks())
    if name == "NeoMatlabIO":
        with opened(path, name, str(path)) as file:
            return recording(path, [file.read_block()])
    with opened(path, name, str(path)) as file:
        read = recording(path, file.read(lazy=True), short=SHORT.get(name, 0))
    return replace(read, notes=(*read.notes, *_cut(path))) if name == "BlackrockIO" else read


def _class(path: Path) -> str | None:
    """What reads the file in neo."""
    begins = head(path, 128)
    for name, (place, marks) in BEGINNINGS.items():
        if begins[place:].startswith(marks):
            return name
    if is_mat5(begins):
        return "NeoMatlabIO" if next(variables(path.read_bytes(), ROOM), ("",))[0] == "block" else None
    return "NixIO" if h5py.is_hdf5(path) and _is_nix(path) else None


def _cut(path: Path) -> list[str]:
    """What is told of Blackrock's packets, if the last is not whole."""
    begin, size = struct.unpack("<II", head(path, 20)[12:])
    rest = (path.stat().st_size - begin) % size
    return [f"ends within a packet; its {rest} bytes{LEFT_OUT}"] if rest else []


def _is_nix(path: Path) -> bool:
    with h5py.File(path) as file:
        said = file.attrs.get("format", "")
    return said in ("nix", b"nix")


SPEC = ReaderSpec(
    title="Blackrock, Plexon, NeuroExplorer, Spike2 or NIX",
    patterns=("*.plx", "*.nev", "*.nex", "*.smr", "*.nix", "*.h5", "*.mat"),
    accepts=accepts,
    read=read,
)
