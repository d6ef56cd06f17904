"""Objects of neo and SpikeInterface are recordings, field by field."""

from __future__ import annotations

import numpy as np
import pytest

import neurofm as nf
from neurofm.errors import DataError

ZERO_TO_ONE = np.arange(10) / 10


def segment():
    """Two trains in different units of time, events, epochs, a slow and a raw signal."""
    import neo
    import quantities as pq

    day = neo.Segment(name="day")
    for name, times, where in (("u1", [100.0, 200.0] * pq.ms, "CA1"), ("u2", [0.5] * pq.s, "CA3")):
        day.spiketrains.append(neo.SpikeTrain(times, t_stop=1 * pq.s, name=name, location=where, waves=np.zeros(3)))
    day.events.append(neo.Event(times=[0.1, 0.2] * pq.s, labels=["go", "stop"], name="cue"))
    spans = {"times": [0.1, 0.5] * pq.s, "durations": [100, 200] * pq.ms}
    day.epochs.append(neo.Epoch(**spans, labels=["left", "right"], name="trials"))
    for name, values, rate in (("speed", ZERO_TO_ONE[:, None], 10), ("raw", np.zeros((10, 3)), 30_000)):
        day.analogsignals.append(neo.AnalogSignal(values, units="mV", sampling_rate=rate * pq.Hz, name=name))
    return day


def test_a_segment_of_neo_is_a_recording_and_so_is_its_block():
    import neo

    block = neo.Block(name="block")
    block.segments.append(segment())
    for thing in (segment(), block):
        recording = nf.read(thing)
        assert recording.session == "day"
        assert recording.units[["label", "region"]].to_numpy().tolist() == [["u1", "CA1"], ["u2", "CA3"]]
        np.testing.assert_allclose(recording.spikes.times, [0.1, 0.2, 0.5])
        assert recording.spikes.unit.tolist() == [0, 0, 1]
        cue, trials = recording.intervals["cue"], recording.trials
        assert cue["value"].tolist() == ["go", "stop"]
        np.testing.assert_allclose(trials[["start", "stop"]], [[0.1, 0.2], [0.5, 0.7]])
        np.testing.assert_allclose(recording.series["speed"].times, ZERO_TO_ONE)
        np.testing.assert_allclose(recording.series["speed"].values[:, 0], ZERO_TO_ONE)
        assert "not read: raw (raw)" in recording.notes
    block.segments.append(segment())
    with pytest.raises(DataError, match="has 2 segments; give one of them"):
        nf.read(block)


def test_a_sorting_of_spikeinterface_keeps_what_is_known_of_its_units():
    core = pytest.importorskip("spikeinterface.core")
    trains = {"a": np.array([3000, 6000]), "b": np.array([300])}
    sorting = core.NumpySorting.from_unit_dict(trains, 30_000.0)
    sorting.set_property("depth", np.array([1.5, 2.5]))
    recording = nf.read(sorting)
    np.testing.assert_allclose(recording.spikes.times, [0.01, 0.1, 0.2])
    assert recording.units[["label", "depth"]].to_numpy().tolist() == [["a", 1.5], ["b", 2.5]]
    several = core.NumpySorting.from_unit_dict([trains, trains], 30_000.0)
    with pytest.raises(DataError, match=r"has 2 segments; choose one: sorting.select_segments"):
        nf.read(several)


def test_files_of_neo_say_what_opens_them(tmp_path):
    (tmp_path / "a.plx").write_bytes(b"PLEX" + bytes(999))
    with pytest.raises(DataError, match=r"a.plx: is read by neo: neurofm.read\(neo.io.get_io"):
        nf.read(tmp_path / "a.plx")
