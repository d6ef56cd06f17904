"""What tasks share: parts of a source are read as one, and a run says how good it is in the mean."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from neurofm.app.verbs import _work
from neurofm.errors import DataError


def test_a_list_within_the_list_is_one_source(files):
    whole, parts, other = _work.read([files[0], files[:1], files[1]])
    assert [source.session for source in (whole, parts, other)] == ["ada", "ada", "bo"]
    np.testing.assert_array_equal(whole.spikes.times, parts.spikes.times)


def test_a_file_that_is_gone_is_named(tmp_path):
    with pytest.raises(DataError, match=r"gone\.h5"):
        _work.read([str(tmp_path / "gone.h5")])


def test_what_is_said_of_a_run_is_its_mean_not_each_session():
    run = SimpleNamespace(path=Path("runs/a"), metrics={"r2": 0.5, "sessions": {"rat": {"r2": 0.5}}})
    assert _work.trained(run) == {"run": "runs/a", "metrics": {"r2": 0.5}}
