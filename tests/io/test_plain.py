"""Pickles give data and nothing else: what they would run is refused, and not run."""

from __future__ import annotations

import os
import pickle
import subprocess
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import PurePosixPath

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix

from neurofm.io import _plain

ARRAYS = [
    np.arange(6, dtype=np.int32).reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.array(["a", "çd"]),
    np.array([True, False]),
    np.zeros((0, 2)),
    np.arange(4, dtype=">i2"),
]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype}{array.shape}")
def test_arrays_are_as_they_were(array, protocol):
    np.testing.assert_array_equal(_plain.values(_plain.loads(pickle.dumps(array, protocol))), array, strict=True)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_values_are_as_they_were(protocol):
    value = {"a": [1, 2.5, None, True], "b": ("x", b"y", b"")}
    assert _plain.loads(pickle.dumps(value, protocol)) == value


def test_numbers_of_numpy_and_arrays_in_dicts():
    loaded = _plain.loads(pickle.dumps({"fps": np.float64(30), "at": np.arange(3)}))
    assert loaded["fps"] == 30
    assert _plain.values(loaded["at"]).tolist() == [0, 1, 2]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", [csr_matrix, csr_array])
def test_sparse_matrices_are_filled_with_zeros(kind, protocol):
    dense = np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 3.0]], np.float32)
    loaded = _plain.loads(pickle.dumps(kind(dense), protocol))
    np.testing.assert_array_equal(_plain.values(loaded), dense, strict=True)


def test_lists_by_key_are_as_they_were():
    assert _plain.loads(pickle.dumps(defaultdict(list, {1: [2, 3]}), 2)) == {1: [2, 3]}


def test_what_python_2_pickled_is_read():
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR(K\x01(K\x02tcnumpy\ndtype\n"
    array += b"(U\x02i2K\x00K\x01tR(K\x03U\x01<NNNK\x00K\x00K\x00tbI00\nU\x04\x80\x00\xff\xfftb."
    assert _plain.values(_plain.loads(array)).tolist() == [128, -1]


SPARSE = {
    "column": {"indices": np.array([9, 0, 2])},
    "starts": {"indptr": np.array([0, 1, 9, 3])},
    "words": {"data": "abc"},
    "size": {"_shape": (1 << 20, 1 << 20)},
    "sides": {"_shape": (3,)},
    "row": {"_shape": (4, 3)},
}


@pytest.mark.parametrize("case", SPARSE)
def test_sparse_matrices_that_are_damaged_are_refused(case):
    matrix = csr_matrix(np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 3.0]]))
    vars(matrix).update(SPARSE[case])
    with pytest.raises(ValueError, match=r"damaged|too large|ind"):
        _plain.values(_plain.loads(pickle.dumps(matrix, 2)))


class Runs:
    def __init__(self, what, *given):
        self.what, self.given = what, given

    def __reduce__(self):
        return self.what, self.given


HARMFUL = {
    "system": Runs(os.system, "echo > {}"),
    "eval": Runs(eval, "open('{}', 'w')"),
    "popen": Runs(subprocess.Popen, ["touch", "{}"]),
    "getattr": Runs(getattr, "{}", "join"),
    "numpy load": Runs(np.load, "{}"),
    "numpy from file": Runs(np.fromfile, "{}"),
    "numpy's runner": Runs(np.testing.rundocs, "{}"),
}


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("name", HARMFUL)
def test_nothing_is_run(name, protocol, tmp_path):
    trace = tmp_path / "ran"
    harmful = Runs(HARMFUL[name].what, *(_in(part, str(trace)) for part in HARMFUL[name].given))
    with pytest.raises(_plain.Refused, match="which is no data; nothing of it was run"):
        _plain.loads(pickle.dumps({"sequences": [harmful]}, protocol))
    assert not trace.exists()


def _in(part, place):
    if isinstance(part, list):
        return [_in(each, place) for each in part]
    return part.format(place) if isinstance(part, str) else part


DAMAGED = {
    "nothing": b"",
    "cut off": pickle.dumps(np.arange(1000))[:200],
    "no pickle": b"hello there",
    "changes a function": b"cnumpy.core.multiarray\n_reconstruct\n}(X\x01\x00\x00\x00aK\x01ub.",
    "more values than bytes": pickle.dumps(np.zeros(1000)).replace(b"M\xe8\x03", b"M\xe9\x03"),
    "persistent": b"Pthing\n.",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_pickles_are_refused_in_words(name):
    with pytest.raises(ValueError, match="is pickled and damaged"):
        _plain.loads(DAMAGED[name])


@pytest.mark.parametrize("value", [np.array([object], object)[:0], {"a": 1}, [[1], [1, 2]]])
def test_what_is_no_array_is_refused(value):
    with pytest.raises(ValueError, match="is no array"):
        _plain.values(value if not isinstance(value, np.ndarray) else {"a": value})


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_is_kept_of_dates_and_paths(protocol):
    about = {"at": datetime(2024, 1, 2, 3), "for": timedelta(seconds=4), "in": PurePosixPath("/data"), "fs": 30.0}
    assert _plain.loads(pickle.dumps(about, protocol)) == {"at": None, "for": None, "in": None, "fs": 30.0}
