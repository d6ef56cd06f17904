from dataclasses import replace

import numpy as np
import pytest

from neurofm.data import spans
from neurofm.errors import DataError
from neurofm.synthetic import reaching
from neurofm.training.sampler import Lesson, Sampler
from neurofm.transforms.unit_dropout import UnitDropout


@pytest.fixture(scope="module")
def recording():
    return reaching.sessions(1, units=3, duration=60.0)[0]


def test_a_step_sees_the_same_windows_whatever_came_before(recording):
    source = Lesson(recording, np.array([[0.0, 60.0]]))
    first, second = (Sampler([source], 1.0, 4, seed=1) for _ in range(2))
    for k in range(30):
        first(k)
    assert [w.start for w in first(31)] == [w.start for w in second(31)]


def test_another_seed_sees_other_windows(recording):
    source = Lesson(recording, np.array([[0.0, 60.0]]))
    assert [w.start for w in Sampler([source], 1.0, 4, 1)(0)] != [w.start for w in Sampler([source], 1.0, 4, 2)(0)]


def test_a_pass_sees_everything_once(recording):
    sampler = Sampler([Lesson(recording, np.array([[0.0, 60.0]]))], 1.0, 4, seed=0)
    starts = sorted(w.start for k in range(sampler.steps) for w in sampler(k))
    assert np.diff(starts).min() >= 1.0 - 1e-9
    assert len(starts) >= 56


def test_windows_stay_inside_training_time(recording):
    labels = np.array([[3.0, 10.0], [20.0, 21.5], [40.0, 40.5]])
    sampler = Sampler([Lesson(recording, labels)], 1.0, 4, seed=0)
    for window in (w for k in range(20) for w in sampler(k)):
        inside = spans.intersect([[window.start, window.stop]], labels)
        assert spans.duration(inside) == pytest.approx(1.0)


def test_windows_of_a_wider_domain_all_hold_a_label(recording):
    labels = np.array([[10.0, 10.2], [30.0, 30.2]])
    sampler = Sampler([Lesson(recording, labels, recording.domain)], 1.0, 2, seed=0)
    for window in (w for k in range(10) for w in sampler(k)):
        assert spans.duration(spans.intersect([[window.start, window.stop]], labels)) > 0
        assert spans.inside(window.series("velocity").times + window.start, labels).all()


def test_too_short_a_training_time_is_told(recording):
    with pytest.raises(DataError, match="lasts 5 s; choose a shorter window"):
        Sampler([Lesson(recording, np.array([[0.0, 2.0]]))], 5.0, 4, seed=0)


def tokens_seen(sampler, steps):
    """(windows, tokens) of each session in so many steps."""
    seen = {}
    for window in (w for k in range(steps) for w in sampler(k)):
        windows, tokens = seen.get(window.recording.session, (0, 0))
        seen[window.recording.session] = windows + 1, tokens + len(window.spikes.times) + 2 * len(window.units)
    return seen


@pytest.fixture(scope="module")
def uneven():
    """A short session of few units beside a long one, and beside one of many units."""
    (few, *_), (long, *_), (many, *_) = (
        reaching.sessions(1, units=units, duration=duration, seed=seed)
        for seed, (units, duration) in enumerate(((10, 30.0), (10, 240.0), (80, 30.0)))
    )
    recordings = [replace(r, session=name) for r, name in ((few, "few"), (long, "long"), (many, "many"))]
    return [Lesson(r, r.domain) for r in recordings]


def shares(sources, balance, transform=None):
    sampler = Sampler(sources, 1.0, 8, seed=0, transform=transform, balance=balance)
    seen = tokens_seen(sampler, 5 * sampler.steps)
    total = sum(tokens for _, tokens in seen.values())
    return {name: tokens / total for name, (_, tokens) in seen.items()}, seen


@pytest.mark.parametrize("transform", [None, UnitDropout(5, 20, 40)], ids=["all units", "unit dropout"])
def test_balanced_sessions_have_equal_shares_of_the_tokens(uneven, transform):
    plain, _ = shares(uneven, 0.0, transform)
    half, _ = shares(uneven, 0.5, transform)
    even, _ = shares(uneven, 1.0, transform)
    assert min(plain.values()) < 0.15
    assert min(plain.values()) < min(half.values()) < min(even.values())
    assert list(even.values()) == pytest.approx([1 / 3] * 3, abs=0.05)


def test_balance_keeps_the_length_of_a_pass_and_sees_all_of_a_session_evenly(uneven):
    plain, even = (Sampler(uneven, 1.0, 8, seed=0, balance=b) for b in (0.0, 1.0))
    assert plain.steps == even.steps
    starts = [w.start for k in range(even.steps) for w in even(k) if w.recording.session == "few"]
    again = np.bincount(np.floor(starts).astype(int), minlength=29)
    assert again.min() >= 1  # some windows come again, but not before all others have come once


def test_passes_have_as_many_windows_as_before_and_parts_of_windows_come_as_often_as_they_are(uneven):
    plain, even = (Sampler(uneven, 1.0, 8, seed=0, balance=b) for b in (0.0, 1.0))
    passes = [even._shuffle(n)[0] for n in range(200)]
    assert np.mean([len(which) for which in passes]) == pytest.approx(len(plain._shuffle(0)[0]), abs=2)
    each = np.mean([np.bincount(which, minlength=3) for which in passes], 0)
    np.testing.assert_allclose(each, even._wanted, atol=0.15)


def test_a_balanced_step_is_a_function_of_its_number(uneven):
    first, second = (Sampler(uneven, 1.0, 8, seed=1, balance=1.0) for _ in range(2))
    for k in range(60):
        first(k)
    assert [(w.recording.session, w.start) for w in first(61)] == [(w.recording.session, w.start) for w in second(61)]


def test_one_session_has_all_of_it_whatever_the_balance(recording):
    source = Lesson(recording, np.array([[0.0, 60.0]]))
    plain, even = (tokens_seen(Sampler([source], 1.0, 4, 0, balance=b), 14) for b in (0.0, 1.0))
    assert plain.keys() == even.keys()
    assert plain[recording.session][0] == even[recording.session][0] == 56


def test_balance_draws_a_session_without_windows_never(uneven):
    short = replace(uneven[0], labels=np.array([[0.0, 0.5]]))
    assert set(tokens_seen(Sampler([short, uneven[1]], 1.0, 8, 0, balance=1.0), 40)) == {"long"}
