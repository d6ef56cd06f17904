"""Of a block of neo, raw signals are named and left out, and segments over each other are moved apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurofm.errors import DataError
from neurofm.io._neo_blocks import recording
from tests.io.test_neo_objects import segment

neo = pytest.importorskip("neo")
pq = pytest.importorskip("quantities")
PATH = Path("day.1.plx")


def block(*segments):
    made = neo.Block()
    made.segments += list(segments)
    return made


def signal(rate, channels, name):
    """Of two seconds from -1 s on."""
    about = {"sampling_rate": rate * pq.Hz, "t_start": -1 * pq.s, "name": name}
    return neo.AnalogSignal(np.zeros((2 * rate, channels)) * pq.uV, **about)


def test_raw_signals_are_named_and_still_tell_how_long_was_recorded():
    part = segment(0)
    part.analogsignals += [signal(30_000, 1, "raw"), signal(1000, 65, "probe"), signal(2000, 64, "field")]
    told = recording(PATH, [block(part)])
    assert list(told.series) == ["speed", "field"]
    assert told.domain.tolist() == [[-1, 1]]
    assert told.notes == ("not read: probe (1000 Hz, 65 channels), raw (30000 Hz, 1 channels)",)
    assert (told.session, told.paths) == ("day.1", (str(PATH),))


def test_raw_signals_alone_are_refused():
    part = neo.Segment()
    part.analogsignals.append(signal(30_000, 1, "raw"))
    with pytest.raises(DataError, match=r"raw signals alone, .*; sort it, and open the folder of the sorter"):
        recording(PATH, [block(part)])


@pytest.mark.parametrize("blocks", [[], [None]])
def test_nothing_is_refused(blocks):
    with pytest.raises(DataError, match="holds no segment with data; was the copy cut off"):
        recording(PATH, [block() for _ in blocks])


def test_segments_over_each_other_are_moved_apart_and_told():
    told = recording(PATH, [block(segment(0), segment(0)), block()])
    assert told.domain.tolist() == [[0, 1], [2, 3]]
    assert told.trials.to_dict("list") == {"start": [0, 2], "stop": [1, 3]}
    np.testing.assert_allclose(told.spikes.times, [0.1, 0.2, 0.3, 2.1, 2.2, 2.3])
    assert told.intervals["licks"]["start"].tolist() == [0.5, 2.5]
    assert told.intervals["cues"]["stop"].tolist() == [0.5, 2.5]
    assert told.series["speed"].times[[0, 10]].tolist() == [0, 2]
    moved = "2 segments lie over each other in time; each is a trial and was moved behind the one before"
    assert told.notes == (moved, "holds 2 blocks; the first was read")


def test_trains_of_one_name_stay_apart_and_names_tell_channel_and_unit():
    part = neo.Segment()
    for name, id in (("ch5#2", "a"), ("same", "b"), ("same", "c")):
        part.spiketrains.append(neo.SpikeTrain([0.5] * pq.s, 1 * pq.s, name=name, id=id))
    units = recording(PATH, [block(part)]).units
    assert units["label"].tolist() == ["ch5#2", "same (b)", "same (c)"]
    assert units["channel_id"].tolist()[0] == "5"
