"""What a user typed becomes a Config and a Schedule; files are known again."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest

from neurofm import registry
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


@pytest.mark.parametrize("there", [True, False])
def test_a_fingerprint_is_of_the_files_that_are_there(tmp_path, there):
    path = tmp_path / "a.h5"
    if there:
        path.write_bytes(b"spikes")
    said = fingerprint(SimpleNamespace(session="a", paths=(str(path),)))
    assert (said["session"], said["paths"], said["size"]) == ("a", [str(path)], 6 * there)
    assert said["sha256"] == ([hashlib.sha256(b"spikes").hexdigest()] if there else [])
