"""The table of nuclei that are counted after a few strokes."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.bench import strokes as bench
from neurofm.errors import DataError


@pytest.fixture
def pair(tmp_path):
    rng, places = np.random.default_rng(0), np.stack(np.indices((1, 120, 120)), -1)
    truth = np.zeros((1, 120, 120), np.uint8)
    for k, middle in enumerate([(0, 30, 30), (0, 30, 51), (0, 80, 40), (0, 85, 90)], 1):
        truth[(np.linalg.norm(places - middle, axis=-1) < 11) & (truth == 0)] = k
    np.save(tmp_path / "nuclei_image.npy", (truth > 0) * 40 + rng.normal(20, 5, truth.shape).astype(np.float32))
    np.save(tmp_path / "mask.npy", truth)
    return [str(tmp_path / "image.npy"), str(tmp_path / "mask.npy")], truth


def test_strokes_are_drawn_in_their_places_and_then_where_it_is_wrong(pair):
    _, truth = pair
    places = bench._places(truth, None)
    assert (truth[bench.stroke(places[bench.CELL], np.random.default_rng(0))] > 0).all()
    assert not truth[bench.stroke(places[bench.NOTHING], np.random.default_rng(0))].any()
    assert set(truth[places[bench.BORDER]]) == {1, 2}
    said = np.where(truth == 3, 0, np.where(truth > 0, bench.CELL, 0))
    assert set(truth[bench._places(truth, said)[bench.CELL]]) == {3}
    assert not bench.stroke(np.zeros((1, 5, 5), bool), np.random.default_rng(0)).any()


def test_nuclei_are_counted_beside_a_threshold(pair, tmp_path):
    paths, _ = pair
    (tmp_path / "nuclei_image.npy").rename(tmp_path / "image.npy")
    rows = bench.run(paths, True, 0, "")
    last = [line for line in rows if line["case"].endswith("strokes")][-3:]
    assert [line["metric"] for line in last] == ["count error", "Dice", "first labels"]
    assert last[1]["mean"] > 0.9
    assert last[0]["mean"] <= 25
    assert {line["system"] for line in rows} == {"learned from strokes", "Otsu and watershed"}


def test_what_is_no_pair_is_refused(pair, tmp_path):
    paths, _ = pair
    (tmp_path / "nuclei_image.npy").rename(tmp_path / "image.npy")
    with pytest.raises(DataError, match="pairs of an image"):
        bench.run(paths[:1], True, 0, "")
    with pytest.raises(DataError, match="is no image"):
        bench.run(paths[::-1], True, 0, "")
