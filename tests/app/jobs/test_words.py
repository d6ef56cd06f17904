import errno

import pytest

from neurofm.app.jobs.words import code, sentence
from neurofm.errors import DataError, NeuroFMError


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DataError("a.nwb", "units", "is empty; choose another"), "a.nwb: units: is empty; choose another"),
        (
            OSError(errno.ENOSPC, "No space left", "/d/run"),
            "the disk that holds /d/run is full; free some space",
        ),
        (MemoryError(), "memory ran out; choose a smaller batch or a smaller model"),
        (RuntimeError("CUDA out of memory. Tried to allocate\n2 GiB"), "memory ran out"),
        (RuntimeError("No CUDA GPUs are available"), "there is no usable GPU here"),
        (LookupError("no model 'poyoo'; there are poyo"), "no model 'poyoo'; there are poyo"),
        (ZeroDivisionError("division by zero"), "division by zero (ZeroDivisionError); the log says where"),
    ],
)
def test_errors_become_one_sentence(error, words):
    assert sentence(error).startswith(words)
    assert "\n" not in sentence(error)


class OddError(NeuroFMError):
    code = "odd"


@pytest.mark.parametrize(
    ("error", "name"),
    [(OddError("this is odd"), "odd"), (ValueError("no"), ""), (SystemExit(3), ""), (OSError(28), "")],
)
def test_only_our_own_errors_have_a_code(error, name):
    assert code(error) == name
