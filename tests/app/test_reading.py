"""What a front asks before it opens a bare file: only what matters, as it was answered before where that fits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neurofm.app import reading
from neurofm.app.session import Session
from neurofm.io import Layout
from tests.io.test_layout import spikes

TIMES, UNIT = spikes(30_000, seconds=30.0)


def save(path):
    np.savez(path, spike_times=TIMES.astype(int), spike_clusters=UNIT)
    return path


def test_only_what_a_file_needs_is_asked(tmp_path):
    asked = reading.asked(Session(), save(tmp_path / "a.npz"))
    assert asked.unsure == "time_in"
    assert reading.questions(asked)[:4] == ["holds", "time", "unit", "time_in"]
    samples = asked.again(Layout(time_in="samples"))
    assert reading.questions(samples)[-1] == "rate_hz"
    np.save(tmp_path / "b.npy", np.ones((90, 9), int))
    assert reading.questions(reading.asked(Session(), tmp_path / "b.npy")) == ["holds", "rows", "time", "dt"]


def test_the_next_file_like_it_begins_with_the_answers_of_the_last(tmp_path):
    session, how = Session(), {"time_in": "samples", "rate_hz": 30_000.0}
    session.open(save(tmp_path / "a.npz"), **how)
    asked = reading.asked(session, save(tmp_path / "b.npz"))
    assert (asked.unsure, asked.told[0]) == ("", "as it was for a.npz")
    assert reading.given(asked.guess).items() >= how.items()
    pd.DataFrame({"t": TIMES, "who": UNIT}).to_csv(tmp_path / "c.csv", index=False)
    session.open(tmp_path / "c.csv", holds="spikes", time="t", unit="who", time_in="us")
    assert reading.asked(session, tmp_path / "b.npz").guess.time_in == "samples"


def test_nothing_is_asked_of_what_says_it_itself(tmp_path):
    (tmp_path / "a.nwb").write_bytes(b"no")
    for source in (tmp_path / "a.nwb", str(tmp_path), "precomputed://https://nowhere", [tmp_path / "a.nwb"]):
        assert reading.asked(Session(), source) is None


def test_answers_are_words_or_a_number(tmp_path):
    asked = reading.asked(Session(), save(tmp_path / "a.npz"))
    assert reading.answers(asked)["a millisecond"] == "ms"
    assert not reading.answers(asked.again(Layout(time_in="samples")))
    assert reading.answers(asked.again(Layout(holds="spikes", time="nowhere"))) == {
        n: n for n in asked.choices["time"] if n
    }
