"""Wrong arguments are refused early, in words that name what was wanted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from neurofm.checks import check_choice, check_shape

names = st.lists(st.text("abcdefgh", min_size=1, max_size=8), min_size=1, max_size=6, unique=True)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4), (0, 0, 0)])
@pytest.mark.parametrize("axes", ["time", "time unit", "batch time unit"])
def test_a_shape_passes_where_it_has_the_axes_named(shape: tuple[int, ...], axes: str) -> None:
    array = np.zeros(shape)
    if len(shape) == len(axes.split()):
        check_shape("spikes", array, axes)
    else:
        with pytest.raises(ValueError) as refused:
            check_shape("spikes", array, axes)
        assert str(refused.value) == f"spikes must be ({axes.replace(' ', ', ')}), got shape {shape}"


@given(names, st.data())
def test_a_choice_passes_where_it_is_one(choices: list[str], data: st.DataObject) -> None:
    check_choice("model", data.draw(st.sampled_from(choices)), iter(choices))


@given(names, st.text("abcdefgh", max_size=8))
def test_any_other_value_is_told_all_choices_in_order(choices: list[str], value: str) -> None:
    assume(value not in choices)
    with pytest.raises(LookupError) as refused:
        check_choice("model", value, choices)
    listed, _, meant = str(refused.value).partition("; did you mean ")
    assert listed == f"no model '{value}'; there are {', '.join(sorted(choices))}"
    assert meant in {"", *(f"'{name}'?" for name in choices)}


@pytest.mark.parametrize(
    ("value", "meant"), [("poyoo", "poyo"), ("pooy", "poyo"), ("swapvae", "swap_vae"), ("gpu", ""), ("", "")]
)
def test_a_slip_is_told_what_was_likely_meant(value: str, meant: str) -> None:
    with pytest.raises(LookupError) as refused:
        check_choice("model", value, ["cpu", "poyo", "mtm", "swap_vae"])
    assert str(refused.value).partition("; did you mean ")[2] == (f"'{meant}'?" if meant else "")
