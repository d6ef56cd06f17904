"""A file that is no JSON of ours is refused in one sentence that names it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.app.saved.field import DEEPEST, Field
from neurofm.app.session import Session
from neurofm.errors import DataError

HUGE = "1" + "0" * 400


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cut off or damaged"),
        ('{"format": 1', "cut off or damaged"),
        ("[]", "must be an object, got a list"),
        ("{}", "format: is missing"),
        ('{"format": 99, "neurofm": "7.0"}', "written by neurofm 7.0; update neurofm"),
        ('{"format": NaN}', "NaN is no number"),
        ('{"format": 1e999}', "must be a whole number"),
        (f'{{"format": {HUGE}}}', "update neurofm|must be a whole number"),
        ("[" * 100_000, "cut off or damaged"),
        ("\udcff", "cut off or damaged"),
    ],
)
def test_a_page_that_is_none_is_refused_in_one_sentence(tmp_path, text, says):
    folder = tmp_path / "w.neurofm"
    folder.mkdir()
    (folder / "session.json").write_bytes(text.encode("utf8", "surrogateescape"))
    with pytest.raises(DataError, match=says) as error:
        Session.restore(folder)
    assert "\n" not in str(error.value)
    assert "session.json" in str(error.value)


def test_a_missing_or_enormous_page_is_refused(tmp_path):
    folder = tmp_path / "w.neurofm"
    with pytest.raises(DataError, match="cannot be opened"):
        Session.restore(folder)
    folder.mkdir()
    with (folder / "session.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DataError, match="MB are allowed"):
        Session.restore(folder)


def field(value):
    return Field(Path("page.json"), "a[1]", value)


@pytest.mark.parametrize(
    ("ask", "good", "bad", "says"),
    [
        (
            lambda f: f.text(),
            ["", "ä", "x" * 4096],
            [1, None, [], "x" * 4097, "\0", "\ud800"],
            "text|characters|character",
        ),
        (lambda f: f.flag(), [True, False], [0, 1, None, "true"], "must be true or false"),
        (lambda f: f.whole(0, 9), [0, 9], [-1, 10, 1.0, True, None, "1"], "must be a whole number from 0 to 9"),
        (lambda f: f.number(0, 9), [0.0, 9, 4.5], [-0.1, 9.1, True, None, "1"], "must be a number from 0 to 9"),
        (lambda f: f.choice({"up", "down"}), ["up", "down"], ["left", "", 1], "must be (one of down, up|text)"),
    ],
)
def test_a_value_is_taken_as_it_is_or_refused_with_its_place(ask, good, bad, says):
    assert [ask(field(value)) for value in good] == good
    for value in bad:
        with pytest.raises(DataError, match=rf"page\.json: a\[1\]: .*({says})"):
            ask(field(value))


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (lambda f: f["b"].items()[2]["c"].text(), r"a\[1\]\.b\[2\]\.c: must be text, got 7"),
        (lambda f: f["b"].items()[0]["c"], r"a\[1\]\.b\[0\]: must be an object, got 0"),
        (lambda f: f["gone"], r"a\[1\]\.gone: is missing; take the previous version"),
        (lambda f: f["d"].items(), r"a\[1\]\.d: must be a list, got an object"),
        (lambda f: f["d"].only(["e", "f"]), r"a\[1\]\.d\.odd: is not known; there are e, f"),
    ],
)
def test_what_is_wrong_is_named_by_where_it_stands(path, place):
    with pytest.raises(DataError, match=place):
        path(field({"b": [0, 1, {"c": 7}], "d": {"odd": None}}))


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats(-1e300, 1e300)
    | st.text("aä\n\"'", max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(plain)
def test_plain_values_come_back_as_they_were(value):
    assert field(json.loads(json.dumps(value))).plain() == value


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}])
def test_plain_values_may_be_nested_so_deep_and_no_deeper(wrap):
    value = "deep"
    for _ in range(DEEPEST):
        value = wrap(value)
    assert field(value).plain() == value
    with pytest.raises(DataError, match="is nested too deep"):
        field(wrap(value)).plain()
