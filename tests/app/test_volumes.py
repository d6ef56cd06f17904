"""What is typed of a volume's axes, and what commands do with volumes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from neurofm.app import _volumes, commands
from neurofm.app.command import Context
from neurofm.app.options import answered
from neurofm.app.session import Session
from neurofm.data.ids import pack
from neurofm.data.volume import UNSCALED, Held, Pyramid, Volume
from tests.app.conftest import FakeHost, make_run


@pytest.fixture
def session():
    here = Session()
    here.add(Volume(session="brain", image=Pyramid((Held(np.zeros((2, 9, 9))),), np.ones(3)), unit=UNSCALED))
    return here


class Host:
    """A front that answers, and remembers what is said to it."""

    def __init__(self, session, **answers):
        self.session, self.answers, self.said = session, answers, []
        self.tell = self.refuse = self.open = self.said.append

    def ask_form(self, title, options, then):
        self.asked = {option.name: option.default for option in options}
        then(answered(options, self.answers))


def test_a_volume_is_placed_from_the_menu(session):
    host = Host(session, z="2", y=1.17, x="1170e-3")
    commands.do("place", host, kind="source", name="brain")
    assert host.asked == {"axes": "zyx", "z": 1.0, "y": 1.0, "x": 1.0, "units": "um"}
    np.testing.assert_allclose(session.sources["brain"].spacing, [2.0, 1.17, 1.17])
    host.answers = {"z": 0.0}
    commands.do("place", host, kind="source", name="brain")
    assert "must be positive" in str(host.said[-1])
    host.answers = {"axes": "xyz", "z": 500.0, "y": 250.0, "x": 250.0, "units": "nm"}
    commands.do("place", host, kind="source", name="brain")
    assert session.sources["brain"].whole.shape == (9, 9, 2)
    np.testing.assert_allclose(session.sources["brain"].spacing, [0.5, 0.25, 0.25])


def test_coarser_levels_are_offered_where_they_help(session):
    offered = [str(entry) for entry in commands.menu(Context(session=session, kind="source", name="brain"))]
    assert "Make coarser levels" not in str(offered)
    flat = Volume(session="long", image=Pyramid((Held(np.zeros((1, 9, 9000), np.uint8)),), np.ones(3)))
    session.add(flat)
    offered = [str(entry) for entry in commands.menu(Context(session=session, kind="source", name="long"))]
    assert "Make coarser levels" in str(offered)
    host = Host(session)
    _volumes.coarsen(SimpleNamespace(session=session, name="long"), host)
    assert "are in memory" in str(host.said[-1])


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """A brain with a run that says what voxels are; gives (front, what was asked of `segment`)."""
    host = FakeHost(Session())
    image, labels = (Pyramid((Held(np.zeros((200, 90, 90), np.uint8)),), np.full(3, 2.0)) for _ in range(2))
    host.session.add(Volume(session="brain", image=image))
    host.session.add(Volume(session="mask", labels={"cell": labels}))
    host.session.add(make_run(tmp_path / "sees", "brain", model="unet", takes="volume"))
    host.session.add(make_run(tmp_path / "knows", "brain", model="poyo"))
    asked = []
    monkeypatch.setattr(host.session, "segment", lambda *a, **k: asked.append((*a, k["near"])), raising=False)
    return host, asked


def offered(host, kind, name):
    entries = commands.menu(Context(session=host.session, kind=kind, name=name))
    return {entry.words: entry for entry in entries if entry.words.startswith("Segment")}


def test_segmenting_begins_where_one_looks(begun):
    host, asked = begun
    state = host.session.view("slices")
    state.volume, state.depth = "brain", 0.0
    host.seen["slices"] = (19.0, 39.0), (100.0, 179.0)
    menu = offered(host, "source", "brain")
    assert list(menu) == ["Segment what is in view with sees", "Segment all of it with sees"]
    for entry in menu.values():
        entry.do(host)
    view = [[0, 32], [0, 40], [10, 20]]  # planes around the first; y counts from below
    near = [0, 20, 15]
    assert asked == [("sees", "brain", view, near), ("sees", "brain", None, near)]
    host.seen["brain"] = np.array([[200.0, 10.0, 20.0], [200.0, 20.0, 40.0]])  # a canvas goes before Slices
    offered(host, "source", "brain")["Segment what is in view with sees"].do(host)
    offered(host, "view", "slices")["Segment all of it with sees"].do(host)
    assert asked[2:] == [("sees", "brain", [[68, 132], [5, 11], [10, 21]], [100, 8, 15]), ("sees", "brain", None, near)]
    assert host.shown == ["jobs"] * 4


def test_a_box_around_the_pick_is_segmented(begun):
    host, asked = begun
    volume = host.session.sources["brain"]
    voxels = volume.at(np.array([[4.0, 20.0, 20.0], [8.0, 40.0, 20.0]]))
    host.session.selection.pick("voxel", pack(host.session.number("brain"), voxels))
    offered(host, "source", "brain")["Segment a box around the pick with sees"].do(host)
    assert asked == [("sees", "brain", [[2, 5], [10, 21], [10, 11]], None)]


def test_a_run_offers_the_volumes_that_have_an_image(begun):
    host, asked = begun
    assert list(offered(host, "run", "sees")) == ["Segment brain"]
    assert [list(offered(host, *what)) for what in (("run", "knows"), ("source", "mask"))] == [[], []]
    offered(host, "run", "sees")["Segment brain"].do(host)
    assert asked == [("sees", "brain", None, None)]


def test_what_could_not_be_read_is_read_again(session):
    host = Host(session)
    voxels = session.sources["brain"].image.levels[0]
    voxels.bad = {"z 0 to 1": "the network is gone"}
    commands.do("try_again", host, kind="view", name="slices")
    assert (voxels.bad, host.said) == ({}, ["It is read again"])


def test_the_public_brain_is_opened_with_its_areas(session):
    host = Host(session)
    commands.do("open_public", host)
    assert [address.rsplit("/", 1)[1] for address in host.said] == ["image", "roi_labels"]
    assert all(address.startswith("precomputed://s3://") for address in host.said)
