"""Errors are one sentence each, say by a code what can be done, and survive the way from a worker."""

from __future__ import annotations

import inspect
import pickle

import pytest

from neurofm import errors
from neurofm.errors import (
    DataError,
    DataErrors,
    FilterError,
    JobError,
    MovedError,
    NeuroFMError,
    RunError,
    Stopped,
    UnknownUnits,
    every,
)

MADE = [
    NeuroFMError("no CUDA GPU"),
    DataError("a.nwb", "spikes", "has none; open another"),
    DataErrors([DataError("a.nwb", "", "is empty"), DataError("b.nwb", "units", "are damaged")]),
    RunError("runs/a", "", "holds a run already"),
    UnknownUnits("the model has never seen 'bo'; adapt it to this recording first"),
    Stopped("stopped"),
    FilterError("no column 'x'"),
    JobError("Decode bo failed: the model has never seen 'bo'", "unknown units"),
    MovedError("s.neurofm", ("old/a.h5", "old/b.h5")),
]
CODES = {JobError: "unknown units", Stopped: "stopped", UnknownUnits: "unknown units", MovedError: "moved files"}
each = pytest.mark.parametrize("error", MADE, ids=lambda e: type(e).__name__)


def test_all_of_them_are_tried_here():
    kinds = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, NeuroFMError)}
    assert kinds == {type(error) for error in MADE}


@each
def test_it_comes_out_of_a_pickle_as_it_went_in(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), repr(vars(again))) == (type(error), str(error), repr(vars(error)))


@each
def test_it_has_the_code_of_its_remedy(error):
    assert error.code == CODES.get(type(error), "")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MADE[1], "a.nwb: spikes: has none; open another"),
        (MADE[2], "a.nwb: is empty\nb.nwb: units: are damaged"),
        (MADE[3], "runs/a: holds a run already"),
        (MADE[8], "s.neurofm: old/a.h5 (and 1 more) is not there any more; say where it is now with"),
    ],
)
def test_it_says_where_and_what(error, words):
    assert str(error).startswith(words)


def test_who_catches_a_lookup_catches_unknown_units():
    assert issubclass(UnknownUnits, LookupError)


def test_of_several_files_that_are_refused_all_are_told():
    tried = []

    def read(name):
        tried.append(name)
        if name != "good":
            raise DataError(name, "", "is empty")
        return name

    assert every(read, ["good"]) == ["good"]
    with pytest.raises(DataError, match=r"^a: is empty$"):
        every(read, ["good", "a"])
    with pytest.raises(DataErrors, match=r"^a: is empty\nb: is empty$"):
        every(read, ["a", "good", "b"])
    assert tried == ["good", "good", "a", "a", "good", "b"]
