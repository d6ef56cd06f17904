"""Bodies obey Newton, and the classes are those of the paper."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from neurofm.synthetic import bodies


@pytest.mark.parametrize(("count", "make"), [(2, bodies._pairs), (3, bodies._triplets)])
def test_energy_and_momentum_stay(count, make):
    begin, mass = make(np.random.default_rng(0), 10)
    fine = 20_001
    moved = bodies._move(begin, mass, fine)  # (system, body, time, xy)
    speed = np.gradient(moved, bodies.SPAN / (fine - 1), axis=2, edge_order=2)
    motion = 0.5 * (mass[:, :, None] * (speed**2).sum(-1)).sum(1)
    apart = np.linalg.norm(moved[:, :, None] - moved[:, None], axis=-1)
    one, other = np.triu_indices(count, 1)
    pull = -(mass[:, one] * mass[:, other])[..., None] / apart[:, one, other]
    energy = motion + pull.sum(1)
    far = apart[:, one, other].min(1) > 0.1  # nearer, they are too fast for differences
    assert far.mean() > 0.9
    assert np.allclose(energy[far], energy[:, :1].repeat(fine, 1)[far], atol=1e-3)
    momentum = (mass[:, :, None, None] * speed).sum(1)
    assert np.allclose(momentum, momentum[:, :1], atol=1e-2)


def test_all_systems_at_once_move_as_each_alone():
    begin, mass = bodies._pairs(np.random.default_rng(0), 30)
    together = bodies._move(begin, mass, 50)

    def change(_, flat):
        (one, v), (other, w) = flat.reshape(2, 2, 2)
        cube = np.linalg.norm(other - one) ** 3
        return np.concatenate([v, m[1] * (other - one) / cube, w, m[0] * (one - other) / cube])

    for k in (0, 29):
        m = mass[k]
        alone = solve_ivp(change, (0, 10), begin[k].ravel(), t_eval=np.linspace(0, 10, 50), rtol=1e-10, atol=1e-10)
        assert np.allclose(together[k], alone.y.reshape(2, 4, 50)[:, :2].swapaxes(1, 2), atol=1e-5)


def test_triplets_on_their_circle_stay_there():
    begin, mass = bodies._triplets(np.random.default_rng(0), 5)
    radius = np.linalg.norm(begin[..., :2], axis=-1)
    out = begin[..., :2] / radius[..., None]
    begin[..., 2:] = out[..., ::-1] * [-1, 1] * np.sqrt(1 / np.sqrt(3) / radius)[..., None]  # of the circle, no noise
    moved = bodies._move(begin, mass, 50)
    assert np.allclose(np.linalg.norm(moved, axis=-1), radius[..., None], atol=1e-4)
    fresh = bodies._triplets(np.random.default_rng(0), 5)[0]
    assert np.abs(fresh[..., 2:] / begin[..., 2:] - 1).max() < 0.1 + 1e-9


@pytest.mark.parametrize(
    ("systems", "count", "classes"), [(2, 2, (3, 6, 12)), (2, 3, (10, 90, 360)), (3, 2, (15, 20, 120))]
)
def test_there_are_as_many_classes_as_the_paper_has(systems, count, classes):
    for question, expected in zip(("connection", "type", "both"), classes):
        each = np.bincount(bodies.answers(question, systems, count))
        assert len(each) == expected
        assert len(set(each)) == 1  # equally often


def test_the_connection_is_who_goes_with_whom():
    connection, shown = bodies.answers("connection"), bodies.orders()
    for k in np.unique(connection):
        pairs = [bodies.partners(order) for order in shown[connection == k]]
        assert all(np.array_equal(p, pairs[0]) for p in pairs)
        assert pairs[0].sum() == 4
    kinds = bodies.answers("type")
    assert all(len(np.unique(shown[kinds == k] % 2, axis=0)) == 1 for k in np.unique(kinds))


@pytest.mark.parametrize(
    ("trials", "how", "shape"),
    [(6, {}, (6, 4, 10, 2)), (3, {"bodies": 3}, (3, 6, 50, 2)), (2, {"systems": 3}, (2, 6, 10, 2))],
)
def test_paths_are_of_the_size_of_the_paper_and_repeat(trials, how, shape):
    paths = bodies.paths(trials, seed=1, **how)
    assert paths.shape == shape
    assert np.array_equal(paths, bodies.paths(trials, seed=1, **how))
    assert not np.array_equal(paths, bodies.paths(trials, seed=2, **how))


def test_partners_are_opposite_and_the_heavy_one_is_nearer_the_middle_of_mass():
    paths = bodies.paths(200).astype(float).reshape(200, 2, 2, 10, 2)  # trial system body time xy
    step = np.diff(paths, axis=3)
    along = (step[:, :, 0] * step[:, :, 1]).sum(-1)
    assert (along < 0).mean() > 0.95  # partners move against each other
    length = np.linalg.norm(step, axis=-1).mean((0, 1, 3))
    assert length[0] > length[1]
    other = (step[:, 0, 0] * step[:, 1, 0]).sum(-1)
    assert 0.3 < (other < 0).mean() < 0.7  # strangers move any way
