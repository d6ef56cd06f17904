"""`read` opens whatever it is given, or says in one sentence why not."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

import neurofm as nf
from neurofm import io, registry
from neurofm.data import Recording, Series
from neurofm.data.source import Source
from neurofm.errors import DataError


def refused(path: Path) -> str:
    """The sentence with which `path` is refused."""
    with pytest.raises(DataError) as caught:
        io.read(path)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return text


def test_every_reader_has_a_golden_file(golden):
    assert set(registry.names("neurofm.io")) == set(vars(golden))


def test_golden_file_opens(golden_file):
    source = io.read(golden_file)
    assert isinstance(source, Source)
    assert source.paths == (str(golden_file),)
    assert io.can_read(golden_file)


def test_wrong_suffix_with_right_content_opens(golden_file, tmp_path):
    renamed = golden_file.rename(tmp_path / "renamed.data")
    assert io.read(renamed).paths == (str(renamed),)


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.05, 0.5])
def test_truncated_file_is_refused(golden_file, kept):
    size = golden_file.stat().st_size
    with golden_file.open("r+b") as file:
        file.truncate(int(kept * size))
    refused(golden_file)


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b"\x00" * 4096, b"\x89HDF\r\n\x1a\n" + bytes(2000), b"PK\x03\x04" + bytes(100)]
)
def test_wrong_content_is_refused(golden_file, content):
    golden_file.write_bytes(content)
    refused(golden_file)


def test_content_of_another_format_under_this_suffix_opens(golden_file, golden):
    golden_file.unlink()
    shutil.copy(golden.reach_npz(), golden_file.with_name("other" + golden_file.suffix))
    assert len(io.read(golden_file.with_name("other" + golden_file.suffix)).units) == 2


@pytest.mark.parametrize("golden_file", ["matclust", "reach_npz", "trajectory"], indirect=True)
@pytest.mark.parametrize("seed", range(20))
def test_flipped_bytes_never_escape_as_another_error(golden_file, seed):
    rng = np.random.default_rng(seed)
    raw = np.frombuffer(golden_file.read_bytes(), np.uint8).copy()
    raw[rng.integers(0, len(raw), 5)] = rng.integers(0, 256, 5)
    golden_file.write_bytes(raw.tobytes())
    try:
        paths = io.read(golden_file).paths
    except DataError as error:
        paths = (str(error.path),)
    assert paths == (str(golden_file),)


def test_unknown_file_lists_what_can_be_opened(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    text = refused(path)
    assert "Spikes or counts in arrays (*.mat *.npz *.npy *.csv *.tsv *.txt)" in text
    (tmp_path / "notes.doc").write_text("hello")
    everything = refused(tmp_path / "notes.doc")
    assert "NWB (*.nwb)" in everything
    assert "MatClust" in everything
    assert not io.can_read(path)


def test_missing_file_and_pipe_are_refused_at_once(tmp_path):
    assert "No such file" in refused(tmp_path / "nowhere.nwb")
    os.mkfifo(tmp_path / "pipe.nwb")
    assert "no regular file" in refused(tmp_path / "pipe.nwb")


def test_unknown_reader_lists_the_known(golden):
    with pytest.raises(LookupError, match=r"no reader 'nwbb'; there are .*brainsets.*nwb"):
        io.read(golden.nwb(), reader="nwbb")
    with pytest.raises(DataError, match="Binned reaching"):
        io.read(golden.nwb(), reader="reach_npz")


def test_folder_of_files_that_complete_each_other_is_one_recording(golden, tmp_path):
    parts = [golden.matclust(), golden.trajectory()]
    (tmp_path / "readme.txt").write_text("not a recording")
    whole = nf.read(tmp_path)
    assert whole.session == tmp_path.name
    assert len(whole.units) == 2
    assert list(whole.series) == ["position", "position2"]
    listed = nf.read([parts[1], str(parts[0])])
    assert listed.session == whole.session
    np.testing.assert_array_equal(listed.spikes.times, whole.spikes.times)
    assert set(listed.paths) == set(whole.paths)


def test_foreign_file_in_a_folder_is_left_out_and_told(golden, tmp_path):
    golden.trajectory()
    np.savez(tmp_path / "notes.npz", x=np.zeros(3))
    recording = io.read(tmp_path)
    assert list(recording.series) == ["position", "position2"]
    assert "notes.npz is no recording and was left out" in recording.warnings()
    next(tmp_path.glob("*.videoPositionTracking")).unlink()
    with pytest.raises(DataError, match=r"notes\.npz: spike_counts: is missing"):
        io.read(tmp_path)


def test_folder_of_several_recordings_names_them(golden, tmp_path):
    golden.matclust(), golden.reach_npz()
    assert "reach.npz, spikes.mat" in refused(tmp_path)


def test_empty_folder_is_refused(tmp_path):
    assert "holds no file" in refused(tmp_path)
    assert not io.can_read(tmp_path)


def test_nothing_and_foreign_objects_are_refused():
    with pytest.raises(LookupError, match="no file was given"):
        io.read([])
    with pytest.raises(TypeError, match="cannot read a dict"):
        io.read({})


@pytest.mark.parametrize("suffix", [".h5", ".nwb"])
def test_round_trip_is_equal(recording, same, tmp_path, suffix):
    path = io.write(recording, tmp_path / f"copy{suffix}")
    same(io.read(path), recording)
    same(io.read(io.write(io.read(path), path)), recording)  # over the very file that is mapped


@pytest.mark.parametrize("suffix", [".h5", ".nwb"])
@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"series": {"x": Series(np.arange(3.0), np.ones((3, 1)), ("x",), "m")}},
        {"intervals": {"trials": pd.DataFrame({"start": [0.0], "stop": [1.0]})}},
    ],
    ids=["nothing", "behaviour", "trials"],
)
def test_recording_without_units_round_trips(same, tmp_path, suffix, parts):
    bare = Recording(session="bare", **parts)
    same(io.read(io.write(bare, tmp_path / f"bare{suffix}")), bare)


@pytest.mark.parametrize("suffix", [".h5", ".nwb"])
def test_behaviour_of_several_columns_round_trips_without_units(recording, same, tmp_path, suffix):
    walk = Recording(session="walk", series=dict(recording.series))
    same(io.read(io.write(walk, tmp_path / f"walk{suffix}")), walk)


@pytest.mark.parametrize(("suffix", "name"), [(".nwb", "a/b"), (".nwb", "a/b/c"), (".nwb", "/")])
def test_names_that_cannot_be_written_are_told(recording, tmp_path, suffix, name):
    wrong = replace(recording, series={name: recording.series["pupil"]})
    with pytest.raises(DataError, match="cannot be written"):
        io.write(wrong, tmp_path / f"wrong{suffix}")


def test_unknown_suffix_to_write_is_refused(recording, tmp_path):
    with pytest.raises(DataError, match=r"neither \.h5 nor \.nwb"):
        io.write(recording, tmp_path / "a.csv")


def test_source_of_another_kind_opens_from_file_list_and_folder(wave):
    assert io.can_read(wave)
    for path in (wave, [wave], wave.parent):
        source = io.read(path)
        assert (source.kind, source.session, source.paths) == ("wave", "sea", (str(wave),))
    assert io.read(source) is source
    again = io.read(io.write(source, wave.with_name("copy.wave")))
    assert again.heights.tolist() == source.heights.tolist()


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda wave, other: io.read([wave, other]), r"sea\.wave: holds a wave; only recordings are put together"),
        (lambda wave, other: io.read_recording(wave), r"sea\.wave: holds a wave, where a recording is needed"),
        (lambda wave, other: io.write(io.read(wave), other), r"suffix: is neither \.wave; name the file"),
    ],
)
def test_source_of_another_kind_where_only_recordings_can_be_is_refused(wave, golden, call, problem):
    with pytest.raises(DataError, match=problem):
        call(wave, golden.matclust())


def test_what_is_of_another_kind_in_a_folder_of_a_recording_is_left_out_and_told(wave, golden):
    path = golden.matclust()
    recording = io.read(path.parent)
    assert recording.paths == (str(path),)
    assert "sea.wave holds a wave and was left out; open it by itself" in recording.warnings()


@pytest.mark.real
def test_real_linear_track(shared_data):
    folder = shared_data("rat_ca1_linear_track")
    recording = nf.read(folder)
    assert recording.session == "rat_ca1_linear_track"
    assert (len(recording.units), len(recording.spikes)) == (31, 28829)
    assert recording.units["label"].iloc[0] == "t1 u1"
    position = recording.series["position"]
    assert list(recording.series) == ["position"]
    assert (position.names, position.unit, len(position.times)) == (("x", "y"), "px", 118964)
    assert any("repeat" in warning for warning in recording.warnings())
    parts = nf.read([folder / "spikes.mat", folder / "trajectory.videoPositionTracking"])
    assert (parts.session, len(parts.spikes)) == (recording.session, 28829)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "units", "trials"), [("chewie_2013-10-03_bin100ms", 174, 159), ("mihi_2014-03-03_bin100ms", 187, 209)]
)
def test_real_reach_counts_survive(shared_data, name, units, trials):
    path = shared_data("monkey_reach") / f"{name}.npz"
    recording = nf.read(path)
    assert (len(recording.units), len(recording.intervals["trials"])) == (units, trials)
    counts = np.load(path)["spike_counts"]
    for row in (0, 17, len(counts) - 1):
        centre = recording.series["velocity"].times[row]
        inside = recording.spikes.between(centre - 0.05, centre + 0.05)
        np.testing.assert_array_equal(np.bincount(inside.unit, minlength=units), counts[row])


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("precomputed://https://here.org/brain/image", True),
        ("zarr://anything", True),
        ("s3://brains/a/image", True),
        ("https://here.org/brain/image", True),
        ("https://here.org/brain.ome.zarr/", True),
        ("https://here.org/cat.png?size=2", False),
        ("ftp://here.org/brain", False),
        ("nwb://brain", False),
    ],
)
def test_addresses_of_others_are_left_to_them(address, ours):
    assert io.can_read(address) is ours


def test_what_no_reader_knows_is_refused_with_the_way_out(tmp_path):
    savemat(tmp_path / "mine.mat", {"units": np.zeros(3)})
    np.savez(tmp_path / "mine.npz", times=np.zeros(3))
    (tmp_path / "mine.txt").write_text("a b c\n")
    (tmp_path / "empty").mkdir()
    for name in ("mine.mat", "mine.npz", "mine.txt", "empty"):
        assert "load its arrays in Python and give them to neurofm.recording" in refused(tmp_path / name)
