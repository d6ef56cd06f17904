"""Options of actions are read back as they were written; whatever else is there is refused with its place and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurofm.app.saved.field import Field
from neurofm.app.verbs import _options
from neurofm.errors import DataError

pair = _options.several(_options.span)
word = _options.choice("unit", "time")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (_options.paths, "a.h5"),
        (_options.paths, ""),  # of a source that was made in Python
        (_options.paths, ["a.mat", "a.pos"]),
        (_options.names, []),
        (_options.names, ["ada", "bo"]),
        (_options.one_name, ["ada"]),
        (_options.settings, {"steps": 9, "dim": 0.5, "target": None, "sizes": [1, [2]], "deep": {"on": True}}),
        (_options.whole, 0),
        (_options.whole, _options.LONGEST),
        (_options.span, [1.5, 2.0]),
        (pair, [[0, 1], [2, 3]]),
        (pair, []),
        (word, "time"),
    ],
)
def test_what_was_written_comes_back(read, value):
    assert read(Field(Path("session.json"), "actions[0]", value)) == value


@pytest.mark.parametrize(
    ("read", "value", "says"),
    [
        (_options.paths, [], "actions[0]: is empty; name at least one file"),
        (_options.paths, [1], "actions[0][0]: must be text, got 1"),
        (_options.paths, 1, "actions[0]: must be text, got 1"),
        (_options.names, "ada", "actions[0]: must be a list, got 'ada'"),
        (_options.names, ["ada", None], "actions[0][1]: must be text, got None"),
        (_options.one_name, [], "actions[0]: must name one source"),
        (_options.one_name, ["ada", "bo"], "actions[0]: must name one source"),
        (_options.settings, [], "actions[0]: must be an object, got a list"),
        (_options.settings, {"steps": 1e301}, "actions[0].steps: is out of range, got 1e+301"),
        (_options.whole, -1, "actions[0]: must be a whole number from 0"),
        (_options.whole, 1.0, "got 1.0"),
        (_options.whole, True, "got True"),
        (_options.whole, _options.LONGEST + 1, "actions[0]: must be a whole number"),
        (_options.span, [1], "actions[0]: must be a start and a stop, got 1 numbers"),
        (_options.span, [1, "2"], "actions[0][1]: must be a number"),
        (pair, [[0, 1], [2]], "actions[0][1]: must be a start and a stop, got 1 numbers"),
        (word, "spoon", "actions[0]: must be one of time, unit, got 'spoon'"),
    ],
)
def test_whatever_else_is_refused_by_its_place(read, value, says):
    with pytest.raises(DataError) as error:
        read(Field(Path("session.json"), "actions[0]", value))
    assert says in str(error.value)
    assert str(error.value).startswith("session.json: actions[0]")
