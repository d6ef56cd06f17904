"""What a user typed becomes a Config and a Schedule; files are known again."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from neurofm import io, registry
from neurofm.training.settings import fingerprint, settle

POYO = registry.get("neurofm.models", "poyo")


@pytest.mark.parametrize(
    ("settings", "config", "schedule"),
    [
        ({}, POYO.config(), POYO.schedule),
        ({"dim": "16"}, POYO.config(dim=16), POYO.schedule),
        ({"steps": 7}, POYO.config(), None),
    ],
)
def test_settings_go_where_they_belong(settings, config, schedule):
    said = settle(POYO, settings)
    assert said[0] == config
    assert said[1] == schedule if schedule else said[1].steps == 7


@pytest.mark.parametrize(
    ("settings", "error"), [({"depht": 1}, LookupError), ({"dim": 1}, ValueError), ({"steps": "few"}, ValueError)]
)
def test_what_no_setting_can_be_is_refused(settings, error):
    with pytest.raises(error):
        settle(POYO, settings)


@pytest.mark.parametrize("change", [{}, {"session": "b"}, {"subject": "x"}, {"domain": np.array([[0.0, 1.0]])}])
def test_a_fingerprint_is_of_the_files_of_what_they_hold_and_of_the_rest_itself(tmp_path, recordings, change):
    path = io.write(recordings[0], tmp_path / "a.h5")
    read = io.read(path)
    said = fingerprint(replace(read, **change) if change else read)
    assert said["session"] == change.get("session", read.session)
    if not change:
        assert (said["paths"], said["size"]) == ([str(path)], path.stat().st_size)
        assert said["sha256"] == [hashlib.sha256(path.read_bytes()).hexdigest()]
    else:
        assert (said["paths"], said["size"]) == ([], 0)
        assert said == fingerprint(replace(io.read(path), **change))
        assert said["sha256"] != fingerprint(replace(read, notes=()))["sha256"]
