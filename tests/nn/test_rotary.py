import numpy as np
import pytest
import torch
from torch.testing import assert_close

from neurofm.nn.rotary import Rotary, gather_rotate, periods, rotate


def turned(times, pairs=4, dtype=torch.float64):
    return Rotary(2 * pairs, 1e-3, 2.0)(torch.as_tensor(times, dtype=torch.float64), dtype)


@pytest.mark.parametrize(("dim", "shortest", "longest"), [(8, 1e-4, 2.0627), (4, 0.01, 4.0)])
def test_periods_reach_from_shortest_to_longest(dim, shortest, longest):
    rates = Rotary(dim, shortest, longest).rates
    np.testing.assert_allclose([1 / rates[0], 1 / rates[-1]], [shortest, longest])
    np.testing.assert_allclose(np.diff(np.log(rates)), np.diff(np.log(rates))[0])


def test_turns_equal_cosine_and_sine():
    rotary = Rotary(8, 1e-3, 2.0)
    angle = 2 * np.pi * 0.731 * np.array(rotary.rates)
    got = rotary(torch.tensor(0.731, dtype=torch.float64), torch.float64)
    np.testing.assert_allclose(got.numpy(), np.cos(angle) + 1j * np.sin(angle), atol=1e-9)


def test_products_see_only_time_differences():
    q, k = torch.randn(2, 1, 2, 16, dtype=torch.float64)
    product = [(rotate(q, turned([t])) * rotate(k, turned([t + 0.2]))).sum() for t in (0.0, 0.7)]
    assert_close(product[0], product[1])


def test_turning_back_undoes_and_far_features_stay():
    x, turns = torch.randn(3, 2, 16, dtype=torch.float64), turned([0.1, 0.5, 0.9])
    there = rotate(x, turns)
    assert_close(rotate(there, turns.conj()), x)
    assert_close(there[..., 8:], x[..., 8:])
    assert not torch.allclose(there[..., :8], x[..., :8])


@pytest.mark.parametrize("turn", [gather_rotate, lambda table, row, turns: rotate(table[row], turns)])
def test_gradients_match_numeric_ones(turn):
    turns, row = turned([0.1, 0.5, 0.9]), torch.tensor([1, 0, 1])
    table = torch.randn(2, 2, 16, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: turn(t, row, turns), table)


def test_gathering_equals_rotating_the_rows():
    turns, table, row = turned([0.1, 0.5, 0.9]), torch.randn(2, 2, 16, dtype=torch.float64), torch.tensor([1, 0, 1])
    assert_close(gather_rotate(table, row, turns), rotate(table[row], turns))


def test_more_pairs_than_features_are_refused():
    with pytest.raises(ValueError, match="4 pairs of 6 features"):
        rotate(torch.zeros(1, 1, 6), turned([0.0]).to(torch.complex64))


PERIODS = [(1e-4, 2.0627), (1e-3, 4.0), (1e-5, 10.0), (0.01, 8.0)]


def stored(t_min, t_max, dtype, count=8):
    return (2 * torch.pi * torch.tensor(Rotary(2 * count, t_min, t_max).rates, dtype=torch.float64)).float().to(dtype)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("stated", PERIODS)
def test_periods_are_those_that_are_stated_however_frequencies_were_rounded(stated, dtype):
    assert periods(stored(*stated, dtype), stated) == stated
    with pytest.raises(ValueError, match="contradicts itself"):
        periods(stored(*stated, dtype), (stated[0], 1.02 * stated[1]))


@pytest.mark.parametrize(("t_min", "t_max"), [*PERIODS, (0.00123, 3.21), (1 / 3, 7 / 3)])
def test_periods_are_read_off_exactly_or_not_at_all(t_min, t_max):
    assert periods(stored(t_min, t_max, torch.float32)) == pytest.approx((t_min, t_max), rel=3e-7)
    for dtype in (torch.float16, torch.bfloat16):
        if (t_min, t_max) == PERIODS[0]:
            assert periods(stored(t_min, t_max, dtype)) == PERIODS[0]
            continue
        with pytest.raises(ValueError, match="do not tell them exactly"):
            periods(stored(t_min, t_max, dtype))
