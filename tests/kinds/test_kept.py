"""A session with a planted kind is saved, restored, rescued and written as a script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from tests.kinds.conftest import Kind, file, kinds


@kinds
@pytest.mark.parametrize("held", ["in a file", "in memory"])
@pytest.mark.parametrize("name", ["a.neurofm", "a.zip"])
def test_a_session_is_restored(kind: Kind, held: str, name: str, opened: Any, tmp_path: Path) -> None:
    session = opened(kind)
    if held == "in memory":
        session.add(kind.make("another", seed=3))
    ids = session.everything(kind.space)[:5]
    session.selection.pick(kind.space, ids)
    session.group("five")
    again = nf.Session.restore(session.save(tmp_path / name))
    assert [(s.kind, s.session) for s in again.sources.values()] == [
        (s.kind, s.session) for s in session.sources.values()
    ]
    np.testing.assert_array_equal(again.selection.picked(kind.space), ids)
    assert list(again.embeddings) == list(session.embeddings)
    (mine,), (theirs,) = session.predictions.values(), again.predictions.values()
    assert (theirs.space, theirs.name) == (kind.space, mine.name)
    np.testing.assert_array_equal(theirs.values, mine.values)
    pd.testing.assert_frame_equal(again.table(kind.tabled), session.table(kind.tabled), check_dtype=False)
    if held == "in a file":  # what is in memory has a copy of its own in each session
        assert again.script() == session.script()


@kinds
def test_a_session_is_restored_without_it(kind: Kind, opened: Any, tmp_path: Path) -> None:
    session = opened(kind)
    (source,) = session.sources.values()
    session.add(kind.make("another", seed=3))
    again = nf.Session.restore(session.save(tmp_path / "a.neurofm"), moved={source.paths[0]: None})
    assert (list(again.sources), again.embeddings, again.predictions) == (["another"], {}, {})


@kinds
def test_what_is_not_saved_is_offered_again(kind: Kind, opened: Any) -> None:
    from neurofm.app.saved import autosave

    aside = autosave.set_aside(opened(kind))
    assert aside is not None
    assert aside.recordings == (f"{kind.name} 1",)
    session = nf.Session()
    aside.restore(session)
    assert list(session.sources) == [f"{kind.name} 1"]


@kinds
def test_the_script_gives_the_same_numbers(kind: Kind, opened: Any, monkeypatch, tmp_path: Path) -> None:
    session = opened(kind)
    session.selection.pick(kind.space, [3, 4])
    session.group("two")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(session.script(), "script", "exec"), names)
    again = names["session"]
    for place in ("embeddings", "predictions"):
        (mine,), (theirs,) = getattr(session, place).values(), getattr(again, place).values()
        np.testing.assert_array_equal(theirs.values, mine.values)
        np.testing.assert_array_equal(theirs.ids, mine.ids)
    assert again.groups == session.groups
    np.testing.assert_array_equal(again.selection.picked(kind.space), [3, 4])


CHANGES = {
    "numbers": lambda source: replace(source, **{name: value + 1 for name, value in floats(source).items()}),
    "numbers in place": lambda source: [np.add(value, 1, out=value) for value in floats(source).values()] and source,
    "name": lambda source: replace(source, session="mine"),
    "subject": lambda source: replace(source, subject="mine"),
}


def floats(source: Any) -> dict[str, np.ndarray]:
    """Its attributes that are arrays of numbers between whole ones."""
    return {name: v for name, v in vars(source).items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"}


@kinds
@pytest.mark.parametrize("change", CHANGES)
def test_what_differs_from_its_file_is_kept_as_it_is(kind: Kind, trained: Any, change: str, tmp_path: Path) -> None:
    session = nf.Session()
    changed = CHANGES[change](nf.read(file(trained, kind)))
    name = session.add(changed)
    names: dict[str, Any] = {}
    exec(session.script(), names)
    restored = nf.Session.restore(session.save(tmp_path / "a.neurofm"))
    for there in (nf.read(session.files([name])[0]), names["session"].sources[name], restored.sources[name]):
        assert (there.session, there.subject) == (changed.session, changed.subject)
        for field, value in floats(changed).items():
            np.testing.assert_array_equal(getattr(there, field), value)
