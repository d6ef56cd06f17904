from __future__ import annotations

from dataclasses import replace

import h5py
import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.errors import DataError
from tests.data.test_matches import matches


def test_what_is_written_reads_back_equal(tmp_path):
    profiles = np.arange(10.0).reshape(5, 2)
    wanted = matches(profiles=profiles, features=("x 1", "y 1"), conditions={"x": 1, "y": 1}, notes=("n",), seed=3)
    wanted = replace(wanted, options={"conditions": "target", "bin": 0.1})
    again = io.read(io.write(wanted, tmp_path / "a.matches.h5"))
    for table in ("animals", "units", "pairs"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(wanted, table))
    assert again.distances.keys() == wanted.distances.keys()
    for name in ("animal", "profiles"):
        np.testing.assert_array_equal(getattr(again, name), getattr(wanted, name))
    np.testing.assert_array_equal(again.distances[0, 1], wanted.distances[0, 1])
    plain = ("session", "space", "by", "method", "level", "seed", "conditions", "options", "features", "notes")
    assert all(getattr(again, name) == getattr(wanted, name) for name in plain)


@pytest.mark.parametrize("lost", ["units", "distances", "animal"])
def test_a_file_without_a_part_is_refused(tmp_path, lost):
    path = io.write(matches(), tmp_path / "a.matches.h5")
    with h5py.File(path, "a") as file:
        del file[lost]
    with pytest.raises(DataError, match=f"{lost}: is missing"):
        io.read(path)


def test_pairs_of_nothing_are_refused(tmp_path):
    path = io.write(matches(), tmp_path / "a.matches.h5")
    with h5py.File(path, "a") as file:
        file["pairs/1"][0] = 9
    with pytest.raises(DataError, match="names unit 9, of 5"):
        io.read(path)
