"""Activity is what is measured of units: deconvolved before fluorescence, never what is around cells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neurofm.data import Recording, Series
from neurofm.data.activity import activities, best, no_spikes

LABELS = ("0", "1")


def of(names, labels=LABELS):
    series = {name: Series(np.arange(3.0), np.zeros((3, len(labels))), labels) for name in names}
    series |= {"position": Series(np.arange(3.0), np.zeros((3, 2)), ("x", "y"))}
    return Recording(session="a", units=pd.DataFrame({"label": labels}), series=series)


def test_what_says_most_comes_first():
    recording = of(["F", "Fneu", "counts", "spks", "dff"])
    assert list(activities(recording)) == ["spks", "dff", "F", "Fneu"]
    assert best(recording) == ("spks",)
    assert best(of(["Fneu", "F"])) == ("F",)
    assert best(of([])) == ()


def test_planes_are_shown_together():
    assert best(of(["plane0 F", "plane0 spks", "plane1 spks"])) == ("plane0 spks", "plane1 spks")


def test_models_say_why_they_do_not_learn_from_it():
    assert "activity (spks), which is no count" in no_spikes(of(["spks"]))
    assert "open it together with its spike file" in no_spikes(of([]))
