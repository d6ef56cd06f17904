"""Coarser levels are made of what has none, kept in the cache, and there when it is read again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neurofm import io
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.errors import Stopped
from neurofm.io import _levels

SHAPE = (6, 90, 70)
LONG = 1 << 40


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, value in (("EDGE", 24), ("BLOCK", 40_000), ("CHUNK", 8), ("WIDE", 16)):
        monkeypatch.setattr(_levels, name, value)


@pytest.fixture
def grey():
    return np.random.default_rng(3).integers(0, 256, SHAPE).astype(np.uint8)


@pytest.fixture
def file(tmp_path, grey):
    np.save(tmp_path / "brain.npy", grey)
    return tmp_path / "brain.npy"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_means(dtype):
    block = np.arange(2 * 4 * 3).reshape(2, 4, 3).astype(dtype)
    exact = np.pad(block, [(0, 0), (0, 0), (0, 1)], mode="edge").astype(float).reshape(1, 2, 2, 2, 2, 2).mean((1, 3, 5))
    expected = np.rint(exact) if np.dtype(dtype).kind in "iu" else exact
    np.testing.assert_array_equal(_levels.halved(block, (2, 2, 2), mean=True), expected.astype(dtype))


@pytest.mark.parametrize(
    ("numbers", "most"),
    [
        ([0, 0, 0, 5, 5, 7, 0, 1], 0),
        ([0, 0, 0, 0, 5, 5, 5, 5], 5),
        ([9, 2, 9, 2, 1 << 40, 1 << 40, 1 << 40, 3], 1 << 40),
    ],
)
def test_the_most_frequent_number(numbers, most):
    block = np.array(numbers, np.uint64).reshape(2, 2, 2)
    assert _levels.halved(block, (2, 2, 2), mean=False).item() == most


def test_levels_are_those_of_the_whole_image_and_found_again(file, grey):
    told = []
    assert _levels.make(io.read(file), lambda done, words: told.append((done, words))) == {}
    assert told == sorted(told)
    assert told[-1] == (1.0, "Level 2 of 2")
    image = io.read(file).image
    assert [level.shape for level in image.levels] == [SHAPE, (3, 45, 35), (2, 23, 18)]
    half = _levels.halved(grey, (2, 2, 2), mean=True)
    np.testing.assert_array_equal(image.levels[1][:, :, :], half)
    np.testing.assert_array_equal(image.levels[2][:, :, :], _levels.halved(half, (2, 2, 2), mean=True))
    np.testing.assert_array_equal(image.spacing[:, 0], [1, 2, 4])


def test_they_are_ome_zarr_by_themselves(file):
    _levels.make(io.read(file))
    folder = _levels.place(str(file), "")
    other = io.read(folder)
    assert [level.shape for level in other.image.levels[:2]] == [(3, 45, 35), (2, 23, 18)]
    np.testing.assert_allclose(other.image.origin, 0.5)
    assert json.loads((folder / "zarr.json").read_text())["attributes"]["ome"]["version"] == "0.5"


def test_a_long_voxel_is_not_made_longer():
    pyramid = Pyramid((Held(np.zeros((40, 90, 70), np.uint8)),), np.array([4.0, 1.0, 1.0]))
    first, *_ = (shape for shape, *_ in _levels._plans(pyramid))
    assert first == (40, 45, 35)


def test_a_file_that_is_another_now_has_none(file, grey):
    _levels.make(io.read(file))
    np.save(file, grey[:, :80])
    assert len(io.read(file).image.levels) == 1


def test_what_was_stopped_goes_on(file):
    def stop(done, words):
        if words.startswith("Level 2"):
            raise Stopped("stopped")

    with pytest.raises(Stopped):
        _levels.make(io.read(file), stop)
    assert len(io.read(file).image.levels) == 1
    told = []
    _levels.make(io.read(file), lambda done, words: told.append(words))
    assert set(told) == {"Level 2 of 2"}
    assert len(io.read(file).image.levels) == 3


def test_no_more_than_a_block_is_read_at_once(file, monkeypatch):
    sizes = []
    volume = io.read(file)
    fine = volume.image.levels[0]
    whole = type(fine).region
    monkeypatch.setattr(
        type(fine), "region", lambda self, spans: (sizes.append(np.prod(np.diff(spans))), whole(self, spans))[1]
    )
    _levels.make(volume)
    assert max(sizes) <= 40_000
    assert sum(sizes) >= np.prod(SHAPE)


@pytest.mark.parametrize(("shape", "words"), [((3, 9, 9), "needs no other"), (SHAPE, "are in no file")])
def test_what_needs_none_is_told(shape, words):
    with pytest.raises(ValueError, match=words):
        _levels.make(Volume(session="brain", image=Pyramid((Held(np.zeros(shape)),), np.ones(3))))


def test_turned_and_scaled_volumes_get_them_in_their_own_axes(file, grey):
    volume = io.read(file).turned("xyz").scaled((1.0, 2.0, 3.0))
    _levels.make(io.read(file))
    image = _levels.looked(volume.image)
    assert [level.shape for level in image.levels] == [SHAPE[::-1], (35, 45, 3), (18, 23, 2)]
    np.testing.assert_array_equal(image.levels[1][4:6, :, 1], _levels.halved(grey, (2, 2, 2), mean=True)[1, :, 4:6].T)
    np.testing.assert_array_equal(image.spacing[1], [2.0, 4.0, 6.0])
    kept = io.read(io.write(volume, file.with_name("turned.volume.h5")))
    assert [level.shape for level in kept.image.levels] == [level.shape for level in image.levels]
    np.testing.assert_array_equal(kept.image.spacing, image.spacing)
