"""Voxels without a number are counted, said when a volume is open, and stand for the mean where models learn."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.app.views import _planes
from neurofm.data.blank import filled, share
from neurofm.data.volume import Held, Pyramid, Volume

GREY = np.random.default_rng(0).normal(100, 10, (8, 32, 32)).astype(np.float32)


def holed(value):
    grey = GREY.copy()
    grey[:, :8] = value
    return grey


def volume(grey):
    return Volume(session="a", image=Pyramid((Held(grey),), np.ones(3)))


@pytest.mark.parametrize(("value", "part"), [(np.nan, 0.25), (np.inf, 0.25), (-np.inf, 0.25), (0.0, 0.0)])
def test_their_share_is_said_when_a_volume_is_open(value, part):
    source = volume(holed(value))
    assert share(source.image) == part
    said = [str(finding) for finding in source.findings() if finding.code == "blank"]
    assert [one.split(";")[0] for one in said] == (
        ["image holds no number (NaN or infinite) in 25 % of its voxels"] if part else []
    )
    assert all("models take these for the mean grey and pictures for the darkest" in one for one in said)


@pytest.mark.parametrize("suffix", [".npy", ".tif", ".npz"])
def test_it_is_said_of_files_too(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    if suffix == ".tif":
        import tifffile

        tifffile.imwrite(path, holed(np.nan), photometric="minisblack")
    else:
        np.save(path, holed(np.nan)) if suffix == ".npy" else np.savez(path, image=holed(np.nan))
    assert any("no number (NaN or infinite) in 25 %" in warning for warning in io.read(path).summary()["warnings"])


def test_whole_numbers_are_not_looked_at():
    assert share(volume(GREY.astype(np.uint8)).image) == 0.0


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_they_stand_for_the_mean_of_the_others(value):
    grey = filled(holed(value))
    assert grey.dtype == np.float32
    np.testing.assert_array_equal(grey[:, 8:], GREY[:, 8:])
    np.testing.assert_allclose(grey[:, :8], GREY[:, 8:].mean(), rtol=1e-5)
    assert filled(GREY) is GREY
    assert not filled(np.full((2, 2), value)).any()


def test_pictures_show_them_as_the_darkest():
    plane = holed(np.nan)[0]
    shown = _planes.grey(plane, volume(holed(np.nan)).image)
    assert not shown[:8, :, :3].any()
    assert shown[8:, :, :3].max() > 200
