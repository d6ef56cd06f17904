"""What is told of volumes that are not as they should be, with what can be done about it."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data.volume import UNSCALED, Pyramid, Volume


class Vast:
    """Voxels that nobody reads."""

    def __init__(self, shape):
        self.shape, self.chunks, self.dtype = shape, (64, 64, 64), np.dtype("u1")


@pytest.mark.parametrize(
    ("shape", "unit", "codes"),
    [
        ((100, 200, 300), "um", []),
        ((100, 200, 300), UNSCALED, ["unscaled"]),
        ((5805, 1420, 720), UNSCALED, ["unscaled"]),  # thin, but not so much
        ((800, 800, 32), UNSCALED, ["unscaled", "axes"]),
        ((800, 800, 32), "um", []),  # its file says which axis is which
        ((800, 800, 1), UNSCALED, ["unscaled", "axes"]),
        ((10, 9000, 10), "um", ["no levels"]),
        ((9000, 10, 10), "um", ["no levels"]),
    ],
)
def test_what_is_told(shape, unit, codes):
    volume = Volume(session="brain", image=Pyramid((Vast(shape),), np.ones(3)), unit=unit)
    assert [one.code for one in volume.findings()] == codes
    assert all("neurofm" in one.remedy for one in volume.findings())


def test_labels_that_do_not_fit():
    label = {"area": Pyramid((Vast((9, 9, 9)),), np.ones(3))}
    (one,) = Volume(session="brain", image=Pyramid((Vast((9, 9, 8)),), np.ones(3)), labels=label).findings()
    assert (one.code, "9 x 9 x 9" in str(one)) == ("unfit", True)
