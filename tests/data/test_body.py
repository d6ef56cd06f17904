"""An animal's own view of its key points does not change with where it is and how it is turned."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data import body


@pytest.fixture
def points():
    """Two animals of four points for 20 frames."""
    return np.random.default_rng(0).normal(size=(20, 2, 4, 2))


def placed(points, angle, at):
    """Turned by an angle, then moved."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return points @ turn + np.array(at)


@pytest.mark.parametrize(
    ("names", "ahead"),
    [(("tail", "Nose", "ear"), 1), (("tail_base", "head", "snout"), 2), (("a", "b"), 0), (("ear", "headstage"), 1)],
)
def test_the_front_is_known_by_its_name(names, ahead):
    assert body.front(names) == ahead


def test_place_and_direction_change_nothing(points):
    own, moves = body.aligned(points, 1), body.moves(points, 1, 0.1)
    other = placed(points, 2.0, (100, -30))
    np.testing.assert_allclose(body.aligned(other, 1), own, atol=1e-9)
    np.testing.assert_allclose(body.moves(other, 1, 0.1), moves, atol=1e-9)
    np.testing.assert_allclose(own[..., 1, 1], 0, atol=1e-12)
    assert (own[..., 1, 0] > 0).all()


def test_moves_are_those_of_the_animal():
    shape = np.array([[1.0, 0.0], [-1.0, 0.3], [-1.0, -0.3]])
    angle, at, frames = 0.4, np.zeros(2), []
    for _ in range(6):
        frames.append(placed(shape, angle, at))
        at = at + 0.2 * np.array([np.cos(angle), np.sin(angle)]) + 0.1 * np.array([-np.sin(angle), np.cos(angle)])
    moves = body.moves(np.stack(frames)[:, None], 0, 0.5)
    assert np.isnan(moves[0]).all()
    np.testing.assert_allclose(moves[1:, 0], [[0.4, 0.2, 0.0]] * 5, atol=1e-9)
    spun = np.stack([placed(shape, 3.0 + 0.2 * k, (5, 5)) for k in range(4)])[:, None]  # over the edge of the circle
    np.testing.assert_allclose(body.moves(spun, 0, 0.5)[1:, 0, 2], 0.4, atol=1e-9)


def test_what_is_not_seen_is_missing(points):
    points[3, 0, 2] = np.nan
    points[5, 1, 1] = np.nan
    points[7, 0] = np.nan
    own = body.aligned(points, 1)
    assert np.isnan(own[3, 0]).any(-1).tolist() == [False, False, True, False]
    assert np.isnan(own[5, 1]).all()
    assert np.isnan(own[7, 0]).all()
    assert np.isnan(body.moves(points, 1, 1.0)[[7, 8], 0]).all()
    assert np.isfinite(body.moves(points, 1, 1.0)[3, 0]).all()


def test_the_third_axis_stays(points):
    deep = np.concatenate([points, np.full((20, 2, 4, 1), 3.0)], -1)
    deep[:, :, 0, 2] = 7
    own = body.aligned(deep, 1)
    np.testing.assert_allclose(own[..., :2], body.aligned(points, 1))
    np.testing.assert_allclose(own[..., 2], deep[..., 2] - 4)


def test_one_frame_has_no_moves(points):
    assert np.isnan(body.moves(points[:1], 0, 1.0)).all()
