"""Whatever a user does, in whatever order: the session comes back as it was, and its script gets the same."""

from __future__ import annotations

import inspect
import os
import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RULE_MARKER, precondition, rule, run_state_machine_as_test

from neurofm import registry
from neurofm.analysis import carry, decoders, recurrent
from neurofm.app.idle import Idle
from neurofm.app.session import Session
from neurofm.app.verbs import adapt
from neurofm.errors import DataError, NeuroFMError
from neurofm.synthetic.demo import demo
from tests.app.on_volumes import OnVolumes
from tests.app.user import SETTINGS, VERBS, AtOnce, same, world

FILTERS = ("", "rate > 2", 'region == "CA1" or not rate < 9', "cell in [1, 2]", "rate >", "import os")
SPACES = st.sampled_from(["unit", "time", "trial", "session"])
MODES = st.sampled_from(["replace", "add", "remove"])
TABLES = {
    "cells": pd.DataFrame({"label": ["ada/unit 3", "ada/unit 0"], "cell": [1, 2]}),
    "animals": pd.DataFrame({"session": ["bo", "ada"], "age": [3.5, 4.0]}),
}
LEARNED = 1  # runs that one user makes, since each takes seconds


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return world(tmp_path_factory.mktemp("trained"))


def has_run(self: Actions) -> bool:
    return bool(self.session.runs)


def may_learn(self: Actions) -> bool:
    return bool(self.session.runs) and sum(name not in ("run-1", "run-2") for name in self.session.runs) < LEARNED


def has_bo(self: Actions) -> bool:
    return "bo" in self.session.recordings


def has_bouts(self: Actions) -> bool:
    return "bout" in self.session.tables()


class Actions(OnVolumes):
    """A user at work; for every verb there is a rule of its name.

    Attributes
    ----------
    world : ada's and bo's files, and two runs
    folder : where its files go
    """

    world: ClassVar[Any]
    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.home = mkdtemp(dir=self.folder)
        os.chdir(self.home)
        self.session = Session(folder="runs")
        self.session.open(self.world.ada)
        self.session.open(self.world.cam)
        self.session.add(demo(duration=20.0)[1])  # in memory
        for of in ("unit", "time"):
            self.session.add(self.world.run.embed(list(self.session.recordings.values()), of=of))
        self.session.add(self.world.run.predict(self.session.recordings["bo"]))

    def teardown(self) -> None:
        self.keep()
        self.repeat()
        os.chdir(self.folder)
        shutil.rmtree(self.home)

    def some(self, space: str, share: float, begin: float) -> np.ndarray:
        ids = self.session.everything(space)
        first = int(begin * len(ids))
        return ids[first : first + max(int(share * len(ids)), 1)]

    # ---- what is picked, set and taken back

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

    @precondition(lambda self: self.session.groups)
    @rule(data=st.data())
    def regroup(self, data):
        name = data.draw(st.sampled_from(list(self.session.groups)))
        data.draw(st.sampled_from([self.session.ungroup, self.session.pick_group]))(name)

    @precondition(lambda self: self.session.user_tables)
    @rule()
    def unjoin(self):
        self.session.unjoin(next(iter(self.session.user_tables)))

    @rule(text=st.sampled_from(FILTERS), view=st.sampled_from(["latent", "latent 2", "raster", "table"]))
    def filter(self, text, view):
        self.session.view(view).filter = text

    @rule(seconds=st.floats(0, 20))
    def time(self, seconds):
        self.session.time = seconds

    # ---- verbs

    @precondition(lambda self: not has_bo(self))
    @rule()
    def open(self):
        self.session.open(self.world.bo)

    @precondition(has_bo)
    @rule()
    def close(self):
        self.session.close("bo")

    @rule(run=st.sampled_from(["run", "fills"]))
    def load(self, run):
        self.session.open(getattr(self.world, run).path)

    @precondition(lambda self: self.session.selection.last)
    @rule(name=st.sampled_from(["", "a", 'b"); import os #', "ç 1"]))
    def group(self, name):
        self.session.group(name, self.session.selection.last)

    @precondition(has_bo)
    @rule()
    def join_with(self):
        with suppress(DataError):  # it is part of it already
            self.session.join_with("bo", self.world.walk)

    @rule(name=st.sampled_from(list(TABLES)))
    def join(self, name):
        if name == "cells" or has_bo(self):
            self.session.join(TABLES[name], name=name)

    @precondition(lambda self: len(self.session.groups) > 1)
    @rule()
    def compare(self):
        first, second, *_ = self.session.groups
        with suppress(ValueError):  # of things of two kinds, or the same
            self.session.compare(first, second)

    @rule(what=st.sampled_from(["unit", "session", "run-1 unit"]), suffix=st.sampled_from(["csv", "parquet"]))
    def export(self, what, suffix):
        if what in ("unit", "session", *self.session.embeddings):
            self.session.export(what, f"export.{suffix}")

    @rule(view=st.sampled_from(["latent", "raster", "table"]))
    def figure(self, view):
        with suppress(ValueError):  # of an empty view
            self.session.figure(view, "figure.svg", width_mm=60)

    @precondition(may_learn)
    @rule(seed=st.integers(0, 1))
    def train(self, seed):
        self.session.train("poyo", ["ada"], SETTINGS, seed=seed, device="cpu")

    @precondition(may_learn)
    @rule(name=st.sampled_from(["ada", "bo"]), units_only=st.booleans())
    def finetune(self, name, units_only):
        if name in self.session.recordings:
            run = next(iter(self.session.runs))
            self.session.finetune(run, [name], {"steps": 1}, units_only=units_only, device="cpu")

    @precondition(may_learn)
    @rule()
    def adapt(self):
        self.session.adapt(device="cpu")

    @precondition(has_run)
    @rule(newest=st.booleans())
    def predict(self, newest):
        self.session.predict(list(self.session.runs)[-newest], list(self.session.recordings)[-newest])

    @precondition(has_run)
    @rule(of=st.sampled_from(["unit", "trial"]), newest=st.booleans())
    def embed(self, of, newest):
        run = list(self.session.runs)[-newest]
        if of in self.session.runs[run].spaces:
            self.session.embed(run, of=of)

    @precondition(lambda self: not any(action.kind == "umap" for action in self.session.actions))
    @rule(dims=st.integers(2, 3))
    def umap(self, dims):
        for name in [name for name, shown in self.session.embeddings.items() if shown.space == "unit"][:1]:
            self.session.umap(name, dims=dims)

    @precondition(lambda self: not any(action.kind == "umap" for action in self.session.actions))
    @rule(chosen=st.sampled_from(["", "PCA", "UMAP"]))
    def rest(self, chosen):
        """Nothing else is to be done."""
        self.session.view("latent").map = chosen
        Idle(self.session).look()

    @precondition(lambda self: not any(action.kind == "bouts" for action in self.session.actions))
    @rule(count=st.integers(2, 5))
    def bouts(self, count):
        self.session.bouts("run-1 time", count=count, shortest=1.0)

    @precondition(has_bouts)
    @rule(name=st.sampled_from(["cluster 1", "groom", "ç 1"]), place=st.integers(0, 4), after=st.floats(0, 20))
    def relabel(self, name, place, after):
        behaviors = list(dict.fromkeys(self.session.table("bout")["behavior"]))
        self.session.relabel(name, of=behaviors[place % len(behaviors)], start=after if place % 2 else None)

    @precondition(has_bouts)
    @rule()
    def compare_bouts(self):
        trials = self.session.everything("trial")
        self.session.group("early", "trial", trials[:3])
        self.session.group("late", "trial", trials[3:6])
        with suppress(ValueError):  # nothing has bouts then
            self.session.compare_bouts("early", "late")

    @precondition(has_bouts)
    @rule(zero=st.floats(-3, 3))
    def share_clock(self, zero):
        name = next(name for name, source in self.session.sources.items() if source.kind == "ethogram")
        with suppress(ValueError):  # so that no bout is within what was recorded
            self.session.share_clock(name, "ada", zero=zero)

    @precondition(lambda self: "run-2" in self.session.runs)
    @rule(what=st.sampled_from(["units", "time"]))
    def hide(self, what):
        with suppress(ValueError):  # nothing is picked that could be hidden
            self.session.hide("run-2", what=what)

    @rule(quick=st.booleans())
    def compare_decoders(self, quick):
        self.session.compare_decoders("ada", quick=quick)

    @rule(rate=st.sampled_from([0.5, 2.0]))
    def time_frames(self, rate):
        self.session.time_frames("cam", rate=rate)

    @rule(x=st.integers(0, 3), frame=st.integers(0, 80))
    def correct(self, x, frame):
        self.have("own", lambda: shutil.copy(self.world.mice, "own.tracks.h5"))
        tracks = self.session.sources["own"]
        place = [float(x)] * tracks.points.shape[-1]
        self.session.correct("own", [(frame, tracks.individuals[0], tracks.keypoints[0], *place)])

    @precondition(lambda self: "own" in self.session.sources)
    @rule()
    def overwrite(self):
        with suppress(NeuroFMError, ValueError):  # nothing is corrected, or all is in the file
            self.session.overwrite("own")

    @precondition(lambda self: not any(action.kind == "leaf" for action in self.session.actions))
    @rule()
    def leaf(self):
        self.session.leaf("cam")

    @precondition(lambda self: not any(action.kind == "movie" for action in self.session.actions))
    @rule(each=st.booleans())
    def movie(self, each):
        self.session.movie("film.mp4", video="cam", spans=[[0.0, 2.0], [4.0, 5.5]], each=each)

    @rule()
    def probe(self):
        self.have("walkers", self.world.walkers)
        self.have("run-3", self.world.walks.path)
        self.session.probe("run-3", "walkers", ["gait"])

    @rule()
    def compare_choosers(self):
        self.have("people", self.world.people)
        self.have("run-4", self.world.styles.path)
        self.session.compare_choosers("run-4", "people")

    # ---- what holds whatever was done

    @rule()
    def reopen(self):
        self.session = self.keep()

    @rule()
    def repeat(self):
        names: dict = {}
        exec(compile(self.session.script(), "script", "exec"), names)
        same(self.session, names["session"], views=False)

    def keep(self) -> Session:
        again = Session.restore(self.session.save(Path("w.neurofm")))
        again.folder = "runs"
        same(self.session, again)
        return again


@pytest.fixture
def actions(trained, tmp_path, monkeypatch) -> type[Actions]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)  # and back
    monkeypatch.setattr("neurofm.app.jobs.Jobs", AtOnce)
    monkeypatch.setattr(adapt, "how", lambda run: {"choose": run.reads_new_units, "settings": {"steps": 2}})
    monkeypatch.setattr("neurofm.analysis.binned.FEWEST", 5)
    monkeypatch.setattr(recurrent, "fewer", lambda steps, subjects: 1)
    monkeypatch.setattr(carry, "compare", partial(carry.compare, ways=("Procrustes",)))
    fold = decoders.Fold({("LDA", "one bin"): 0.5}, {("LDA", "one bin"): 0.1}, {}, {})
    monkeypatch.setattr(decoders, "compare", lambda recording, **how: [fold])
    return type("Here", (Actions,), {"world": trained, "folder": tmp_path})


WALK: list[tuple[str, dict[str, Any]]] = [
    ("load", {"run": "run"}), ("predict", {"newest": True}), ("embed", {"of": "trial", "newest": False}),
    ("umap", {"dims": 2}), ("train", {"seed": 1}), ("load", {"run": "fills"}), ("close", {}), ("open", {}),
    ("finetune", {"name": "bo", "units_only": True}),
    ("pick", {"space": "unit", "share": 0.1, "begin": 0, "mode": "replace"}), ("group", {"name": "a"}),
    ("pick", {"space": "unit", "share": 0.1, "begin": 0.3, "mode": "replace"}), ("group", {"name": "b"}),
    ("join_with", {}),
    ("compare", {}), ("join", {"name": "cells"}), ("hide", {"what": "units"}), ("compare_decoders", {"quick": True}),
    ("bouts", {"count": 3}), ("relabel", {"name": "groom", "place": 0, "after": 3.0}),
    ("pick", {"space": "bout", "share": 0.5, "begin": 0.2, "mode": "replace"}), ("group", {"name": "c"}),
    ("relabel", {"name": "groom", "place": 1, "after": 5.0}), ("undo", {"count": 1}),
    ("relabel", {"name": "cluster 2", "place": 2, "after": 0.0}), ("share_clock", {"zero": 1.5}),
    ("time_frames", {"rate": 2.0}), ("leaf", {}), ("movie", {"each": True}), ("probe", {}),
    ("place", {"size": 2.0}), ("paint", {"number": 3, "x": 2}), ("coarsen", {}), ("place", {"size": 1.0}),
    ("learn", {"boxed": True}), ("segment", {"boxed": True}), ("map_regions", {"stride": 64}),
    ("compare_choosers", {}), ("compare_bouts", {}), ("cells", {"split": False}),
    ("connect", {"of": "ada", "last": False}), ("connect", {"of": "run-1 unit", "last": False}),
    ("lay_out", {"seed": 0}), ("correspond", {"method": ""}), ("locate", {}), ("carry", {"seed": 1}),
    ("correct", {"x": 1, "frame": 3}), ("overwrite", {}), ("undo", {"count": 1}),
    ("export", {"what": "unit", "suffix": "csv"}), ("figure", {"view": "raster"}),
]  # fmt: skip


def test_each_verb_is_kept_and_repeated(actions, capsys):
    user = actions()
    for verb, arguments in WALK:
        getattr(user, verb)(**arguments)
    kinds = {action.kind for action in user.session._done()}
    assert kinds == set(registry.names(VERBS)) - {"adapt", "overwrite"}  # that asks for a finetune, this leaves none
    user.reopen()
    user.teardown()


def test_a_map_that_came_by_itself_is_kept_and_repeated_and_goes_with_its_run(actions, capsys):
    user = actions()
    user.load("run")
    user.rest("")
    assert [e.umap is not None for e in user.session.embeddings.values() if e.space == "unit"] == [True]
    user.reopen()
    user.repeat()
    user.embed("unit", newest=False)  # once more, without it
    assert all(e.umap is None for e in user.session.embeddings.values())
    user.teardown()


def test_a_run_is_adapted_kept_and_repeated(actions):
    user = actions()
    user.load("run")
    user.adapt()
    assert [action.name for action in user.session.actions if action.kind == "finetune"] == ["run-1-1"]
    user.teardown()


def test_every_verb_is_among_the_actions():
    rules = {name for name, method in inspect.getmembers(Actions) if hasattr(method, RULE_MARKER)}
    assert set(registry.names(VERBS)) - rules == set(), "a verb is not covered; give Actions a rule of its name"


def test_any_sequence_of_actions_is_kept_and_repeated(actions, capsys):
    limits = settings(
        max_examples=4, stateful_step_count=20, deadline=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(actions, settings=limits)
