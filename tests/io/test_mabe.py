"""Arrays of poses: sequences of the challenge, whose pickle is read and not run, and arrays alone."""

from __future__ import annotations

import os

import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError
from tests.io.pose_files import pickled, sequences


def held(path):
    with path.open("rb") as file:
        return np.load(file, allow_pickle=True).item()  # written by this test


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_sequences_are_laid_out_one_after_the_other(tmp_path, protocol):
    path = sequences(tmp_path / "mice.npy", protocol=protocol)
    tracks = io.read(path)
    whole = held(path)["sequences"]
    points = np.concatenate([one["keypoints"] for one in whole.values()]).astype(np.float32)
    np.testing.assert_array_equal(tracks.points, points)
    assert (len(tracks.individuals), tracks.keypoints[3], tracks.keypoints[11]) == (3, "neck", "tail tip")
    np.testing.assert_allclose(tracks.domain, [[0, 3], [4, 6]])
    assert tracks.trials[["sequence", "lights"]].to_numpy().tolist() == [["AB1", 0.0], ["CD2", 1.0]]
    assert tracks.labels["chases"].tolist() == [*np.arange(90) % 2, *np.arange(60) % 2]
    assert "lights" not in tracks.labels
    assert "30 frames a second are taken, as the challenge says" in tracks.notes


def test_sequences_without_labels(tmp_path):
    tracks = io.read(sequences(tmp_path / "mice.npy", annotated=False))
    assert (tracks.labels, list(tracks.trials)) == ({}, ["start", "stop", "sequence"])


@pytest.mark.parametrize(
    ("shape", "points"),
    [
        ((8, 3, 2), (8, 1, 3, 2)),
        ((8, 2, 3, 3), (8, 2, 3, 3)),
        ((2, 4, 2, 3, 2), (8, 2, 3, 2)),
    ],
)
def test_arrays_alone(tmp_path, shape, points):
    values = np.random.default_rng(0).normal(size=shape)
    np.save(tmp_path / "a.npy", values)
    tracks = io.read(tmp_path / "a.npy")
    np.testing.assert_array_equal(tracks.points, values.reshape(points).astype(np.float32))
    assert len(tracks.trials) == (2 if len(shape) == 5 else 1)


@pytest.mark.parametrize(
    ("scale", "third", "axes", "words"),
    [
        (100.0, lambda rng: rng.random((8, 2, 3)), 2, "is taken for its confidence"),
        (100.0, lambda rng: rng.normal(size=(8, 2, 3)) * 100, 3, "is taken for z; leave it out if it is a score"),
        (100.0, lambda rng: np.zeros((8, 2, 3)), 3, "is taken for z"),  # all in one plane
        (0.5, lambda rng: rng.random((8, 2, 3)), 3, "is taken for z"),  # all in metres
    ],
    ids=["score", "z", "flat", "metres"],
)
def test_it_is_told_how_a_third_number_is_taken(tmp_path, scale, third, axes, words):
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(size=(8, 2, 3, 2)) * scale, third(rng)[..., None]], -1)
    np.save(tmp_path / "a.npy", values)
    tracks = io.read(tmp_path / "a.npy")
    assert any(words in note for note in tracks.notes)
    np.testing.assert_array_equal(tracks.points, values[..., :axes].astype(np.float32))
    assert (tracks.confidence is None) == (axes == 3)


class Runs:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_harmful_file_is_refused_and_not_run(tmp_path, protocol):
    trace = tmp_path / "ran"
    whole = {"sequences": {"a": {"keypoints": Runs(f"touch {trace}")}}}
    path = pickled(tmp_path / "mice.npy", np.array(whole, object), protocol)
    with pytest.raises(DataError, match="system, which is no data; nothing of it was run; it may be harmful"):
        io.read(path)
    assert not trace.exists()


def of(**parts):
    return {"sequences": {"a": {"keypoints": np.ones((4, 3, 12, 2))} | parts}}


BAD = {
    "no sequences": ({"sequence": {}}, "nothing that can be opened|sequences: are missing|neither spikes nor counts"),
    "empty": ({"sequences": {}}, "sequences: are missing"),
    "flat": (of(keypoints=np.ones((4, 6))), r"a.keypoints: is \(4, 6\), where \(frame"),
    "no frames": (of(keypoints=np.ones((0, 3, 12, 2))), "a.keypoints: is"),
    "words": (of(keypoints="none"), "a.keypoints: "),
    "no points": ({"sequences": {"a": {"annotations": np.ones((1, 4))}}}, "a.keypoints: cannot be read"),
    "labels of other frames": (of(annotations=np.ones((2, 5))), "a.annotations: are .* where 4 frames were expected"),
    "unlike": (
        {"sequences": {"a": {"keypoints": np.ones((4, 3, 12, 2))}, "b": {"keypoints": np.ones((4, 2, 12, 2))}}},
        "not of the same animals and points",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_sequences_are_refused_in_a_sentence(name, tmp_path):
    whole, problem = BAD[name]
    with pytest.raises(DataError, match=problem):
        io.read(pickled(tmp_path / "mice.npy", np.array(whole, object)))


@pytest.mark.parametrize(
    ("array", "problem"),
    [(np.zeros((4, 6)), r"\(4, 6\)"), (np.zeros((0, 3, 2)), "no points"), (np.array(["a"]), "no points")],
)
def test_arrays_that_are_no_points_are_refused(array, problem, tmp_path):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(DataError, match=problem):
        io.read(tmp_path / "a.npy", reader="mabe")


def test_pickle_that_is_cut_off_is_refused(tmp_path):
    path = sequences(tmp_path / "mice.npy")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match=r"pickled and damaged.*cut off"):
        io.read(path)


def test_pickled_values_of_another_kind_are_refused(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(pickled(path, np.array([1, "sequences"], object)).read_bytes())
    with pytest.raises(DataError, match="no sequences by name"):
        io.read(path)
