"""Settings as typed become what the fields of their names want, or are refused in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.settings import limits, plain, typed


@dataclass
class Sizes:
    dim: Annotated[int, {"min": 8, "max": 64}] = 8
    rate: Annotated[float, {"min": 0.5, "max": 2.0}] = 1.0
    kind: Literal["lamb", "adamw"] = "lamb"
    causal: bool = False
    name: str = ""


@dataclass
class Schedule:
    steps: int = 1


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("dim", "8", 8),
        ("dim", "64", 64),
        ("dim", 9, 9),
        ("rate", "0.5", 0.5),
        ("rate", "2", 2.0),
        ("rate", "1e0", 1.0),
        ("kind", "adamw", "adamw"),
        ("causal", "Yes", True),
        ("causal", "1", True),
        ("causal", True, True),
        ("causal", "FALSE", False),
        ("causal", "no", False),
        ("name", "3", "3"),
        ("steps", "-7", -7),
    ],
)
def test_text_becomes_the_type_of_its_field(name: str, text: Any, value: Any) -> None:
    settings = typed({name: text}, Sizes, Schedule)
    assert settings == {name: value}
    assert type(settings[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("dim", "7", "dim must be a whole number from 8 to 64, got '7'"),
        ("dim", "65", "dim must be a whole number from 8 to 64, got '65'"),
        ("dim", "8.5", "dim must be a whole number"),
        ("rate", "nan", "rate must be a number from 0.5 to 2, got 'nan'"),
        ("rate", "inf", "rate must be a number"),
        ("rate", "fast", "rate must be a number"),
        ("causal", "maybe", "causal must be true or false, got 'maybe'"),
        ("steps", "many", "steps must be a whole number, got 'many'"),
    ],
)
def test_what_is_not_of_the_type_or_out_of_range_is_refused(name: str, text: str, words: str) -> None:
    with pytest.raises(ValueError) as refused:
        typed({name: text}, Sizes, Schedule)
    assert str(refused.value).startswith(words)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dimm": 8}, "no setting 'dimm'; there are causal, dim, kind, name, rate, steps; did you mean 'dim'?"),
        ({"kind": "sgd"}, "no kind 'sgd'; there are adamw, lamb"),
    ],
)
def test_unknown_names_and_choices_are_told_those_there_are(given: dict[str, Any], words: str) -> None:
    with pytest.raises(LookupError) as refused:
        typed(given, Sizes, Schedule)
    assert words in str(refused.value)


@given(st.integers(8, 64), st.floats(0.5, 2.0), st.booleans(), st.integers())
def test_values_come_back_from_their_text_unchanged(dim: int, rate: float, causal: bool, steps: int) -> None:
    settings = {"dim": dim, "rate": rate, "causal": causal, "steps": steps}
    assert typed({name: str(value) for name, value in settings.items()}, Sizes, Schedule) == settings
    assert typed(settings, Sizes, Schedule) == settings


def test_the_range_of_an_annotation_is_read_off_it() -> None:
    assert limits(Annotated[int, {"min": 1, "max": 2}]) == (int, {"min": 1, "max": 2})
    assert limits(int) == (int, {})


@pytest.mark.parametrize(("text", "value"), [("3", 3), ("0.5", 0.5), ("target", "target"), ("", "")])
def test_a_text_is_a_number_where_it_reads_as_one(text, value):
    told = plain(text)
    assert (told, type(told)) == (value, type(value))
