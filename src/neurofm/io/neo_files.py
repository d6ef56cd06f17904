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

BLACKROCK = (b"NEURALEV", b"BREVENTS")  # Neuralynx calls its events so, too
LAZY = {".nev": "BlackrockIO", ".plx": "PlexonIO", ".nex": "NeuroExplorerIO", ".smr": "Spike2IO"}
SHORT = {".plx": 1}  # asked for a signal's last sample, neo 0.14 gives its whole last block as zeros
NIX = (".nix", ".h5")


def accepts(path: Path) -> bool:
    """Whether it is called so; for names that others use too, whether it begins or is built so."""
    suffix = path.suffix.lower()
    if suffix == ".nev":
        return head(path, 8) in BLACKROCK
    if suffix == ".h5":
        return h5py.is_hdf5(path) and _is_nix(path)
    if suffix == ".mat":
        return is_mat5(head(path, 128)) and any(name == "block" for name, _ in variables(path.read_bytes(), ROOM))
    return suffix in (*LAZY, *NIX)


def read(path: Path) -> Recording:
    """Spike trains, events, epochs and slow signals of the file's first block, in seconds."""
    suffix = path.suffix.lower()
    if suffix in NIX:
        if not h5py.is_hdf5(path):
            raise DataError(path, "", "is no NIX file; is it damaged or cut off?")
        with opened(path, "NixIO", str(path), "ro") as file, file:
            return recording(path, file.read_all_blocks())
    if suffix == ".mat":
        with opened(path, "NeoMatlabIO", str(path)) as file:
            return recording(path, [file.read_block()])
    with opened(path, LAZY[suffix], str(path)) as file:
        read = recording(path, file.read(lazy=True), short=SHORT.get(suffix, 0))
    return replace(read, notes=(*read.notes, *_cut(path))) if suffix == ".nev" else read


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
    patterns=("*.nev", "*.plx", "*.nex", "*.smr", "*.nix", "*.h5", "*.mat"),
    accepts=accepts,
    read=read,
)
