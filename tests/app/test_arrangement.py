"""Where views stand follows from their SPECs."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest

from neurofm import registry
from neurofm.app import arrangement

VIEWS = arrangement.VIEWS
FIRST = ("latent", "tuning", "training", "raster", "trace", "hide", "table")  # of recordings, in their places


@pytest.fixture
def first(monkeypatch):
    """No other views than those of recordings."""
    specs = {name: spec for name, spec in registry.specs(VIEWS).items() if name in FIRST}
    monkeypatch.setattr(registry, "specs", lambda package: specs)
    return specs


def test_the_usual_places(first):
    right = [("latent",), ("tuning", "training")]
    assert arrangement.layout() == (right, ("raster", "trace", "hide", "table"), [42, 32])


class Opened(NamedTuple):
    """All of a source that views are chosen by."""

    kind: str
    clock: str = "clock"


VIDEO, TRACKS, RECORDING, CHOICES = Opened("video"), Opened("tracks"), Opened("recording"), Opened("choices", "")


@pytest.mark.parametrize(
    ("opened", "right", "below", "pages"),
    [
        ([], [("latent",), ("training",)], ("table",), [["latent", "table"]]),
        ([RECORDING], [("latent",), ("tuning", "aligned", "training")],
         ("raster", "trace", "ethogram", "hide", "table"), [["latent", "raster"], ["trace", "tuning"]]),
        ([VIDEO, TRACKS], [("latent",), ("pose", "video", "clips", "training")], ("trace", "ethogram", "table"),
         [["latent", "video"], ["trace", "ethogram"], ["pose", "table"]]),
        ([CHOICES], [("latent",), ("training",)], ("choices", "table"), [["latent", "choices"]]),
        ([Opened("maze", "")], [("latent",), ("training",)], ("table",), [["latent", "table"]]),
    ],
    ids=["nothing", "spikes", "behaviour", "choices", "unknown"],
)  # fmt: skip
def test_views_follow_what_is_open(opened, right, below, pages):
    here = arrangement.layout(opened)
    assert (here.right, here.below) == (right, below)
    assert len(here.shares) == len(right)
    assert arrangement.grid(opened) == pages


def test_a_page_shows_each_kind_that_is_open():
    names = [name for row in arrangement.grid([RECORDING, VIDEO, TRACKS, CHOICES]) for name in row]
    assert {"latent", "raster", "video", "pose", "choices"} <= set(names)
    assert len(names) == len(set(names))


def test_every_view_has_one_place():
    layout = arrangement.layout()
    places = [*(name for tabs in layout.right for name in tabs), *layout.below]
    assert sorted(places) == registry.names(VIEWS)


@pytest.mark.parametrize(("name", "title"), [("latent", "Latent space"), ("hide 2", "Hide and predict 2")])
def test_titles(name, title):
    assert arrangement.title(name) == title


def test_an_unknown_view_is_refused():
    with pytest.raises(LookupError, match="no view 'maze'"):
        arrangement.title("maze")


@pytest.mark.parametrize(
    ("place", "right", "below"),
    [
        ("right", [("latent",), ("tuning", "training"), ("maze",)], ("raster", "trace", "hide", "table")),
        ("below", [("latent",), ("tuning", "training")], ("raster", "trace", "hide", "table", "maze")),
        ("tab of latent", [("latent", "maze"), ("tuning", "training")], ("raster", "trace", "hide", "table")),
        ("tab of what is gone", [("latent",), ("tuning", "training")], ("raster", "trace", "hide", "table", "maze")),
    ],
)
def test_a_view_that_others_add_stands_where_it_says(first, place, right, below):
    first["maze"] = replace(first["raster"], title="Maze", place=place, order=100)
    assert arrangement.layout()[:2] == (right, below)
