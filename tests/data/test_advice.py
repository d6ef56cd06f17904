"""How long a model learns follows from how much there is, and says why."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from neurofm import registry
from neurofm.data import advice
from neurofm.data.advice import advise
from neurofm.data.trials import cut, lengths
from neurofm.specs import Effort
from neurofm.synthetic import regions

SIZES = {
    "bin": 0.02, "event": "", "before": 0.0, "after": 0.0, "batch": 10, "steps": 100, "window": 1.0, "usual_units": 8,
}  # fmt: skip


@pytest.fixture(scope="module")
def recording():
    return regions.sessions(1, regions=2, units=5, trials=40, seed=1)[0]


def steps(course, effort, recordings, **sizes):
    return advise(course, effort, SIZES | sizes, recordings).settings["steps"]


@pytest.mark.parametrize(
    ("effort", "count", "sizes", "wanted"),
    [
        (Effort(passes=50), 1, {}, 200),  # 50 times 40 trials, ten a step
        (Effort(passes=50), 2, {}, 400),
        (Effort(passes=50), 9, {}, 400),
        (Effort(passes=1), 1, {}, 100),
        (Effort(passes=1), 1, {"steps": 30}, 30),
        (Effort(passes=1, item="bin", sees=1), 1, {}, 400),  # 40 trials of 100 bins
        (Effort(passes=1, sees="length"), 1, {"length": 2}, 200),
    ],
)
def test_steps_follow_the_trials_but_stay_between_the_usual_and_four_times_that(
    recording, effort, count, sizes, wanted
):
    assert steps("trials", effort, [recording] * count, **sizes) == wanted


def test_steps_of_windows_follow_the_seconds(recording):
    seconds = recording.domain[-1, 1] - recording.domain[0, 0]
    assert steps("windows", Effort(passes=20), [recording]) == round(20 * seconds / 10, -2)


HEART = "{} steps show each trial about 100 times, and more would be learned by heart"


@pytest.mark.parametrize(
    ("count", "most", "wanted", "reason"),
    [
        (1, 100, 400, HEART),  # 40 trials, ten a step
        (2, 100, 800, HEART),
        (9, 100, 1000, "{} steps show each trial about 28 times"),
        (1, 1, 200, "{} steps show each trial about 50 times"),  # which are more than that already
    ],
)
def test_few_items_are_not_learned_by_heart(recording, count, most, wanted, reason):
    advised = advise("trials", Effort(passes=1, most=most), SIZES | {"steps": 1000}, [recording] * count)
    assert advised.settings["steps"] == wanted
    assert advised.reasons == [reason.format(f"{wanted:,}")]


NARROW = Effort(passes=50, million=0.0, width="dim", enough=100)


@pytest.mark.parametrize(("count", "width"), [(1, 32), (2, 64), (3, None)])  # 40 trials, 80, 120
def test_a_network_that_learns_few_trials_by_heart_is_narrower(recording, count, width):
    advised = advise("trials", NARROW, SIZES | {"dim": 128}, [recording] * count)
    usual = advise("trials", NARROW, SIZES | {"dim": 128}, [recording] * 3)
    assert advised.settings.get("dim") == width
    assert advised.step == pytest.approx(usual.step * (width or 128) / 128)


def test_a_narrower_network_says_why_unless_its_width_was_asked_for(recording):
    advised = advise("trials", NARROW, SIZES | {"dim": 128}, [recording])
    assert advised.reasons[0] == "width 32 and not 128 for 40 trials, which a wider network learns by heart"
    assert "dim" not in advise("trials", NARROW, SIZES | {"dim": 128}, [recording], {"dim"}).settings


def test_what_was_asked_for_stays(recording):
    advised = advise("trials", Effort(passes=50), SIZES, [recording], {"steps", "event"})
    assert not {"steps", "event"} & advised.settings.keys()


def test_reasons_name_what_was_chosen(recording):
    advised = advise("trials", Effort(passes=50, item="trial"), SIZES, [recording])
    assert advised.reasons[-1] == "200 steps show each trial about 50 times"


def test_a_slow_machine_gets_fewer_steps_and_is_told(recording, monkeypatch):
    monkeypatch.setattr(advice.os, "cpu_count", lambda: 2)
    advised = advise("trials", Effort(passes=50, each=1e-3, million=0.0), SIZES, [recording])
    assert advised.step == pytest.approx(10 * 100 * 1e-3 / 2)  # ten trials of a hundred bins, by two cores
    assert advised.patient(1000) is advised
    slow = advise("trials", Effort(passes=50, each=1e-2, million=0.0), SIZES, [recording]).patient(200)
    assert slow.settings["steps"] == 100
    assert slow.reasons[-1] == "100 steps and not 200, which would take 17 min on this machine"


def test_a_step_of_windows_costs_what_the_units_that_are_seen_at_once_cost(recording):
    costs = [
        advise("windows", Effort(each=0.0), SIZES | {"usual_units": n}, [recording]).step
        for n in (len(recording.units) // 2, len(recording.units), 1000)
    ]
    assert costs[1:] == pytest.approx([2 * costs[0]] * 2)


@pytest.mark.parametrize("name", registry.names("neurofm.models"))
def test_every_model_can_be_advised_and_ends_soon_on_a_laptop(name, recording, monkeypatch):
    monkeypatch.setattr(advice.os, "cpu_count", lambda: 2)
    spec = registry.get("neurofm.models", name)
    advised = advise(spec.course, spec.effort, asdict(spec.config()) | asdict(spec.schedule), [recording])
    assert advised.settings["steps"] >= spec.schedule.steps / 5
    assert 1 < advised.step * advised.settings["steps"] < 600


def test_lengths_are_those_of_the_trials_that_are_cut(recording):
    np.testing.assert_array_equal(lengths(recording, 0.3), cut(recording, 0.3).seen.sum(1))
