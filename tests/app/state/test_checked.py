"""No view can be set to what it cannot show: every field refuses other types and words that nobody offers."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from neurofm import registry
from neurofm.app.session import Session
from neurofm.app.state.checked import become
from neurofm.settings import limits

VIEWS = "neurofm.app.views"
FIELDS = [
    pytest.param(
        view, field.name, get_type_hints(spec.state, include_extras=True)[field.name], id=f"{view}-{field.name}"
    )
    for view, spec in registry.specs(VIEWS).items()
    for field in fields(spec.state)
]
OTHER = {
    str: [3, None, True, b"a", ["a"], "x" * 5000],
    bool: [1, 0, None, "true", "yes", 0.0],
    float: ["1", None, True, float("nan"), float("inf"), [1.0], 1j],
    int: ["1", None, True, 1.5, float("nan")],
    Literal: [3, None, "regoin", ["2-D"]],
}


@pytest.mark.parametrize(("view", "field", "hint"), FIELDS)
def test_another_type_is_refused_and_changes_nothing(session, view, field, hint):
    state = session.view(view)
    kind, span = limits(hint)
    wrong = OTHER[get_origin(kind) or kind]
    wrong = [*wrong, span["min"] - 1, span["max"] + 1] if span else wrong
    before = asdict(state)
    for value in wrong:
        with pytest.raises((ValueError, LookupError), match=rf"{field} (must be|'|None|\[)|no {field} "):
            setattr(state, field, value)
    assert asdict(state) == before


@pytest.mark.parametrize(("view", "field", "hint"), FIELDS)
def test_what_a_field_may_be_it_becomes_as_plain_python(session, view, field, hint):
    state = session.view(view)
    kind, span = limits(hint)
    offered = registry.get(VIEWS, view).choices(state, session).get(field)
    good = (
        get_args(kind)
        if get_origin(kind) is Literal
        else {bool: [np.bool_(True), False], str: ["", np.str_("")]}.get(kind)
    )
    for value in (
        offered or good or [np.float32(span.get("max", 20)), np.float64(span.get("min", -20)), int(span.get("max", 3))]
    ):
        setattr(state, field, value)
        assert getattr(state, field) == value
        assert type(getattr(state, field)) is (str if get_origin(kind) is Literal else kind)


@pytest.mark.parametrize("view", registry.names(VIEWS))
@pytest.mark.parametrize("name", ["colour_by", "regoin", "Size", "recordings"])
def test_a_name_of_no_field_is_refused_with_those_there_are(session, view, name):
    state = session.view(view)
    with pytest.raises(AttributeError, match=f"no setting of .* '{name}'; there are "):
        setattr(state, name, "region")
    assert not hasattr(state, name)


CHOICES = [
    (view, field)
    for view, spec in registry.specs(VIEWS).items()
    for field in spec.choices(spec.state(), Session())
    if field not in ("pick", "what")
] + [("raster", "pick"), ("hide", "what"), ("table", "sort_by")]


@pytest.mark.parametrize(("view", "field"), CHOICES)
def test_a_word_that_nobody_offers_is_refused(session, view, field):
    state = session.view(view)
    with pytest.raises(LookupError, match=f"no {field} 'regoin'; there are"):
        setattr(state, field, "regoin")
    assert getattr(state, field) == getattr(type(state)(), field)


@pytest.mark.parametrize(
    ("view", "field", "value", "words"),
    [
        ("latent", "color_by", "regoin", "did you mean 'region'"),
        ("latent", "of", "units", "did you mean 'unit'"),
        ("latent", "embedding", "a units", "did you mean 'a unit'"),
        ("raster", "recording", "rats", "there are rat"),
        ("raster", "order", "depths", "did you mean 'depth'"),
        ("trace", "series", "positoin", "did you mean 'position'"),
        ("trace", "feature", "z", "there are x, y"),
        ("table", "sort_by", "rates", "did you mean 'rate'"),
        ("tuning", "recording", "cat", "there are rat"),
    ],
)
def test_a_slip_is_told_what_was_likely_meant(session, view, field, value, words):
    with pytest.raises(LookupError, match=words):
        setattr(session.view(view), field, value)


def test_what_another_choice_would_offer_can_be_set_first(session):
    state = session.view("latent")
    state.color_by, state.of = "duration", "trial"  # a column of trials, as a script may write it
    assert (state.color_by, state.of) == ("duration", "trial")
    session.group("first", "unit", [0])
    table = session.view("table")
    table.a, table.of = "first", "comparison"
    assert table.a == "first"


def test_what_is_gone_may_stay_and_comes_back_with_a_saved_state(session):
    state = session.view("latent")
    state.color_by = "region"
    session.close("rat")
    state.color_by = "region"  # as it was
    state.size = 2.0
    with pytest.raises(LookupError, match="no color_by 'rate'"):
        state.color_by = "rate"
    session.set_view("latent", replace(state, color_by="gone", embedding="gone too"))
    assert (state.color_by, state.embedding, state.size) == ("gone", "gone too", 2.0)
    with pytest.raises(LookupError, match="no color_by 'elsewhere'"):
        state.color_by = "elsewhere"


def test_who_listens_hears_of_good_values_only(session, heard):
    state = session.view("latent")
    said = heard(state.events.size)
    with pytest.raises(ValueError, match=r"size must be a number from 0.25 to 4, got '9'"):
        state.size = 9
    state.size = 2
    assert said == [(2.0, 1.0)] or said == [(2.0,)]


def test_a_state_that_no_session_shows_checks_types_alone(session):
    session.view("latent")
    alone = registry.get(VIEWS, "latent").state(color_by="anything")
    become(alone, replace(alone, color_by="more"))
    assert alone.color_by == "more"
    with pytest.raises(LookupError, match="no dims '4-D'; there are 2-D, 3-D"):
        alone.dims = "4-D"
