"""Transport against POT, closed forms and loops."""

import sys

import numpy as np
import pytest
from scipy.stats import spearmanr

from neurofm.analysis import transport

ot = pytest.importorskip("ot", reason="POT is not installed")


def clouds(count, samples, dims, seed=0, spread=1.0):
    rng = np.random.default_rng(seed)
    middle, width = rng.normal(size=(count, 1, dims)), rng.uniform(0.5, 2, (count, 1, dims))
    return (spread * middle + width * rng.normal(size=(count, samples, dims))).astype(np.float32)


@pytest.mark.parametrize(("n", "m"), [(7, 7), (6, 9), (1, 5), (12, 4)])
def test_clouds_on_a_line_are_moved_exactly(n, m):
    one, other = clouds(4, n, 1)[..., 0], clouds(3, m, 1, seed=1)[..., 0]
    away = transport.on_a_line(one, other)
    for i in range(4):
        for j in range(3):
            assert away[i, j] == pytest.approx(
                ot.emd2_1d(one[i].astype(float), other[j].astype(float)), rel=1e-3, abs=1e-5
            )


def test_exact_is_a_linear_programme():
    from scipy.optimize import linear_sum_assignment

    one, other = clouds(2, 12, 3), clouds(2, 12, 3, seed=1)
    away = transport.exact(one, other)
    for i in range(2):
        for j in range(2):
            cost = ((one[i][:, None] - other[j]) ** 2).sum(-1)
            assert away[i, j] == pytest.approx(cost[linear_sum_assignment(cost)].sum() / 12, rel=1e-4)


def test_all_are_exact_for_shifts():
    one = clouds(3, 50, 4)
    shift = np.random.default_rng(2).normal(size=(3, 1, 4)).astype(np.float32)
    length = (shift[:, 0] ** 2).sum(1)
    for way in (transport.sliced, transport.gaussian, transport.exact):
        np.testing.assert_allclose(np.diag(way(one, one + shift)), length, rtol=2e-3)
        np.testing.assert_allclose(np.diag(way(one, one)), 0, atol=1e-4)


@pytest.mark.parametrize("spread", [1.0, 0.0])
def test_sliced_ranks_as_exact_also_where_means_are_equal(spread):
    one, other = clouds(12, 200, 2, spread=spread), clouds(12, 200, 2, seed=1, spread=spread)
    exact = transport.exact(one, other).ravel()
    assert spearmanr(transport.sliced(one, other).ravel(), exact).statistic > 0.9
    assert spearmanr(transport.gaussian(one, other).ravel(), exact).statistic > 0.9


def test_gaussians_are_as_pot_has_them():
    one, other = clouds(3, 80, 3), clouds(2, 80, 3, seed=1)
    away = transport.gaussian(one, other)
    for i in range(3):
        for j in range(2):
            a, b = (np.cov(cloud.T, bias=True) for cloud in (one[i], other[j]))
            right = ot.gaussian.bures_wasserstein_distance(one[i].mean(0), other[j].mean(0), a, b) ** 2
            assert away[i, j] == pytest.approx(right, rel=1e-3)


def test_clouds_of_different_sizes_are_sliced(monkeypatch):
    one, other = clouds(4, 90, 2), clouds(3, 130, 2, seed=1)
    assert spearmanr(transport.sliced(one, other).ravel(), transport.exact(one, other).ravel()).statistic > 0.9
    np.testing.assert_allclose(
        transport.sliced(one[:, :60], other[:, :60], levels=60), transport.sliced(one[:, :60], other[:, :60])
    )
    with pytest.raises(ValueError, match="as many dimensions"):
        transport.sliced(one, other[..., :1])
    with pytest.raises(ValueError, match=r"one must be \(unit, sample, dim\)"):
        transport.sliced(one[..., 0], other)


def test_the_order_of_units_changes_nothing():
    one, other = clouds(5, 40, 2), clouds(6, 40, 2, seed=1)
    mixed = np.random.default_rng(0).permutation(5)
    for way in (transport.sliced, transport.gaussian, transport.exact):
        np.testing.assert_allclose(way(one[mixed], other), way(one, other)[mixed], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(way(other, one), way(one, other).T, rtol=1e-3, atol=1e-4)


def test_units_are_coupled_by_their_correlations_alone():
    rng = np.random.default_rng(3)
    own = np.corrcoef(rng.normal(size=(12, 4)) @ rng.normal(size=(4, 300)) + 0.3 * rng.normal(size=(12, 300)))
    mixed = rng.permutation(12)
    away = transport.gromov(own, own[np.ix_(mixed, mixed)])
    assert (away.argmin(1) == np.argsort(mixed)).mean() > 0.8
    assert transport.gromov(own, own[:7, :7]).shape == (12, 7)


def test_without_pot_it_is_said_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ot", None)
    with pytest.raises(ImportError, match=r"pip install 'napari-neurofm\[pot\]'"):
        transport.gromov(np.eye(3), np.eye(3))
