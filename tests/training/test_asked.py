"""What is asked of a training is checked by one table, before a model is loaded: the one of Config and Schedule."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace
from typing import get_type_hints

import numpy as np
import pytest

from neurofm import registry
from neurofm.data.target import choose
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.errors import DataError
from neurofm.synthetic import bandits, graphs, squares
from neurofm.training import asked


@pytest.fixture(scope="module")
def source_of(recordings):
    """A small source of each kind that some model takes, without a label of the name that is asked for."""
    volume = Volume(session="v", image=_flat(np.uint8), labels={"region": _flat(np.uint16)})
    return {
        "recording": recordings[0], "tracks": squares.session(4, 2.0), "choices": bandits.population(3, trials=20),
        "graph": graphs.community(0), "volume": volume,
    }  # fmt: skip


def _flat(kind):
    return Pyramid((Held(np.ones((1, 64, 64), kind)),), np.ones(3))


MODELS = registry.names("neurofm.models")


@pytest.mark.parametrize("model", MODELS)
def test_settings_are_those_that_the_model_has(model):
    kind = registry.get("neurofm.models", model).config
    hints = get_type_hints(kind, include_extras=True)
    said = registry.fields("neurofm.models", model, "config")
    assert get_type_hints(said, include_extras=True) == {field.name: hints[field.name] for field in fields(kind)}


def test_a_model_is_not_loaded_for_them():
    code = (
        "import sys\nfrom neurofm import registry\nfrom neurofm.training import asked\n"
        "for model in registry.names('neurofm.models'): asked.settings(model, {'steps': '5'})\n"
        "assert 'torch' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"stepss": 3}, LookupError, "did you mean 'steps'"),
        ({"steps": -1}, ValueError, "steps must be a whole number from 1"),
        ({"dim": "wide"}, ValueError, "dim must be a whole number from 8 to 1024, got 'wide'"),
        ([1], ValueError, r"settings must be \{name: value\}"),
        ("steps=3", ValueError, r"settings must be \{name: value\}"),
    ],
)
def test_settings_that_are_none_are_refused(given, error, says):
    with pytest.raises(error, match=says):
        asked.settings("poyo", given)


def test_settings_become_plain():
    assert asked.settings("mtm", {"steps": np.int64(5), "masks": "causal"}) == {"steps": 5, "masks": "causal"}
    assert asked.settings("mtm", None) == {}
    assert asked.device("CPU") == "cpu"


def test_a_device_is_one_of_four():
    with pytest.raises(LookupError, match="no device 'gpu'; there are auto, cpu"):
        asked.device("gpu")


@pytest.mark.parametrize(
    ("model", "kind", "target", "says"),
    [
        ("poyo", "recording", "speed", "has no series 'speed'; it has "),
        ("mtm", "recording", "speed", "fills in activity and decodes no 'speed'"),
        ("bams", "recording", "", "is of the kind 'recording', and BAMS learns from 'tracks'"),
        ("bams", "tracks", "speed", "learns what is done next, not 'speed'"),
        ("bandit_style", "choices", "speed", "learns what is chosen, not 'speed'"),
        ("gcn", "graph", "speed", "have no classes 'speed'"),
        ("unet", "volume", "speed", "labels: are not called 'speed'"),
        ("region_net", "volume", "speed", "no label 'speed' in all volumes"),
    ],
)
def test_targets_that_no_source_has_are_refused(source_of, model, kind, target, says):
    with pytest.raises((DataError, LookupError, ValueError), match=says):
        asked.check_sources(model, [source_of[kind]], {"target": target} if target else {})


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ({}, {"series": {}}, "bare: series: has no behaviour that could be decoded"),
        ({"series": {}}, {}, "reach 0: series: has no behaviour that could be decoded"),
    ],
)
def test_the_recording_without_behaviour_is_the_one_that_is_named(recordings, first, second, says):
    pair = [
        replace(recordings[0], intervals={}, **first),
        replace(recordings[1], intervals={}, session="bare", **second),
    ]
    with pytest.raises(DataError, match=says):
        asked.check_sources("poyo", pair, {})


def test_recordings_that_share_no_behaviour_are_told_apart(recordings):
    one, other = (replace(r, intervals={}) for r in recordings[:2])
    other = replace(other, series={"gaze": next(iter(other.series.values()))})
    with pytest.raises(DataError, match=r"share no behaviour \(.* has .*; .* has gaze\); train them apart"):
        choose([one, other])
    asked.check_sources("poyo", [one, other], {})  # which has an answer for each
