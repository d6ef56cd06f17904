"""A TIFF that was cut off is refused, however it was written and wherever it ends; what is whole is not."""

from __future__ import annotations

import logging
from contextlib import suppress

import numpy as np
import pytest
import tifffile

from neurofm import io
from neurofm.errors import DataError
from neurofm.io import _tiff_pages

GREY = np.random.default_rng(0).integers(0, 200, (5, 32, 32)).astype(np.uint8)
ZYX = {"axes": "ZYX"}


def _pages(path, **how):
    """A page after the other, as microscopes write, with no word on how many there will be."""
    keep = {key: how.pop(key) for key in ("bigtiff", "byteorder") if key in how}
    with tifffile.TiffWriter(path, **keep) as file:
        for plane in GREY:
            file.write(plane, metadata=None, contiguous=False, **how)


def _scales(path):
    with tifffile.TiffWriter(path) as file:
        file.write(GREY, subifds=1, tile=(16, 16), metadata=ZYX)
        file.write(GREY[:, ::2, ::2], subfiletype=1, tile=(16, 16))


def _pillow(path):
    from PIL import Image

    first, *others = map(Image.fromarray, GREY)
    first.save(path, save_all=True, append_images=others)


WAYS = {
    "pages": (_pages, {}),
    "pages, BigTIFF": (_pages, {"bigtiff": True}),
    "pages, big-endian": (_pages, {"byteorder": ">"}),
    "pages, packed": (_pages, {"compression": "zlib"}),
    "Pillow": (_pillow, {}),
    "tifffile": (tifffile.imwrite, {"data": GREY}),
    "tifffile, packed": (tifffile.imwrite, {"data": GREY, "compression": "zlib"}),
    "BigTIFF": (tifffile.imwrite, {"data": GREY, "bigtiff": True}),
    "ImageJ": (tifffile.imwrite, {"data": GREY, "imagej": True, "metadata": ZYX}),
    "OME": (tifffile.imwrite, {"data": GREY, "ome": True, "metadata": ZYX}),
    "OME, BigTIFF, packed": (
        tifffile.imwrite,
        {"data": GREY, "ome": True, "metadata": ZYX, "bigtiff": True, "compression": "zlib"},
    ),
    "tiles": (tifffile.imwrite, {"data": GREY, "tile": (16, 16)}),
    "scales": (_scales, {}),
    "one plane": (tifffile.imwrite, {"data": GREY[0]}),
    "one plane, packed": (tifffile.imwrite, {"data": GREY[0], "compression": "zlib"}),
}
SAYS = ("tifffile", "tifffile, packed", "BigTIFF", "ImageJ", "tiles", "scales")  # how many planes, before the pixels


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("share", [0.4, 0.97])
def test_a_stack_that_was_cut_off_says_how_many_planes_are_whole(way, share, tmp_path):
    write, how = WAYS[way]
    path = tmp_path / "a.tif"
    write(path, **how)
    assert io.read(path).whole.shape == (1 if way.startswith("one") else 5, 32, 32)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DataError, match=r"a\.tif: planes: are cut off after .* whole; copy the file again") as refused:
        io.read(path)
    assert (" of 5 are whole" in str(refused.value)) == (way in SAYS)


def test_planes_that_are_whole_are_counted(tmp_path):
    path = tmp_path / "a.tif"
    _pages(path, compression="zlib")
    with tifffile.TiffFile(path) as file:
        third = file.pages[3].offset
    path.write_bytes(path.read_bytes()[: third + 10])
    with pytest.raises(DataError, match=f"are cut off after {third + 10:,} bytes, and 3 are whole"):
        _tiff_pages.check(path)


def test_a_last_strip_that_is_said_to_be_longer_than_it_is_is_whole(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREY[0], rowsperstrip=20, metadata=None)
    data = path.read_bytes()
    assert data.endswith(GREY[0].tobytes())
    counts = np.array([20 * 32, 12 * 32]).astype("<u2").tobytes()
    assert data.count(counts) == 1
    path.write_bytes(data.replace(counts, np.array([20 * 32, 20 * 32]).astype("<u2").tobytes()))
    _tiff_pages.check(path)


@pytest.mark.parametrize("at", range(4, 40, 5))
def test_bytes_that_were_damaged_are_refused_in_words_or_a_picture(at, tmp_path, caplog):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREY)
    data = bytearray(path.read_bytes())
    data[at : at + 4] = b"\xff\xfe\xff\x7f"
    path.write_bytes(data)
    caplog.set_level(logging.CRITICAL, "tifffile")
    with suppress(DataError):
        io.read(path)
