"""What is measured of carried decoders: ways with labels and without, in both directions, and units found again."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.analysis.carry import WAYS
from neurofm.bench import carry
from neurofm.errors import DataError
from tests.animals import TARGETS, recordings


@pytest.fixture(scope="module")
def pair():
    return recordings(units=16, trials=64)


def test_one_recording_is_not_two(tmp_path, pair):
    with pytest.raises(DataError, match="give two of the same behaviour"):
        carry.run([str(io.write(pair[0], tmp_path / "a.h5"))], quick=True, seed=0, peer="")


def test_every_way_is_a_row_with_what_permuted_conditions_give(pair):
    rows = list(carry._carried(*pair, 0, quick=True))
    by = {line["system"]: line for line in rows}
    assert {*WAYS, *(f"{name}, permuted" for name in WAYS), "chance"} <= set(by)
    assert by["chance"]["mean"] == 1 / TARGETS
    assert by["Procrustes"]["note"] == "uses labels of the other"
    assert by["Gromov-Wasserstein"]["note"] == "uses no label of the other"
    gain = by["Procrustes - matched units"]
    assert gain["mean"] == pytest.approx(by["Procrustes"]["mean"] - by["matched units"]["mean"])
    assert {line["case"] for line in rows} == {"ada to bob"}


def test_parts_of_one_animal_are_judged_by_ways_without_labels_alone(pair):
    rows = list(carry._within(pair[0], 0, quick=True))
    assert [line["system"] for line in rows] == [name for name, way in WAYS.items() if not way.labels]
    assert all(line["n"] == 2 for line in rows)


def test_vectors_of_units_are_learned_from_half_of_the_labels(pair):
    identified, permuted = carry._identified(*pair, "target", 0, quick=True)
    assert identified["system"] == "unit identification"
    assert 0 <= permuted["mean"] <= 1
    assert identified["n"] == 1


def test_units_are_found_again_by_counts_and_by_features(pair):
    rows = list(carry._found_again(pair[0], "target", 0, quick=True))
    by = {line["system"]: line["mean"] for line in rows}
    trained = max(by["EIT, L2"], by["EIT, correlation"])
    assert rows[-1]["mean"] == pytest.approx(trained - max(by["counts, L2"], by["counts, correlation"]))
    assert by["counts, L2"] > 0.3


def test_permuted_conditions_are_the_same_ones_in_another_order(pair):
    mixed = carry._permuted(pair[0], "target", 3).intervals["trials"]["target"]
    own = pair[0].intervals["trials"]["target"]
    np.testing.assert_array_equal(np.sort(mixed), np.sort(own))
    assert (mixed.to_numpy() != own.to_numpy()).any()


def test_without_recordings_animals_are_simulated(monkeypatch):
    asked = []
    monkeypatch.setattr(carry.clones, "pair", lambda seed: asked.append(seed) or recordings(units=8, trials=64))
    for part in ("_carried", "_identified", "_within", "_found_again"):
        monkeypatch.setattr(carry, part, lambda *given, part=part, **options: [part])
    rows = carry.run([], quick=True, seed=4, peer="")
    assert asked == [4]
    assert rows == ["_carried", "_identified"] * 2 + ["_within"] * 2 + ["_found_again"] * 2
