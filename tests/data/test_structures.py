"""Codings of the same classes by different sources."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data.structures import CODINGS, KINDS, recoded

SAID = {  # as the sources themselves name their numbers
    "MTNeuro": {0: "nothing", 1: "vessel", 2: "cell", 3: "axon"},
    "xray-thc": {0: "nothing", 1: "cell", 2: "vessel", 3: "axon"},
    "xray-thc masks": {0: "nothing", 1: "axon", 2: "vessel", 3: "cell"},
}


@pytest.mark.parametrize("source", SAID)
def test_every_number_of_a_source_comes_to_the_class_it_names(source):
    numbers = np.array([list(SAID[source])] * 2)
    ours = {0: "nothing", **KINDS}
    assert [ours[n] for n in recoded(numbers, source)[1].tolist()] == list(SAID[source].values())


def test_every_source_is_said():
    assert set(CODINGS) == set(SAID)


def test_strange_numbers_and_sources_are_refused():
    with pytest.raises(ValueError, match="has no class 4; it numbers 0, 1, 2, 3"):
        recoded(np.array([1, 4]), "MTNeuro")
    with pytest.raises(LookupError, match="no coding 'mtneuro'; there are"):
        recoded(np.array([1]), "mtneuro")
