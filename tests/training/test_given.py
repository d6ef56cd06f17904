"""What users give, and how they call what they want: it works, or they are told in one sentence."""

from __future__ import annotations

import os
from pathlib import Path

import networkx
import numpy as np
import pytest
import torch
from torch_geometric.data import Data

import neurofm as nf
from neurofm import registry
from neurofm.errors import DataError, RunError
from neurofm.synthetic import reaching
from neurofm.training.given import one, sources

SMALL = {"steps": 1, "batch": 2, "dim": 16, "depth": 0}
SPEC = registry.get("neurofm.models", "poyo")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a recording in a file, two files that are none, and a run."""
    home = tmp_path_factory.mktemp("home")
    before = Path.cwd()
    os.chdir(home)
    recording = reaching.sessions(1, units=6, duration=20.0, seed=3)[0]
    recording.to_nwb("one.nwb")
    for name in "ab":
        np.savez(f"{name}.npz", x=1)
    nf.train("poyo", recording, "run", settings=SMALL, device="cpu")
    yield recording
    os.chdir(before)


WORKS = {
    "a session": lambda r: nf.Session(r),
    "by name": lambda r: {"mine": r},
    "a path": lambda r: Path("one.nwb"),
    "a pattern": lambda r: "*.nwb",
    "patterns": lambda r: ["o*.nwb"],
    "a list of the parts of one": lambda r: [["one.nwb"]],
    "a tuple": lambda r: (r,),
    "an array of them": lambda r: iter([r]),
    "an object of another library": lambda r: r.to_nwb(),
}


@pytest.mark.parametrize("case", WORKS)
def test_what_can_be_learned_from(case, home):
    (one,) = sources(WORKS[case](home), SPEC)
    assert (one.session, len(one.spikes)) == (home.session, len(home.spikes))


REFUSED = {
    "nothing": (None, DataError, "NoneType: is nothing that POYO could learn from; give a recording, or its file"),
    "an array": (np.zeros((3, 2)), DataError, r"arrays become one by neurofm\.recording"),
    "a number": (3, DataError, "int: is nothing that POYO could learn from"),
    "a list of numbers": ([1, 2], DataError, "int: is nothing that POYO could learn from"),
    "an empty list": ([], ValueError, "give a recording to learn from"),
    "an empty session": (nf.Session(), ValueError, "give a recording to learn from"),
    "a pattern that nothing fits": ("*.mat", DataError, "is a pattern that no file fits"),
    "a file that is not there": ("nope.nwb", DataError, "check the name"),
    "the same twice": (["one.nwb", "one.nwb"], ValueError, "was given twice"),
}


def test_a_graph_of_another_library_is_one_though_it_can_be_gone_through():
    own = networkx.karate_club_graph()
    gcn = registry.get("neurofm.models", "gcn")
    (graph,) = sources(own, gcn)
    assert (len(graph.nodes), one(own, gcn).session) == (34, graph.session)
    (data,) = sources(Data(x=torch.ones(4, 2), edge_index=torch.tensor([[0, 1], [2, 3]])), gcn)
    assert len(data.nodes) == 4
    assert nf.Session(own).sources[graph.session].spaces()["node"].count == 34
    with pytest.raises(DataError, match=r"is nothing that GCN could learn from; give a graph, or its file$"):
        sources(3, gcn)


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_learned_from(case, home):
    given, kind, words = REFUSED[case]
    with pytest.raises(kind, match=words) as told:
        sources(given, SPEC)
    assert "\n" not in str(told.value)


CALLS = {
    "model in capitals": (lambda r: nf.train("POYO", r, "run", settings=SMALL, device="CPU", resume=True), "works"),
    "title of a reader": (lambda r: nf.read("one.nwb", reader="NWB"), "works"),
    "title of a view": (lambda r: nf.Session(r).view("Latent 2"), "works"),
    "pattern of one": (lambda r: nf.read("o*.nwb"), "works"),
    "session of a pattern": (lambda r: nf.Session("*.nwb"), "works"),
    "name that is near": (lambda r: nf.train("poyoo", r, "q"), "no model 'poyoo'; .* did you mean 'poyo'?"),
    "turned arguments": (lambda r: nf.train(r, "poyo", "q"), "no model Recording <Recording reach 0"),
    "no folder": (lambda r: nf.train("poyo", r), "train: missing a required argument: 'out'; give a model"),
    "folder of nothing": (lambda r: nf.train("poyo", r, None), "out must be the folder of the run, such as 'runs/a'"),
    "setting as argument": (lambda r: nf.train("poyo", r, "q", steps=2), "settings of the model go into settings="),
    "settings as text": (lambda r: nf.train("poyo", r, "q", settings="steps=2"), "settings must be {name: value}"),
    "setting in capitals": (lambda r: nf.train("poyo", r, "q", settings={"Steps": 2}), "did you mean 'steps'?"),
    "seed as text": (lambda r: nf.train("poyo", r, "q", seed="a"), "seed must be a whole number from 0 on, got 'a'"),
    "seed below zero": (lambda r: nf.train("poyo", r, "q", seed=-1), "seed must be a whole number from 0 on, got -1"),
    "device": (lambda r: nf.train("poyo", r, "q", device="gpu"), "no device 'gpu'; there are auto, cpu, cuda, mps"),
    "target": (lambda r: nf.train("poyo", r, "q", settings={"target": "velocty"}), "no series 'velocty'; it has velo"),
    "target in capitals": (
        lambda r: nf.train("poyo", r, "q", settings={"target": "Velocity"}),
        "no series 'Velocity'; it has .* did you mean 'velocity'?",
    ),
    "folder that is a file": (lambda r: nf.train("poyo", r, "a.npz"), "a.npz: is a file; name another folder for the"),
    "folder in a file": (lambda r: nf.train("poyo", r, "a.npz/q"), "a.npz/q: cannot be made .*; name another folder"),
    "a recording as a run": (lambda r: nf.load(r), "load needs the folder of a run, such as 'runs/a', got Recording"),
    "prediction of a path": (lambda r: nf.load("run").predict("one.nwb"), "works"),
    "prediction of an NWBFile": (lambda r: nf.load("run").predict(r.to_nwb()), "works"),
    "latents of an NWBFile": (lambda r: nf.load("run").embed(r.to_nwb()), "works"),
    "prediction of arrays": (
        lambda r: nf.load("run").predict(np.zeros((3, 2))),
        "ndarray: .* arrays become one",
    ),
    "prediction of several": (
        lambda r: nf.load("run").predict([r]),
        "and POYO answers of one; give a rec",
    ),
    "latents of arrays": (
        lambda r: nf.load("run").embed(np.zeros((3, 2))),
        "ndarray: is nothing that POYO",
    ),
    "file that is added": (lambda r: nf.Session().add("one.nwb"), "works"),
    "object that is added": (lambda r: nf.Session().add(r.to_nwb()), "works"),
    "session of an object": (lambda r: nf.Session(r.to_nwb()), "works"),
    "session of an array": (lambda r: nf.Session(np.zeros((3, 2))), r"got ndarray; arrays become one by neurofm\.rec"),
    "view turned round": (lambda r: nf.view(nf.Session(r), "latent"), "view needs the name of a view, then a session"),
    "verb without its argument": (lambda r: nf.Session(r).umap(), r"Session.umap\(\) missing 1 required"),
    "verb with a wrong one": (lambda r: nf.Session(r).train("poyo", data=r), r"Session.train\(\) got an unexpected"),
    "nothing there": (lambda r: nf.Session().umap("a"), "no embedding 'a'; there are none"),
    "run that is there": (lambda r: nf.train("poyo", r, "run"), "give resume=True to go on .* exist_ok=True to train"),
    "run that is not": (
        lambda r: nf.load("nope"),
        "config.json: is missing; name the folder",
    ),
    "pattern of several": (lambda r: nf.read("*.npz"), r"is a pattern that 2 files fit \(a.npz, b.npz\)"),
    "pattern of none": (lambda r: nf.read("*.mat"), "is a pattern that no file fits; check the folder"),
    "a file on the web": (lambda r: nf.read("https://a.org/b.nwb"), "is a file on the web; download it"),
    "no name": (lambda r: nf.read(" "), "the name of the file is empty"),
    "None": (lambda r: nf.read(None), "cannot read a NoneType; give a path"),
    "an array": (lambda r: nf.read(np.zeros(3)), r"arrays become one by neurofm.recording\(spikes="),
    "reader that is near": (lambda r: nf.read("a.npz", reader="nwbb"), "no reader 'nwbb'; .* did you mean 'nwb'?"),
    "view that is near": (lambda r: nf.Session(r).view("latnt"), "no view 'latnt'; .* did you mean 'latent'?"),
    "table of several": (lambda r: nf.Session(r).table("Units"), "no table 'Units'; .* did you mean 'unit'?"),
    "verb that is near": (lambda r: nf.Session(r).trane("poyo"), "no attribute 'trane'; did you mean 'train'?"),
    "name of the package": (lambda r: nf.red("a"), "no attribute 'red'; .* did you mean 'read'?"),
    "file as arrays": (lambda r: nf.recording("a.csv"), "got str; a file is opened by neurofm.read"),
}


@pytest.mark.parametrize("case", CALLS)
def test_unusual_calls(case, home):
    call, words = CALLS[case]
    if words == "works":
        call(home)
        return
    with pytest.raises((ValueError, LookupError, TypeError, AttributeError, DataError), match=words) as told:
        call(home)
    assert "\n" not in str(told.value)
    assert not Path("q").exists()


def test_cell_that_is_run_again(home):
    first = nf.load("run")
    weights = Path("run/weights.safetensors").read_bytes()
    Path("run/mine.txt").write_text("a note", "utf8")
    again = nf.train("poyo", home, "run", settings=SMALL, device="cpu", resume=True)
    assert (again.metrics, Path("run/weights.safetensors").read_bytes()) == (first.metrics, weights)
    with pytest.raises(RunError, match="was begun with 16, not 32"):
        nf.train("poyo", home, "run", settings=SMALL | {"dim": 32}, resume=True)
    with pytest.raises(DataError, match="has no series 'nope'"):
        nf.train("poyo", home, "run", settings={"target": "nope"}, exist_ok=True)
    assert nf.load("run").metrics == first.metrics  # it goes only where another can begin
    other = nf.train("poyo", home, "run", settings=SMALL | {"dim": 32}, device="cpu", exist_ok=True)
    assert (other.config["config"]["dim"], nf.load("run").config["config"]["dim"]) == (32, 32)
    assert Path("run/mine.txt").exists()
    assert len(Path("run/log.jsonl").read_text("utf8").splitlines()) == 1
