"""Objects of neo, in units of their own, are a recording in seconds."""

from __future__ import annotations

import numpy as np
import pytest

import neurofm as nf
from neurofm.errors import DataError

neo = pytest.importorskip("neo")
pq = pytest.importorskip("quantities")


def segment(begin: float):
    """One of a second from `begin` on, in which a and b fire."""
    part, end = neo.Segment(), (begin + 1) * pq.s
    for name, region, at in (("a", "CA1", [100, 300]), ("b", "CA3", [200])):
        times = (1000 * begin + np.array(at)) * pq.ms
        part.spiketrains.append(neo.SpikeTrain(times, end, t_start=begin * pq.s, name=name, area=region))
    about = {"sampling_rate": 10 * pq.Hz, "t_start": begin * pq.s, "name": "speed"}
    part.analogsignals.append(neo.AnalogSignal(np.arange(20.0).reshape(10, 2) * pq.cm / pq.s, **about))
    part.events.append(neo.Event([begin + 0.5] * pq.s, labels=["lick"], name="licks"))
    part.epochs.append(neo.Epoch([begin] * pq.s, [500] * pq.ms, labels=["cue"], name="cues"))
    return part


def test_block_is_a_recording_whose_segments_are_trials():
    block = neo.Block(name="monday")
    block.segments += [segment(0), segment(2)]
    told = nf.recording(block, subject="rat 3")
    assert (told.session, told.subject, told.domain.tolist()) == ("monday", "rat 3", [[0, 1], [2, 3]])
    assert told.units.to_dict("list") == {"region": ["CA1", "CA3"], "label": ["a", "b"]}
    np.testing.assert_allclose(told.spikes.times, [0.1, 0.2, 0.3, 2.1, 2.2, 2.3])
    assert told.spikes.unit.tolist() == [0, 1, 0] * 2
    assert (told.series["speed"].unit, told.series["speed"].values.shape) == ("cm/s", (20, 2))
    assert told.intervals["cues"].to_dict("list") == {"start": [0, 2], "stop": [0.5, 2.5], "label": ["cue", "cue"]}
    assert told.intervals["licks"]["start"].tolist() == [0.5, 2.5]
    assert told.trials.to_dict("list") == {"start": [0, 2], "stop": [1, 3]}
    assert nf.read(block).units.equals(told.units)


def test_trains_alone_and_signals_as_behaviour():
    part = segment(0)
    told = nf.recording(list(part.spiketrains), behaviour={"v": part.analogsignals[0]})
    assert told.units["label"].tolist() == ["a", "b"]
    np.testing.assert_allclose(told.spikes.times, [0.1, 0.2, 0.3])
    assert told.series["v"].unit == "cm/s"
    assert nf.recording({"q": part.spiketrains[0]}).spikes.times.tolist() == [0.1, 0.3]


def test_segments_over_each_other_are_refused():
    block = neo.Block()
    block.segments += [segment(0), segment(0)]
    with pytest.raises(DataError, match=r"lie over each other in time; give one of them"):
        nf.recording(block)


def train(times, name="", begin=0.0):
    return neo.SpikeTrain(np.array(times) * pq.s, (begin + 10) * pq.s, t_start=begin * pq.s, name=name)


def signal(values, unit, name="", begin=0.0):
    return neo.AnalogSignal(np.array(values) * unit, sampling_rate=1 * pq.Hz, t_start=begin * pq.s, name=name)


def test_trains_of_one_name_in_one_segment_are_several_units():
    block = neo.Block()
    for begin in (0, 10):
        part = neo.Segment()
        part.spiketrains += [train([begin + k + 1], "a", begin) for k in range(2)]
        part.spiketrains += [train([begin + k + 5], "", begin) for k in range(2)]
        block.segments.append(part)
    told = nf.recording(block)
    assert told.units["label"].tolist() == ["a", "a #2", "unit 2", "unit 3"]
    assert told.spikes.times.tolist() == [1, 2, 5, 6, 11, 12, 15, 16]
    assert told.spikes.unit.tolist() == [0, 1, 2, 3] * 2
    assert told.notes[0] == "units: 1 ids repeat and were numbered"
    assert "without a name were taken for one unit where they have one place" in told.notes[1]


def test_signals_join_in_one_unit_and_only_from_segment_to_segment():
    block = neo.Block()
    one, other, empty = neo.Segment(), neo.Segment(), neo.Segment()
    one.spiketrains.append(train([1]))
    one.analogsignals += [signal([[1], [2]], pq.V, "v"), signal([[3], [4]], pq.V, "v"), signal([[1, 2]], pq.m)]
    other.analogsignals += [
        signal([[5]], pq.mV, "v", 10),
        signal([[5]], pq.s, "v", 10),
        signal([[1, 2, 3]], pq.m, "", 10),
    ]
    block.segments += [one, empty, other]
    told = nf.recording(block)
    assert {name: (s.times.tolist(), s.unit, len(s.names)) for name, s in told.series.items()} == {
        "v": ([0, 1, 10], "V", 1), "v #2": ([0, 1], "V", 1), "signal": ([0], "m", 2),
        "v #3": ([10], "s", 1), "signal #2": ([10], "m", 3),
    }  # fmt: skip
    assert told.series["v"].values[:, 0].tolist() == [1, 2, 0.005]
    assert told.notes[0] == "1 of 3 segments hold nothing and were left out"
    assert "do not continue one another, were numbered" in " ".join(told.notes)
    assert len(told.trials) == 2
