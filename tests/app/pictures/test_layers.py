"""What napari is given to show of a recording."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurofm.app.pictures.layers import CORNERS, FRAMES, electrodes, grid, layers, path
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


def test_a_recording_without_places_has_no_layers(recording):
    bare = replace(recording, series={}, units=recording.units[["label"]])
    assert layers(bare) == []
