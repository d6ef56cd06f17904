"""What is measured of adapting: labels are the first trials, and the last are never learned from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.bench import adapt
from neurofm.data import spans
from neurofm.errors import DataError
from neurofm.synthetic import reaching


@pytest.fixture(scope="module")
def recording():
    plain = reaching.sessions(1, units=5, duration=60.0, seed=0)[0]
    start = np.arange(0, 60, 1.5)
    return replace(plain, intervals={"trials": pd.DataFrame({"start": start, "stop": start + 1.0})})


@pytest.mark.parametrize(("seconds", "learned"), [(5.0, 5), (5.5, 6), (20.0, 20), (40.0, 24), (np.inf, 24)])
def test_labels_are_the_first_trials_and_the_last_two_fifths_are_held_out(recording, seconds, learned):
    split = adapt.first_trials(recording, seconds)
    assert spans.duration(split.train) == pytest.approx(learned)
    assert split.train.max() <= 24 * 1.5
    np.testing.assert_allclose(split.test[0], [36.0, 37.0])
    assert spans.duration(split.test) == pytest.approx(16)


def test_one_recording_is_not_two(tmp_path, recording):
    with pytest.raises(DataError, match="give two of the same behaviour"):
        adapt.run([str(io.write(recording, tmp_path / "a.h5"))], quick=True, seed=0, peer="")


@pytest.mark.slow
@pytest.mark.parametrize("files", [True, False])
def test_every_way_is_a_row_and_progress_is_told(tmp_path, recording, capsys, monkeypatch, files):
    monkeypatch.setattr(reaching, "ARRAY", reaching.ARRAY | {"units": 12})
    paths = []
    for name in ("a", "b") if files else ():
        paths.append(str(io.write(replace(recording, session=name), tmp_path / f"{name}.h5")))
    rows = adapt.run(paths, quick=True, seed=0, peer="")
    assert {"Adapt", "vectors alone", "all of the network", "ridge", "MLP", "scratch"} <= {r["system"] for r in rows}
    assert len({r["case"] for r in rows}) == (3 if files else 1)
    assert capsys.readouterr().err.count("seed 0") == (6 if files else 2)
