"""The distribution of what comes next: exact on a sequence that is written out, and what the released code makes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neurofm.nn import histogram

BINS = np.array([[0], [1], [1], [2], [-1], [2], [0]])  # of one feature in seven frames; one is missing
WRITTEN = {  # of the three frames that follow each: how often each bin, and the share that is known
    0: ([0, 2 / 3, 1 / 3], 1.0),
    1: ([0, 1 / 2, 1 / 2], 2 / 3),  # the gap counts for nothing
    2: ([0, 0, 1], 2 / 3),
    3: ([1 / 2, 0, 1 / 2], 2 / 3),
    4: ([1 / 2, 0, 1 / 2], 2 / 3),  # the end counts for nothing
    5: ([1, 0, 0], 1 / 3),
    6: ([0, 0, 0], 0.0),
}


def released(bins, frames, horizon, count):
    """What the published code makes: every frame ahead is counted as the bin of the frame itself."""
    spike = np.eye(count)[np.maximum(bins[frames], 0)]
    return spike.astype(np.float32), np.ones((len(frames), bins.shape[1]), np.float32)


def exact(build):
    frames = np.array(list(WRITTEN))
    future, share = build(BINS, frames, 3, 3)
    np.testing.assert_allclose(future[:, 0], [WRITTEN[k][0] for k in frames], atol=1e-6)
    np.testing.assert_allclose(share[:, 0], [WRITTEN[k][1] for k in frames], atol=1e-6)


def test_target_is_exact_on_a_written_out_sequence():
    exact(histogram.ahead)


def test_target_of_the_released_code_is_not():
    with pytest.raises(AssertionError):
        exact(released)


def test_features_and_frames_keep_one_order():
    rng = np.random.default_rng(0)
    bins, frames = rng.integers(-1, 5, (40, 3)), np.array([30, 2, 17])
    future, share = histogram.ahead(bins, frames, 6, 5)
    for a, frame in enumerate(frames):
        for f in range(3):
            alone, known = histogram.ahead(bins[:, [f]], np.array([frame]), 6, 5)
            np.testing.assert_array_equal(future[a, f], alone[0, 0])
            assert share[a, f] == known[0, 0]


def test_weights_fall_on_the_frames_they_belong_to():
    said = torch.zeros(2, 2, 4, requires_grad=True)  # (asked, feature, bin)
    truth = torch.eye(4)[torch.tensor([[0, 3], [3, 0]])]
    weight = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    histogram.mallows(said, truth, weight).backward()
    assert (said.grad.abs().sum(-1) > 0).tolist() == [[True, False], [False, False]]


def test_distances_are_those_of_cumulative_distributions():
    said, truth = np.array([[0.5, 0.5, 0.0]]), np.array([[0.0, 0.5, 0.5]])
    assert histogram.mover(said, truth)[0] == pytest.approx((0.5 + 0.5 + 0) / 3)
    odds = torch.tensor(np.log(said + 1e-12), dtype=torch.float32)[None]
    loss = histogram.mallows(odds, torch.tensor(truth, dtype=torch.float32)[None], torch.ones(1, 1))
    assert float(loss) == pytest.approx((0.25 + 0.25 + 0) / 3, abs=1e-5)
    assert float(histogram.mallows(odds, torch.zeros(1, 1, 3), torch.zeros(1, 1))) == 0.0


def test_bins_lie_between_percentiles_and_the_missing_have_none():
    values = np.linspace(-1, 1, 2001)[:, None] * np.array([1.0, 10.0])
    edges = histogram.edges(values, 32)
    assert edges.shape == (2, 31)
    np.testing.assert_allclose(edges[:, [0, -1]], [[-0.99, 0.99], [-9.9, 9.9]], atol=1e-6)
    said = histogram.bin_of(np.array([[-5.0, 0.0], [np.nan, 99.0]]), edges)
    assert said.tolist() == [[0, histogram.bin_of(np.zeros((1, 2)), edges)[0, 1]], [-1, 31]]


def test_what_never_changes_has_bins_too():
    assert (np.diff(histogram.edges(np.full((9, 1), 3.0), 8)) > 0).all()
