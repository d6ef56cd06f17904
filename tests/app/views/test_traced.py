"""Curves of any source that measures over time, whatever kind it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurofm.app.views import _traced
from neurofm.data.source import Space
from neurofm.synthetic import videos


class Scored:
    """A source of a kind that nobody knows."""

    kind, session, clock = "scored", "day", "day"

    def spaces(self):
        columns = ("time", "a.b", "a.c", "word", "d")
        values = {"a.b": np.arange(50.0), "a.c": np.arange(50) > 9, "word": np.array(["x"] * 50), "d": np.ones(50)}
        held = Space(count=50, columns=columns, units={"b": "m"}, times=lambda: np.arange(50.0),
                     at=lambda name, rows: np.arange(50.0)[rows] if name == "time" else values[name][rows])  # fmt: skip
        return {"frame": held, "session": Space(count=1)}


def test_columns_of_numbers_are_grouped_by_what_stands_before_the_point():
    traced = _traced.of(Scored())
    assert {name: one.names for name, one in traced.items()} == {"a": ("b", "c"), "frames": ("d",)}
    assert (traced["a"].unit("b"), traced["a"].unit("c"), traced["a"].space) == ("m", "", "frame")
    np.testing.assert_array_equal(traced["a"].values("c", np.array([9, 10])), [0, 1])


def test_rows_reach_a_little_beyond_what_is_seen(monkeypatch):
    one = _traced.of(Scored())["a"]
    assert one.rows((9.5, 12.5)).tolist() == [9, 10, 11, 12, 13]
    assert one.rows((-5, -2)).tolist() == [0]
    monkeypatch.setattr(_traced, "ROWS", 10)
    assert len(one.rows((0, 49))) == 10
    monkeypatch.setattr(_traced, "BLOCK", 3)
    np.testing.assert_array_equal(one.values("b", np.arange(7)), np.arange(7))


def test_series_of_recordings_are_curves_and_what_measures_nothing_has_none(recording):
    traced = _traced.of(recording)
    assert traced["position"].names == ("x", "y")
    np.testing.assert_array_equal(
        traced["position"].values("y", slice(3, 5)), recording.series["position"].values[3:5, 1]
    )
    assert _traced.of(replace(recording, series={})) == {}
    assert _traced.of(videos.numbered(3)) == _traced.of(None) == {}
