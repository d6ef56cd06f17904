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
