"""Recordings kept for worker processes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm import io
from neurofm.data import Spikes
from neurofm.errors import DataError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_args: str(tmp_path))


def test_cached_recording_is_equal_and_written_once(recording, same):
    path = io.save_cached(recording)
    same(io.read(path), recording)
    same(io.read_native(path, "recording"), recording)
    written = path.stat().st_ino
    assert io.save_cached(recording) == path
    assert path.stat().st_ino == written


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
    monkeypatch.setattr("neurofm.io._copies.LIMIT", first.stat().st_size)
    second = io.save_cached(replace(recording, session="day 2"))
    assert second.exists()
    assert not first.exists()


def test_source_of_another_kind_is_kept_in_its_own_format_and_named_by_its_content(wave):
    source = io.read(wave)
    path = io.save_cached(source)
    assert (path.parent.name, path.suffix, len(path.stem)) == ("waves", ".wave", 32)
    again = io.read_native(path, "wave")
    assert (again.kind, again.session, again.heights.tolist()) == ("wave", "sea", source.heights.tolist())
    assert io.save_cached(again) == path
    assert list(path.parent.iterdir()) == [path]
    assert io.save_cached(replace(source, heights=source.heights + 1)) != path


def test_native_file_that_is_gone_or_damaged_is_told(recording, tmp_path):
    with pytest.raises(DataError, match="cannot be opened"):
        io.read_native(tmp_path / "gone.h5", "recording")
    path = io.save_cached(recording)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match="is cut off: it has 500 of"):
        io.read_native(path, "recording")
