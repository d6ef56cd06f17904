"""Trial tables: the published columns become a recording, whole and in its splits."""

from __future__ import annotations

import numpy as np
import pytest

import neurofm as nf
from neurofm import io
from neurofm.data.split import split
from neurofm.data.trials import cut
from neurofm.errors import DataError
from tests.io.conftest import sparse_trials

COUNTS = np.random.default_rng(1).poisson(0.5, (20, 100, 4))


@pytest.fixture
def parts(tmp_path):
    """A data set in three files."""
    for name, rows in (("train", slice(14)), ("val", slice(14, 16)), ("test", slice(16, 20))):
        sparse_trials(COUNTS[rows]).to_parquet(tmp_path / f"{name}-00000-of-00001.parquet")
    return tmp_path


def test_counts_and_what_is_known_of_units_and_trials_survive(tmp_path):
    path = tmp_path / "some.parquet"
    sparse_trials(COUNTS).to_parquet(path)
    recording = io.read(path)
    trials = cut(recording, 0.02)
    np.testing.assert_array_equal(trials.counts, COUNTS)
    assert (recording.session, recording.subject) == ("an eid", "SWC_1")
    assert recording.units["label"].tolist() == [f"unit-{k}" for k in range(4)]
    assert recording.units["region"].tolist() == ["CA1"] * 3 + ["PO"]
    assert recording.intervals["trials"]["choice"].tolist()[:2] == [1.0, -1.0]
    np.testing.assert_allclose(trials.values("whisker-motion-energy")[2, [0, -1], 0], [2, 3])
    assert any("spread evenly" in note for note in recording.notes)


def test_whichever_part_is_opened_the_split_is_the_authors_own(parts):
    for name in ("train", "test"):
        recording = io.read(parts / f"{name}-00000-of-00001.parquet")
        np.testing.assert_array_equal(cut(recording, 0.02).counts, COUNTS)
        spans = split(recording, np.random.default_rng(0))
        assert [len(s) for s in (spans.train, spans.valid, spans.test)] == [14, 2, 4]
        assert spans.test[0, 0] == recording.intervals["trials"]["start"][16]
        assert any("beside it were read with it" in note for note in recording.notes)


def test_mtm_learns_from_it_around_the_stimulus(parts, tmp_path):
    settings = {"dim": 16, "depth": 1, "heads": 2, "stitch": 16, "steps": 4, "batch": 4}
    run = nf.train("mtm", parts / "train-00000-of-00001.parquet", tmp_path / "run", settings=settings)
    assert run.config["config"]["event"] == "stimulus_time"
    assert run.config["config"]["bins"] == 100
    assert "inter_region" in run.metrics


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("binsize", 0.0, "binsize: must be one positive number"),
        ("spikes_sparse_shape", [100, 10**9], "spikes_sparse_shape: must be bins and units"),
        ("spikes_sparse_shape", [90, 4], "spikes_sparse_indptr: does not fit the counts"),
        ("spikes_sparse_shape", [100, 2], "spikes_sparse_indices: names unit 3 of 2"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, column, value, words):
    path = tmp_path / "bad.parquet"
    sparse_trials(COUNTS[:3], **{column: value}).to_parquet(path)
    with pytest.raises(DataError, match=words):
        io.read(path)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("cluster_depths", [1.0, 2.0], "units.cluster_depths: is (2,) for 4 rows, left out"),
        ("cluster_uuids", ["a"] * 4, "units.cluster_uuids: repeat, left out"),
        ("choice", [1.0, 2.0], "choice: has several values a trial, left out"),
        ("whisker-motion-energy", [1.0], "whisker-motion-energy has another number of bins than the counts"),
        ("licks", [1.0, 2.0], "not read: licks"),
    ],
)
def test_what_is_left_out_is_told(tmp_path, column, value, words):
    path = tmp_path / "some.parquet"
    sparse_trials(COUNTS[:3], **{column: value}).to_parquet(path)
    recording = io.read(path)
    assert any(note.startswith(words) for note in recording.notes)
    assert not {"depth_um", column} & {*recording.units, *recording.series, *recording.intervals["trials"]}


def test_two_sessions_in_one_file_are_refused(tmp_path):
    table = sparse_trials(COUNTS[:4])
    table["eid"] = ["a", "b"] * 2
    table.to_parquet(tmp_path / "two.parquet")
    with pytest.raises(DataError, match="eid: names 2 sessions; write one file for each"):
        io.read(tmp_path / "two.parquet")
