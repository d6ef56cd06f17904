"""A volume is put right in its axes, size and place; it can be undone, and the script says it again."""

from __future__ import annotations

import numpy as np
import pytest

import neurofm as nf

GREY = np.arange(4 * 9 * 12, dtype=np.uint16).reshape(4, 9, 12)


@pytest.fixture
def session(tmp_path):
    np.save(tmp_path / "brain.npy", GREY)
    return nf.Session(tmp_path / "brain.npy")


def test_axes_size_and_origin(session):
    session.place("brain", axes="xyz", size=(2000, 1170, 1170), origin=(0, 10, 20), units="nm")
    volume = session.sources["brain"]
    assert volume.whole.shape == (12, 9, 4)
    np.testing.assert_allclose(volume.spacing, [2.0, 1.17, 1.17])
    np.testing.assert_allclose(volume.whole.origin, [0, 0.01, 0.02])
    assert volume.unit == "um"
    assert not volume.findings()
    assert (
        "session.place('brain', axes='xyz', size=[2000.0, 1170.0, 1170.0], origin=[0.0, 10.0, 20.0], units='nm')"
        in (session.script())
    )
    session.undo()
    assert session.sources["brain"].whole.shape == GREY.shape
    assert "place" not in session.script()


def test_it_is_kept_with_the_session(session, tmp_path):
    session.place("brain", size=1.17)
    again = nf.Session.restore(session.save(tmp_path / "work.neurofm"))
    np.testing.assert_allclose(again.sources["brain"].spacing, 1.17)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"size": (1, 2)}, ValueError, "three in the order z y x"),
        ({"size": "large"}, ValueError, "must be numbers"),
        ({"size": (1.0, 0.0, 1.0)}, ValueError, "must be positive"),
        ({"size": (1.0, float("nan"), 1.0)}, ValueError, "must be one number, or three"),
        ({"axes": "xxy"}, ValueError, "is no order of x, y and z"),
        ({"size": 1.0, "units": "inch"}, LookupError, "no units 'inch'"),
        ({"origin": (1.0, 2.0, 3.0)}, ValueError, "give their size, too"),
        ({}, ValueError, "say what is to be put right"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(session, given, error, words):
    before = session.sources["brain"]
    with pytest.raises(error, match=words):
        session.place("brain", **given)
    assert session.sources["brain"] is before


def test_what_is_no_volume_is_told(session):
    with pytest.raises(LookupError, match="no volume 'rat'"):
        session.place("rat", size=1.0)
