"""Small recordings with known contents, shared by what is tested here."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.data import Recording, Series, Spikes


@pytest.fixture
def recording() -> Recording:
    """A rat's two units, one without a region, over three trials, the last without its event and cut short."""
    times = np.array([0.05, 0.15, 0.16, 1.05, 1.35, 3.0])
    trials = pd.DataFrame({"start": [0.0, 1.0, 2.9], "stop": [0.2, 1.4, 3.1], "go": [0.1, 1.2, np.nan]})
    return Recording(
        session="rat",
        spikes=Spikes(times, np.array([0, 1, 1, 0, 1, 0], np.int32)),
        units=pd.DataFrame({"label": ["a", "b"], "region": ["CA1", None]}),
        series={"x": Series(np.arange(0, 4, 0.05), np.arange(0, 4, 0.05)[:, None], ("x",))},
        intervals={"trials": trials},
        domain=np.array([[0.0, 3.05]]),
    )


@pytest.fixture
def clockwork() -> Recording:
    """A spike a second of three units in turn, and a series that says what time it is."""
    clock = np.arange(0, 10, 0.5)
    return Recording(
        session="s",
        spikes=Spikes(np.arange(10) + 0.25, np.array([0, 1, 2] * 3 + [0], np.int32)),
        units=pd.DataFrame({"label": ["a", "b", "c"]}),
        series={"x": Series(clock, clock[:, None], ("x",))},
    )
