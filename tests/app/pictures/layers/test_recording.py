"""What napari is given to show of a recording."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.app.pictures.layers.recording import (
    CORNERS,
    FRAMES,
    electrode_places,
    electrodes,
    grid,
    layers,
    path,
    position_of,
)
from neurofm.data import Recording, Series


def test_the_moving_point_is_where_the_animal_was_at_that_second(recording):
    (_, _, kind), (frames, options, points) = path(recording)
    assert (kind, points) == ("shapes", "points")
    seconds = frames[:, 0] * options["scale"][0] + options["translate"][0]
    series = recording.series["position"]
    where = series.at(seconds)
    assert np.allclose(frames[:, 2], where[:, 0], equal_nan=True)
    assert np.allclose(frames[:, 1], where[:, 1], equal_nan=True)
    assert np.allclose(np.diff(seconds), 0.1)


def test_no_line_is_drawn_where_nothing_was_measured():
    times = np.r_[np.arange(0, 5, 0.1), np.arange(10, 15, 0.1)]
    values = np.c_[times, times]
    values[20:30] = np.nan
    lines, frames = (
        layer[0] for layer in path(Recording(session="a", series={"position": Series(times, values, ("x", "y"))}))
    )
    assert len(lines) == 3
    seen = np.concatenate(lines)[:, 0]
    assert not ((seen > 1.95) & (seen < 2.95)).any()
    assert not ((seen > 5) & (seen < 10)).any()
    assert np.isfinite(frames).all()


def test_a_long_path_stays_light():
    times = np.arange(1_000_000) / 1000
    series = Series(times, np.c_[np.sin(times), np.cos(times)], ("x", "y"))
    lines, frames = (layer[0] for layer in path(Recording(session="a", series={"position": series})))
    assert sum(map(len, lines)) <= CORNERS + 1
    assert len(frames) <= FRAMES + 1
    assert len(grid(series)[0]) <= FRAMES + 1


def test_units_stand_where_they_were_found(recording):
    ((places, options, kind),) = electrodes(recording)
    assert kind == "points"
    assert places[:, 0].tolist() == recording.units["depth_um"].tolist()
    assert options["features"]["label"].tolist() == recording.units["label"].tolist()


@pytest.mark.parametrize(
    ("columns", "places"),
    [
        ({"depth": [3.0, 1.0]}, [[3.0, 0.0], [1.0, 0.0]]),
        ({"y_um": [3.0, 1.0], "x_um": [5.0, 6.0]}, [[3.0, 5.0], [1.0, 6.0]]),
        ({"y": [3.0, 1.0], "y_um": [9.0, 9.0]}, [[3.0, 0.0], [1.0, 0.0]]),
        ({"y": [3.0, np.nan], "x": [5.0, 6.0]}, [[3.0, 5.0]]),
        ({"x": [5.0, 6.0]}, []),
        ({}, []),
    ],
)
def test_places_of_units_are_read_by_the_names_of_columns(columns, places):
    recording = Recording(session="a", units=pd.DataFrame({"label": ["a", "b"], **columns}))
    at, rows = electrode_places(recording)
    assert at.tolist() == places
    assert rows.tolist() == list(range(len(places)))
    assert len(electrodes(recording)) == bool(places)


TIMES = np.arange(3.0)


@pytest.mark.parametrize(
    ("name", "features", "samples", "there"),
    [("position", 2, 3, True), ("Hand Position", 3, 3, True), ("position", 1, 3, False), ("position", 2, 1, False),
     ("velocity", 2, 3, False)],
)  # fmt: skip
def test_the_position_is_what_is_called_so_and_goes_over_a_plane(name, features, samples, there):
    series = Series(TIMES[:samples], np.zeros((samples, features)), tuple("xyz"[:features]))
    recording = Recording(session="a", series={"speed": Series(TIMES, TIMES[:, None], ("s",)), name: series})
    assert position_of(recording) is (series if there else None)
    assert bool(path(recording)) == there


def test_a_recording_without_places_has_no_layers(recording):
    bare = replace(recording, series={}, units=recording.units[["label"]])
    assert layers(bare) == []
