"""Areas by name: all there are, or those asked for, merged."""

from __future__ import annotations

import pytest

from neurofm.data.areas import areas_of
from tests.small import squares_of_two


@pytest.mark.parametrize(
    ("wanted", "names", "lost"),
    [
        ("", ("fine", "coarse"), []),
        ("coarse, fine", ("coarse", "fine"), []),
        ("1+2", ("1+2",), []),
        ("coarse", ("coarse",), []),
    ],
)
def test_areas_are_those_asked_for(wanted, names, lost):
    volume = squares_of_two(512)
    areas, missing = areas_of([volume], "region", [{1, 2}], wanted)
    assert (areas.names, missing) == (names, lost)


def test_an_area_without_examples_is_told_of():
    areas, missing = areas_of([squares_of_two(512)], "region", [{1}], "")
    assert (areas.names, missing) == (("fine",), ["coarse"])


def test_unknown_areas_are_refused():
    with pytest.raises(LookupError, match="no area 'rough'"):
        areas_of([squares_of_two(512)], "region", [{1, 2}], "fine, rough")


def test_numbers_lead_to_rows():
    volume = squares_of_two(512)
    areas, _ = areas_of([volume], "region", [{1, 2}], "coarse,fine")
    assert areas.table(volume, "region")[[0, 1, 2, -1]].tolist() == [-1, 1, 0, -1]
