"""One bad part that a file can do without never loses the file: all else is read, and the part is named."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.io import loadmat, savemat

from neurofm import io
from neurofm.errors import DataError
from neurofm.io._optional import optional

HAND = "processing/behavior/hand"


@pytest.fixture(scope="module")
def whole_nwb(tmp_path_factory):
    """Two units at one electrode each, trials, and two series, as pynwb writes them."""
    from pynwb import NWBHDF5IO, NWBFile, TimeSeries

    file = NWBFile("whole", "whole", datetime.fromtimestamp(0, UTC))
    device = file.create_device("probe")
    group = file.create_electrode_group("shank", "", "CA1", device)
    for _ in range(2):
        file.add_electrode(location="CA1", group=group)
    for k in range(2):
        file.add_unit(spike_times=np.arange(1.0, 9.0) + k / 10, electrodes=[k], electrode_group=group)
    for k in range(3):
        file.add_trial(start_time=k * 3.0, stop_time=k * 3.0 + 2)
    module = file.create_processing_module("behavior", "")
    for name in ("hand", "eye"):
        module.add(TimeSeries(name=name, data=np.arange(20.0), timestamps=np.arange(20) / 2, unit="m"))
    path = tmp_path_factory.mktemp("whole") / "whole.nwb"
    with NWBHDF5IO(str(path), mode="w") as io_:
        io_.write(file)
    return path


def put(name, values):
    """Puts an array in place of another, whose attributes stay."""

    def do(file):
        kept = dict(file[name].attrs) if name in file else {}
        if name in file:
            del file[name]
        file[name] = values
        file[name].attrs.update(kept)

    return do


def gone(*names):
    def do(file):
        for name in names:
            del file[name]

    return do


def lost_link(file):
    file["acquisition/video"] = h5py.ExternalLink("gone.nwb", "/acquisition/video")


def lost_target(file):
    file["processing/lost"] = h5py.SoftLink("/acquisition/nothing")


def lost_column(file):
    file["intervals/trials/side"] = h5py.ExternalLink("gone.nwb", "/side")


def no_rate(file):
    del file[f"{HAND}/timestamps"]
    file[f"{HAND}/starting_time"] = 0.0


def null_groups(file):
    del file["units/electrodes"], file["units/electrodes_index"]
    references = file["units/electrode_group"][()]
    references[0] = h5py.Reference()
    file["units/electrode_group"][...] = references


def called_label(file):
    file["units/label"] = [b"good", b"good"]
    file["intervals/trials/label"] = [b"go", b"stop", b"go"]


def lost_top(file):
    file["video"] = h5py.ExternalLink("gone.h5", "/a")


def same_ids(file):
    put("units/id", [b"a", b"a"])(file)


def elsewhere(file):
    file.move("units", "processing/behavior/sorted")


def copied(file, place):
    for name in ("id", "spike_times", "spike_times_index"):
        file[f"{place}/{name}"] = file[f"units/{name}"][()]


def several_units(file):
    copied(file, "scratch/again")
    copied(file, "processing/behavior/probe1")
    file["processing/behavior/probe1/spike_times"][...] += 0.05


def bad_units(file):
    copied(file, "scratch/probe1")
    put("scratch/probe1/spike_times_index", [99, 9])(file)


NWB = {  # what is done to the file, what is lost of it, what is told
    "missing external link": (lost_link, (), r"acquisition\.video: is a link to /acq\S* in gone\.nwb, which is not"),
    "missing target": (lost_target, (), r"processing\.lost: is a link to /acquisition/nothing, which is not there"),
    "missing column": (lost_column, (), r"intervals\.trials\.side: is a link"),
    "timestamps (2, N)": (
        put(f"{HAND}/timestamps", np.zeros((2, 20))),
        ("hand",),
        r"hand\.timestamps: must be one num",
    ),
    "empty series": (put(f"{HAND}/data", np.zeros(0)), ("hand",), "hand: holds no samples, left out"),
    "null series": (put(f"{HAND}/data", h5py.Empty("f8")), ("hand",), "hand: holds no samples, left out"),
    "no time known": (put(f"{HAND}/timestamps", np.full(20, np.nan)), ("hand",), "hand: 20 of 20 times are NaN"),
    "neither rate nor timestamps": (gone(f"{HAND}/timestamps"), ("hand",), "hand: has neither timestamps nor"),
    "no rate": (no_rate, ("hand",), "hand: its rate is 0, left out"),
    "words for numbers": (put(f"{HAND}/timestamps", b"noon"), ("hand",), r"hand\.timestamps: must be numbers"),
    "wrong length": (put(f"{HAND}/timestamps", np.arange(7.0)), ("hand",), "hand: 20 values for 7 times, left out"),
    "null electrodes": (null_groups, (), r"units\.electrode_group: 1 of 2 units have none"),
    "electrodes that are not there": (
        put("units/electrodes", [0, 77]),
        (),
        "electrodes: names electrode 77 of 2",
    ),
    "damaged electrodes": (
        put("units/electrodes_index", [b"a", b"b"]),
        (),
        r"electrodes_index: must be numbers",
    ),
    "trials without a stop": (gone("intervals/trials/stop_time"), (), "trials: has no stop; each row was taken for"),
    "trials without a start": (gone("intervals/trials/start_time"), ("trials",), "trials: has no start_time, left out"),
    "trials in words": (put("intervals/trials/start_time", [b"a", b"b", b"c"]), ("trials",), "trials: its start is"),
    "trials without ids": (
        gone("intervals/trials/id"),
        ("trials",),
        "trials: has no ids; the file is damaged",
    ),
    "columns called label": (called_label, (), ""),
    "two starts": (put("intervals/trials/start", [1.0, 2.0, 3.0]), (), r"trials\.start: start_time tells the same"),
    "repeated ids": (put("units/id", [5, 5]), (), "units: 1 ids repeat and were numbered"),
    "NaN ids": (put("units/id", [np.nan, 4.0]), (), "units: 1 ids are missing; named by their row"),
    "trials (1, n)": (put("intervals/trials/start_time", [[0.0, 3.0, 6.0]]), (), ""),
    "a column too long": (
        put("intervals/trials/side", np.zeros(7)),
        (),
        r"trials\.side: is \(7,\) for 3 rows",
    ),
    "observed nowhere": (
        put("units/obs_intervals", np.zeros((3, 3))),
        (),
        r"obs_intervals: is \(3, 3\), no starts",
    ),
    "no unit fires": (put("units/spike_times_index", [8, 8]), ("spikes",), ""),
    "a module that is none": (put("analysis/odd", [1]), (), "not read: odd"),
    "units elsewhere": (elsewhere, (), ""),
    "units in two places": (
        several_units,
        (),
        r"of several tables, put together: units \(2\), \w*\.\S* \(2\)",
    ),
    "the same units twice": (several_units, (), r"scratch\.again: holds the same spikes as units, left out"),
    "damaged units elsewhere": (bad_units, (), r"scratch\.probe1\S*: does not fit 16 spike times of 2 units"),
}


@pytest.mark.parametrize("case", NWB)
def test_nwb_opens_without_a_bad_part(whole_nwb, tmp_path, case):
    damage, lost, note = NWB[case]
    before, path = io.read(whole_nwb), shutil.copy(whole_nwb, tmp_path / "whole.nwb")
    with h5py.File(path, "r+") as file:
        if case == "no unit fires":
            put("units/spike_times", np.arange(8.0))(file)
        damage(file)
    after = io.read(path)
    assert any(pd.Series([note or "x", *after.notes]).str.contains(note)[1:]) if note else not after.notes, after.notes
    assert set(after.series) == set(before.series) - {*lost}
    assert set(after.intervals) == set(before.intervals) - {*lost}
    assert len(after.units) == (4 if "in two places" in case or "same units" in case else 2)
    assert after.units["label"].is_unique
    if "spikes" not in lost:
        assert set(before.spikes.times) <= set(after.spikes.times)


def text(name, words):
    return lambda home: (home / name).write_text(words)


def array(name, values):
    return lambda home: np.save(home / name, values)


def csv(name, table):
    return lambda home: pd.DataFrame(table).to_csv(home / name)


def in_tree(damage):
    def do(path):
        with h5py.File(path, "r+") as file:
            damage(file)

    return do


def one_damaged_cell(path):
    cells = loadmat(path)["spikes"]
    extra = np.empty((1, 2), object)
    extra[0] = [{"time": np.ones((2, 3))}, cells[0, 0]]
    savemat(path, {"spikes": extra})


PROBE = "alf/probe00/pykilosort"
PERIODS = {"": ["start", "stop"], "spontaneous": [1.0, 3.0], "replay": [3.0, 9.0]}
SIBLINGS = {  # reader, what is done to the file or folder, and what is told
    "ALF: damaged depths": ("alf", text(f"{PROBE}/clusters.depths.npy", "x"), r"probe00: clusters\.depths: cannot be"),
    "ALF: damaged metrics": ("alf", text(f"{PROBE}/clusters.metrics.pqt", "x"), r"clusters\.metrics: cannot be read"),
    "ALF: damaged regions": (
        "alf",
        text(f"{PROBE}/channels.brainLocationIds_ccf_2017.npy", "x"),
        r"clusters\.regions: cannot be read",
    ),
    "ALF: damaged camera": ("alf", text("alf/_ibl_leftCamera.times.npy", "x"), "leftCamera: cannot be read"),
    "ALF: empty camera": ("alf", array("alf/_ibl_leftCamera.times.npy", []), "leftCamera.ROIMotionEnergy: holds no sa"),
    "ALF: trials (1, n)": ("alf", array("alf/_ibl_trials.stimOn_times.npy", [[0.1, 2.1]]), ""),
    "ALF: passive periods": ("alf", csv("alf/_ibl_passivePeriods.intervalsTable.csv", PERIODS), ""),
    "ALF: passive stimuli": (
        "alf",
        csv("alf/_ibl_passiveStims.table.csv", {"toneOn": [1.0]}),
        "passiveStims: has no in",
    ),
    "ALF: words for times": ("alf", array("alf/_ibl_lick.times.npy", ["a", "b"]), r"lick\.times: must be numbers"),
    "Kilosort: bad table": ("kilosort", text("cluster_info.tsv", '\x00"a'), r"cluster_info\.tsv: "),
    "Kilosort: bad templates": ("kilosort", text("templates.npy", "x"), r"templates\.npy: cannot be read"),
    "Kilosort: bad amplitudes": ("kilosort", array("amplitudes.npy", np.zeros(2)), r"amplitudes\.npy: has 2 entries"),
    "MatClust: bad cell": ("matclust", one_damaged_cell, "time of cell 1: must be one number a row"),
    "brainsets: no end": ("brainsets", in_tree(gone("trials/end")), "trials: an Interval needs start and end"),
    "brainsets: other length": ("brainsets", in_tree(put("trials/end", [1.0])), "trials: has 2 starts and 1 ends"),
    "brainsets: no times": ("brainsets", in_tree(gone("cursor/timestamps")), r"cursor\.timestamps: is missing"),
    "brainsets: lost link": ("brainsets", in_tree(lost_top), r"video: is a link to /a in gone\.h5, which is not there"),
    "brainsets: repeated ids": ("brainsets", in_tree(same_ids), "units: 1 ids repeat and were numbered"),
}


@pytest.mark.parametrize("case", SIBLINGS)
def test_other_formats_open_without_a_bad_part(golden, case):
    reader, damage, note = SIBLINGS[case]
    path = getattr(golden, reader)()
    before = io.read(path)
    damage(path)
    after = io.read(path)
    assert len(after.units) == len(before.units)
    assert after.units["label"].is_unique
    np.testing.assert_array_equal(after.spikes.times, before.spikes.times)
    new = [told for told in after.notes if told not in before.notes]
    assert len(pd.Series(new, dtype=str).str.extract(f"({note})").dropna()) == 1 if note else not new, new


def test_periods_of_a_passive_session_are_intervals_by_name(golden):
    home = golden.alf()
    SIBLINGS["ALF: passive periods"][1](home)
    periods = io.read(home).intervals["passivePeriods"]
    assert periods.to_dict("list") == {"start": [1.0, 3.0], "stop": [3.0, 9.0], "name": ["spontaneous", "replay"]}


def test_labels_of_units_and_columns_called_so_are_both_there(whole_nwb, tmp_path):
    path = shutil.copy(whole_nwb, tmp_path / "whole.nwb")
    with h5py.File(path, "r+") as file:
        called_label(file)
        put("units/id", [5, 5])(file)
    recording = io.read(path)
    assert recording.units[["label", "quality"]].to_numpy().tolist() == [["unit 5", "good"], ["unit 5 #2", "good"]]
    table = recording.spaces()["trial"].table()
    assert table["label_trials"].tolist() == ["go", "stop", "go"]
    assert table["label"].tolist() == [f"whole/trial {k}" for k in range(3)]


def test_what_is_not_one_of_a_files_own_errors_is_named_too():
    notes = []
    with optional(notes, "hand"):
        raise KeyError("no such thing")
    with optional(notes, "hand"):
        raise DataError("a.nwb", "eye.times", "must be numbers")
    assert notes == ["hand: cannot be read (no such thing), left out", "eye.times: must be numbers, left out"]
    with pytest.raises(MemoryError), optional(notes, "hand"):
        raise MemoryError
