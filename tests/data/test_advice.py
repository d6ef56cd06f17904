"""How long a model learns follows from how much there is, and says why."""

from __future__ import annotations

import pytest

from neurofm.data import advice
from neurofm.data.advice import Amount, advise
from neurofm.specs import Effort

SIZES = {"batch": 10, "steps": 100, "dim": 128}
TRIALS = Amount(40, 100.0, 1000.0)  # forty of a hundred bins and ten units


def steps(effort, count=1, **sizes):
    return advise(effort, SIZES | sizes, [TRIALS] * count).settings["steps"]


@pytest.mark.parametrize(("passes", "count", "wanted"), [(50, 1, 200), (50, 2, 400), (50, 9, 400), (1, 1, 100)])
def test_steps_follow_the_items_but_stay_between_the_usual_and_four_times_that(passes, count, wanted):
    assert steps(Effort(passes=passes), count) == wanted  # 50 times 40 trials, ten a step


@pytest.mark.parametrize(
    ("count", "most", "wanted", "heart"), [(1, 100, 400, True), (2, 100, 800, True), (9, 100, 1000, False),
                                           (1, 1, 200, False)],
)  # fmt: skip
def test_few_items_are_not_learned_by_heart(count, most, wanted, heart):
    advised = advise(Effort(passes=1, most=most), SIZES | {"steps": 1000}, [TRIALS] * count)
    assert advised.settings["steps"] == wanted
    assert ("learned by heart" in advised.reasons[0]) == heart


@pytest.mark.parametrize(("least", "wanted"), [(0.2, 120), (0.03, 20)])
def test_steps_of_what_is_soon_known_by_heart_are_counted_in_tens(least, wanted):
    assert steps(Effort(passes=1, most=5, least=least), steps=600) == wanted  # five times 40 trials, ten a step


def test_fewer_steps_than_they_bear_stay_as_they_are():
    assert steps(Effort(passes=1), steps=30) == 30


@pytest.mark.parametrize(("count", "width"), [(1, 32), (2, 64), (3, None)])
def test_a_network_that_learns_few_items_by_heart_is_narrower(count, width):
    effort = Effort(passes=50, million=0.0, width="dim", enough=100)
    usual, advised = (advise(effort, SIZES, [TRIALS] * n) for n in (3, count))
    assert advised.settings.get("dim") == width  # 40 trials, 80, 120
    assert advised.step == pytest.approx(usual.step * (width or 128) / 128)
    words = f"width {width} and not 128 for {40 * count} trials, which a wider network learns by heart"
    assert (words in advised.reasons) == (width is not None)


def test_what_was_asked_for_stays():
    effort = Effort(passes=50, width="dim", enough=100)
    advised = advise(effort, SIZES, [TRIALS], {"steps", "dim"})
    assert (advised.settings, advised.reasons) == ({}, [])
    assert advised.step > 0


def test_reasons_name_what_was_chosen():
    assert advise(Effort(passes=50), SIZES, [TRIALS]).reasons == ["200 steps show each trial about 50 times"]


def test_a_slow_machine_gets_fewer_steps_and_is_told(monkeypatch):
    monkeypatch.setattr(advice.os, "cpu_count", lambda: 2)
    quick = advise(Effort(passes=50, each=1e-3, million=0.0), SIZES, [TRIALS])
    assert quick.step == pytest.approx(10 * 100 * 1e-3 / 2)  # ten trials of a hundred bins, by two cores
    assert quick.patient(1000) is quick
    slow = advise(Effort(passes=50, each=1e-2, million=0.0), SIZES, [TRIALS]).patient(200)
    assert slow.settings["steps"] == 100
    assert slow.reasons[-1] == "100 steps and not 200, which would take 17 min on this machine"


@pytest.mark.parametrize(("step", "steps"), [(10.0, 100), (0.0, None)])
def test_patience_keeps_the_reasons_of_what_says_nothing_of_steps(step, steps):
    advised = advice.Advice({"dim": 3}, ["three are enough"], step).patient(200)
    assert advised.settings.get("steps") == steps
    assert advised.reasons[0] == "three are enough"
