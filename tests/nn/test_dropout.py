import pytest
import torch
from torch.testing import assert_close

from neurofm.nn import attention
from neurofm.nn.attention import look
from neurofm.nn.dropout import Dropout, coins, drop


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_a_share_is_zero_and_the_mean_stays(rate):
    torch.manual_seed(0)
    dropped = drop(torch.full((100_003,), 2.0), rate)
    assert float((dropped == 0).float().mean()) == pytest.approx(rate, abs=0.005)
    assert_close(dropped[dropped > 0], torch.full_like(dropped[dropped > 0], 2 / (1 - rate)), rtol=1e-4, atol=0)


@pytest.mark.parametrize("rate", [1e-6, 1e-5, 1 - 1e-4])
def test_rates_at_the_ends_keep_the_mean(rate):
    torch.manual_seed(0)
    dropped = drop(torch.ones(4_000_000), rate)
    assert float((dropped == 0).float().mean()) == pytest.approx(rate, abs=2e-5)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.3)


def test_neighbours_fall_independently():
    torch.manual_seed(0)
    kept = (drop(torch.ones(200_000), 0.4) > 0).float() - 0.6
    for apart in range(1, 9):  # four share one drawn number
        assert abs(float((kept[apart:] * kept[:-apart]).mean())) < 0.002


def test_gradients_go_the_same_way():
    x = torch.randn(50, 7, dtype=torch.float64, requires_grad=True)
    dropped = drop(x, 0.3)
    dropped.sum().backward()
    assert torch.equal(x.grad == 0, dropped == 0)
    assert_close(dropped, x.detach() * x.grad)


def test_the_seed_decides_and_nothing_falls_when_it_does_not_learn():
    x, layer = torch.randn(9, 5), Dropout(0.5)
    one, other = (torch.manual_seed(seed) and layer(x) for seed in (1, 1))
    assert torch.equal(one, other)
    assert not torch.equal(one, layer(x))
    assert layer.eval()(x) is x


def test_attention_with_dropout_is_attention_whose_weights_fall():
    torch.manual_seed(0)
    q, k = torch.randn(3, 2, 40, 8), torch.randn(3, 2, 50, 8)
    mask = torch.rand(3, 1, 1, 50) < 0.8
    weight = look(q, k, torch.eye(50).expand(3, 2, 50, 50), mask=mask)
    fallen = look(q, k, torch.eye(50).expand(3, 2, 50, 50), 0.25, mask)
    there = mask.expand_as(fallen)
    assert float((fallen[there] == 0).float().mean()) == pytest.approx(0.25, abs=0.02)
    assert not fallen[~there].any()
    kept = fallen > 0
    assert_close(fallen[kept], weight[kept] / 0.75, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("masked", [True, False])
def test_long_attention_is_plain_attention_with_the_same_coins(monkeypatch, masked):
    torch.manual_seed(0)
    given = [torch.randn(3, 2, n, 8, dtype=torch.float64, requires_grad=True) for n in (20, 30, 30)]
    mask = torch.rand(1, 1, 20, 30) < 0.8 if masked else None
    torch.manual_seed(1)
    seed = int(torch.randint(2**62, ()))
    kept, scale = coins(torch.Size((3, 2, 20, 30)), 0.25, torch.Generator().manual_seed(seed))
    weight = look(*given[:2], torch.eye(30, dtype=torch.float64).expand(3, 2, 30, 30), mask=mask)
    plain = (weight * kept * scale) @ given[2]
    monkeypatch.setattr(attention, "LONG", 0)
    monkeypatch.setattr(attention, "MANY", 0)
    monkeypatch.setattr(attention, "CHUNK", 3000)  # two of three at a time
    torch.manual_seed(1)
    long = look(*given, 0.25, mask)
    assert_close(long, plain)
    upstream = torch.randn_like(plain)
    for got, wanted in zip(torch.autograd.grad(long, given, upstream), torch.autograd.grad(plain, given, upstream)):
        assert_close(got, wanted)


def small(monkeypatch, *, long):
    """Make attention long where it would be short, or leave it."""
    for name, value in {"LONG": 0, "MANY": 0, "CHUNK": 3000}.items() if long else ():
        monkeypatch.setattr(attention, name, value)


@pytest.mark.parametrize("long", [True, False])
@pytest.mark.parametrize("shape", [(20, 30), (2, 1, 30), (1, 20, 30), (3, 1, 1, 30), (3, 2, 20, 30)])
def test_masks_may_be_the_same_for_all_heads_and_sequences(monkeypatch, shape, long):
    small(monkeypatch, long=long)
    torch.manual_seed(0)
    q, k = torch.randn(3, 2, 20, 8), torch.randn(3, 2, 30, 8)
    mask = torch.rand(shape) < 0.6
    fallen = look(q, k, torch.eye(30).expand(3, 2, 30, 30), 0.25, mask)
    assert not fallen[~mask.expand_as(fallen)].any()
    assert float((fallen[mask.expand_as(fallen)] > 0).float().mean()) == pytest.approx(0.75, abs=0.04)


@pytest.mark.parametrize("long", [True, False])
def test_who_may_look_nowhere_finds_zeros(monkeypatch, long):
    small(monkeypatch, long=long)
    given = [torch.randn(3, 2, n, 8, requires_grad=True) for n in (20, 30, 30)]
    mask = torch.ones(3, 1, 20, 30, dtype=torch.bool)
    mask[1, 0, 4] = False
    seen = look(*given, 0.25, mask)
    seen.sum().backward()
    assert not seen[1, :, 4].any()
    assert seen[1, :, 5].all()
    assert all(bool(x.grad.isfinite().all()) for x in given)
    assert not given[0].grad[1, :, 4].any()


@pytest.mark.parametrize("long", [True, False])
@pytest.mark.parametrize("kinds", [(torch.float32,) * 3, (torch.float32, torch.float32, torch.bfloat16)])
def test_half_precision_is_near_and_goes_back(monkeypatch, kinds, long):
    """Rotary time may give queries and keys in another precision than values."""
    small(monkeypatch, long=long)
    given = [torch.randn(3, 2, n, 8) for n in (20, 30, 30)]
    grads = []
    for half in (False, True):
        cast = [x.to(kind if half else x.dtype, copy=True).requires_grad_() for x, kind in zip(given, kinds)]
        torch.manual_seed(1)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            seen = look(*cast, 0.25)
        assert seen.dtype == (torch.bfloat16 if half else torch.float32)
        seen.float().square().sum().backward()
        assert [x.grad.dtype for x in cast] == [x.dtype for x in cast]
        grads.append([x.grad.float() for x in cast])
    for exact, near in zip(*grads):
        assert float((exact - near).norm() / exact.norm()) < 0.03
