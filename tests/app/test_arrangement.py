"""Where views stand follows from their SPECs."""

from __future__ import annotations

from dataclasses import replace

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
