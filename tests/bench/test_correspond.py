"""What is measured of matches: halves are of one recording, scores are counts, and all rows are there."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from neurofm import io
from neurofm.bench import correspond as bench
from neurofm.errors import DataError
from neurofm.synthetic import clones


@pytest.fixture(scope="module")
def recording():
    return replace(clones.pair(units=30, clones=0, trials=96, seed=0)[0], session="one")


def test_scores_count_what_is_called_among_units_known_to_be_the_same():
    pair = clones.pair(units=40, clones=30, seed=0)
    own = [r.units["clone"].to_numpy() for r in pair]
    same = (own[0][:, None] == own[1]) & (own[0][:, None] >= 0)
    scores = dict(bench._called(pair, same, "rates", 0))
    count, false = scores["rates", "called at 10%"], scores["rates", "false at 10%"]
    assert scores["rates", "power at 10%"] == pytest.approx(count * (1 - false) / 30)
    assert scores["rates", "power at 10%"] > 0.6
    wrong = dict(bench._called(pair, ~same, "rates", 0))
    assert wrong["rates", "false at 10%"] == pytest.approx(1 - false)


def test_the_upper_half_fires_most(recording):
    spikes = np.bincount(recording.spikes.unit, minlength=30)
    chosen = bench.upper(recording)
    assert len(chosen) == 15
    assert spikes[chosen].min() >= np.delete(spikes, chosen).max()


def test_the_choice_of_the_gauge_is_one_of_the_ways(recording):
    rows = bench._of_file(recording, range(2))
    top = {line["system"]: line["mean"] for line in rows if line["metric"] == "top-1 of active units"}
    gauge = {line["system"]: line["mean"] for line in rows if line["metric"].startswith("gauge")}
    best = max(gauge, key=gauge.get)
    assert top[f"gauge's choice: {best}"] == top[best] > top["chance"]
    assert any(line["metric"] == "position" and line["mean"] is None for line in rows)
    assert any(line["case"] == "one, halves as two animals, all units in common" for line in rows)


@pytest.mark.parametrize(("share", "each", "both"), [(1.0, 30, 30), (1 / 3, 20, 10), (0.0, 15, 0)])
def test_halves_have_other_trials_and_share_some_units(recording, share, each, both):
    pair, same = bench.two(recording, share, np.random.default_rng(0))
    assert same.shape == (each, each)
    assert same.sum() == both
    starts = [set(half.trials["start"]) for half in pair]
    assert not starts[0] & starts[1]
    labels = [half.units["label"].to_numpy() for half in pair]
    np.testing.assert_array_equal(labels[0][:, None] == labels[1], same)
    spikes = np.bincount(recording.spikes.unit, minlength=30)
    for half in pair:
        rows = [list(recording.units["label"]).index(label) for label in half.units["label"]]
        np.testing.assert_array_equal(np.bincount(half.spikes.unit, minlength=each), spikes[rows])


def test_recordings_without_trials_are_refused(recording):
    with pytest.raises(DataError, match="give recordings of trials"):
        bench._of_file(replace(recording, intervals={}), range(1))


def test_clouds_with_equal_means_have_them():
    rng = np.random.default_rng(0)
    equal, different = (bench._clouds(50, 400, rng, equal=equal) for equal in (True, False))
    assert np.abs(equal.mean(1)).max() < 0.6 < np.abs(different.mean(1)).max()


@pytest.mark.slow
def test_a_quick_table_has_all_its_rows(tmp_path, recording, capsys):
    rows = bench.run([str(io.write(recording, tmp_path / "one.h5"))], True, 0, "")
    assert json.dumps(rows)
    told = {(line["system"], line["metric"]) for line in rows}
    assert {
        ("gauge's choice", "power at 5%"), ("rates", "false at 10%"), ("mutual nearest, rates", "false"),
        ("condition-matched", "time"), ("sliced transport", "time"), ("ours", "most memory"),
    } <= told  # fmt: skip
    assert {f"{count} clones of 100" for count in (60, 20, 0)} <= {line["case"] for line in rows}
    assert "60 clones, seed 0" in capsys.readouterr().err
