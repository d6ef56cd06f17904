"""Where views stand follows from their SPECs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurofm import registry
from neurofm.app import arrangement

VIEWS = arrangement.VIEWS


def test_the_usual_places():
    right, below, shares = arrangement.layout()
    assert (right, shares) == ([("latent",), ("tuning", "training")], [42, 32])
    usual = ["raster", "trace", "hide", "table"]
    assert [name for name in below if name in usual] == usual


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
        ("right", lambda heads: [*heads, ("maze",)], lambda tabs: tabs),
        ("below", lambda heads: heads, lambda tabs: (*tabs, "maze")),
        ("tab of latent", lambda heads: [(*heads[0], "maze"), *heads[1:]], lambda tabs: tabs),
        ("tab of what is gone", lambda heads: heads, lambda tabs: (*tabs, "maze")),
    ],
)
def test_a_view_that_others_add_stands_where_it_says(monkeypatch, place, right, below):
    specs, usual = registry.specs(VIEWS), arrangement.layout()
    maze = replace(specs["raster"], title="Maze", place=place, order=100)
    monkeypatch.setattr(registry, "specs", lambda package: specs | {"maze": maze})
    assert arrangement.layout()[:2] == (right(usual.right), below(usual.below))
