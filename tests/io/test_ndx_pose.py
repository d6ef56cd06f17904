"""Poses in NWB: several animals, names and order of points, units and clocks, and damaged files."""

from __future__ import annotations

from datetime import UTC, datetime

import h5py
import numpy as np
import pytest

from neurofm import io
from neurofm.data import Recording
from neurofm.errors import DataError
from tests.io.pose_files import NAMES, NODES, POINTS, SURE, nwb

SERIES = "processing/behavior/ada/PoseEstimationSeriesSnout"


def test_points_of_each_estimation(tmp_path):
    tracks = io.read(nwb(tmp_path / "poses.nwb"))
    assert (tracks.individuals, tracks.keypoints, tracks.skeleton) == (NAMES, NODES, ((0, 1),))
    np.testing.assert_array_equal(tracks.points, POINTS.astype(np.float32))
    np.testing.assert_allclose(tracks.confidence, np.where(np.isnan(POINTS[..., 0]), 0, SURE), rtol=1e-6)
    assert tracks.times.tolist() == [0.5, 0.75, 1.25]
    assert (tracks.session, tracks.subject, tracks.unit, tracks.video) == ("day 1", "mice", "px", "box.mp4")


def test_poses_beside_spikes_are_read_where_they_are_asked_for(tmp_path):
    path = nwb(tmp_path / "poses.nwb", units=True)
    with h5py.File(path, "r+") as file:
        file["units/id"] = np.arange(2)
    assert isinstance(io.read(path), Recording)
    assert io.read(path, reader="ndx_pose").individuals == NAMES


def test_file_of_the_extension_itself_is_read(tmp_path):
    ndx = pytest.importorskip("ndx_pose", reason="writes the file")
    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.file import Subject

    start = datetime(2020, 1, 1, tzinfo=UTC)
    file = NWBFile(session_description="d", identifier="i", session_id="s1", session_start_time=start)
    file.subject = Subject(subject_id="mouse", species="Mus musculus", age="P90D", sex="F")
    bones = ndx.Skeleton(name="bones", nodes=list(NODES), edges=np.array([[0, 1]], np.uint8), subject=file.subject)
    series = [
        ndx.PoseEstimationSeries(
            name=node, data=POINTS[:, 0, k], unit="pixels", reference_frame="corner", starting_time=1.0, rate=20.0,
            confidence=SURE[:, 0, k],
        )
        for k, node in enumerate(NODES)
    ]  # fmt: skip
    poses = ndx.PoseEstimation(name="PoseEstimation", pose_estimation_series=series, skeleton=bones)
    module = file.create_processing_module(name="behavior", description="d")
    module.add([ndx.Skeletons(skeletons=[bones]), poses])
    with NWBHDF5IO(str(tmp_path / "a.nwb"), mode="w") as out:
        out.write(file)
    tracks = io.read(tmp_path / "a.nwb")
    np.testing.assert_array_equal(tracks.points[:, 0], POINTS[:, 0].astype(np.float32))
    np.testing.assert_allclose(tracks.times, [1, 1.05, 1.1])
    assert (tracks.keypoints, tracks.skeleton, tracks.individuals) == (NODES, ((0, 1),), ("animal",))


def no_clock(file):
    del file[f"{SERIES}/timestamps"]


def short_clock(file):
    del file[f"{SERIES}/timestamps"]
    file[f"{SERIES}/timestamps"] = [0.0, 1.0]


def other_length(file):
    del file[f"{SERIES}/data"]
    file[f"{SERIES}/data"] = POINTS[:2, 0, 0]


def other_width(file):
    del file[f"{SERIES}/data"]
    file[f"{SERIES}/data"] = np.zeros((3, 5))


def back_in_time(file):
    for one in file["processing/behavior/ada"].values():
        if "timestamps" in one:
            one["timestamps"][...] = [1.0, 0.5, 2.0]


def no_series(file):
    for name in NAMES:
        for key in [key for key in file[f"processing/behavior/{name}"] if key.startswith("Pose")]:
            del file[f"processing/behavior/{name}/{key}"]


BAD = {
    no_clock: "has neither timestamps nor a rate",
    short_clock: "has 2 timestamps for 3 frames",
    other_length: "have 2 to 3 frames; key points of one animal need the same",
    other_width: "coordinates a frame, where 2 or 3 are",
    back_in_time: "times: do not rise",
    no_series: "holds no PoseEstimationSeries; the file is damaged",
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_bad_file_is_refused_in_a_sentence(spoil, tmp_path):
    path = nwb(tmp_path / "poses.nwb")
    with h5py.File(path, "r+") as file:
        spoil(file)
    with pytest.raises(DataError, match=BAD[spoil]):
        io.read(path)
