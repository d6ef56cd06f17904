"""Wrong arguments are refused early, in words that name what was wanted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from neurofm import checks
from neurofm.checks import check_choice, check_shape, check_text, floats, number

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


@pytest.mark.parametrize("value", [3, b"a", None, ["a"]])
def test_what_is_no_text_is_refused(value: object) -> None:
    check_text("name", "a")
    with pytest.raises(ValueError, match="name must be text, got "):
        check_text("name", value)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int8(2), np.array(2)])
def test_a_number_becomes_a_float(value: object) -> None:
    assert (number("time", value), type(number("time", value))) == (2.0, float)


@pytest.mark.parametrize(
    "value", ["2", True, np.bool_(True), None, float("nan"), float("-inf"), [2], np.array([2]), 2j]
)
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="time must be seconds, got "):
        number("time", value, "seconds")


@pytest.mark.parametrize("value", [["a"], [None], [b"1"], np.array(["2020"], "M8"), [[1, 2], "ab"]])
def test_what_is_no_array_of_numbers_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        floats("values", value)


def test_floats_stay_as_they_are() -> None:
    small = np.zeros(2, np.float32)
    assert floats("values", small) is small
    assert floats("values", [[1, 2]]).dtype == floats("values", [True]).dtype == np.float64


@pytest.mark.parametrize("seed", [-1, 0.5, "x", True, None])
def test_a_seed_is_a_whole_number(seed: object) -> None:
    assert type(checks.seed(np.int32(7))) is int
    with pytest.raises(ValueError, match="seed must be a whole number from 0 on"):
        checks.seed(seed)
