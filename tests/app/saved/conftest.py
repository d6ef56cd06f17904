"""Sessions with something of everything, and what one looks at in their folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurofm.app.session import Session


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def full(session):
    """A session with something of everything that needs no file."""
    session.selection.pick("unit", [1, 2])
    session.group("good")
    session.selection.pick("time", session.embeddings["a time"].ids[3:9], "add")
    session.selection.pick("unit", [1], "remove")
    session.join(pd.DataFrame({"label": ["rat/u1", "rat/u2"], "mood": ["calm", None], "mixed": [1, "a"]}), name="moods")
    session.view("latent").filter = "rate > 2"
    session.view("latent 2").dims = "3-D"
    session.view("raster")
    session.time = 103.5
    return session


def same(a: Session, b: Session) -> None:
    """Everything that is kept is equal."""
    assert list(a.recordings) == list(b.recordings)
    assert a.numbers == b.numbers
    for name, recording in a.recordings.items():
        other = b.recordings[name]
        assert np.array_equal(recording.spikes.times, other.spikes.times)
        assert np.array_equal(recording.spikes.unit, other.spikes.unit)
        assert recording.unit_names == other.unit_names
    for place in ("embeddings", "predictions"):
        assert list(getattr(a, place)) == list(getattr(b, place))
        for name, thing in getattr(a, place).items():
            other = getattr(b, place)[name]
            assert np.array_equal(thing.ids, other.ids)
            assert np.array_equal(thing.values, other.values)
    assert a.groups == b.groups
    assert list(a.groups) == list(b.groups)
    assert list(a.user_tables) == list(b.user_tables)
    for name, table in a.user_tables.items():
        pd.testing.assert_frame_equal(table.table.astype(str), b.user_tables[name].table.astype(str))
    assert a.selection.spaces() == b.selection.spaces()
    for space in a.selection.spaces():
        assert np.array_equal(a.selection.picked(space), b.selection.picked(space))
    assert a.views == b.views
    assert a.time == b.time


def page_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "session.json").read_text())


def rewrite(folder: Path, **changes: Any) -> None:
    (folder / "session.json").write_text(json.dumps(page_of(folder) | changes))


def put_file(folder: Path, data: bytes, suffix: str) -> str:
    """A hostile array under the name that its checksum demands."""
    import hashlib

    name = f"{hashlib.sha256(data).hexdigest()}{suffix}"
    (folder / "arrays" / name).write_bytes(data)
    return name
