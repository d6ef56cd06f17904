"""Folders as Kilosort and phy leave them, and what is made of those that lack or break something."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError
from tests.io.sorted_files import CLUSTERS, SAMPLES, TEMPLATES


def spikes(recording):
    """(label, second) of each spike."""
    labels = recording.units["label"].to_numpy()[recording.spikes.unit]
    return list(zip(labels.tolist(), np.round(recording.spikes.times, 6).tolist()))


SPIKES = [
    ("0", 0.01),
    ("4000000", 0.02),
    ("4000000", 0.03),
    ("0", 0.05),
    ("4000000", 0.06),
    ("4000000", 0.07),
    ("4", 0.08),
]


def test_spikes_of_all_but_noise_are_read_in_seconds(golden):
    recording = io.read(golden.kilosort())
    assert recording.session == "mouse + probe"
    assert spikes(recording) == SPIKES
    assert (recording.spikes.times.dtype, recording.spikes.unit.dtype) == (np.float64, np.int32)
    assert "1 of 4 clusters are noise and were left out" in recording.notes
    assert "not read: pc_features.npy, raw data.dat" in recording.notes


def test_what_is_known_of_each_unit_comes_from_tables_templates_and_amplitudes(golden):
    units = io.read(golden.kilosort()).units.set_index("label")
    assert units["cluster"].tolist() == [0, 4, 4_000_000]
    assert units["group"].tolist() == ["", "mua", "good"]
    assert units["KSLabel"].tolist() == ["good", "mua", ""]
    assert units["channel"].tolist() == [2, 3, 0]  # of the merged one, that of most of its spikes
    assert units["x"].tolist() == [0.0, 16.0, 0.0]
    assert units["depth"].tolist() == [40.0, 60.0, 20.0]
    assert units["shank"].tolist() == [1, 1, 0]
    assert units["amplitude"].tolist() == [2.0, 7.0, 3.0]
    np.testing.assert_allclose(units["trough_to_peak_ms"], [0.2, 0.2, 0.2])


@pytest.mark.parametrize("name", ["", "spike_times.npy", "spike_clusters.npy", "params.py", ".."])
def test_the_folder_around_and_its_main_files_stand_for_it(golden, name):
    home = golden.kilosort()
    assert io.can_read(home / name)
    recording = io.read((home / name).resolve())
    assert (recording.session, spikes(recording)) == ("mouse + probe", SPIKES)


def test_sorter_output_inside_stands_for_spikeinterfaces_folder(golden, tmp_path):
    whole = tmp_path / "sorting"
    shutil.copytree(golden.kilosort(), whole / "sorter_output")
    (whole / "spikeinterface_params.json").write_text("{}")
    assert io.read(whole).session == "sorting"
    shutil.copytree(whole / "sorter_output", whole / "phy")
    with pytest.raises(DataError, match=r"holds several sortings \(phy, sorter_output\); open one"):
        io.read(whole)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.int32, np.float64, ">i8"])
@pytest.mark.parametrize("shape", [(-1,), (-1, 1), (1, -1)])
def test_numbers_may_be_of_any_type_and_lie_any_way(golden, dtype, shape):
    home = golden.kilosort()
    for name, values in {"spike_times": SAMPLES, "spike_clusters": CLUSTERS}.items():
        np.save(home / f"{name}.npy", values.astype(dtype).reshape(shape))
    assert spikes(io.read(home)) == SPIKES


def test_spikes_out_of_order_are_sorted_and_told(golden):
    home = golden.kilosort()
    order = np.array([1, 0, 2, 3, 4, 5, 7, 6])
    for name, values in {"times": SAMPLES, "clusters": CLUSTERS, "templates": TEMPLATES}.items():
        np.save(home / f"spike_{name}.npy", values[order])
    recording = io.read(home)
    assert spikes(recording) == SPIKES
    assert "spike_times.npy: is not in order; sorted" in recording.notes


def test_templates_stand_for_clusters_that_are_not_there(golden):
    home = golden.kilosort()
    (home / "spike_clusters.npy").unlink()
    recording = io.read(home)
    assert recording.units["label"].tolist() == ["0", "1", "2", "4"]
    assert not any("spike_clusters" in note for note in recording.notes)


@pytest.mark.parametrize("values", [CLUSTERS[:5], np.eye(8), np.full(8, 0.5), None])
def test_templates_stand_for_clusters_that_cannot_be_read_which_is_told(golden, values):
    home = golden.kilosort()
    if values is None:
        (home / "spike_clusters.npy").write_bytes(b"nonsense")
    else:
        np.save(home / "spike_clusters.npy", values)
    recording = io.read(home)
    assert recording.units["label"].tolist() == ["0", "1", "2", "4"]
    (note,) = (note for note in recording.notes if note.startswith("spike_clusters.npy: "))
    assert note.endswith("so what was merged and split by hand is lost")
    (home / "spike_templates.npy").unlink()
    with pytest.raises(DataError, match=r"spike_clusters\.npy: "):
        io.read(home)


def test_a_cluster_that_is_no_number_is_named(golden):
    home = golden.kilosort()
    (home / "spike_templates.npy").unlink()
    np.save(home / "spike_clusters.npy", np.where(CLUSTERS == 0, np.nan, CLUSTERS))
    with pytest.raises(DataError, match="names cluster nan, where whole numbers are needed"):
        io.read(home)


def test_seconds_need_no_rate_and_are_told(golden):
    home = golden.kilosort()
    (home / "params.py").unlink()
    np.save(home / "spike_times.npy", SAMPLES / 30_000)
    recording = io.read(home)
    assert spikes(recording) == SPIKES
    assert "spike_times.npy: holds fractions, so its times were taken for seconds" in recording.notes
    assert "trough_to_peak_ms" not in recording.units


def test_samples_without_a_rate_say_how_to_give_it(golden):
    home = golden.kilosort()
    (home / "params.py").unlink()
    with pytest.raises(DataError, match=r"no params\.py .* write one with the line sample_rate = 30000"):
        io.read(home)


@pytest.mark.parametrize("line", ["sample_rate = 30000", "sample_rate=3e4 # Hz", "sample_rate = np.float64(30000.0)"])
def test_the_rate_is_read_as_text(golden, line):
    home = golden.kilosort()
    (home / "params.py").write_bytes(b"\xef\xbb\xbf" + f"{line}\r\nimport os; os._exit(3)\r\n".encode())
    assert spikes(io.read(home)) == SPIKES


@pytest.mark.parametrize("text", ["", "fs = 30000", "sample_rate = 0", "sample_rate = 1.2.3", "sample_rate = rate()"])
def test_parameters_without_a_rate_are_refused(golden, text):
    home = golden.kilosort()
    (home / "params.py").write_text(text)
    with pytest.raises(DataError, match=r"params\.py: sample_rate: is not given as a number above 0; write the line"):
        io.read(home)


@pytest.mark.parametrize("kept", [0, 50, -4])
def test_damaged_spike_times_are_named(golden, kept):
    file = golden.kilosort() / "spike_times.npy"
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"spike_times\.npy: cannot be read"):
        io.read(file.parent)


def test_a_pickle_is_never_executed(golden):
    home = golden.kilosort()
    np.save(home / "spike_times.npy", np.array([{}] * 8, object))
    with pytest.raises(DataError, match=r"spike_times\.npy: cannot be read"):
        io.read(home)


def test_no_spikes_are_refused(golden):
    home = golden.kilosort()
    np.save(home / "spike_times.npy", SAMPLES[:0])
    with pytest.raises(DataError, match=r"spike_times\.npy: holds no spike"):
        io.read(home)


def test_nothing_but_noise_is_refused(golden):
    home = golden.kilosort()
    (home / "cluster_group.tsv").write_text(
        "cluster_id\tgroup\n" + "".join(f"{k}\tNoise\n" for k in (0, 3, 4, 4_000_000))
    )
    with pytest.raises(DataError, match="group: calls all 4 clusters noise"):
        io.read(home)


def test_missing_clusters_are_named(golden):
    home = golden.kilosort()
    (home / "spike_clusters.npy").unlink()
    (home / "spike_templates.npy").unlink()
    with pytest.raises(DataError, match=r"spike_clusters\.npy: is missing beside spike_times\.npy"):
        io.read(home)


@pytest.mark.parametrize("name", ["amplitudes", "spike_templates", "templates", "channel_positions", "channel_shanks"])
@pytest.mark.parametrize("values", [np.zeros((2, 0)), np.array([1.0]), np.array(["a"]), np.array([{}], object), None])
def test_an_optional_file_that_is_wrong_is_left_out_by_name(golden, name, values):
    home = golden.kilosort()
    if values is None:
        (home / f"{name}.npy").write_bytes(b"nonsense")
    else:
        np.save(home / f"{name}.npy", values)
    recording = io.read(home)
    assert spikes(recording) == SPIKES
    (note,) = (note for note in recording.notes if note.startswith(f"{name}.npy: "))
    assert note.endswith("left out")


def test_a_file_that_changes_while_it_is_read_is_refused(golden, monkeypatch):
    home = golden.kilosort()

    def rewritten(*given):
        np.save(home / "spike_times.npy", SAMPLES + 1)
        return tables(*given)

    from neurofm.io import kilosort

    tables = kilosort.tables
    monkeypatch.setattr(kilosort, "tables", rewritten)
    with pytest.raises(DataError, match=r"spike_times\.npy: changed while it was read"):
        io.read(home)
