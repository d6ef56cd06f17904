"""Whether all of a TIFF is there: each page of it says where the next one begins, and where its values and pixels are.

The layout is that of the TIFF 6.0 specification, and of BigTIFF, whose counts and places are wider.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from neurofm.errors import DataError

BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
WHOLE = {1: "B", 2: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}  # types of whole numbers, as struct calls them
WIDTH, HEIGHT, BITS, PACKED, WORDS, SAMPLES = 256, 257, 258, 259, 270, 277
COARSER = 330  # pages of the same picture at other scales
PIXELS = ((273, 279), (324, 325))  # places and sizes of strips, and of tiles
Values = Mapping[int, tuple[int, ...]]


def check(path: Path) -> None:
    """Refuse a TIFF that ends before the last of its pages does.

    Raises
    ------
    DataError
        With how many planes are whole, and of how many, where the file says that.
    """
    size, whole, told = path.stat().st_size, 0, 0
    with path.open("rb") as file:
        pages = _Pages(file, size)
        try:
            last = b""
            for last in pages:
                if not whole:
                    told = _told(bytes(pages.values(last, (WORDS,)).get(WORDS, ())))
                    pages.check(last)
                whole += 1
            whole -= 1
            pages.check(last)
        except EOFError:
            of = f" of {told:,} are" if told > whole else " are"
            problem = f"are cut off after {size:,} bytes, and {whole:,}{of} whole; copy the file again"
            raise DataError(path, "planes", problem) from None


class _Pages:
    """The pages of a file of so many bytes; EOFError wherever something would be behind its end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        mark = self._read(0, 4)
        self._order, self._large = "<" if mark[:2] == b"II" else ">", b"+" in mark
        self._entry, self._wide, self._place, self._count = (20, 8, "Q", "Q") if self._large else (12, 4, "I", "H")

    def __iter__(self) -> Iterator[bytes]:
        """The entries of each page."""
        seen, at = set[int](), 8 if self._large else 4
        while (begin := self._number(self._place, at)) and begin not in seen:
            seen.add(begin)
            entries = self._entries(begin)
            at = begin + struct.calcsize(self._count) + len(entries)
            yield entries

    def check(self, entries: bytes) -> None:
        """EOFError if a value of a page is not there, or some of its pixels."""
        values = self.values(entries)
        for places, sizes in PIXELS:
            lengths = _lengths(values, sizes)
            if max((sum(span) for span in zip(values.get(places, ()), lengths)), default=0) > self._size:
                raise EOFError
        for place in values.get(COARSER, ()):
            self.check(self._entries(place))

    def values(self, entries: bytes, wanted: tuple[int, ...] = ()) -> dict[int, tuple[int, ...]]:
        """Whole numbers by tag; of all there are, or those wanted."""
        values = {}
        for begin in range(0, len(entries), self._entry):
            tag, kind = struct.unpack_from(f"{self._order}HH", entries, begin)
            if not wanted or tag in wanted:
                data = self._value(entries[begin : begin + self._entry], BYTES.get(kind, 0))
                if kind in WHOLE:
                    values[tag] = struct.unpack(f"{self._order}{len(data) // BYTES[kind]}{WHOLE[kind]}", data)
        return values

    def _entries(self, begin: int) -> bytes:
        count = self._number(self._count, begin) * self._entry
        return self._read(begin + struct.calcsize(self._count), count)

    def _value(self, entry: bytes, each: int) -> bytes:
        """The bytes of an entry's value, which are in it or where it says."""
        count, place = struct.unpack_from(f"{self._order}{self._place * 2}", entry, 4)
        if count * each > self._wide:
            return self._read(place, count * each)
        return entry[4 + self._wide : 4 + self._wide + count * each]

    def _number(self, kind: str, at: int) -> int:
        return int(struct.unpack(self._order + kind, self._read(at, struct.calcsize(kind)))[0])

    def _read(self, at: int, count: int) -> bytes:
        if at + count > self._size:
            raise EOFError
        self._file.seek(at)
        return self._file.read(count)


def _lengths(values: Values, sizes: int) -> tuple[int, ...]:
    """Bytes of each strip or tile; some programs say too much of a last strip that is not packed."""
    stated = values.get(sizes, ())
    if not stated or values.get(PACKED, (1,)) != (1,) or sizes != PIXELS[0][1] or not {WIDTH, HEIGHT} <= set(values):
        return stated
    bits = values[WIDTH][0] * values.get(SAMPLES, (1,))[0] * values.get(BITS, (1,))[0]
    left = math.ceil(bits / 8) * values[HEIGHT][0] - sum(stated[:-1])
    return (*stated[:-1], min(stated[-1], max(left, 0)))


def _told(words: bytes) -> int:
    """How many planes there should be as ImageJ, OME or tifffile describe them; 0 if none of them does."""
    text = words.decode("utf8", "replace")
    stack = re.search(r"^images=(\d+)", text, re.MULTILINE)
    sizes = dict(re.findall(r'Size([ZCT])="(\d+)"', text))
    if stack or sizes:
        return int(stack[1]) if stack else math.prod(map(int, sizes.values()))
    with suppress(ValueError, KeyError, TypeError):
        shape = json.loads(text.rstrip("\0"))["shape"]
        return math.prod(shape[: -3 if len(shape) > 2 and shape[-1] in (3, 4) else -2])
    return 0
