"""Whole numbers in two axes: counts of spikes are asked for, pictures open, and what is said decides."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.app.session import Session
from neurofm.data import Recording
from neurofm.data.volume import Volume
from neurofm.errors import DataError
from neurofm.io._pictures import is_picture

RNG = np.random.default_rng(0)
Y, X = np.mgrid[:60, :90]
WAVE = 100 + 80 * np.sin(X / 9) * np.cos(Y / 11)
COUNTS = {
    "many bins": RNG.poisson(RNG.gamma(1, 0.5, (1, 20)), (300, 20)),
    "as many units as bins": RNG.poisson(0.4, (90, 80)),
    "units of unlike rates": RNG.poisson(np.sort(RNG.gamma(0.5, 3, (1, 40))), (120, 40)),
    "spike or none": RNG.random((200, 30)) < 0.1,
}
PICTURES = {
    "grey": WAVE + RNG.normal(0, 5, WAVE.shape),
    "dark": WAVE / 20,
    "noise": RNG.integers(0, 256, (60, 90)),
    "areas": (X // 30 + 3 * (Y // 20)) % 5,
    "nothing": np.zeros((40, 40)),
}


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int64])
@pytest.mark.parametrize(("name", "numbers"), [*COUNTS.items(), *PICTURES.items()])
def test_numbers_tell_counts_from_pictures_whatever_their_type(name, numbers, kind):
    assert is_picture(numbers.astype(kind)) == (name in PICTURES)


def _saved(path, numbers, order="C"):
    numbers = np.asarray(numbers, order=order)
    np.save(path, numbers) if path.suffix == ".npy" else np.savez(path, x=numbers)
    return path


@pytest.mark.parametrize("file", ["a.npy", "a.npz"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_counts_are_asked_for_with_both_ways_out(file, order, tmp_path):
    path = _saved(tmp_path / file, COUNTS["many bins"].astype(np.uint8), order)
    with pytest.raises(DataError, match=r"dt: .* --as dt=0.02; if it is a picture, .*holds='image'.* --as holds=image"):
        io.read(path)
    recording = io.read(path, dt=0.1)
    assert isinstance(recording, Recording)
    assert len(recording.spikes.times) == COUNTS["many bins"].sum()
    volume = io.read(path, holds="image")
    assert isinstance(volume, Volume)
    np.testing.assert_array_equal(volume.image.levels[0][0], COUNTS["many bins"])


def test_a_picture_says_why_it_is_one_and_can_be_counts(tmp_path):
    path = _saved(tmp_path / "a.npy", PICTURES["grey"].astype(np.uint8))
    assert "taken for a picture, since their mean is" in io.read(path).notes[-1]
    assert io.read(path, holds="image").notes == ()
    assert isinstance(io.read(path, holds="counts", dt=0.1), Recording)


def test_a_picture_as_text_opens_where_that_is_said(tmp_path):
    np.savetxt(tmp_path / "a.csv", WAVE.astype(int), fmt="%d", delimiter=",")
    np.testing.assert_array_equal(io.read(tmp_path / "a.csv", holds="image").image.levels[0][0], WAVE.astype(int))
    (tmp_path / "b.csv").write_text("a,b\nx,y\nz,w\n")
    with pytest.raises(DataError, match="no array of numbers in two axes"):
        io.read(tmp_path / "b.csv", holds="image")


def test_what_was_said_is_kept_in_session_and_script(tmp_path):
    path = _saved(tmp_path / "a.npy", COUNTS["many bins"].astype(np.uint8))
    session = Session()
    session.open(path, holds="image")
    assert f"nf.read({str(path)!r}, holds='image')" in session.script()
    again = Session.restore(session.save(tmp_path / "work.neurofm"))
    assert again.sources["a"].kind == "volume"


def test_a_cut_off_matrix_is_refused(tmp_path):
    path = _saved(tmp_path / "a.npy", COUNTS["many bins"].astype(np.uint8))
    path.write_bytes(path.read_bytes()[:-4000])
    with pytest.raises(DataError, match="cut off"):
        io.read(path)
