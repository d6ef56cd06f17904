"""What a user does with volumes and graphs, as rules of `test_actions`."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from neurofm.analysis.connecting import ways_of
from neurofm.app.session import Session
from tests.app import matched


class OnVolumes(RuleBasedStateMachine):
    """A user at work with volumes; for every verb of theirs there is a rule of its name."""

    world: Any
    session: Session

    def have(self, name: str, path: Any) -> None:
        if name not in {*self.session.sources, *self.session.runs}:
            self.session.open(path() if callable(path) else path)

    @precondition(lambda self: not any(action.kind == "cells" for action in self.session.actions))
    @rule(split=st.booleans())
    def cells(self, split):
        self.have("slab", self.world.slab)
        self.session.cells("slab", least=20, split=split)

    @rule(size=st.floats(0.1, 5.0))
    def place(self, size):
        self.have("deep", lambda: shutil.copy(self.world.deep, "deep.npy"))
        self.session.place("deep", axes="xyz", size=[size, 1.0, 2.0])

    @rule(number=st.integers(0, 5), x=st.integers(0, 30))
    def paint(self, number, x):
        self.have("deep", lambda: shutil.copy(self.world.deep, "deep.npy"))
        shape = self.session.sources["deep"].whole.shape
        self.session.paint("deep", [[0, 0, x % shape[2]], [1, 1, 1]], number, names={1: "cell"})

    @precondition(lambda self: not any(action.kind == "learn" for action in self.session.actions))
    @rule(boxed=st.booleans())
    def learn(self, boxed):
        self.have("slab", self.world.slab)
        rows = [[0, 0, 0, 6, 1], [0, 5, 0, 6, 2]]
        self.session.paint("slab", label="strokes")
        self.session.paint("slab", rows, label="strokes")
        self.session.learn("slab", box=[[0, 2], [0, 8], [2, 8]] if boxed else None)

    @rule()
    def coarsen(self):
        self.place(1.0)
        self.session.coarsen("deep")

    @precondition(lambda self: not any(action.kind == "segment" for action in self.session.actions))
    @rule(boxed=st.booleans())
    def segment(self, boxed):
        self.have("brain", self.world.brain)
        self.have("run-5", self.world.sees.path)
        box = [[0, 8], [4, 30], [10, 60]] if boxed else None
        self.session.segment("run-5", "brain", box, precision="float32", name="labels")

    @precondition(lambda self: not any(action.kind == "map_regions" for action in self.session.actions))
    @rule(stride=st.sampled_from([0, 64]))
    def map_regions(self, stride):
        self.have("two", self.world.two)
        self.have("run-6", self.world.knows.path)
        self.session.map_regions("run-6", "two", [[0, 1], [0, 100], [100, 300]], stride=stride, name="map")

    # ---- graphs of what is open

    @precondition(lambda self: sum(action.kind == "connect" for action in self.session.actions) < 3)
    @rule(of=st.sampled_from(["ada", "run-1 unit", "graph"]), last=st.booleans())
    def connect(self, of, last):
        graphs = [name for name, source in self.session.sources.items() if source.kind == "graph"]
        name = graphs[0] if of == "graph" and graphs else of
        if name in {*self.session.sources, *self.session.embeddings}:
            ways = ways_of(self.session.embeddings.get(name) or self.session.sources[name])
            self.session.connect(name, ways[-1] if last else "")

    @rule(seed=st.integers(0, 1))
    def lay_out(self, seed):
        if not any(source.kind == "graph" for source in self.session.sources.values()):
            self.session.connect("ada")
        self.session.lay_out(seed=seed)

    @precondition(lambda self: not any(action.kind == "correspond" for action in self.session.actions))
    @rule(method=st.sampled_from(["", "hungarian"]))
    def correspond(self, method):
        for name, order in (("left", [0, 1, 2]), ("right", [2, 0, 1])):
            if name not in self.session.sources:
                self.session.add(matched.recording(name, order))
        self.session.correspond("left", "right", by="rates", method=method)

    @precondition(lambda self: any(name == "left, right" for name in self.session.sources))
    @rule()
    def locate(self):
        if "third" not in self.session.sources:
            self.session.add(matched.recording("third", [1, 2, 0], 3))
        with suppress(ValueError):  # too few units for groups
            self.session.locate("third", "left, right")

    @precondition(lambda self: not any(action.kind == "carry" for action in self.session.actions))
    @rule(seed=st.integers(0, 1))
    def carry(self, seed):
        for name, order in (("left", [0, 1, 2]), ("right", [2, 0, 1])):
            if name not in self.session.sources:
                self.session.add(matched.recording(name, order))
        self.session.carry("left", "right", halves=1, seed=seed)
