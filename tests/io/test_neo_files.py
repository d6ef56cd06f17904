"""Files of Blackrock made by hand hold what neo itself finds in them; what neo writes comes back."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.io import savemat

from neurofm import io
from neurofm.errors import DataError
from tests.io.neo_written import INPUTS, PLEXON, RATE, SPIKES, blackrock, neo_files, neuro_explorer
from tests.io.test_neo_objects import segment

neo = pytest.importorskip("neo")


def test_blackrock_is_what_neo_finds_field_by_field(tmp_path):
    path = blackrock(tmp_path)
    told = io.read(path)
    (truth,) = neo.io.BlackrockIO(str(path)).read_block().segments
    assert told.units["label"].tolist() == [train.name for train in truth.spiketrains] == ["ch3#1", "ch3#2", "ch7#0"]
    for k, train in enumerate(truth.spiketrains):
        np.testing.assert_array_equal(told.spikes.times[told.spikes.unit == k], train.rescale("s").magnitude)
    assert told.spikes.times.tolist() == [tick / RATE for *_, tick in SPIKES]
    assert told.units["channel_id"].tolist() == [3, 3, 7]
    assert told.units["unit_id"].tolist() == [1, 2, 0]
    assert told.units["unit_classification"].tolist() == ["sorted", "sorted", "unclassified"]
    (event,) = filter(len, truth.events)
    inputs = told.intervals[event.name]
    assert inputs["start"].tolist() == event.rescale("s").magnitude.tolist() == [tick / RATE for tick, _ in INPUTS]
    assert inputs["label"].astype(str).tolist() == list(event.labels) == [str(value) for _, value in INPUTS]
    assert (told.session, told.domain.tolist()) == ("rat day 1", [[float(truth.t_start), float(truth.t_stop)]])
    assert (told.paths, told.notes) == ((str(path),), ())


def test_plexon_is_what_was_written(tmp_path, capfd):
    told = io.read(neo_files(tmp_path))
    assert told.units["label"].tolist() == ["SPK03 (ch3#1)", "SPK03 (ch3#2)"]
    assert (told.units["channel_id"].tolist(), told.units["unit_id"].tolist()) == (["3", "3"], [1, 2])
    assert told.spikes.times.tolist() == [tick / 40_000 for _, tick in PLEXON]
    assert told.spikes.unit.tolist() == [unit - 1 for unit, _ in PLEXON]
    strobed = told.intervals["Strobed"]
    assert strobed["start"].tolist() == [tick / 40_000 for tick, _ in INPUTS]
    assert strobed["label"].astype(str).tolist() == [str(value) for _, value in INPUTS]
    (signal,) = told.series.values()
    assert (signal.unit, told.domain.tolist()) == ("", [[0, 0.3]])
    np.testing.assert_allclose(signal.values[:, 0], np.arange(99) * 5000 / 2**15)  # the last is not asked for
    np.testing.assert_allclose(signal.times, np.arange(99) / 1000)
    assert capfd.readouterr().err == ""


def test_neuro_explorer_is_what_was_written(tmp_path):
    told = io.read(neuro_explorer(tmp_path))
    assert (told.units["label"].tolist(), told.spikes.times.tolist()) == (["sig001a"], [0.1, 0.2])
    assert told.intervals["lick"]["start"].tolist() == told.intervals["lick"]["stop"].tolist() == [0.15]
    cue = told.intervals["cue"]
    np.testing.assert_allclose(cue[["start", "stop"]], [[0.025, 0.075], [0.125, 0.225]])
    assert (told.series["field"].unit, told.domain.tolist()) == ("mV", [[0, 0.3]])
    np.testing.assert_array_equal(told.series["field"].values[:, 0], np.arange(100) / 2)
    np.testing.assert_allclose(told.series["field"].times, np.arange(100) / 1000)


@pytest.mark.parametrize("end", [100, 8000, 9000, -10])
def test_plexon_that_is_cut_off_is_refused(tmp_path, end):
    path = neo_files(tmp_path)
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(DataError, match="is it damaged"):
        io.read(path)


@pytest.mark.parametrize("end", [4, 100, 400, 500])
def test_blackrock_that_is_cut_off_is_refused(tmp_path, end):
    path = blackrock(tmp_path)
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(DataError, match=r"is it damaged|was the copy cut off"):
        io.read(path)


def test_blackrock_that_ends_within_a_packet_says_so(tmp_path):
    path = blackrock(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    assert io.read(path).notes == ("ends within a packet; its 84 bytes, left out",)


@pytest.mark.parametrize("suffix", [".nev", ".plx", ".nex", ".smr", ".nix"])
def test_what_is_no_such_file_is_refused(tmp_path, suffix):
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(b"nonsense" * 1000)
    with pytest.raises(DataError, match=r"does not begin as files of Blackrock, .* is it damaged"):
        io.read(path)


@pytest.mark.parametrize("name", ["day.nix", "day.h5", "day.mat"])
def test_what_neo_writes_is_read(tmp_path, name):
    path, block = tmp_path / name, neo.Block(name="monday")
    block.segments += [segment(0), segment(2)]
    if name == "day.mat":
        neo.io.NeoMatlabIO(str(path)).write_block(block)
    else:
        pytest.importorskip("nixio")
        with neo.io.NixIO(str(path), "ow") as file:
            file.write_block(block)
    told, truth = io.read(path), io.read(block)
    assert told.units.equals(truth.units)
    np.testing.assert_array_equal(told.spikes.times, truth.spikes.times)
    np.testing.assert_array_equal(told.spikes.unit, truth.spikes.unit)
    assert told.series["speed"].unit == truth.series["speed"].unit == "cm/s"
    np.testing.assert_array_equal(told.series["speed"].times, truth.series["speed"].times)
    np.testing.assert_array_equal(told.series["speed"].values, truth.series["speed"].values)
    assert {n: t.to_dict("list") for n, t in told.intervals.items()} == {
        n: t.to_dict("list") for n, t in truth.intervals.items()
    }
    assert (told.session, told.domain.tolist()) == ("day", truth.domain.tolist())
    assert told.notes == ("2 segments follow each other; each is a trial",)


def test_other_files_of_these_names_are_left_to_their_readers(golden, tmp_path):
    savemat(tmp_path / "other.mat", {"spike_times_s": np.arange(9.0), "spike_clusters": np.arange(9)})
    for path in (golden.brainsets(), golden.nlb(), golden.matclust(), tmp_path / "other.mat"):
        assert not any("neo" in note for note in io.read(path).notes)


def test_without_neo_the_line_that_installs_it_is_told(tmp_path, monkeypatch):
    path = blackrock(tmp_path)
    monkeypatch.setitem(sys.modules, "neo.io", None)
    with pytest.raises(DataError, match=r"is read by neo \(neo\.io is missing\); pip install 'napari-neurofm\[neo\]'"):
        io.read(path)


@pytest.mark.parametrize("suffix", [".pl2", ".smrx"])
def test_what_needs_the_makers_library_says_how_neo_reads_it(tmp_path, suffix):
    path = tmp_path / f"day{suffix}"
    path.write_bytes(b"x")
    with pytest.raises(DataError, match=r"neurofm\.read\(neo\.io\.get_io\(path\)\.read_block\(\)\)"):
        io.read(path)
