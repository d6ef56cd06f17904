"""Libraries that not everybody has."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from neurofm.data import Series
from neurofm.data.libraries import library

SERIES = Series(np.array([0.0, 0.5]), np.array([[1.0, 2.0], [3.0, np.nan]], np.float32), ("x", "y"), "cm")


@pytest.mark.parametrize(("name", "line"), [("xarray", "pip install xarray"), ("pynwb", r'"napari-neurofm\[nwb\]"')])
def test_one_that_is_missing_is_named_with_the_line_that_installs_it(name, line, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=f"{name} is not installed; install it with: .*{line}"):
        library(name)


def test_series_comes_back_from_each_as_it_was():
    pytest.importorskip("xarray")
    pytest.importorskip("pynapple")
    import neurofm as nf

    for given in (SERIES.to_frame(), SERIES.to_xarray(), SERIES.to_pynapple()):
        back = nf.recording(behaviour={"place": given}).series["place"]
        assert back.names == SERIES.names
        np.testing.assert_array_equal(back.times, SERIES.times)
        np.testing.assert_array_equal(back.values, SERIES.values)
    assert nf.recording(behaviour={"place": SERIES.to_xarray()}).series["place"].unit == "cm"
