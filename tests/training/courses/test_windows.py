"""How models of single spikes learn: what suits them, how long their windows are, and when they answer."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm.data import Series, spans
from neurofm.data.motion import moving
from neurofm.data.target import CLASSES, choose
from neurofm.errors import DataError
from neurofm.metrics import r2
from neurofm.specs import Effort
from neurofm.synthetic import reaching
from neurofm.training.courses.windows import SPEC, _lesson, check_trainable, fit_window, scale_of

SIZES = {"window": 1.0, "usual_units": 8, "batch": 10, "steps": 100}


@pytest.fixture(scope="module")
def recordings():
    return reaching.sessions(2, units=6, duration=40.0, seed=5)


def in_trials(recording, length):
    """The same recorded only in trials of `length` seconds, a second apart."""
    starts = np.arange(0, 38, length + 1)
    domain = np.stack([starts, starts + length], 1)
    return replace(recording, domain=domain, intervals={"trials": pd.DataFrame(domain, columns=["start", "stop"])})


@pytest.mark.parametrize(("passes", "wanted"), [(50, 200), (75, 300), (1, 100)])
def test_steps_follow_the_windows(recordings, passes, wanted):
    assert SPEC.advise(Effort(passes=passes), SIZES, recordings[:1]).settings == {"steps": wanted}


@pytest.mark.parametrize(("units", "times"), [(3, 1), (6, 2), (1000, 2)])
def test_a_step_costs_what_the_units_that_are_seen_at_once_cost(recordings, units, times):
    effort = Effort(each=0.0)
    half, cost = (SPEC.advise(effort, SIZES | {"usual_units": n}, recordings[:1]).step for n in (3, units))
    assert cost == pytest.approx(times * half)


@pytest.mark.parametrize(("lengths", "window"), [([], 1.0), ([0.6], 0.6), ([0.6, 0.3], 0.3)])
def test_a_window_is_no_longer_than_most_trials(recordings, lengths, window):
    data = [recordings[0], *(replace(in_trials(recordings[1], n), session=str(n)) for n in lengths)]
    assert fit_window(data, 1.0, {r.session: r.domain for r in data}, shorten=True) == window


def test_a_window_that_was_chosen_is_refused_where_it_is_too_long(recordings):
    short = in_trials(recordings[1], 0.6)
    with pytest.raises(DataError, match=r"no stretch of training time lasts 0\.7 s; choose a shorter window"):
        fit_window([short], 0.7, {short.session: short.domain}, shorten=False)


def test_scale_is_that_of_the_training_time(recordings):
    series = recordings[0].series["velocity"]
    learned = series.times < 10
    mean, sd = scale_of(recordings[0], "velocity", np.array([[0.0, 10.0]]))
    np.testing.assert_allclose(mean, series.values[learned].mean(0), rtol=1e-5)
    np.testing.assert_allclose(sd, series.values[learned].std(0), rtol=1e-5)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda v: Series(v.times, v.values * [1.0, 0.0], v.names), "never changes in 'vy'"),
        (lambda v: Series(v.times, v.values * np.nan, v.names), "has no values in the training time"),
        (lambda v: Series(v.times, v.values[:, :1], ("vx",)), "has 1 features, the other recordings have 2"),
    ],
    ids=["constant", "unknown", "one feature"],
)
def test_what_cannot_be_learned_is_refused(recordings, spoil, words):
    r, target = recordings[0], choose(recordings)
    with pytest.raises(DataError, match=words):
        check_trainable(replace(r, series={"velocity": spoil(r.series["velocity"])}), target, r.domain)


def test_without_a_measurement_it_answers_every_20_ms(tmp_path, recordings, tiny):
    run = nf.train("poyo", recordings[0], tmp_path / "a", settings=tiny | {"steps": 2})
    said = run.predict(replace(recordings[0], series={}))
    np.testing.assert_allclose(np.diff(said.times), 0.02)
    assert np.isnan(said.truth).all()
    assert said.names == ("vx", "vy")
    assert said.metrics == {}


def test_classes_are_answered_within_the_trials(tmp_path, recordings, tiny):
    trials = pd.DataFrame({"start": np.arange(40.0), "stop": np.arange(40.0) + 0.5, "side": ["left", "right"] * 20})
    recording = replace(recordings[0], intervals={"trials": trials})
    run = nf.train("poyo", recording, tmp_path / "a", settings=tiny | {"steps": 2, "target": "side", "window": 0.5})
    said = run.predict(recording)
    assert said.kind == CLASSES
    assert (np.mod(said.times, 1) < 0.5).all()
    np.testing.assert_allclose(said.values.sum(1), 1, atol=1e-5)


def resting(recording):
    """The same with an animal that rests in the second half, but for the noise of its tracker."""
    series = recording.series["velocity"]
    noise = 1e-3 * np.random.default_rng(0).normal(size=series.values.shape)
    values = np.where((series.times < 20)[:, None], series.values, series.values[:1] + noise)
    return replace(recording, series={"velocity": replace(series, values=values, unit="cm/s")})


@pytest.mark.parametrize("model", ["poyo", "eit"])
def test_a_run_on_an_animal_that_rests_says_so_and_has_both_scores(tmp_path, recordings, model):
    rests = resting(recordings[0])
    run = nf.train(model, rests, tmp_path / "a", settings={"steps": 4, "target": "velocity"})
    assert {"r2", "all_r2", "ridge_r2", "all_ridge_r2", "over", "moving"} <= run.metrics.keys()
    assert 0.2 < run.metrics["moving"] < 0.8
    said = run.predict(rests)
    assert run.metrics["r2"] == pytest.approx(said.metrics["r2"])
    moves = spans.inside(said.times, moving(rests.series["velocity"])) & said.held_out
    assert said.metrics["r2"] == pytest.approx(np.mean(r2(said.truth[moves], said.values[moves])), abs=1e-5)
    apart = [run.spans(rests.session, name) for name in ("train", "valid", "test")]
    assert all(spans.duration(spans.intersect(p, half)) > 1 for p in apart for half in ([[0, 20]], [[20, 40]]))


def frozen(recording):
    """The same with a tracker that stopped in the middle."""
    series = recording.series["velocity"]
    values = np.where((series.times < 20)[:, None], series.values, series.values[:1])
    return replace(recording, series={"velocity": replace(series, values=values)})


@pytest.mark.parametrize("model", ["poyo", "eit"])
def test_what_stands_quite_still_is_neither_learned_nor_scored(tmp_path, recordings, model):
    stops = frozen(recordings[0])
    run = nf.train(model, stops, tmp_path / "a", settings={"steps": 4, "target": "velocity"})
    assert any("velocity stands still from about 20 s on" in note for note in run.config["notes"])
    said = run.predict(stops)
    known = np.isfinite(said.truth).all(1)
    assert known.any()
    assert (said.times[known] < 20.1).all()


def test_windows_are_not_cut_where_nothing_is_known(tmp_path, recordings, tiny):
    stops = frozen(recordings[0])
    run = nf.train("poyo", stops, tmp_path / "a", settings=tiny | {"steps": 2, "target": "velocity"})
    lesson = _lesson(run, stops, run.target, None)
    assert lesson.labels.max() <= 20.1
    assert spans.duration(lesson.labels) > 5


@pytest.mark.parametrize("model", ["poyo", "eit"])
@pytest.mark.parametrize(("factor", "offset"), [(1e3, 0), (1e6, 0), (1, 1.7e9)], ids=["ms", "us", "Unix"])
@pytest.mark.parametrize("part", ["velocity", "spikes"])
def test_what_is_on_another_clock_is_not_learned(tmp_path, recordings, model, factor, offset, part):
    one = replace(recordings[0], domain=np.zeros((0, 2)))
    series, spikes = one.series["velocity"], one.spikes
    if part == "spikes":
        wrong = replace(one, spikes=replace(spikes, times=spikes.times * factor + offset))
    else:
        wrong = replace(one, series={"velocity": replace(series, times=series.times * factor + offset)})
    with pytest.raises(DataError, match="as if they were"):
        nf.train(model, wrong, tmp_path / "a", settings={"steps": 2, "target": "velocity"})
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("model", ["poyo", "eit"])
@pytest.mark.parametrize("mark", [-99999.0, 999.0, 65535.0])
def test_what_stands_for_not_seen_is_neither_learned_nor_scored(tmp_path, recordings, model, mark):
    one = recordings[0]
    series, values = one.series["velocity"], one.series["velocity"].values.copy()
    values[len(values) // 40 :: len(values) // 20] = mark
    holes = np.where(values == mark, np.nan, values)
    runs = [
        nf.train(
            model, replace(one, series={"velocity": replace(series, values=v)}), tmp_path / str(k),
            settings={"steps": 4, "target": "velocity"},
        )
        for k, v in enumerate((values, holes))
    ]  # fmt: skip
    marked, clean = ({k: v for k, v in run.metrics.items() if k not in ("seconds", "peak_mb")} for run in runs)
    assert marked == clean
    assert np.isfinite(clean["r2"])


def test_each_session_is_decoded_in_its_own_unit(tmp_path, recordings):
    metres = recordings[1].series["velocity"]
    other = replace(recordings[1], series={"velocity": replace(metres, values=metres.values / 100, unit="m/s")})
    run = nf.train("poyo", [recordings[0], other], tmp_path / "a", settings={"steps": 4, "target": "velocity"})
    assert any("as wide in reach 0 as in reach 1" in note for note in run.config["notes"])
    said = run.predict(other)
    assert said.unit == "m/s"
    assert np.nanstd(said.values) < 0.1 * np.nanstd(run.predict(recordings[0]).values)
