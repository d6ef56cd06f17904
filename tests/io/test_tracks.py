"""Tracks in a file of ours read back equal, wherever a source is kept."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm import io
from neurofm.data import Tracks
from neurofm.data.plausible import Finding
from neurofm.errors import DataError


def same(a: Tracks, b: Tracks) -> None:
    """Pass if two hold the same, but for where they are from."""
    for field in (f.name for f in fields(a) if f.name not in ("paths", "notes", "trials", "labels")):
        one, other = getattr(a, field), getattr(b, field)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other, strict=True)
        else:
            assert one == other, field
    assert a.labels.keys() == b.labels.keys()
    for name, values in a.labels.items():
        np.testing.assert_array_equal(values, b.labels[name])
    if a.trials is None or b.trials is None:
        assert a.trials is b.trials is None
    else:
        pd.testing.assert_frame_equal(a.trials, b.trials)


PARTS = [
    {},
    {"confidence": None, "trials": None},
    {"labels": {}, "features": np.zeros((6, 2, 0), np.float32), "feature_names": ()},
    {"points": np.ones((6, 2, 3, 3), np.float32), "unit": "mm", "timeline": "video"},
    {"trials": pd.DataFrame({"start": [0.0], "stop": [4.0], "mark/ü": [True]})},
]


@pytest.mark.parametrize("parts", PARTS, ids=["all", "less", "points", "3-D", "one trial"])
def test_what_is_written_reads_back_equal(tracks, parts, tmp_path):
    tracks = replace(tracks, **parts)
    path = io.write(tracks, tmp_path / "box.h5")
    same(io.read(path), tracks)
    same(io.read_native(io.save_cached(tracks), "tracks"), tracks)


def test_saved_session_keeps_tracks_that_have_no_file(tracks, tmp_path):
    session = nf.Session([tracks])
    session.save(tmp_path / "s.neurofm")
    same(nf.Session.restore(tmp_path / "s.neurofm").sources["box"], tracks)


def test_animals_and_frames_stand_in_the_session(tracks):
    session = nf.Session([tracks])
    assert session.table("subject")["label"].tolist() == ["box/ada", "box/bo"]
    ids = session.table("trial").index[1:]
    session.selection.pick("trial", ids)
    assert session.selection.picked("frame").tolist() == [3, 4, 5]
    assert session.values("frame", "ada.angle", np.array([5])).tolist() == [10.0]


def test_long_tracks_are_mapped_not_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_args: str(tmp_path / "cache"))
    points = np.zeros((300_000, 1, 2, 2), np.float32)
    long = Tracks(session="s", times=np.arange(300_000) / 30, points=points, keypoints=("a", "b"), individuals=("x",))
    opened = io.read(io.write(long, tmp_path / "long.h5"))
    assert isinstance(opened.points.base, np.memmap)
    assert not opened.points.flags.writeable


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [(b"{", "cannot be read"), (b"[]", "says nothing of"), (b'{"session": "s"}', "says nothing of")],
)
def test_damaged_file_is_refused(tracks, wrong, problem, tmp_path):
    path = io.write(tracks, tmp_path / "box.h5")
    with h5py.File(path, "r+") as file:
        del file["about"]
        file["about"] = wrong
    with pytest.raises(DataError, match=f"about: .*{problem}.*write it again"):
        io.read(path)


def test_nothing_is_left_of_a_file_that_cannot_be_written(tracks, tmp_path):
    (tmp_path / "box.h5").mkdir()
    with pytest.raises(DataError, match="cannot be written"):
        io.write(tracks, tmp_path / "box.h5")
    assert [Path(p).name for p in tmp_path.iterdir()] == ["box.h5"]


def test_notes_and_its_zero_are_kept(tracks, tmp_path):
    doubt = Finding(code="assumed", field="frames", sentence="have no times", remedy="put the video beside")
    noted = replace(tracks, notes=("a mark",), doubts=(doubt,), zero=2.5)
    again = io.read(io.write(noted, tmp_path / "a.tracks.h5"))
    assert again.notes == noted.notes
    assert again.doubts == noted.doubts == (again.findings()[0],)
    assert again.zero == 2.5
