"""Units of a new animal are placed into an atlas, and where they are is joined to their table."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from neurofm import registry
from neurofm.analysis.animals import animals
from neurofm.analysis.correspond import correspond
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.verbs import locate as verb
from neurofm.app.views.table import State
from neurofm.data.graph import Graph
from neurofm.errors import NeuroFMError
from tests.analysis.test_atlas import worms
from tests.app import matched

NAME, OF = "carl in ada, bo", {"carl/unit 0": "ada/unit 1", "carl/unit 1": "ada/unit 2", "carl/unit 2": "ada/unit 0"}


def together(graphs, name):
    """Graphs of one animal each as one graph of all."""
    sizes = [len(graph.nodes) for graph in graphs]
    first = [sum(sizes[:k]) for k in range(len(sizes))]
    return Graph(
        session=name, nodes=pd.concat([graph.nodes for graph in graphs]), named=True,
        edges=pd.concat([pd.DataFrame(graph.edges + at) for graph, at in zip(graphs, first)], axis=1).to_numpy(),
        links=pd.concat([graph.links for graph in graphs]), of=[k for k, size in enumerate(sizes) for _ in range(size)],
        subjects=pd.DataFrame({"label": [graph.session for graph in graphs]}),
    )  # fmt: skip


@pytest.fixture
def session(fake_jobs):
    """Matches of ada and bo, both of these, and carl, whose units like targets 1, 2 and 0."""
    pair = matched.pair()
    matches = correspond(animals(pair), by="rates")
    return Session([*pair, matches, matched.recording("carl", [1, 2, 0], 3)])


@pytest.fixture
def wormy(fake_jobs):
    """An atlas of four worms, and a fifth."""
    new, *others = worms()
    return Session([together(others, "atlas"), new])


def done(session, job):
    session.jobs.end(job, **verb.work(lambda *_, **__: None, None, **job.arguments))


def test_units_are_placed_with_the_group_that_does_the_same(session):
    done(session, session.locate("carl", "ada, bo"))
    table = session.table("unit").set_index("label")
    group = session.sources["ada, bo"].units.set_index("label")["group"]
    assert {carl: table["like"][carl] for carl in OF} == {carl: group[ada] for carl, ada in OF.items()}
    assert table["like"]["ada/unit 0"] != table["like"]["ada/unit 0"]  # those of the atlas have no place
    assert {"like", "distance", "q"} <= set(session.columns("unit"))
    session.unjoin(NAME)
    assert "like" not in session.columns("unit")
    session.undo()
    assert "like" in session.columns("unit")


def test_its_table_says_how_many_are_sure(session):
    done(session, session.locate("carl", "ada, bo"))
    scene = draw(registry.get("neurofm.app.views", "table"), State(of="located"), session, Viewport())
    assert scene.note.startswith(f"4 units in their places of {NAME}: ")
    assert "of 4 units at a false-discovery rate of 10%" in scene.note


def test_it_is_kept_and_repeated(session, tmp_path):
    done(session, session.locate("carl", "ada, bo", seed=3))
    again = Session.restore(session.save(tmp_path / "a.neurofm"))
    pd.testing.assert_frame_equal(again.table("unit"), session.table("unit"))
    assert again.results["locate"][NAME] == session.results["locate"][NAME]
    line = "session.locate('carl', 'ada, bo', seed=3).wait()"
    assert line in again.script()
    assert "session.join" not in again.script()
    again.unjoin(NAME)
    assert line not in again.script()


def test_once_an_animal_of_the_atlas_is_closed_the_script_joins_the_table(session, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done(session, session.locate("carl", "ada, bo"))
    session.close("ada")
    assert "session.locate" not in session.script()
    assert f"name={NAME!r}" in session.script()


def test_a_worm_is_placed_into_others_by_its_wiring(wormy):
    done(wormy, wormy.locate("worm0", "atlas", seed=1))
    table = wormy.table("node").set_index("label")
    own = table[table.index.str.startswith("worm0/")]
    hidden = own[~own["given"].astype(bool)]
    assert len(hidden) == len(own) - round(0.2 * len(own))
    assert (hidden["like"] == hidden.index.str.split("/").str[-1]).mean() > 0.8
    assert wormy.results["locate"]["worm0 in atlas"].notes[0].startswith("an atlas of 4 animals; 9 nodes were told")
    assert "session.locate('worm0', 'atlas', seed=1)" in wormy.script()


def test_a_subject_of_the_atlas_is_left_out_of_it(wormy):
    done(wormy, wormy.locate("atlas/worm2", "atlas"))
    told = wormy.results["locate"]["atlas/worm2 in atlas"].notes[0]
    assert told.startswith("an atlas of 3 animals without atlas/worm2; ")
    assert wormy.table("node")["like"].notna().sum() == (wormy.table("node")["subject"] == "worm2").sum()


@pytest.mark.parametrize(
    ("names", "options", "words"),
    [
        (("nobody", "ada, bo"), {}, "no animal 'nobody'"),
        (("carl", "ada"), {}, "no atlas 'ada'"),
        (("ada", "ada, bo"), {}, "ada is in ada, bo already"),
        (("carl", "ada, bo"), {"share": 0}, "share must be above 0"),
        (("worm", "ada, bo"), {}, "is of units, and worm holds a graph"),
        (("carl", "worm"), {}, "worm is an atlas of graphs, and carl holds a recording"),
        (("worm", "worm"), {}, "worm is no atlas"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(session, names, options, words):
    session.add(worms(1)[0])
    named = [name.replace("worm", "worm0") for name in names]
    with pytest.raises((LookupError, ValueError), match=words.replace("worm", "worm0")):
        session.locate(*named, **options)
    assert not list(session.jobs)


def test_an_atlas_needs_groups_and_its_animals(session):
    session.add(matched.matches(session="bare"))
    with pytest.raises(ValueError, match="bare has no groups of like units"):
        session.locate("carl", "bare")
    session.close("bo")
    with pytest.raises(LookupError, match="open bo again"):
        session.locate("carl", "ada, bo")
    with pytest.raises(LookupError, match="nothing that is open is an atlas"):
        Session(matched.pair()).locate("ada", "bo")


def test_a_graph_of_several_is_no_animal_and_one_of_an_equal_name_is_in_it_already(wormy):
    with pytest.raises(ValueError, match="atlas holds 4 animals; name one of them, such as 'atlas/worm1'"):
        wormy.locate("atlas", "atlas")
    twin = worms()[1]
    wormy.add(Graph(session="twin", subject="worm1", nodes=twin.nodes, edges=twin.edges, links=twin.links))
    with pytest.raises(ValueError, match="worm1 is in atlas already; place 'atlas/worm1'"):
        wormy.locate("twin", "atlas")


def test_conditions_that_are_not_shared_fail_in_one_sentence(session):
    dora = matched.recording("dora", [0, 1, 2])
    session.add(replace(dora, intervals={"trials": dora.intervals["trials"].rename(columns={"target": "smell"})}))
    with pytest.raises(NeuroFMError, match="trials of dora have no column 'target'"):
        done(session, session.locate("dora", "ada, bo"))


def test_names_that_are_not_shared_fail_in_one_sentence(wormy):
    other = worms(1)[0]
    nodes = other.nodes.assign(label="x" + other.nodes["label"])
    wormy.add(Graph(session="strange", nodes=nodes, edges=other.edges, links=other.links))
    with pytest.raises(NeuroFMError, match="have no name that nodes of atlas have"):
        done(wormy, wormy.locate("strange", "atlas"))


def test_where_there_is_none_it_says_what_to_do(session):
    state = State(of="located")
    assert verb._missing(state, session)[1] == "open"
    session.locate("carl", "ada, bo")
    assert verb._missing(state, session) == ("An animal is being placed …", "jobs")
