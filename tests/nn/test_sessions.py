"""What a network keeps for each session alone."""

from types import SimpleNamespace

import numpy as np
import pytest
from torch import nn

from neurofm.errors import UnknownUnits
from neurofm.nn.sessions import Sessions, put


class Net(Sessions):
    """Has a linear map from the units of each session."""

    def __init__(self):
        super().__init__()
        self.own = nn.ModuleList()

    def begin(self, number, size):
        put(self.own, number, nn.Linear(size, 2))

    def units(self, number):
        return self.own[number].in_features


def trials(session, units):
    """As far as a network looks at them."""
    return SimpleNamespace(recording=SimpleNamespace(session=session), counts=np.zeros((1, 1, units)))


@pytest.fixture
def net():
    """Knows two sessions of three and four units."""
    net = Net()
    net.adapt({"sessions": ["a", "b"], "sizes": [3, 4]})
    return net


def test_a_new_session_begins_behind_the_others(net):
    kept = list(net.own)
    net.adapt({"sessions": ["a", "c"], "sizes": [3, 5]})
    assert net.sessions == ["a", "b", "c"]
    assert list(net.own)[:2] == kept
    assert net.number(trials("c", 5)) == 2


@pytest.mark.parametrize("vocab", [{"sizes": [6]}, {"sizes": [4], "fresh": ["b"]}])
def test_other_units_begin_anew_in_their_place(net, vocab):
    a, b = net.own
    net.adapt({"sessions": ["b"], **vocab})
    assert net.own[0] is a
    assert net.own[1] is not b
    assert net.number(trials("b", vocab["sizes"][0])) == 1


def test_a_session_of_unknown_size_stays_as_it_was(net):
    b = net.own[1]
    net.adapt({"sessions": ["b"], "sizes": [0]})
    assert net.own[1] is b


@pytest.mark.parametrize(
    ("session", "units", "words"), [("z", 3, "has never seen 'z'"), ("a", 7, "knows 'a' with 3 units, not 7")]
)
def test_what_it_does_not_know_is_said(net, session, units, words):
    with pytest.raises(UnknownUnits, match=f"the model {words}; adapt it to this recording first"):
        net.number(trials(session, units))
