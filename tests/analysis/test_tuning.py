"""Tuning finds the truth of simulated units, and counts time as a clock would."""

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis.tuning import curve_1d, direction_curve, kind, occupancy, place_field, psth, telling
from neurofm.data import Recording, Series
from neurofm.synthetic.demo import demo
from neurofm.synthetic.process import draw_spikes, smooth_noise
from neurofm.synthetic.reaching import sessions


def angle_between(a, b):
    return np.abs(np.angle(np.exp(1j * (np.asarray(a) - np.asarray(b)))))


@pytest.fixture(scope="module")
def reaching():
    return sessions(1, units=30, duration=200.0)[0]


@pytest.fixture(scope="module")
def arena():
    """Nine units with fields on a grid in a 100 x 60 cm arena, at 50 Hz with a gap, missing values and jumps."""
    rng = np.random.default_rng(1)
    dt, samples = 0.02, 30_000
    wander = smooth_noise(rng, samples, 2, dt=dt, tau=1.0, sigma=0.3)
    xy = (np.tanh(wander) + 1) / 2 * [100, 60]
    centres = np.array([(x, y) for x in (20, 50, 80) for y in (15, 30, 45)], float)
    rates = 20 * np.exp(-((xy[:, None] - centres) ** 2).sum(2) / (2 * 10**2)) + 0.1
    seen = xy.copy()
    seen[1000:1100] = np.nan
    seen[[5000, 9000]] = [5000, 5000]  # the tracker jumped
    times = np.arange(0.5, samples) * dt
    filmed = (times < 200) | (times > 230)
    units = pd.DataFrame({"label": [f"u{k}" for k in range(9)], "x": centres[:, 0], "y": centres[:, 1]})
    return Recording(
        session="arena",
        spikes=draw_spikes(rng, rates, dt),
        units=units,
        series={"position": Series(times[filmed], seen[filmed], ("x", "y"), "cm")},
        domain=np.array([[0.0, samples * dt]]),
    )


def test_fields_are_where_they_were_put(arena):
    rates, x, y = place_field(arena, range(9))
    for rate, centre in zip(rates, arena.units[["x", "y"]].to_numpy()):
        row, column = np.unravel_index(np.nanargmax(rate), rate.shape)
        peak = (x[column] + x[column + 1]) / 2, (y[row] + y[row + 1]) / 2
        assert np.linalg.norm(peak - centre) < 2 * (x[1] - x[0])
    assert np.nanmax(rates, axis=(1, 2)) == pytest.approx(
        np.full(9, 18), abs=6
    )  # Hz: 20 at the peak, a little smoothed


def test_bins_are_square_and_a_jump_of_the_tracker_does_not_stretch_them(arena):
    rates, x, y = place_field(arena, [0], bins=20)
    assert rates.shape == (1, len(y) - 1, len(x) - 1)
    assert len(x) - 1 == 20
    assert np.allclose(np.r_[np.diff(x), np.diff(y)], x[1] - x[0])
    assert x[-1] < 110


def test_place_field_is_what_a_loop_counts(arena):
    rates, x, y = place_field(arena, [4, 2], bins=8, sigma=0)
    series, spikes = arena.series["position"], arena.spikes
    seconds, counts = np.zeros((len(y) - 1, len(x) - 1)), np.zeros((2, len(y) - 1, len(x) - 1))
    for (start, stop), (px, py) in zip(occupancy(series.times), series.values):
        if not (x[0] <= px <= x[-1] and y[0] <= py <= y[-1]):
            continue
        cell = min(int((py - y[0]) / (x[1] - x[0])), len(y) - 2), min(int((px - x[0]) / (x[1] - x[0])), len(x) - 2)
        seconds[cell] += stop - start
        here = spikes.between(start, stop)
        counts[(slice(None), *cell)] += [(here.unit == 4).sum(), (here.unit == 2).sum()]
    assert np.isnan(rates[:, seconds == 0]).all()
    assert np.allclose(rates[:, seconds > 0], (counts / np.where(seconds, seconds, 1))[:, seconds > 0])


def test_time_in_gaps_is_owned_by_no_sample():
    times = np.r_[0:1:0.1, 5:6:0.1]
    owned = occupancy(times)
    assert np.diff(owned, axis=1).sum() == pytest.approx(2.0)
    assert (owned[1:, 0] >= owned[:-1, 1] - 1e-12).all()
    assert ((owned[:, 0] <= times) & (times <= owned[:, 1])).all()


def test_irregular_samples_own_half_the_way_to_their_neighbours():
    owned = occupancy(np.array([0, 0.02, 0.05, 0.07]))
    assert owned == pytest.approx(np.array([[-0.01, 0.01], [0.01, 0.035], [0.035, 0.06], [0.06, 0.08]]))


def test_preferred_directions_are_found(reaching):
    rates, centres = direction_curve(reaching, range(30))
    preferred = np.angle((rates * np.exp(1j * centres)).sum(1))
    assert np.degrees(angle_between(preferred, reaching.units["preferred"])).max() < 15


def test_slowest_samples_are_left_out(reaching):
    slow, _ = direction_curve(reaching, range(30), slowest=0.0)
    fast, _ = direction_curve(reaching, range(30), slowest=0.75)
    assert (np.ptp(fast, axis=1) > np.ptp(slow, axis=1)).mean() > 0.9


def test_one_dimensional_curve_follows_the_exponential(reaching):
    unit = int(np.argmax(np.abs(np.cos(reaching.units["preferred"]) * reaching.units["gain"])))
    truth = reaching.units.loc[unit]
    rates, centres = curve_1d(reaching, [unit], "velocity", feature=0, bins=10)
    slope = np.polyfit(centres[2:-2], np.log(rates[0, 2:-2]), 1)[0]
    assert slope == pytest.approx(truth.gain * np.cos(truth.preferred), abs=0.15)


def test_psth_finds_a_known_response():
    rng = np.random.default_rng(2)
    dt, events = 0.01, np.arange(5.0, 300.0, 2.0)
    times = np.arange(0.5, 30_000) * dt
    since = (times - 5.0) % 2.0
    rates = np.stack([5 + 30 * ((since > 0.1) & (since < 0.3)), np.full(len(times), 8.0)], 1)
    recording = Recording(session="cue", spikes=draw_spikes(rng, rates, dt), units=pd.DataFrame({"label": ["a", "b"]}))
    response, centres = psth(recording, [0, 1], np.r_[events, np.nan], bin=0.05)
    inside = (centres > 0.1) & (centres < 0.3)
    assert len(centres) == 30
    assert response[0, inside].mean() == pytest.approx(35, rel=0.1)
    assert response[0, ~inside].mean() == pytest.approx(5, rel=0.15)
    assert response[1].mean() == pytest.approx(8, rel=0.1)


def test_psth_is_what_a_loop_counts():
    rng = np.random.default_rng(4)
    spikes = draw_spikes(rng, np.full((1000, 2), 30.0), 0.01)
    recording = Recording(session="s", spikes=spikes, units=pd.DataFrame({"label": ["a", "b"]}))
    events = np.array([2.0, 4.5, 7.0])
    rates, centres = psth(recording, [1], events, window=(-0.5, 0.7), bin=0.1)
    times = spikes.times[spikes.unit == 1]
    wanted = [sum(((times >= e + c - 0.05) & (times < e + c + 0.05)).sum() for e in events) / 0.3 for c in centres]
    assert rates[0] == pytest.approx(wanted)


def test_behaviour_outside_the_recording_does_not_count(arena):
    inner = Recording(
        session="inner", spikes=arena.spikes, units=arena.units, series=arena.series, domain=np.array([[0.0, 60.0]])
    )
    cut = Recording(
        session="cut",
        spikes=arena.spikes,
        units=arena.units,
        series={"position": arena.series["position"].between(0, 60)},
        domain=np.array([[0.0, 60.0]]),
    )
    assert np.allclose(place_field(inner, [0])[0], place_field(cut, [0])[0], equal_nan=True)


def test_psth_leaves_out_what_was_not_recorded():
    spikes = draw_spikes(np.random.default_rng(3), np.full((1000, 1), 50.0), 0.01)
    recording = Recording(
        session="short", spikes=spikes, units=pd.DataFrame({"label": ["a"]}), domain=np.array([[0.0, 10.0]])
    )
    both, centres = psth(recording, [0], [0.0, 5.0], window=(-1, 1), bin=0.1)
    late, _ = psth(recording, [0], [5.0], window=(-1, 1), bin=0.1)
    assert np.allclose(both[0, centres < 0], late[0, centres < 0])
    assert np.isnan(psth(recording, [0], [0.0], window=(-1, 1), bin=0.1)[0][0, centres < 0]).all()
    assert np.isnan(psth(recording, [0], [])[0]).all()


def test_units_come_back_in_the_order_asked(reaching):
    rates, _ = direction_curve(reaching, [5, 2, 5])
    other, _ = direction_curve(reaching, [2, 5])
    assert np.array_equal(rates, other[[1, 0, 1]])


TRIALS = {"trials": pd.DataFrame({"start": [0.0], "stop": [1.0]})}
SPEED = {"speed": Series(np.arange(4.0), np.arange(4.0)[:, None], ("speed",))}
LOST = {"position": Series(np.arange(5.0), np.full((5, 2), np.nan), ("x", "y"))}


@pytest.mark.parametrize(
    ("parts", "kinds"),
    [
        ({}, {}),
        ({"series": SPEED}, {"curve": "speed"}),
        ({"series": LOST}, {}),
        ({"series": SPEED | LOST, "intervals": TRIALS}, {"psth": "trials", "curve": "speed"}),
        ({"intervals": {"trials": TRIALS["trials"].head(0)}}, {}),
    ],
)
def test_kind_says_what_the_data_allow(parts, kinds):
    assert kind(Recording(session="s", **parts)) == kinds


@pytest.mark.parametrize(("name", "kinds"), [("arena", {"place": "position"}), ("reaching", {"direction": "velocity"})])
def test_kind_of_simulated_behaviour(request, name, kinds):
    assert kind(request.getfixturevalue(name)) == kinds


@pytest.mark.parametrize(
    ("truth", "wanted"), [("place", "place"), ("direction", "direction"), ("cue", "psth")], ids=lambda v: v
)
def test_what_a_unit_was_made_to_respond_to_is_most_telling(truth, wanted):
    for recording in demo(duration=120):
        units = np.flatnonzero(recording.units["kind"] == truth)
        assert telling(recording, units) == wanted
        assert np.mean([telling(recording, [unit]) == wanted for unit in units]) > 0.9


@pytest.mark.parametrize(("series", "most"), [({}, ""), (SPEED, "curve")])
def test_nothing_is_telling_without_behaviour_and_silent_units_break_nothing(series, most):
    silent = pd.DataFrame({"label": ["a"]})
    assert telling(Recording(session="s", units=silent, series=series), [0]) == most


@pytest.mark.parametrize("rates", [place_field, direction_curve, curve_1d])
def test_lost_behaviour_gives_nan_not_an_error(rates):
    recording = Recording(session="s", units=pd.DataFrame({"label": ["a"]}), series=LOST)
    assert np.isnan(rates(recording, [0], "position")[0]).all()


def test_an_animal_that_never_moves_has_one_bin():
    unmoved = Series(np.arange(5.0), np.ones((5, 2)), ("x", "y"))
    recording = Recording(session="s", units=pd.DataFrame({"label": ["a"]}), series={"position": unmoved})
    rates, _, _ = place_field(recording, [0])
    assert rates.shape == (1, 1, 1)
    assert rates[0, 0, 0] == 0


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda r: place_field(r, [0]), LookupError, r"no series 'position'; there are velocity"),
        (lambda r: direction_curve(r, [30]), ValueError, r"units must be rows 0 to 29 of reach 0, got \[30\]"),
        (
            lambda r: place_field(Recording(session="s", series=SPEED), [], "speed"),
            ValueError,
            r"'speed' needs at least 2 features, has speed",
        ),
    ],
)
def test_wrong_names_and_rows_are_told(reaching, call, error, words):
    with pytest.raises(error, match=words):
        call(reaching)
