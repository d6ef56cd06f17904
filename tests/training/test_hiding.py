"""What a model fills in: the numbers of the model itself, and nothing of what was hidden."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import neurofm as nf
from neurofm.data import Spikes
from neurofm.data.spans import inside, widen
from neurofm.data.trials import cut
from neurofm.errors import NeuroFMError
from neurofm.metrics import bits_per_spike, pooled_bits
from neurofm.synthetic.demo import demo

TINY = {"dim": 16, "stitch": 16, "depth": 1, "steps": 5, "bin": 0.05}
SPANS = [[6.02, 7.31], [15.0, 18.2]]
GIVEN = {
    "units": {"units": [3, 25]}, "region": {"units": [25]}, "rest": {"units": [3, 5]}, "time": {"spans": SPANS},
}  # fmt: skip
PROMPTS = {"units": "neuron", "region": "inter", "rest": "intra", "time": "causal"}
ways = pytest.mark.parametrize("what", PROMPTS)


@pytest.fixture(scope="module")
def recording():
    return demo(duration=40.0)[0]


@pytest.fixture(scope="module")
def run(recording, tmp_path_factory):
    return nf.train("mtm", recording, tmp_path_factory.mktemp("runs") / "mtm-1", settings=TINY, device="cpu")


def hidden(what, recording, trials):
    """(trial, bin, unit) what should be hidden, told in another way than by the code."""
    regions, units = recording.units["region"], GIVEN[what].get("units", [])
    if what == "time":
        return np.repeat(inside(trials.times, SPANS)[..., None], len(regions), 2)
    mine = {regions[k] for k in units}
    always = [k in units if what == "units" else (r in mine) != (what == "rest") for k, r in enumerate(regions)]
    always = [a or (what == "rest" and k in units) for k, a in enumerate(always)]
    return np.broadcast_to(always, trials.counts.shape)


def judged(what, recording):
    if what == "region":
        return np.flatnonzero(recording.units["region"] == "M1")
    active = np.argsort(-cut(recording, 0.05).counts.sum((0, 1)).astype(int), kind="stable")[:12]
    return np.array(GIVEN[what].get("units", np.sort(active)))


@ways
def test_it_is_what_the_model_says_when_asked_directly(what, run, recording):
    filled = run.hide(recording, what=what, **GIVEN[what])
    trials = cut(recording, run.config["config"]["bin"], bins=run.config["config"]["bins"])
    with torch.inference_mode():
        expected = run.model.fill(trials, hidden(what, recording, trials), PROMPTS[what]).numpy()
    rows = judged(what, recording)
    assert filled.names == tuple(recording.units["label"].iloc[rows])
    assert np.array_equal(filled.times, trials.times[trials.seen])
    np.testing.assert_allclose(filled.values, expected[trials.seen][:, rows] / 0.05, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(filled.truth, trials.counts[trials.seen][:, rows] / 0.05)
    when = inside(filled.times, SPANS) if what == "time" else np.ones(len(filled.times), bool)
    assert np.array_equal(filled.held_out, when)
    assert (filled.kind, filled.unit, filled.hides) == ("rates", "Hz", what)
    bits = bits_per_spike(filled.values[when] * 0.05, filled.truth[when] * 0.05)
    each = [filled.metrics.get(f"bits_{name}", np.nan) for name in filled.names]
    np.testing.assert_allclose(each, bits, rtol=1e-4, atol=1e-5)
    pooled = pooled_bits(filled.values[when] * 0.05, filled.truth[when] * 0.05)
    assert filled.metrics["bits_per_spike"] == pytest.approx(pooled, rel=1e-4)


@ways
def test_what_is_hidden_is_not_seen_and_the_rest_is(what, run, recording):
    """Other spikes where it is hidden change nothing; other spikes elsewhere do."""
    trials = cut(recording, 0.05)
    before = run.hide(recording, what=what, **GIVEN[what])
    units = np.flatnonzero(hidden(what, recording, trials).any((0, 1)))
    there = np.isin(recording.spikes.unit, units)
    if what == "time":
        there &= inside(recording.spikes.times, widen(SPANS, -0.1))
    for drop, seen in ((there, False), (~there & ~inside(recording.spikes.times, widen(SPANS, 0.1)), True)):
        spikes = Spikes(recording.spikes.times[~drop], recording.spikes.unit[~drop])
        given = {"units": judged(what, recording), **GIVEN[what]}
        after = run.hide(replace(recording, spikes=spikes), what=what, **given)
        assert after.names == before.names
        assert np.array_equal(after.values, before.values) != seen


def test_held_out_trials_have_a_score_of_their_own(run, recording):
    filled = run.hide(recording, units=[3, 25])
    apart = np.zeros(len(filled.times), bool)
    trials = cut(recording, 0.05)
    for k in np.flatnonzero(trials.within(run.spans("ada", "test"), [run.spans("ada", n) for n in ("train", "valid")])):
        apart |= inside(filled.times, [[trials.start[k], trials.stop[k]]])
    assert apart.any()
    bits = bits_per_spike(filled.values[apart] * 0.05, filled.truth[apart] * 0.05)
    pooled = pooled_bits(filled.values[apart] * 0.05, filled.truth[apart] * 0.05)
    assert filled.metrics["held_out_bits_per_spike"] == pytest.approx(pooled, rel=1e-4)
    assert filled.metrics["held_out_bits_unit 25"] == pytest.approx(bits[1], rel=1e-4)
    trained = run.spans("ada", "train")
    assert "held_out_bits_per_spike" not in run.hide(recording, spans=trained, what="time").metrics


def test_judged_units_of_hidden_time_can_be_given(run, recording):
    assert run.hide(recording, units=[7, 2], spans=SPANS, what="time").names == ("unit 2", "unit 7")
    assert run.hide(recording, units=["ada/unit 2"], spans=SPANS, what="time").names == ("unit 2",)


def test_a_recording_without_regions_hides_units_and_time_only(run, recording):
    without = replace(recording, units=recording.units[["label"]])
    assert run.hide(without, units=[1]).names == ("unit 1",)
    with pytest.raises(ValueError, match="the region of these units of ada is not known; hide units instead"):
        run.hide(without, units=[1], what="region")
    one = replace(recording, units=recording.units.assign(region="CA1"))
    with pytest.raises(ValueError, match="all units of ada are of one region; hide units instead"):
        run.hide(one, units=[1], what="rest")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "no unit is given to be hidden"),
        ({"units": [48]}, "no unit has the id 48; there are 0 to 47"),
        ({"units": [-1]}, "no unit has the id -1; there are 0 to 47"),
        ({"units": [1.7]}, "names or a mask, got 1.7"),
        ({"units": [True, False]}, "a mask of units needs 48 values, one for each, got 2"),
        ({"units": ["unit 48"]}, "no unit is called 'unit 48'"),
        ({"what": "time", "spans": [1.0, 2.0]}, r"spans must be pairs of start and stop in seconds, got shape \(2,\)"),
        ({"what": "time", "spans": [[2.0, 1.0]]}, r"spans must start before they stop, got \[2.0, 1.0\]"),
        ({"what": "time", "spans": [[0.0, np.nan]]}, "spans must start before they stop"),
        ({"what": "time"}, "no bin of a trial of ada lies in these seconds"),
        ({"what": "time", "spans": [[100.0, 200.0]]}, "no bin of a trial"),
        ({"what": "spikes", "units": [1]}, "no way to hide 'spikes'; there are region, rest, time, units"),
    ],
)
def test_what_cannot_be_hidden_is_refused_in_words(given, words, run, recording):
    with pytest.raises((ValueError, LookupError), match=words):
        run.hide(recording, **given)


def test_a_stranger_must_be_adapted_to_first(run):
    with pytest.raises(LookupError, match="has never seen 'bo'; adapt it"):
        run.hide(demo(duration=20.0)[1], units=[1])


def test_a_model_that_cannot_fill_in_says_which_can(recording, tmp_path):
    tiny = {"dim": 16, "depth": 0, "steps": 1, "batch": 1}
    run = nf.train("poyo", recording, tmp_path / "poyo-1", settings=tiny, device="cpu")
    with pytest.raises(NeuroFMError, match=r"poyo-1 cannot fill in what is hidden; train MtM$"):
        run.hide(recording, units=[1])
