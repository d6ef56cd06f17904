"""How models of binned trials learn: what suits them, what they refuse, and what they put up with."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm.data import Series, Spikes
from neurofm.errors import DataError, Stopped, UnknownUnits
from neurofm.specs import Effort
from neurofm.synthetic import regions
from neurofm.training import filling
from neurofm.training.courses.trials import SPEC
from neurofm.training.trials import all_trials, held_out, learned_trials

TINY = {"dim": 16, "depth": 1, "heads": 2, "stitch": 16, "steps": 6, "batch": 4}
SIZES = {"bin": 0.02, "event": "", "before": 0.0, "after": 0.0, "batch": 10, "steps": 100, "length": 2}
FEW = {"steps": 4, "batch": 4}
every = pytest.mark.parametrize(("name", "more"), [("mtm", TINY), ("eit", FEW), ("swap_vae", FEW | {"batch": 16})])


@pytest.fixture(scope="module")
def recordings():
    return regions.sessions(2, regions=2, units=4, trials=30, seed=2)


def only(recording, count):
    """The first units of a recording."""
    spikes = recording.spikes
    few = spikes.unit < count
    series = {n: s for n, s in recording.series.items() if n == "whisker"}
    return replace(
        recording, units=recording.units.iloc[:count], spikes=Spikes(spikes.times[few], spikes.unit[few]), series=series
    )


@pytest.mark.parametrize(
    ("effort", "wanted"),
    [
        (Effort(passes=50), 200),  # 50 times 30 trials, ten a step
        (Effort(passes=1, item="bin", sees=1), 300),  # 30 trials of 100 bins
        (Effort(passes=1, item="window", sees="length"), 200),
    ],
    ids=["trials", "bins", "windows"],
)
def test_steps_follow_what_the_model_sees_at_once(recordings, effort, wanted):
    assert SPEC.advise(effort, SIZES, recordings[:1]).settings["steps"] == wanted


def test_cutting_is_advised_with_its_reason_unless_it_was_asked_for(recordings):
    trials = recordings[0].intervals["trials"]
    cued = replace(recordings[0], intervals={"trials": trials.assign(go_cue=trials["start"] + 0.5)})
    advised = SPEC.advise(Effort(), SIZES, [cued])
    assert (advised.settings["event"], advised.settings["before"], advised.settings["after"]) == ("go_cue", 0.5, 1.5)
    assert advised.reasons[0] == "trials are cut from 0.5 s before to 1.5 s after go_cue"
    assert "event" not in SPEC.advise(Effort(), SIZES, [cued], {"event"}).settings


def test_a_run_scores_held_out_trials_and_embeds_everything(tmp_path, recordings):
    run = nf.train("mtm", recordings, tmp_path / "a", settings=TINY)
    assert {"bits_per_spike", "forward", "intra_region", "inter_region"} <= run.metrics.keys()
    assert {of: len(run.embed(recordings, of=of).ids) for of in ("unit", "trial", "session")} == {
        "unit": 16, "trial": 60, "session": 2,
    }  # fmt: skip
    moments = run.embed(recordings[0], of="time")
    assert moments.values.shape == (3000, 16)
    rates = run.predict(recordings[0])
    assert rates.kind == "rates"
    assert rates.values.shape == rates.truth.shape == (3000, 8)
    assert 0.15 < rates.held_out.mean() < 0.25


@every
def test_a_stopped_run_of_trials_resumes_to_the_same_numbers(tmp_path, recordings, name, more):
    def step(fraction, text, preview=None, metrics=None):
        if metrics and metrics["step"] == 3:
            raise Stopped("stopped")

    straight = nf.train(name, recordings, tmp_path / "a", settings=more)
    with pytest.raises(Stopped):
        nf.train(name, recordings, tmp_path / "b", settings=more, step=step)
    resumed = nf.train(name, recordings, tmp_path / "b", settings=more, resume=True)
    for (weight, one), other in zip(straight.model.state_dict().items(), resumed.model.state_dict().values()):
        np.testing.assert_allclose(one, other, atol=1e-6, err_msg=weight)


def test_a_new_animal_gets_weights_of_its_own_and_the_core_can_stay(tmp_path, recordings):
    base = nf.train("mtm", recordings[0], tmp_path / "a", settings=TINY)
    with pytest.raises(UnknownUnits, match="has never seen 'mouse 1'; adapt it"):
        base.predict(recordings[1])
    made = nf.finetune(base, recordings[1], tmp_path / "b", units_only=True, settings={"steps": 4})
    old, new = base.model.state_dict(), made.model.state_dict()
    assert all((old[n] == new[n]).all() for n in old if not n.startswith(("read", "write", "names")))
    assert not (new["write.1.weight"] == 0).all()
    assert made.predict(recordings[1]).values.shape == (3000, 8)


@every
def test_a_session_with_other_units_than_before_is_adapted_to(tmp_path, recordings, name, more):
    before, now = only(recordings[0], 8), only(recordings[0], 5)
    base = nf.train(name, [before, recordings[1]], tmp_path / "a", settings=more)
    with pytest.raises(UnknownUnits, match="knows 'mouse 0' with 8 units, not 5; adapt it to this recording first"):
        base.predict(now)
    nf.finetune(base, now, tmp_path / "b", settings={"steps": 4})
    made = nf.load(tmp_path / "b")  # weights fit what the run says that it is
    prediction = made.predict(now)
    assert len(prediction.times) == len(base.predict(before).times)
    assert np.isfinite(prediction.values).all()
    assert len(made.predict(recordings[1]).times) == len(base.predict(recordings[1]).times)
    with pytest.raises(UnknownUnits, match="with 5 units, not 8"):
        made.predict(before)


@every
def test_a_session_with_as_many_units_that_are_others_is_noticed_and_learned_anew(tmp_path, recordings, name, more):
    before = recordings[0]
    now = replace(before, units=before.units.assign(label=[f"{u}b" for u in before.units["label"]]))
    base = nf.train(name, [before, recordings[1]], tmp_path / "a", settings=more)
    with pytest.raises(
        UnknownUnits, match=r"knows 'mouse 0' with other units, without 'mouse 0/.*b'; adapt it to this"
    ):
        base.predict(now)
    made = nf.finetune(base, now, tmp_path / "b", units_only=True, settings={"steps": 1, "lr": 1e-7})
    vectors = [run.model.state_dict() for run in (base, nf.load(tmp_path / "b"))]
    own = {"mtm": "write.0.weight", "eit": "own.0.unit", "swap_vae": "own.0.encode.0.weight"}[name]
    assert (vectors[0][own] - vectors[1][own]).abs().mean() > 1e-3  # made anew, not as those of others were
    assert np.isfinite(made.predict(now).values).all()
    with pytest.raises(UnknownUnits, match="with other units"):
        made.predict(before)
    assert len(made.predict(recordings[1]).times) == len(base.predict(recordings[1]).times)


@pytest.mark.parametrize("balance", [0.0, 1.0])
def test_balanced_sessions_of_trials_come_equally_often(tmp_path, recordings, balance):
    few = replace(recordings[1], intervals={"trials": recordings[1].intervals["trials"].iloc[::4]})
    run = nf.train("mtm", [recordings[0], few], tmp_path / "a", settings=TINY | {"balance": balance, "steps": 2})
    batch = run.course.batches(run, run.model, [recordings[0], few], {})
    first = [int(batch(k)["session"]) == 0 for k in range(400)]
    many, less = (len(learned_trials(run, r)) for r in (recordings[0], few))
    assert many > 2 * less
    assert np.mean(first) == pytest.approx(0.5 if balance else many / (many + less), abs=0.08)


def test_regions_may_be_unknown(tmp_path, recordings):
    bare = replace(recordings[0], units=recordings[0].units.drop(columns="region"))
    run = nf.train("mtm", [bare, recordings[1]], tmp_path / "a", settings=TINY)
    assert "inter_region" not in run.metrics["sessions"]["mouse 0"]
    assert "inter_region" in run.metrics["sessions"]["mouse 1"]
    assert "inter_region" not in run.metrics


def test_trials_of_different_lengths_and_a_gap_are_no_trouble(tmp_path, recordings):
    trials = recordings[0].intervals["trials"].copy()
    trials["stop"] -= np.linspace(0, 1.5, len(trials))
    uneven = replace(recordings[0], intervals={"trials": trials})
    run = nf.train("mtm", uneven, tmp_path / "a", settings=TINY)
    seen = run.predict(uneven)
    assert np.isfinite(seen.values).all()
    assert len(seen.times) < 2700


def test_where_there_are_no_trials_a_note_says_what_stands_in(tmp_path, recordings):
    bare = replace(recordings[0], intervals={})
    run = nf.train("mtm", bare, tmp_path / "a", settings=TINY)
    assert "mouse 0 has no trials; pieces of 2 s stand in for them" in run.config["notes"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda r: only(r, 0), "has no spikes to learn from"),
        (lambda r: only(r, 1), "has one unit and filling in needs two; open one with more, or train a decoder"),
        (lambda r: replace(r, intervals={"trials": r.intervals["trials"].iloc[:1]}), "two or more are needed"),
    ],
    ids=["no unit", "one unit", "one trial"],
)
def test_what_cannot_be_learned_from_is_told_before_training(tmp_path, recordings, spoil, words):
    with pytest.raises(DataError, match=words):
        nf.train("mtm", spoil(recordings[0]), tmp_path / "a", settings=TINY)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("model", ["poyo", "eit"])
def test_a_target_that_one_session_lacks_is_named(tmp_path, recordings, model):
    other = replace(recordings[1], series={})
    with pytest.raises(DataError, match="has no series 'whisker'"):
        nf.train(model, [recordings[0], other], tmp_path / "a", settings={"target": "whisker", "steps": 2})


@pytest.mark.parametrize("model", ["poyo", "eit"])
def test_behaviour_that_is_constant_or_nowhere_measured_is_refused(tmp_path, recordings, model):
    series = recordings[0].series["whisker"]
    for value, words in ((1.0, "never changes"), (np.nan, "has no values in the training")):
        flat = Series(series.times, np.full_like(series.values, value), series.names)
        with pytest.raises(DataError, match=words):
            nf.train(
                model, replace(recordings[0], series={"whisker": flat}), tmp_path / "a",
                settings={"target": "whisker", "steps": 2},
            )  # fmt: skip


@pytest.mark.parametrize("model", ["eit", "swap_vae"])
def test_some_unknown_behaviour_is_left_out(tmp_path, recordings, model):
    series = recordings[0].series["whisker"]
    values = series.values.copy()
    values[::3] = np.nan
    holes = replace(recordings[0], series={"whisker": Series(series.times, values, series.names)})
    run = nf.train(model, holes, tmp_path / "a", settings={"target": "whisker", "steps": 4, "batch": 8})
    assert np.isfinite(run.metrics["r2"])


def test_a_class_that_is_nan_in_some_trials_is_left_out(tmp_path, recordings):
    trials = recordings[0].intervals["trials"].astype({"choice": float})
    trials.loc[::4, "choice"] = np.nan
    holes = replace(recordings[0], intervals={"trials": pd.DataFrame(trials)})
    run = nf.train("eit", holes, tmp_path / "a", settings={"target": "choice", "steps": 4, "batch": 4})
    assert run.target.names == ("-1", "1")
    assert 0 <= run.metrics["accuracy"] <= 1


def test_filling_in_stands_beside_simple_ways_on_the_same_trials_and_units(tmp_path, recordings):
    run = nf.train("mtm", recordings[0], tmp_path / "a", settings=TINY)
    trials = all_trials(run, recordings[0])
    wanted = filling.scores(learned_trials(run, recordings[0]), trials.take(held_out(run, trials)))
    for way in ("poisson", "factor"):
        assert run.metrics[f"{way}_bits_per_spike"] == pytest.approx(wanted[way])
        assert run.metrics["sessions"][recordings[0].session][f"{way}_bits_per_spike"] == pytest.approx(wanted[way])


@pytest.mark.parametrize("spikes", [0, 10, 40], ids=["all units fire", "some hardly", "some seldom"])
def test_the_live_score_agrees_with_the_final_one(tmp_path, spikes):
    """Both are of all spikes together: units that hardly fire do not outweigh the others in a few trials."""
    recording = regions.sessions(1, regions=2, units=6, trials=100, seed=4)[0]
    fired = recording.spikes
    rows = [np.flatnonzero(fired.unit == unit) for unit in range(len(recording.units))]
    kept = np.sort(np.concatenate([r[:: len(r) // spikes] if spikes and k % 2 else r for k, r in enumerate(rows)]))
    thinned = replace(recording, spikes=Spikes(fired.times[kept], fired.unit[kept]))
    settings = TINY | {"bin": 0.1, "steps": 200, "lr": 5e-3, "dim": 32, "batch": 16}
    run = nf.train("mtm", thinned, tmp_path / "a", settings=settings)
    live = SPEC.preview(run, run.model, thinned).scores["bits_per_spike"]
    assert run.metrics["bits_per_spike"] > 0.1
    assert live == pytest.approx(run.metrics["bits_per_spike"], abs=0.15)  # of ten other trials
