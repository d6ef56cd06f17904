"""Whether a file is all there, as its format itself says: what a copy that broke off looks like, in one sentence."""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path

from neurofm.errors import DataError
from neurofm.io._file import head
from neurofm.io._mat5 import is_mat5

HDF5, ZIP, PARQUET = b"\x89HDF\r\n\x1a\n", b"PK\3\4", b"PAR1"
USER = 512  # bytes before HDF5 in files of MATLAB
NONE = 0xFFFF_FFFF_FFFF_FFFF  # no place
SMALL = 1 << 16  # bytes of text that may be nothing but a header
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")


def check_whole(path: Path) -> None:
    """Refuse a file of HDF5, MATLAB, Parquet or an archive (which `.npz` is) that was cut off.

    Raises
    ------
    DataError
        With how much of it there is.
    """
    start, size = head(path, USER + 64), path.stat().st_size
    variables = _mat5(path, size) if is_mat5(start) else 0
    wanted = _hdf5(start) or _hdf5(start[USER:]) or variables
    if wanted > size:
        least = "at least " if variables else ""
        raise DataError(path, "", f"is cut off: it has {size:,} of {least}{wanted:,} bytes; copy it again")
    end = ""
    if start.startswith(ZIP) and not zipfile.is_zipfile(path):
        end = "the table of contents that ends an archive (.npz, .zip)"
    elif start.startswith(PARQUET) and not _ends(path, PARQUET):
        end = "the end of a Parquet file"
    if end:
        raise DataError(path, "", f"is cut off or damaged: it has {size:,} bytes, and not {end}; copy it again")


def archive(path: Path) -> str:
    """What to do with a file that others are packed into; "" if it is none."""
    return "is an archive; unpack it, and open what is in it" if path.suffix.lower() in ARCHIVES else ""


def check_rows(path: Path) -> None:
    """Refuse a table of text that has nothing but a header.

    Raises
    ------
    DataError
        With the names of its columns.
    """
    if path.stat().st_size > SMALL:
        return
    lines = [line for line in path.read_text("utf-8-sig", "replace").splitlines() if line.strip()]
    if not lines:
        raise DataError(path, "", "has no rows, only empty lines; was it saved before there were data?")
    cells = [cell.strip(" \"'") for cell in re.split(r"[\t;,]", lines[0])]
    if len(lines) == 1 and len(cells) > 1 and not re.search(r"(^|[\t;, ])[-+.]?\d", lines[0]):
        names = ", ".join(filter(None, cells[:9])) + (" …" if len(cells) > 9 else "")
        raise DataError(path, "", f"has a header ({names}) and no rows; was it saved before there were data?")


def _hdf5(start: bytes) -> int:
    """Bytes that a file of HDF5 should have; 0 of any other."""
    if not start.startswith(HDF5) or len(start) < 64:
        return 0
    wide = start[9] if start[8] >= 2 else start[13]
    begin = {0: 24, 1: 28}.get(start[8], 12)
    if wide != 8:
        return 0
    base, _, end = struct.unpack_from("<3Q", start, begin)
    return 0 if NONE in (base, end) else int(end)


def _mat5(path: Path, size: int) -> int:
    """Bytes up to the end of the variable that goes furthest, at least."""
    at = 128
    with path.open("rb") as file:
        file.seek(126)
        order = "<" if file.read(2) == b"IM" else ">"
        while at < size:
            file.seek(at)
            tag = file.read(8)
            if len(tag) < 8:
                return at + 8
            kind, count = struct.unpack(f"{order}II", tag)
            at += 8 + (0 if kind >> 16 else count)  # small elements have their values in the tag
    return at


def _ends(path: Path, mark: bytes) -> bool:
    """Whether a file ends with a mark."""
    with path.open("rb") as file:
        file.seek(-len(mark), 2)
        return file.read() == mark and path.stat().st_size > 2 * len(mark)
