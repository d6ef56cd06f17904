"""Where views stand follows from their SPECs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurofm import registry
from neurofm.app import arrangement

VIEWS = arrangement.VIEWS


USUAL = ("latent", "tuning", "training", "raster", "trace", "hide", "table")


def test_the_usual_places():
    right, below, shares = arrangement.layout()
    assert [tabs[:2] for tabs in right] == [("latent",), ("tuning", "training")]
    assert (below[:4], shares) == (("raster", "trace", "hide", "table"), [42, 32])


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
def test_a_view_that_others_add_stands_where_it_says(monkeypatch, place, right, below):
    specs = {name: registry.specs(VIEWS)[name] for name in USUAL}
    maze = replace(specs["raster"], title="Maze", place=place, order=100)
    monkeypatch.setattr(registry, "specs", lambda package: specs | {"maze": maze})
    assert arrangement.layout()[:2] == (right, below)
