import numpy as np
import pytest

from neurofm.data import spans
from neurofm.errors import DataError
from neurofm.synthetic import reaching
from neurofm.training.sampler import Sampler, Source


@pytest.fixture(scope="module")
def recording():
    return reaching.sessions(1, units=3, duration=60.0)[0]


def test_a_step_sees_the_same_windows_whatever_came_before(recording):
    source = Source(recording, np.array([[0.0, 60.0]]))
    first, second = (Sampler([source], 1.0, 4, seed=1) for _ in range(2))
    for k in range(30):
        first(k)
    assert [w.start for w in first(31)] == [w.start for w in second(31)]


def test_another_seed_sees_other_windows(recording):
    source = Source(recording, np.array([[0.0, 60.0]]))
    assert [w.start for w in Sampler([source], 1.0, 4, 1)(0)] != [w.start for w in Sampler([source], 1.0, 4, 2)(0)]


def test_a_pass_sees_everything_once(recording):
    sampler = Sampler([Source(recording, np.array([[0.0, 60.0]]))], 1.0, 4, seed=0)
    starts = sorted(w.start for k in range(sampler.steps) for w in sampler(k))
    assert np.diff(starts).min() >= 1.0 - 1e-9
    assert len(starts) >= 56


def test_windows_stay_inside_training_time(recording):
    labels = np.array([[3.0, 10.0], [20.0, 21.5], [40.0, 40.5]])
    sampler = Sampler([Source(recording, labels)], 1.0, 4, seed=0)
    for window in (w for k in range(20) for w in sampler(k)):
        inside = spans.intersect([[window.start, window.stop]], labels)
        assert spans.duration(inside) == pytest.approx(1.0)


def test_windows_of_a_wider_domain_all_hold_a_label(recording):
    labels = np.array([[10.0, 10.2], [30.0, 30.2]])
    sampler = Sampler([Source(recording, labels, recording.domain)], 1.0, 2, seed=0)
    for window in (w for k in range(10) for w in sampler(k)):
        assert spans.duration(spans.intersect([[window.start, window.stop]], labels)) > 0
        assert spans.inside(window.series("velocity").times + window.start, labels).all()


def test_too_short_a_training_time_is_told(recording):
    with pytest.raises(DataError, match="lasts 5 s; choose a shorter window"):
        Sampler([Source(recording, np.array([[0.0, 2.0]]))], 5.0, 4, seed=0)
