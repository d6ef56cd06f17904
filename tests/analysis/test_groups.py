"""Types are clusters that are apart, whatever order units come in."""

import numpy as np

from neurofm.analysis import groups


def blobs(sizes, seed=0, away=10.0):
    rng = np.random.default_rng(seed)
    own = np.repeat(np.arange(len(sizes)), sizes)
    return (away * own[:, None] + rng.normal(size=(len(own), 4))).astype(np.float32), own


def test_clusters_are_numbered_by_size():
    rows, own = blobs([10, 30, 20])
    names = np.array(groups.types(rows, np.ones(60, bool)))
    np.testing.assert_array_equal(names, np.array(["type 3", "type 1", "type 2"])[own])


def test_order_changes_nothing():
    rows, _ = blobs([12, 15, 9], away=4.0)
    mixed = np.random.default_rng(1).permutation(len(rows))
    plain = np.array(groups.types(rows, np.ones(len(rows), bool)))
    np.testing.assert_array_equal(np.array(groups.types(rows[mixed], np.ones(len(rows), bool))), plain[mixed])


def test_what_is_not_used_or_not_apart_has_no_type():
    rows, _ = blobs([20, 20])
    used = np.arange(40) != 7
    names = groups.types(rows, used)
    assert names[7] == ""
    assert set(np.delete(names, 7)) == {"type 1", "type 2"}
    alike = np.random.default_rng(2).normal(size=(60, 50)).astype(np.float32)
    assert set(groups.types(alike, np.ones(60, bool))) == {""}
    assert groups.types(rows[:3], np.ones(3, bool)) == ["", "", ""]
    assert groups.types(np.zeros((20, 0), np.float32), np.ones(20, bool)) == [""] * 20


def test_many_units_join_the_clusters_of_some(monkeypatch):
    monkeypatch.setattr(groups, "MANY", 20)
    rows, own = blobs([50, 30])
    names = np.array(groups.types(rows, np.ones(80, bool)))
    np.testing.assert_array_equal(names, np.array(["type 1", "type 2"])[own])
