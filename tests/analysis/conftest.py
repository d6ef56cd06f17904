"""What tests of decoders share."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.analysis.binned import binned
from neurofm.errors import Stopped

STEPS = {"steps": 3}
LEARN, HELD = np.arange(4, 20), np.arange(4)


@pytest.fixture(scope="module")
def data(reaches):
    return binned(reaches)


class Told(list):
    """A step that remembers, and stops once it was told so often."""

    def __init__(self, most=10_000):
        super().__init__()
        self.most = most

    def __call__(self, fraction, text, **_):
        self.append((fraction, text))
        if len(self) > self.most:
            raise Stopped("stopped")
