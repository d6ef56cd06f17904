"""MAT 5 files: what scipy writes is read as scipy reads it; what is damaged is told."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from neurofm.io._mat5 import is_mat5, variables

LIMIT = 1 << 30


def cell(*items):
    array = np.empty((1, len(items)), object)
    array[0] = items
    return array


@pytest.fixture(params=[False, True], ids=["plain", "compressed"])
def path(request, tmp_path):
    """A file with a bit of everything."""
    rng = np.random.default_rng(0)
    content = {
        "doubles": rng.normal(size=(3, 4)),
        "small": np.array([[1, 2, 3]], np.uint8),
        "flags": np.array([[True, False]]),
        "deep": cell(rng.normal(size=(2, 2)).astype(np.float32), cell(np.int16([[7]])), np.zeros((1, 0))),
        "records": {"a_long_name": np.array([[1.5]]), "b": cell(np.array([[2.0]]))},
        "word": "skipped",
    }
    savemat(tmp_path / "values.mat", content, do_compression=request.param)
    return tmp_path / "values.mat"


def test_values_are_those_that_scipy_reads(path):
    values, truth = dict(variables(path.read_bytes(), LIMIT)), loadmat(path)
    for name in ("doubles", "small", "flags"):
        np.testing.assert_array_equal(values[name], truth[name])
    for mine, theirs in ((values["deep"][0], truth["deep"][0, 0]), (values["deep"][1][0], truth["deep"][0, 1][0, 0])):
        np.testing.assert_array_equal(mine, theirs)
        assert mine.dtype == theirs.dtype
    assert values["deep"][2].shape == (1, 0)
    assert values["records"][0]["a_long_name"] == 1.5
    assert values["records"][0]["b"][0] == 2.0
    assert values["word"] is None


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_file_that_is_cut_off_is_told(path, share):
    raw = path.read_bytes()
    with pytest.raises((ValueError, zlib.error)):
        list(variables(raw[: 128 + int(share * (len(raw) - 128)) | 1], LIMIT))


@pytest.mark.parametrize("order", ["<", ">"])
def test_numbers_are_read_in_the_order_of_their_bytes(order):
    def element(kind, data):
        return struct.pack(f"{order}II", kind, len(data)) + data + bytes(-len(data) % 8)

    parts = [
        element(6, struct.pack(f"{order}II", 6, 0)),  # an array of doubles
        element(5, struct.pack(f"{order}ii", 1, 3)),
        element(1, b"x"),
        element(9, struct.pack(f"{order}ddd", 1.0, -2.5, 1e9)),
    ]
    header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(f"{order}H", 0x0100) + (b"MI" if order == ">" else b"IM")
    ((name, values),) = variables(header + element(14, b"".join(parts)), LIMIT)
    assert name == "x"
    np.testing.assert_array_equal(values, [[1.0, -2.5, 1e9]])


@pytest.mark.parametrize(
    ("start", "is_one"),
    [
        (b"MATLAB 5.0 MAT-file".ljust(126) + b"IM", True),
        (b"MATLAB 5.0 MAT-file".ljust(126) + b"MI", True),
        (b"MATLAB 5.0 MAT-file".ljust(126) + b"XX", False),
        (b"MATLAB 7.3 MAT-file".ljust(126) + b"IM", False),
        (b"MATLAB 5.0", False),
        (b"", False),
    ],
)
def test_a_file_is_known_by_its_head(start, is_one):
    assert is_mat5(start) == is_one


def test_variable_that_unpacks_to_more_than_the_limit_is_refused(path):
    bomb = zlib.compress(bytes(4 << 20), 9)
    raw = path.read_bytes() + np.array([15, len(bomb)], "<u4").tobytes() + bomb
    with pytest.raises(ValueError, match="a variable claims more than 1 MB"):
        list(variables(raw, 1 << 20))
