import numpy as np
import pytest

from neurofm.app.views._kernels import ALONE, taken


@pytest.mark.parametrize("count", [0, 1, 7, 2 * ALONE + 3])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_taken_is_what_a_mask_takes(count, share):
    inside = np.random.default_rng(0).random(count) < share
    ids = np.arange(count) * 3
    np.testing.assert_array_equal(taken(ids, inside), ids[inside])
