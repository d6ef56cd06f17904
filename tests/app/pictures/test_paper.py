"""Paper: millimetres become inches, pixels stay whole, and words are set in a font that is there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.app import colors
from neurofm.app.pictures.paper import FONTS, fonts, hex_color, pixels, rgba, sized

byte = st.integers(0, 255)


@given(st.floats(10, 300), st.floats(10, 300), st.sampled_from([72, 150, 300, 333]))
def test_vector_files_are_as_large_as_asked_and_pngs_have_whole_pixels(width, height, dpi):
    exact = sized(".svg", width, height, 7, dpi, False)
    assert (exact.width * 25.4, exact.height * 25.4) == pytest.approx((width, height))
    whole = sized(".png", width, height, 7, dpi, False)
    for inches, millimetres in ((whole.width, width), (whole.height, height)):
        assert int(inches * dpi) == round(millimetres / 25.4 * dpi)


@given(st.integers(1, 10_000), st.sampled_from([72, 100, 300, 333, 600]))
def test_so_many_pixels_are_never_one_fewer(count, dpi):
    assert int(pixels(count, dpi) * dpi) == count


@pytest.mark.parametrize("font", [4.0, 7.0, 12.0])
def test_marks_are_as_large_against_the_words_as_on_a_screen(font):
    paper = sized(".svg", 85, 60, font, 300, False)
    assert paper.pixel == font / 12
    assert paper.words["fontsize"] == font


@pytest.mark.parametrize("dark", [True, False])
def test_words_have_the_ink_of_the_theme(dark):
    paper = sized(".svg", 85, 60, 7, 300, dark)
    assert paper.ink == paper.words["color"] == ("#ffffff" if dark else "#000000")
    assert hex_color(colors.paper(dark=dark)) != paper.ink


@given(byte, byte, byte, byte)
def test_colours_are_told_to_matplotlib_as_they_are(red, green, blue, alpha):
    from matplotlib.colors import to_hex, to_rgba

    color = np.array([red, green, blue, alpha], np.uint8)
    assert to_hex(rgba(color)) == hex_color(color)
    assert tuple(rgba(color)) == pytest.approx(to_rgba(hex_color(color), alpha / 255))


@pytest.mark.parametrize("there", [["Helvetica", "DejaVu Sans"], ["DejaVu Sans", "Comic Sans MS"], [*FONTS]])
def test_the_first_font_of_ours_is_used_and_another_for_letters_it_lacks(there, monkeypatch):
    from matplotlib.font_manager import fontManager

    monkeypatch.setattr(fontManager, "get_font_names", lambda: there)
    assert fonts() == list(dict.fromkeys([min(set(there) & set(FONTS), key=FONTS.index), "DejaVu Sans"]))
