"""Recordings kept for worker processes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm import io
from neurofm.data import Spikes


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_args: str(tmp_path))


def test_cached_recording_is_equal_and_written_once(recording, same, monkeypatch):
    path = io.save_cached(recording)
    same(io.read(path), recording)
    monkeypatch.setattr("neurofm.io.brainsets.write", None)
    assert io.save_cached(recording) == path


def test_any_change_has_a_file_of_its_own(recording):
    path = io.save_cached(recording)
    times = recording.spikes.times.copy()
    times[0] = np.nextafter(times[0], 1)
    changed = [
        replace(recording, spikes=Spikes(times, recording.spikes.unit)),
        replace(recording, session="day 2"),
        replace(recording, units=recording.units.assign(region="CA3")),
        replace(recording, series={}),
    ]
    assert len({path, *map(io.save_cached, changed)}) == 5


def test_least_recently_used_go_first(recording, monkeypatch):
    first = io.save_cached(recording)
    monkeypatch.setattr("neurofm.io._cache.LIMIT", first.stat().st_size)
    second = io.save_cached(replace(recording, session="day 2"))
    assert second.exists()
    assert not first.exists()
