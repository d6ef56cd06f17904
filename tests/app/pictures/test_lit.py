"""What is picked lights up where the animal was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.analysis.tuning import place_field
from neurofm.app import colors
from neurofm.app.pictures.layers.recording import layers
from neurofm.app.pictures.lit import MOST_PIECES, MOST_SPIKES, lit
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.views import tuning
from neurofm.data import Recording, Series, Spikes
from neurofm.synthetic.demo import demo


@pytest.fixture(scope="module")
def animal() -> Recording:
    return demo(duration=30.0)[0]


@pytest.fixture
def session(animal):
    return Session([animal])


def test_spikes_lie_where_the_animal_was_when_they_were_fired(session, animal):
    session.selection.pick("unit", session.table("unit").index[[2, 5]])
    shown = lit(session, "ada")
    fired = np.isin(animal.spikes.unit, [2, 5])
    path = animal.series["position"]
    fired &= animal.spikes.times <= path.times[-1]  # the last bin has no sample behind it
    times = animal.spikes.times[fired]
    for axis, column in enumerate((1, 0)):  # y, x
        np.testing.assert_allclose(shown.places[:, axis], np.interp(times, path.times, path.values[:, column]))
    assert shown.units.tolist() == animal.spikes.unit[fired].tolist()
    assert shown.fired == fired.sum()
    assert np.array_equal(shown.rgba[shown.units == 2][:, :3][0], colors.OKABE_ITO[0])
    assert np.array_equal(shown.rgba[shown.units == 5][:, :3][0], colors.OKABE_ITO[1])


def test_units_of_a_group_have_its_colour(session):
    units = session.table("unit").index
    session.group("mine", "unit", units[[5]])
    session.selection.pick("unit", units[[2, 5]])
    shown = lit(session, "ada")
    wanted = session.colors("group", "unit", units[[5]].to_numpy()).rgba[0]
    assert (shown.rgba[shown.units == units[5]] == wanted).all()


def test_picked_trials_light_up_their_stretch_of_the_path(session, animal):
    session.selection.pick("trial", session.table("trial").index[[1]])
    start, stop = animal.intervals["trials"][["start", "stop"]].iloc[1]
    pieces = lit(session, "ada").pieces
    path = animal.series["position"]
    ends = pieces[:, 0] + pieces[:, 1]
    assert np.allclose(pieces[1:, 0], ends[:-1])  # one line
    assert np.allclose(pieces[0, 0], path.at([start])[0, ::-1], atol=0.5)
    assert np.allclose(ends[-1], path.at([stop])[0, ::-1], atol=0.5)
    assert len(pieces) == pytest.approx((stop - start) / 0.02, abs=2)


def test_nothing_lights_up_where_the_animal_was_not_seen(animal):
    path = animal.series["position"]
    seen = (path.times < 10) | (path.times > 20)
    lost = Series(path.times[seen], path.values[seen], path.names, path.unit)
    session = Session([replace(animal, series={"position": lost})])
    session.selection.pick("unit", session.table("unit").index)
    session.selection.pick("time", session.moments("ada", 9.9, 20.1), "add")
    shown = lit(session, "ada")
    times, (before, after) = animal.spikes.times, (path.times[path.times < 10][-1], path.times[path.times > 20][0])
    inside = (times >= path.times[0]) & (times <= path.times[-1])
    assert shown.fired == (inside & ((times <= before) | (times >= after))).sum()
    assert (np.abs(shown.pieces[:, 1]) < 5).all()  # no line over the gap


def test_of_many_spikes_as_many_are_drawn_evenly_as_can_be_seen_and_it_is_said(animal):
    rng = np.random.default_rng(0)
    times = np.sort(rng.uniform(0, 29.9, 1_000_000))
    many = replace(animal, spikes=Spikes(times, rng.integers(0, 48, len(times)).astype(np.int32)))
    session = Session([many])
    session.selection.pick("unit", session.table("unit").index)
    session.selection.pick("time", session.everything("time"), "add")
    shown = lit(session, "ada")
    assert MOST_SPIKES / 2 < len(shown.places) <= MOST_SPIKES
    assert shown.fired == pytest.approx(1_000_000, rel=1e-3)
    assert len(np.unique(shown.units)) == 48
    assert 0 < len(shown.pieces) <= MOST_PIECES + 1


def test_there_is_nothing_without_a_path_or_a_pick(session, animal):
    assert lit(Session([replace(animal, series={})]), "ada") is None
    shown = lit(session, "ada")
    assert (len(shown.places), len(shown.pieces), shown.fired) == (0, 0, 0)


@pytest.mark.parametrize(("unit", "sign"), [("cm", 1), ("", 1), ("px", -1)])
def test_the_map_of_a_place_lies_as_the_path_on_the_canvas(animal, unit, sign):
    path = animal.series["position"]
    corner = np.where(path.times[:, None] < 15, [10.0, 70.0], [90.0, 8.0]) + 0.1 * path.values  # two far corners
    times = np.arange(0.1, 14.9, 0.01)  # a unit that fires in the first of them only
    spikes = Spikes(times, np.zeros(len(times), np.int32))
    asymmetric = replace(animal, series={"position": Series(path.times, corner, ("x", "y"), unit)}, spikes=spikes)
    session = Session([asymmetric])
    session.selection.pick("unit", [0])
    scene = tuning.scene(tuning.State(kind="place"), session, Viewport())
    (image,) = scene.marks
    rates = place_field(asymmetric, [0])[0]
    column = np.unravel_index(np.nanargmax(rates[0]), rates[0].shape)[1]
    right = image.x[0] + (column + 0.5) / rates.shape[2] * (image.x[1] - image.x[0])
    rgba = image.rgba.reshape(-1, 4).astype(int)
    up = int(np.argmin(np.abs(rgba - colors.opaque(colors.VIRIDIS)[-1].astype(int)).sum(1))) // image.rgba.shape[1]
    above = image.y[0] + (up + 0.5) / rates.shape[1] * (image.y[1] - image.y[0])
    canvas = lit(session, "ada").places.mean(0)  # y and x; y upwards, of pixels downwards
    (path_layer,) = [options for _, options, kind in layers(asymmetric) if kind == "shapes"]
    assert path_layer["metadata"]["upward"] is (sign > 0)
    assert right == pytest.approx(canvas[1], abs=6)
    assert sign * above == pytest.approx(canvas[0], abs=6)
