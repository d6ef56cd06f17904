"""Precomputed volumes: on disk, behind an address, with chunks that are missing or broken."""

from __future__ import annotations

import json
from contextlib import ExitStack

import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError
from tests.io import volume_files as files
from tests.served import serving


@pytest.fixture
def served():
    """`served(path)` is the address of a folder on this machine, and what is asked for of it."""
    with ExitStack() as stack:

        def serve(path):
            address, asked = stack.enter_context(serving(path))
            return f"precomputed://{address}", asked

        yield serve


@pytest.mark.parametrize("write", [files.precomputed, files.packed])
def test_an_address_gives_what_the_folder_does(write, tmp_path, served):
    address, _ = served(write(tmp_path))
    volume = io.read(address)
    np.testing.assert_array_equal(volume.image.levels[0][:, :, :], files.IMAGE)
    np.testing.assert_allclose(volume.spacing, files.SPACING)
    assert volume.paths == (address,)
    assert io.file_of(volume) == address


def test_only_the_chunks_that_are_looked_at_are_asked_for(tmp_path, served):
    address, asked = served(files.precomputed(tmp_path))
    volume = io.read(address)
    for box in (
        (slice(0, 8), slice(0, 8), slice(0, 16)),
        (4, slice(2, 6), slice(3, 9)),
    ):  # the second lies in the first
        volume.image.levels[0][box]
        assert [path for path in asked if "-" in path] == ["/500_1000_2000/0-16_0-8_0-8"]


def test_segmentations_are_labels(tmp_path):
    volume = io.read(files.precomputed(tmp_path, "segmentation"))
    assert volume.image is None
    np.testing.assert_array_equal(volume.labels["labels"].levels[0][:, :, :], files.LABELS)


def test_a_broken_chunk_is_told_of_and_the_others_are_read(tmp_path):
    path = files.precomputed(tmp_path)
    level = io.read(path).image.levels[0]
    folder = path / files.about(path)["scales"][0]["key"]
    broken, missing = folder / "0-16_0-8_0-8", folder / "16-32_0-8_0-8"
    broken.write_bytes(b"no chunk")
    missing.unlink()
    read = level[:, :, :]
    expected = files.IMAGE.copy()
    expected[0:8, 0:8, 0:32] = 0
    np.testing.assert_array_equal(read, expected)
    assert list(level.bad) == ["z 0 to 8, y 0 to 8, x 0 to 16"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"scales": []}, "no scales"),
        ({"data_type": "words"}, "data type"),
        ({"scales": [{"key": "a"}]}, "no 'size'"),
    ],
)
def test_a_damaged_description_is_refused(change, word, tmp_path):
    path = files.precomputed(tmp_path)
    (path / "info").write_text(json.dumps(files.about(path) | change))
    with pytest.raises(DataError, match=word):
        io.read(path, reader="precomputed")


@pytest.mark.parametrize("address", ["precomputed://http://127.0.0.1:9", "precomputed:///nowhere/at/all"])
def test_a_place_that_is_not_there_is_told_of(address):
    with pytest.raises(DataError, match=r"reached|not there"):
        io.read(address)


def test_an_address_of_nothing_known_names_the_beginnings():
    with pytest.raises(DataError, match="precomputed://"):
        io.read("gopher://somewhere")


def test_image_and_labels_of_other_scales_cover_the_same_place(tmp_path):
    """The format says where corners are; of coarse voxels the middle lies further in."""
    image = io.read(files.precomputed(tmp_path)).image
    np.testing.assert_allclose(image.origin, np.multiply(files.SPACING, 0.5))
    np.testing.assert_allclose(image.offset(1), np.multiply(files.SPACING, 1.0))
