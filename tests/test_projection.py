"""Maps are right, repeatable, and do not jump."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from neurofm.projection import align, pca, umap


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(200, 10), (8, 30)])
def test_pca_agrees_with_scikit_learn_up_to_sign(rng, shape):
    values = rng.standard_normal(shape) * np.arange(1, shape[1] + 1) + 5
    theirs = PCA(3, svd_solver="full").fit_transform(values)
    assert np.allclose(np.abs(pca(values, 3)), np.abs(theirs))


def test_pca_signs_do_not_depend_on_the_order_of_rows(rng):
    values = rng.standard_normal((50, 6)) * np.arange(1, 7)
    order = rng.permutation(50)
    assert np.allclose(pca(values)[order], pca(values[order]))


def test_pca_points_each_direction_to_its_largest_weight(rng):
    values = rng.standard_normal((50, 6)) * np.arange(1, 7)
    centred = values - values.mean(0)
    for _ in range(5):
        mirror = np.where(rng.random(6) < 0.5, -1, 1)
        axes = np.linalg.lstsq(pca(values * mirror, 6), centred * mirror, rcond=None)[0]
        assert (axes[np.arange(6), np.abs(axes).argmax(1)] > 0).all()


@pytest.mark.parametrize(("shape", "dims", "there"), [((5, 1), 2, 1), ((1, 4), 2, 0), ((0, 4), 3, 0)])
def test_pca_fills_directions_that_are_not_there_with_zeros(rng, shape, dims, there):
    xy = pca(rng.standard_normal(shape), dims)
    assert xy.shape == (shape[0], dims)
    assert not xy[:, there:].any()


def groups(rng, count=40):
    """Three clusters in 8 dimensions, and which row is in which."""
    label = np.repeat(np.arange(3), count)
    return rng.standard_normal((3 * count, 8)) + 8 * rng.standard_normal((3, 8))[label], label


def test_umap_keeps_neighbours_and_repeats_itself(rng):
    values, label = groups(rng)
    first = umap(values, seed=3)
    assert trustworthiness(values, first) > 0.8
    assert np.array_equal(first, umap(values, seed=3))
    centres = np.stack([first[label == k].mean(0) for k in range(3)])
    nearest = np.linalg.norm(first[:, None] - centres, axis=2).argmin(1)
    assert np.array_equal(nearest, label)


def test_umap_places_what_it_was_not_fitted_on(rng):
    values, label = groups(rng, 60)
    said = []
    xy = umap(values, sample=90, step=lambda fraction, text: said.append((fraction, text)))
    centres = np.stack([np.median(xy[label == k], 0) for k in range(3)])
    assert (np.linalg.norm(xy[:, None] - centres, axis=2).argmin(1) == label).mean() > 0.95
    assert said[0] == (0.0, "UMAP of 90 rows of 180: looking for neighbours")
    assert [f for f, _ in said] == sorted(f for f, _ in said)
    assert any(0.1 < f < 0.8 for f, _ in said)  # while it is fitted
    assert said[-1] == (1.0, "UMAP done")


@pytest.mark.parametrize("rows", [5, 6, 12])
def test_umap_of_fewer_rows_than_neighbours(rng, rows):
    xy = umap(rng.standard_normal((rows, 6)))
    assert xy.shape == (rows, 2)
    assert np.isfinite(xy).all()


LINE = np.linspace(0, 1, 30)[:, None] * [1.0, -2.0, 0.5]


@pytest.mark.parametrize(
    ("values", "dims", "why"),
    [
        (np.zeros((0, 4)), 2, "needs 5 rows or more, got 0"),
        (np.eye(4), 2, "needs 5 rows or more, got 4"),
        (np.eye(5), 3, "needs 6 rows or more, got 5"),
        (np.ones((30, 4)), 2, "these lie in one place"),
        (1e6 + np.zeros((30, 4)), 3, "these lie in one place"),
        (np.arange(30.0)[:, None], 2, "these lie on a line"),
        (LINE, 2, "these lie on a line"),
        (LINE + 1e5, 3, "these lie on a line"),
        (np.random.default_rng(0).normal(size=(30, 2)), 3, "these lie in a plane"),
    ],
    ids=["none", "few", "few for 3-D", "equal", "equal, far", "1-D", "a line", "a line, far", "2-D for 3-D"],
)
def test_what_has_no_umap_is_refused_and_never_drawn_as_one(values, dims, why):
    with pytest.raises(ValueError, match=why):
        umap(values, dims)


def test_align_undoes_turning_mirroring_and_moving(rng):
    onto = rng.standard_normal((30, 2))
    turn = np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]]) @ np.diag([1, -1])
    assert np.allclose(align(onto @ turn + [3, -7], onto), onto)


def test_align_keeps_the_scale_and_is_the_best_of_many_turns(rng):
    xy, onto = rng.standard_normal((2, 30, 2))
    aligned = align(3 * xy, onto)
    assert np.allclose(np.linalg.norm(aligned[1:] - aligned[0], axis=1), 3 * np.linalg.norm(xy[1:] - xy[0], axis=1))
    centred = 3 * (xy - xy.mean(0))
    for angle in np.linspace(0, 2 * np.pi, 50):
        for flip in (1, -1):
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag([1, flip])
            assert np.sum((aligned - onto) ** 2) <= np.sum((centred @ turn + onto.mean(0) - onto) ** 2) + 1e-9


@pytest.mark.parametrize("make", [pca, umap, lambda v: align(v, np.zeros((9, 2)))])
def test_missing_values_are_refused_in_words(rng, make):
    values = rng.standard_normal((9, 2))
    values[4, 1] = np.nan
    with pytest.raises(ValueError, match=r"1 of 9 rows of .* NaN"):
        make(values)


def test_maps_of_other_rows_do_not_align():
    with pytest.raises(ValueError, match=r"same rows.*\(3, 2\) and \(4, 2\)"):
        align(np.zeros((3, 2)), np.zeros((4, 2)))
