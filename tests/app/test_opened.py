"""What is open, row by row."""

from __future__ import annotations

import pytest

from neurofm.app.opened import TITLES, minutes, opened
from neurofm.app.session import Session


def test_each_thing_has_a_row_with_its_words(session: Session) -> None:
    session.group("mine", "unit", [1])
    rows = [(row.kind, row.name, row.words) for row in opened(session)]
    assert rows == [
        ("recording", "rat", "5 units · 20 s"),
        ("embedding", "a time", "40 moments · PCA"),
        ("embedding", "a unit", "5 units · PCA"),
        ("group", "mine", "1 unit"),
    ]
    assert {kind for kind, _, _ in rows} <= TITLES.keys()


def test_only_nine_groups_have_a_key(session: Session) -> None:
    for unit in range(10):
        session.group(f"g{unit}", "unit", [unit % 5])
    notes = [row.notes for row in opened(session) if row.kind == "group"]
    assert notes == [*((f"Press {k} to pick it",) for k in range(1, 10)), ()]


def test_nothing_open_has_no_row() -> None:
    assert opened(Session()) == []


@pytest.mark.parametrize(("seconds", "words"), [(20, "20 s"), (119, "119 s"), (120, "2 min"), (1980, "33 min")])
def test_long_times_are_told_in_minutes(seconds: float, words: str) -> None:
    assert minutes(seconds) == words
