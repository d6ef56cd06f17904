"""Units compared by where they lie and how their spikes look."""

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis.animals import Animal
from neurofm.analysis.columns import by_position, by_waveform
from neurofm.data import Recording
from neurofm.errors import DataError


def animal(name, **columns):
    units = pd.DataFrame({"label": list("abc"), **columns})
    recording = Recording(session=name, units=units)
    return Animal(name, recording, recording.unit_names)


def test_positions_are_compared_along_the_axes_that_all_have():
    one = animal("one", x=[0.0, 1, 2], y=[0.0, 0, 1], depth=[9.0, 9, 9])
    other = animal("other", x=[0.0, 3, np.nan], y=[0.0, 4, 0])
    prepared = by_position([one, other])
    assert prepared.features == ("x", "y")
    np.testing.assert_allclose(prepared.whole(0, 1)[0, :2], [0, 12.5])
    assert prepared.used(1).tolist() == [True, True, False]
    assert prepared.halves(0, 0) is None


def test_waveforms_are_scaled_whatever_their_units():
    one, other = (
        animal(name, waveform_duration=[1e-4, 2e-4, 4e-4], amplitude=[v, 2 * v, 9 * v])
        for name, v in (("a", 1), ("b", 1))
    )
    scaled = by_waveform([one, other]).whole(0, 1)
    larger = animal("b", waveform_duration=[0.1, 0.2, 0.4], amplitude=[1, 2, 9])
    same = animal("a", waveform_duration=[0.1, 0.2, 0.4], amplitude=[1, 2, 9])
    np.testing.assert_allclose(by_waveform([same, larger]).whole(0, 1), scaled, rtol=1e-4, atol=1e-6)


def test_what_not_all_have_cannot_be_compared():
    one, other = animal("one", depth=[1.0, 2, 3]), animal("other", depth=["a", "b", "c"])
    with pytest.raises(DataError, match="have no position that all animals have; match by what they do"):
        by_position([one, other])
    with pytest.raises(DataError, match="no waveform"):
        by_waveform([one, one._replace(label="two")])
