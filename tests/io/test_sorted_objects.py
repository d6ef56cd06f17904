"""Sortings of SpikeInterface are recordings, field by field."""

from __future__ import annotations

import numpy as np
import pytest

import neurofm as nf
from neurofm.errors import DataError


def test_a_sorting_of_spikeinterface_keeps_what_is_known_of_its_units():
    core = pytest.importorskip("spikeinterface.core")
    trains = {"a": np.array([3000, 6000]), "b": np.array([300])}
    sorting = core.NumpySorting.from_unit_dict(trains, 30_000.0)
    sorting.set_property("depth", np.array([1.5, 2.5]))
    recording = nf.read(sorting)
    np.testing.assert_allclose(recording.spikes.times, [0.01, 0.1, 0.2])
    assert recording.units[["label", "depth"]].to_numpy().tolist() == [["a", 1.5], ["b", 2.5]]
    several = core.NumpySorting.from_unit_dict([trains, trains], 30_000.0)
    with pytest.raises(DataError, match=r"has 2 segments; choose one: sorting.select_segments"):
        nf.read(several)


def test_files_of_neo_say_what_opens_them(tmp_path):
    (tmp_path / "a.pl2").write_bytes(bytes(999))
    with pytest.raises(DataError, match=r"a.pl2: is read by neo: neurofm.read\(neo.io.get_io"):
        nf.read(tmp_path / "a.pl2")
