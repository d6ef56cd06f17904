"""SLEAP: projects of every version, what was corrected by hand, instances without a track, and exports."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError
from tests.io.pose_files import NAMES, NODES, POINTS, SURE, export, predicted, skeleton, slp

WHERE = POINTS.astype(np.float32)


@pytest.mark.parametrize("matrices", [False, True])
def test_points_of_each_track(tmp_path, matrices):
    tracks = io.read(slp(tmp_path / "box.slp", predicted(), matrices=matrices))
    assert (tracks.individuals, tracks.keypoints, tracks.video) == (NAMES, NODES, "box.mp4")
    np.testing.assert_array_equal(tracks.points, WHERE)
    np.testing.assert_allclose(tracks.confidence, np.where(np.isnan(WHERE[..., 0]), 0, 0.9), rtol=1e-6)


def test_nodes_are_in_the_order_of_the_skeleton_and_twins_are_not_joined(tmp_path):
    tracks = io.read(slp(tmp_path / "box.slp", predicted(), about=skeleton((1, 0))))
    assert (tracks.keypoints, tracks.skeleton) == (NODES, ((0, 1),))


def test_old_versions_count_pixels_from_their_corner(tmp_path):
    tracks = io.read(slp(tmp_path / "box.slp", predicted(), version=1.0))
    np.testing.assert_allclose(tracks.points, WHERE - 0.5)


def test_frames_keep_their_numbers(tmp_path):
    tracks = io.read(slp(tmp_path / "box.slp", [(0, 5, 0, 1, POINTS[0, 0]), (0, 2, 0, 1, POINTS[2, 0])]))
    assert len(tracks.times) == 6
    np.testing.assert_array_equal(tracks.points[[5, 2], 0], WHERE[[0, 2], 0])
    assert np.isnan(tracks.points[[0, 1, 3, 4]]).all()


def test_correction_by_hand_stands_for_what_was_predicted(tmp_path):
    instances = [(0, 0, 0, 1, POINTS[0, 0]), (0, 0, -1, -1, POINTS[1, 0]), (0, 0, 1, 1, POINTS[0, 1])]
    tracks = io.read(slp(tmp_path / "box.slp", instances))
    assert tracks.individuals == NAMES
    np.testing.assert_array_equal(tracks.points[0], np.stack([WHERE[1, 0], WHERE[0, 1]]))
    assert tracks.confidence[0].tolist() == [[1, 1], [np.float32(0.9)] * 2]


@pytest.mark.parametrize(("count", "names"), [(1, ("animal",)), (2, ("animal 1", "animal 2"))])
def test_instances_without_a_track(tmp_path, count, names):
    instances = [(0, k, -1, 0, POINTS[k, n]) for k in range(3) for n in range(count)]
    tracks = io.read(slp(tmp_path / "box.slp", instances, tracks=()))
    assert tracks.individuals == names
    np.testing.assert_array_equal(tracks.points, WHERE[:, :count])
    assert tracks.confidence is None
    assert any("have no track" in note for note in tracks.notes) == (count > 1)


def test_only_the_video_with_most_frames_is_taken(tmp_path):
    others = [(1, k, 0, 1, POINTS[k, 1]) for k in range(1)]
    tracks = io.read(slp(tmp_path / "box.slp", [*predicted(), *others], videos=("box.mp4", "other.mp4")))
    np.testing.assert_array_equal(tracks.points, WHERE)
    assert "labels 2 videos; the one with most frames was taken, not other.mp4" in tracks.notes


@pytest.mark.parametrize("turned", [True, False])
def test_exports(tmp_path, turned):
    tracks = io.read(export(tmp_path / "box.analysis.h5", turned))
    np.testing.assert_array_equal(tracks.points, WHERE)
    np.testing.assert_allclose(tracks.confidence, np.where(np.isnan(WHERE[..., 0]), 0, SURE), rtol=1e-6)
    assert (tracks.individuals, tracks.keypoints, tracks.skeleton) == (NAMES, NODES, ((0, 1),))
    assert tracks.video == "C:\\videos\\box.mp4"


def cut_points(file):
    points = file["pred_points"][:5]
    del file["pred_points"]
    file["pred_points"] = points


def no_points(file):
    del file["points"]


def no_json(file):
    file["metadata"].attrs["json"] = "{"


def no_skeleton(file):
    file["metadata"].attrs["json"] = '{"skeletons": [], "nodes": []}'


def far_frame(file):
    frames = file["frames"][()]
    frames["frame_idx"][-1] = 1 << 60
    file["frames"][...] = frames


def stray_instances(file):
    frames = file["frames"][()]
    frames["instance_id_end"][-1] = 900
    file["frames"][...] = frames


def no_instances(file):
    for name in ("frames", "instances"):
        rows = file[name][:0]
        del file[name]
        file[name] = rows


BAD = {
    cut_points: "points: hold 2 points of an instance with 2; the file is damaged",
    no_points: "nothing that can be opened|points: is missing",
    no_json: "metadata: is no JSON",
    no_skeleton: "metadata: holds no skeleton; label a frame in SLEAP first",
    far_frame: "frames: have the number 1,152,921",
    stray_instances: "frames: name instances that are not there; the file is damaged",
    no_instances: "holds no frame",
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_bad_project_is_refused_in_a_sentence(spoil, tmp_path):
    path = slp(tmp_path / "box.slp", predicted())
    with h5py.File(path, "r+") as file:
        spoil(file)
    with pytest.raises(DataError, match=BAD[spoil]):
        io.read(path)


@pytest.mark.parametrize("shape", [(2, 2, 2), (2, 2, 3, 3), (3, 5, 2, 2)])
def test_bad_export_is_refused_in_a_sentence(shape, tmp_path):
    with pytest.raises(DataError, match=r"tracks: are .*, no places of 2 tracks of 2 nodes; export them again"):
        io.read(export(tmp_path / "box.h5", tracks=np.zeros(shape)))


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "shape", "first"),
    [
        ("flies/demo-flies13-preds.slp", (1350, 2, 13, 2), "head"),
        ("flies/demo-flies13-seg.slp", (1350, 2, 13, 2), "head"),
        ("openfield/deepof_single_topview.slp", (101, 1, 14, 2), "Nose"),
    ],
)
def test_real_projects(shared_data, name, shape, first):
    tracks = io.read(shared_data(name.split("/")[0]) / name.split("/")[1])
    assert (tracks.points.shape, tracks.keypoints[0]) == (shape, first)
    assert np.isfinite(tracks.points).mean() > 0.9
    assert len(tracks.skeleton) in (12, 13)
