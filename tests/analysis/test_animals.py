"""What ways are written against."""

import pandas as pd
import pytest

from neurofm.analysis.animals import SPLITS, Animal, Way, animals
from neurofm.data import Recording
from neurofm.data.graph import Graph


def test_ways_have_as_many_splits_as_is_usual_unless_they_say_so():
    def prepare(animals, *, seed, step):
        return animals

    assert Way(Recording, "unit", {}, prepare).splits == SPLITS
    assert Way(Recording, "unit", {}, prepare, 2).splits == 2


def test_animals_are_told_by_label_source_and_names():
    one = Animal("a", Recording(session="a"), ["a/1"])
    assert (one.label, one.source.session, one.names) == ("a", "a", ["a/1"])


def worms():
    nodes = pd.DataFrame({"label": ["AVA", "RIM", "AVA"]})
    subjects = pd.DataFrame({"label": ["x", "y"]})
    return Graph(session="worms", nodes=nodes, edges=[[0], [1]], subjects=subjects, of=[0, 0, 1])


def test_a_recording_is_one_animal_and_each_subject_of_a_graph_another():
    found = animals([Recording(session="a"), Recording(session="b"), worms()])
    assert [animal.label for animal in found] == ["a", "b", "worms/x", "worms/y"]
    assert found[2].names == ["worms/x/AVA", "worms/x/RIM"]
    assert len(found[2].source.nodes) == 2
    assert [animal.label for animal in animals([worms()], ["worms"])] == ["worms/x", "worms/y"]
    assert [animal.label for animal in animals([worms()], ["worms/y", "x"])] == ["worms/y", "worms/x"]


def test_fewer_than_two_and_names_of_nobody_are_refused():
    with pytest.raises(LookupError, match="there is only a; open another"):
        animals([Recording(session="a")])
    with pytest.raises(LookupError, match="no animal 'worms/z'"):
        animals([worms()], ["worms/z"])
    with pytest.raises(LookupError, match="none of these has units or nodes"):
        animals([])
