"""The process that opens a recording and tells its memory."""

from __future__ import annotations

import json

import pytest

from neurofm import io, registry
from neurofm.bench import _hour
from neurofm.synthetic import reaching


@pytest.mark.parametrize("times", [0, 2])
def test_it_draws_every_view_that_often_and_tells_sizes(tmp_path, capsys, monkeypatch, times):
    drawn = []
    get = registry.get

    def spy(package, name):
        spec = get(package, name)
        drawn.append(name)
        return spec

    monkeypatch.setattr(registry, "get", spy)
    path = io.write(reaching.sessions(1, units=60, duration=5.0)[0], tmp_path / "a.h5")
    _hour.main(str(path), 0, times)
    sizes = json.loads(capsys.readouterr().out)
    assert sizes["file_mb"] == path.stat().st_size / 1e6
    assert sizes["peak_mb"] > 50
    assert set(_hour.VIEWS) <= set(drawn)
