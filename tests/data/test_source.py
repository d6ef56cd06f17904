"""What any source says of itself: when it ran, and when a thing in it was."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from neurofm.data import Recording, Series, Spikes
from neurofm.data.ids import moments
from neurofm.data.source import Source, Space, each, sketch, start, stop, when

ONCE, LASTING = np.array([2.0, 2.5, 4.0]), np.array([[2.0, 3.0], [3.0, 5.0]])


def source(space: Space) -> Any:
    return SimpleNamespace(spaces=lambda: {"frame": space}, domain=np.array([[2.0, 3.0], [4.0, 5.0]]))


@pytest.mark.parametrize(
    ("space", "told"),
    [
        (Space(count=3, times=lambda: ONCE), [4.0, 2.0]),
        (Space(columns=("time",), at=lambda column, ids: ids / 10), [0.2, 0.0]),
        (Space(count=3, times=lambda: LASTING), None),
        (Space(columns=("height",), at=lambda column, ids: ids / 10), None),
        (Space(count=3), None),
    ],
    ids=["frames", "on demand", "bouts", "no column of time", "nodes"],
)
def test_a_thing_is_at_a_moment_or_at_none(space: Space, told: list[float] | None) -> None:
    times = when(source(space), "frame", np.array([2, 0]))
    assert (times if times is None else times.tolist()) == told
    assert when(source(space), "node", np.array([0])) is None


def test_moments_of_a_recording_are_when_they_were(reaches: Recording) -> None:
    times = np.array([0.5, 3.25])
    np.testing.assert_allclose(when(reaches, "time", moments(times, reaches.start)), times)
    assert when(reaches, "unit", np.arange(2)) is when(reaches, "trial", np.arange(2)) is None


def test_a_source_begins_and_ends_with_its_domain(reaches: Recording) -> None:
    gappy = source(Space())
    assert (start(gappy), stop(gappy)) == (2.0, 5.0)
    timeless = SimpleNamespace(domain=np.zeros((0, 2)))
    assert (start(timeless), stop(timeless)) == (0.0, 0.0)
    assert isinstance(reaches, Source)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: replace(r, domain=r.domain + 1),
        lambda r: replace(r, spikes=Spikes(r.spikes.times + 1e-6, r.spikes.unit)),
        lambda r: replace(r, spikes=Spikes(r.spikes.times[1:], r.spikes.unit[1:])),
        lambda r: replace(r, series={"x": Series(np.arange(3.0), np.zeros((3, 1)), ("x",))}),
    ],
)
def test_a_sketch_tells_recordings_apart_whatever_they_are_called(reaches: Recording, change: Any) -> None:
    assert sketch(replace(reaches, session="another", notes=("a",), paths=("b",))) == sketch(reaches)
    assert sketch(change(reaches)) != sketch(reaches)


@pytest.mark.parametrize("given", [[1, 2], (1, 2), {1, 2}, iter([1, 2]), {"a": 1, "b": 2}.values()])
def test_each_of_several(given):
    assert each(given) == [1, 2]


@pytest.mark.parametrize("given", [None, "ab", {"a": 1}, np.arange(2), range(2)])
def test_what_is_one_stays_one(given):
    (alone,) = each(given)
    assert alone is given
