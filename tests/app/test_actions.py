"""Whatever a user does, in whatever order: the session comes back as it was, and its script gets the same."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

import neurofm as nf
from neurofm import io
from neurofm.app.session import Session
from neurofm.synthetic.demo import demo

FILTERS = ("", "rate > 2", 'region == "CA1" or not rate < 9', "cell in [1, 2]", "rate >", "import os")
SPACES = st.sampled_from(["unit", "time", "trial", "session"])
MODES = st.sampled_from(["replace", "add", "remove"])
TABLES = {
    "cells": pd.DataFrame({"label": ["ada/unit 3", "ada/unit 0"], "cell": [1, 2]}),
    "animals": pd.DataFrame({"session": ["bo", "ada"], "age": [3.5, 4.0]}),
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Two animals, one in a file and one in memory, and a run that has seen both."""
    folder = tmp_path_factory.mktemp("trained")
    ada, bo = demo(duration=20.0)
    path = io.write(ada, folder / "ada.h5")
    run = nf.train("poyo", [path, bo], folder / "run-1", settings={"steps": 2, "dim": 16}, device="cpu")
    return path, bo, run


def test_any_sequence_of_actions_is_kept_and_repeated(trained, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    ada, bo, run = trained

    class Actions(RuleBasedStateMachine):
        """A user at work."""

        def __init__(self) -> None:
            super().__init__()
            self.place = TemporaryDirectory(dir=tmp_path)
            self.session = Session()
            self.session.open(ada)
            self.session.add(bo)
            for of in ("unit", "time"):
                self.session.add(run.embed(list(self.session.recordings.values()), of=of))
            self.session.add(run.predict(bo))

        def teardown(self) -> None:
            self.keep()
            self.repeat()
            self.place.cleanup()

        def some(self, space: str, share: float, begin: float) -> np.ndarray:
            ids = self.session.everything(space)
            first = int(begin * len(ids))
            return ids[first : first + max(int(share * len(ids)), 1)]

        @rule(space=SPACES, share=st.floats(0, 1), begin=st.floats(0, 0.99), mode=MODES)
        def pick(self, space, share, begin, mode):
            self.session.selection.pick(space, self.some(space, share, begin), mode)

        @rule()
        def clear(self):
            self.session.selection.clear()

        @rule(count=st.integers(1, 4))
        def undo(self, count):
            for _ in range(count):
                self.session.undo()

        @rule(count=st.integers(1, 4))
        def redo(self, count):
            for _ in range(count):
                self.session.redo()

        @precondition(lambda self: self.session.selection.last)
        @rule(name=st.sampled_from(["", "a", 'b"); import os #', "ç 1"]))
        def group(self, name):
            self.session.group(name, self.session.selection.last)

        @precondition(lambda self: self.session.groups)
        @rule(data=st.data())
        def regroup(self, data):
            name = data.draw(st.sampled_from(list(self.session.groups)))
            data.draw(st.sampled_from([self.session.ungroup, self.session.pick_group]))(name)

        @rule(name=st.sampled_from(list(TABLES)))
        def join(self, name):
            if name == "cells" or "bo" in self.session.recordings:
                self.session.join(TABLES[name], name=name)

        @precondition(lambda self: self.session.user_tables)
        @rule()
        def part(self):
            self.session.unjoin(next(iter(self.session.user_tables)))

        @rule(text=st.sampled_from(FILTERS), view=st.sampled_from(["latent", "latent 2", "raster", "table"]))
        def filter(self, text, view):
            self.session.view(view).filter = text

        @rule(seconds=st.floats(0, 20))
        def time(self, seconds):
            self.session.time = seconds

        @precondition(lambda self: "bo" in self.session.recordings)
        @rule()
        def close(self):
            self.session.close("bo")

        @rule()
        def reopen(self):
            self.session = self.keep()

        @rule()
        def repeat(self):
            names: dict = {}
            exec(compile(self.session.script(), "script", "exec"), names)
            same(self.session, names["session"], views=False)

        def keep(self) -> Session:
            again = Session.restore(self.session.save(Path(self.place.name) / "w.neurofm"))
            same(self.session, again)
            return again

    limits = settings(
        max_examples=20, stateful_step_count=15, deadline=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Actions, settings=limits)


def same(a: Session, b: Session, *, views: bool = True) -> None:
    """Equal in all that is kept, or in all that a script makes again."""
    assert list(a.recordings) == list(b.recordings)
    assert [a.number(name) for name in a.recordings] == [b.number(name) for name in b.recordings]
    assert set(a.embeddings) == set(b.embeddings)
    for name, embedding in a.embeddings.items():
        assert np.array_equal(embedding.ids, b.embeddings[name].ids)
        assert np.abs(embedding.values - b.embeddings[name].values).max() < 1e-6
    assert set(a.predictions) == set(b.predictions)
    for name, prediction in a.predictions.items():
        assert np.nanmax(np.abs(prediction.values - b.predictions[name].values)) < 1e-5
    assert a.selection.spaces() == b.selection.spaces()
    for space in a.selection.spaces():
        assert np.array_equal(a.selection.picked(space), b.selection.picked(space))
    assert list(a.groups.values()) == list(b.groups.values())
    for space in ("unit", "trial", "session"):
        pd.testing.assert_frame_equal(a.table(space), b.table(space), check_dtype=False)
    assert a.time == b.time
    assert not views or a.views == b.views
