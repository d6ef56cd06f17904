"""NLB tensors: counts of both groups of units and of the bins that follow become one recording with its split."""

from __future__ import annotations

import re

import h5py
import numpy as np
import pytest

import neurofm as nf
from neurofm import io
from neurofm.data.split import split
from neurofm.data.trials import cut
from neurofm.errors import DataError

TRAIN = np.random.default_rng(1).poisson(0.4, (20, 30, 6)).astype(float)
EVAL = np.random.default_rng(2).poisson(0.4, (5, 30, 6)).astype(float)


def write(path, *, inside="", width=None, **arrays):
    with h5py.File(path, "w") as file:
        place = file.require_group(inside) if inside else file
        for name, values in arrays.items():
            place[name] = values
        if width:
            file.attrs["bin_width"] = width
    return path


def tensors(counts, part, *, held_in=4, bins=24):
    """A benchmark's arrays of these counts: four units held in, the last six bins forward."""
    groups = {"heldin": counts[..., :held_in], "heldout": counts[..., held_in:]}
    now = {f"{part}_spikes_{name}": x[:, :bins] for name, x in groups.items()}
    return now | {f"{part}_spikes_{name}_forward": x[:, bins:] for name, x in groups.items()}


@pytest.mark.parametrize("inside", ["", "mc_maze_20"])
def test_counts_units_and_the_authors_split_survive(tmp_path, inside):
    movement = np.random.default_rng(3).normal(size=(20, 24, 2))
    path = write(
        tmp_path / "maze.h5", inside=inside, width=20, train_behavior=movement, **tensors(TRAIN, "train"),
        **tensors(EVAL, "eval"),
    )  # fmt: skip
    recording = io.read(path)
    trials = cut(recording, 0.02)
    np.testing.assert_array_equal(trials.counts, np.concatenate([TRAIN, EVAL]))
    assert recording.units["group"].tolist() == ["heldin"] * 4 + ["heldout"] * 2
    np.testing.assert_allclose(trials.values("behavior")[:20, :24], movement, atol=1e-5)
    assert np.isnan(trials.values("behavior")[20:]).all()
    spans = split(recording, np.random.default_rng(0))
    assert [len(s) for s in (spans.train, spans.valid, spans.test)] == [18, 2, 5]
    assert recording.intervals["trials"]["part"].tolist() == ["train"] * 20 + ["eval"] * 5


def test_bins_are_five_milliseconds_where_nothing_is_said(tmp_path):
    recording = io.read(write(tmp_path / "a.h5", **tensors(TRAIN, "train")))
    assert recording.domain[0].tolist() == [0.0, 0.15]
    assert any("bins of 5 ms" in note for note in recording.notes)


def test_evaluation_trials_whose_held_out_units_are_secret_are_left_out_and_told(tmp_path):
    path = write(tmp_path / "a.h5", eval_spikes_heldin=EVAL[:, :24, :4], **tensors(TRAIN, "train"))
    recording = io.read(path)
    assert len(recording.intervals["trials"]) == 20
    assert any("5 eval trials lack the held-out units' counts" in note for note in recording.notes)


def test_rows_of_nan_end_a_trial(tmp_path):
    counts = TRAIN.copy()
    counts[3, 10:] = np.nan
    recording = io.read(write(tmp_path / "a.h5", train_spikes_heldin=counts))
    trials = cut(recording, 0.005)
    assert trials.seen[3].sum() == 10
    np.testing.assert_array_equal(trials.counts[3, :10], counts[3, :10])


def test_mtm_learns_from_it(tmp_path):
    path = write(tmp_path / "a.h5", width=20, **tensors(TRAIN, "train"), **tensors(EVAL, "eval"))
    settings = {"dim": 16, "depth": 1, "heads": 2, "stitch": 16, "steps": 4, "batch": 4}
    run = nf.train("mtm", path, tmp_path / "run", settings=settings)
    assert "bits_per_spike" in run.metrics


@pytest.mark.parametrize(
    ("behavior", "words"),
    [
        ({"train_behavior": np.zeros((20, 2))}, r"train_behavior: is \(20, 2\), no movement in 20 trials"),
        ({"train_behavior": np.zeros((24, 20, 2))}, r"train_behavior: is \(24, 20, 2\), no movement in 20 trials"),
        (
            {"train_behavior": np.zeros((20, 24, 2)), "eval_behavior": np.zeros((5, 24, 3))},
            r"behavior: has \[2, 3\] features in its parts, left out",
        ),
        ({"psth": np.zeros((8, 24, 6))}, "not read: psth"),
    ],
)
def test_what_is_left_out_is_told(tmp_path, behavior, words):
    path = write(tmp_path / "a.h5", **tensors(TRAIN, "train"), **tensors(EVAL, "eval"), **behavior)
    recording = io.read(path)
    assert "behavior" not in recording.series
    assert any(re.match(words, note) for note in recording.notes)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"train_spikes_heldin": TRAIN[0]}, r"train_spikes_heldin: must be \(trial, bin, unit\), got"),
        ({"train_spikes_heldin": -TRAIN}, "train_spikes_heldin: is negative somewhere"),
        ({"train_spikes_heldin": TRAIN, "train_spikes_heldout": -TRAIN}, "train_spikes_heldout: is negative somewhere"),
        ({"train_spikes_heldin": TRAIN / 3}, "train_spikes_heldin: holds numbers that are not whole"),
        (
            {"train_spikes_heldin": np.where(TRAIN > 1, np.inf, TRAIN)},
            "heldin: holds numbers that are not whole",
        ),
        ({"train_spikes_heldin": TRAIN, "train_spikes_heldout": TRAIN[:, :9]}, "train_spikes_heldout: has"),
        ({"train_spikes_heldin": TRAIN, "train_spikes_heldin_forward": TRAIN[:5]}, "heldin_forward: is"),
        ({"train_spikes_heldin": TRAIN, "eval_spikes_heldin": EVAL[..., :3]}, "eval_spikes_heldin: has 3 units"),
        ({"train_spikes_heldin": TRAIN, "width": -5}, "bin_width: must be milliseconds"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, arrays, words):
    path = write(tmp_path / "bad.h5", **arrays)
    with pytest.raises(DataError, match=words):
        io.read(path)
