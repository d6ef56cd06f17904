"""DeepLabCut: csv and both layouts of HDF5, tracks and hand labels, one animal or several, and damaged ones."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.errors import DataError
from tests.io.pose_files import NAMES, NODES, POINTS, SURE, appended, fixed, frame


def as_csv(table, path):
    table.to_csv(path.with_suffix(".csv"))
    return path.with_suffix(".csv")


def newer(table, path):
    return appended(table, path, protocol=4)


LAYOUTS = pytest.mark.parametrize("write", [as_csv, appended, newer, fixed])


@LAYOUTS
@pytest.mark.parametrize("names", [NAMES, NAMES[:1]], ids=["several", "one"])
def test_points_and_confidence_of_each_animal(write, names, tmp_path):
    tracks = io.read(write(frame(names=names), tmp_path / "boxDLC_net.h5"))
    count = len(names)
    assert (tracks.keypoints, tracks.individuals) == (NODES, names if count > 1 else ("animal",))
    np.testing.assert_array_equal(tracks.points, POINTS[:, :count].astype(np.float32))
    unseen = np.isnan(POINTS[:, :count, :, 0])
    np.testing.assert_allclose(tracks.confidence, np.where(unseen, 0, SURE[:, :count]), rtol=1e-6)


@pytest.mark.parametrize("coords", [("likelihood", "y", "x"), ("y", "likelihood", "x"), ("y", "x")])
@LAYOUTS
def test_columns_are_known_by_their_names(write, coords, tmp_path):
    tracks = io.read(write(frame(coords), tmp_path / "boxDLC_net.h5"))
    np.testing.assert_array_equal(tracks.points, POINTS.astype(np.float32))
    assert (tracks.confidence is None) == ("likelihood" not in coords)
    assert any("tells no confidence" in note for note in tracks.notes) == ("likelihood" not in coords)


def test_third_dimension_and_columns_that_nobody_knows(tmp_path):
    tracks = io.read(as_csv(frame(("x", "y", "z")), tmp_path / "boxDLC_3D"))
    np.testing.assert_array_equal(tracks.points[..., 2], (POINTS[..., 0] * 2).astype(np.float32))
    table = frame()
    table.columns = table.columns.map(lambda name: (*name[:3], "x_ens_var") if name[3] == "likelihood" else name)
    assert "not read: x_ens_var" in io.read(as_csv(table, tmp_path / "boxDLC_net")).notes


def labelled(pictures):
    table = frame(("x", "y"), NAMES[:1])
    table.index = pictures
    return table


@LAYOUTS
def test_hand_labels_keep_the_numbers_of_their_frames(write, tmp_path):
    table = labelled([f"labeled-data/box/img{k:04d}.png" for k in (7, 2, 12)])
    tracks = io.read(write(table, tmp_path / "CollectedData_me.h5"))
    assert (len(tracks.times), tracks.video) == (13, "box")
    np.testing.assert_array_equal(tracks.points[[7, 2, 12], 0], POINTS[:, 0].astype(np.float32))
    assert np.isnan(tracks.points[[0, 1, 3, 8, 11]]).all()


@pytest.mark.parametrize("write", [as_csv, fixed])
def test_names_of_pictures_may_stand_in_three_columns(write, tmp_path):
    table = labelled(pd.MultiIndex.from_tuples([("labeled-data", "box", f"img{k}.png") for k in (1, 0, 4)]))
    tracks = io.read(write(table, tmp_path / "CollectedData_me.h5"))
    np.testing.assert_array_equal(tracks.points[[1, 0, 4], 0], POINTS[:, 0].astype(np.float32))


def test_pictures_of_several_videos_do_not_follow_each_other(tmp_path):
    path = as_csv(labelled(["a/img5.png", "b/img5.png", "a/img1.png"]), tmp_path / "CollectedData_me")
    tracks = io.read(path)
    np.testing.assert_array_equal(tracks.points[:, 0], POINTS[[0, 2, 1], 0].astype(np.float32))
    assert tracks.labels["video"].tolist() == ["a", "a", "b"]
    assert np.isnan(tracks.speed(np.arange(3))[0])
    assert any("pictures of 2 videos" in note for note in tracks.notes)


def test_rate_is_that_of_the_file_beside(tmp_path):
    path = appended(frame(), tmp_path / "boxDLC_net.h5")
    path.with_name("boxDLC_net_meta.pickle").write_bytes(pickle.dumps({"data": {"fps": 50.0, "nframes": 3}}))
    tracks = io.read(path)
    assert tracks.times.tolist() == [0, 0.02, 0.04]
    assert not any("assumed" in note for note in tracks.notes)


def edited(text, change):
    lines = text.splitlines(keepends=True)
    return "".join(change(lines))


BAD_CSV = {
    "no rows": (lambda lines: lines[:4], "no frame"),
    "head alone": (lambda lines: lines[:2], "head: needs rows scorer"),
    "no coords": (lambda lines: lines[:3] + lines[4:], "head: needs rows scorer"),
    "head cut": (lambda lines: [*lines[:3], lines[3][:30] + "\n", *lines[4:]], "unequal length"),
    "rows cut": (lambda lines: [*lines[:4], *(line.rsplit(",", 2)[0] + "\n" for line in lines[4:])], "edited"),
    "a y without x": (lambda lines: [*lines[:3], lines[3].replace("x", "w", 1), *lines[4:]], "snout: has y but no x"),
    "twice the same": (lambda lines: [*lines[:2], lines[2].replace(NODES[1], NODES[0]), *lines[3:]], "two columns x"),
}


@pytest.mark.parametrize("name", BAD_CSV)
def test_bad_csv_is_refused_in_a_sentence(name, tmp_path):
    change, problem = BAD_CSV[name]
    path = as_csv(frame(), tmp_path / "boxDLC_net")
    path.write_text(edited(path.read_text(), change))
    with pytest.raises(DataError, match=problem):
        io.read(path)


def test_row_that_is_cut_off_is_left_out_and_cells_that_are_no_numbers_are_empty(tmp_path):
    path = as_csv(frame(), tmp_path / "boxDLC_net")
    path.write_text(path.read_text().replace("12.0", "oops", 1).rstrip("\n")[:-25])
    tracks = io.read(path)
    assert len(tracks.times) == 2
    assert {"the last row is cut off and was left out", "1 cells are no numbers and were left empty"} <= {*tracks.notes}


def test_one_point_and_none_at_all(tmp_path):
    one = frame(("x", "y"), NAMES[:1]).iloc[:, :2]
    tracks = io.read(as_csv(one, tmp_path / "boxDLC_net"))
    assert tracks.points.shape == (3, 1, 1, 2)
    tracks = io.read(as_csv(one * np.nan, tmp_path / "noneDLC_net"))
    assert [finding.code for finding in tracks.findings()] == ["assumed", "unseen"]


@pytest.mark.real
def test_real_tracks_and_labels(shared_data):
    folder = shared_data("openfield")
    tracks = io.read(folder / "deepof_square_arena_DLC.h5")
    assert tracks.points.shape == (451, 1, 14, 2)
    assert tracks.confidence is not None
    by_hand = [io.read(folder / f"CollectedData_Pranav.{suffix}") for suffix in ("csv", "h5")]
    np.testing.assert_array_equal(by_hand[0].points, by_hand[1].points)
    assert by_hand[0].points.shape == (116, 1, 4, 2)
    assert by_hand[0].video == "m4s1"
