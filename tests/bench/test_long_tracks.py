"""The process that browses tracks of very many hours: what it writes is what it opens, and every step is timed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neurofm import io, training
from neurofm.bench import _long_tracks


def told(capsys):
    return json.loads(capsys.readouterr().out)


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(_long_tracks, "HOUR", 900)
    monkeypatch.setattr(_long_tracks, "SHOWN", 2.0)


def test_hours_are_written_one_by_one_browsed_and_embedded(tmp_path, capsys):
    path = tmp_path / "a.tracks.h5"
    _long_tracks.main("write", str(path), "2", "0")
    assert told(capsys)["frames"] == 1800
    tracks = io.read(path)
    assert tracks.points.shape == (1800, 1, 12, 2)
    assert np.isfinite(tracks.points).all()
    assert float(tracks.confidence.min()) >= 0.8
    run = training.train(
        "bams", _long_tracks.session(300, 0), tmp_path / "run", settings={"steps": 1, "width": 4, "sequence": 4.0}
    )
    embedded = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "load", lambda path: run)
        patch.setattr(type(run), "embed", lambda self, tracks, of: embedded.append((len(tracks.times), of)))
        _long_tracks.main("browse", str(path), str(run.path), "3", "0")
    did = told(capsys)
    assert {name: len(each) for name, each in did["seconds"].items()} == {
        "open": 1, "pose": 3, "table": 3, "trace": 3, "embed an hour": 2,
    }  # fmt: skip
    assert set(embedded) <= {(900, "frame"), (1800, "frame")}
    assert 0 < did["browsed_mb"] <= did["private_mb"] <= did["peak_mb"]
