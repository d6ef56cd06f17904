"""What ways are written against."""

from neurofm.analysis.animals import SPLITS, Animal, Way
from neurofm.data import Recording


def test_ways_have_as_many_splits_as_is_usual_unless_they_say_so():
    def prepare(animals, *, seed, step):
        return animals

    assert Way(Recording, "unit", {}, prepare).splits == SPLITS
    assert Way(Recording, "unit", {}, prepare, 2).splits == 2


def test_animals_are_told_by_label_source_and_names():
    one = Animal("a", Recording(session="a"), ["a/1"])
    assert (one.label, one.source.session, one.names) == ("a", "a", ["a/1"])
