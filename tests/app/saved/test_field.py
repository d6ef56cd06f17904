"""A file that is no JSON of ours is refused in one sentence that names it."""

from __future__ import annotations

import pytest

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
