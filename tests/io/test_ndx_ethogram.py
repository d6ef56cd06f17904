"""ndx-ethogram: what its own classes write is read, and what is written they read."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pynwb
import pytest
from ndx_ethogram import EthogramBouts
from pynwb.epoch import TimeIntervals

from neurofm import io
from neurofm.errors import DataError
from neurofm.io import ndx_ethogram


def written(folder, *tables, units=False, assessed=None):
    file = pynwb.NWBFile(
        session_description="d", identifier="i", session_id="s", session_start_time=datetime(2020, 1, 1, tzinfo=UTC)
    )
    module = file.create_processing_module("behavior", "d")
    if assessed is not None:
        module.add(assessed)
    for table in tables:
        module.add(table)
    if units:
        file.add_unit(spike_times=[0.5, 1.0])
    with pynwb.NWBHDF5IO(str(folder / "x.nwb"), mode="w") as file_io:
        file_io.write(file)
    return folder / "x.nwb"


def bouts(name, method="manual", **more):
    table = EthogramBouts(name=name, description="d", labeling_method=method, **more)
    table.add_row(start_time=0.0, stop_time=1.5, label="7")
    table.add_row(start_time=1.5, stop_time=2.0, label="3")
    return table


def test_two_coders_are_told_apart_by_where_their_bouts_come_from(tmp_path):
    source = io.read(written(tmp_path, bouts("ann", annotator="Ann"), bouts("bob", annotator="Bob")))
    assert set(source.bouts["origin"]) == {"ann: manual Ann", "bob: manual Bob"}
    assert (source.session, source.clock) == ("s", "s")


def test_what_was_looked_at_is_known(tmp_path):
    assessed = TimeIntervals(name="seen", description="d")
    assessed.add_row(start_time=0.0, stop_time=10.0)
    assessed.add_row(start_time=20.0, stop_time=30.0)
    source = io.read(written(tmp_path, bouts("a", observation_intervals=assessed), assessed=assessed))
    assert source.domain.tolist() == [[0, 10], [20, 30]]


def test_beside_spikes_they_are_intervals_and_can_be_asked_for(tmp_path):
    path = written(tmp_path, bouts("a"), units=True)
    recording = io.read_recording(path)
    assert recording.intervals["a"]["label"].tolist() == ["7", "3"]
    source = io.read(path, reader="ndx_ethogram")
    assert source.behaviors == ("7", "3")
    assert source.clock == recording.clock


def test_a_file_without_bouts_says_so(golden):
    with pytest.raises(DataError, match="EthogramBouts: is in no part of the file"):
        io.read(golden.nwb(), reader="ndx_ethogram")


def test_what_is_written_is_what_its_own_classes_read(golden, tmp_path):
    source = io.read(golden.bouts_table())
    path = ndx_ethogram.write(source, tmp_path / "out.nwb")
    with pynwb.NWBHDF5IO(str(path), mode="r", load_namespaces=True) as file_io:
        module = file_io.read().processing["behavior"]
        table, catalogue = module["bouts"], module["behaviors"]
        assert type(table).__name__ == "EthogramBouts"
        assert table.labeling_method == "curated"
        np.testing.assert_array_equal(table["start_time"][:], source.bouts["start"])
        assert list(table["label"][:]) == source.bouts["behavior"].tolist()
        assert table.ethogram.name == catalogue.name
        kinds = dict(zip(catalogue["behavior"][:], catalogue["behavior_type"][:]))
        assert kinds == {"groom": "state", "rear": "state", "walk": "state", "lick": "point"}
        assert table.observation_intervals["stop_time"][0] == 5
    assert pynwb.validate(path=str(path)) == []
