"""Every choice has its question, every answer is one that a layout takes."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args, get_type_hints

import numpy as np

from neurofm.io._contents import Contents
from neurofm.io._layout import Layout, asking
from neurofm.io._questions import ANSWERS, ASKED, QUESTIONS, given, questions


def test_questions_and_answers_are_those_of_a_layout():
    hints = get_type_hints(Layout)
    assert set(QUESTIONS) == {field.name for field in fields(Layout)}
    assert all(set(get_args(hints[name])) == {"", *answers} for name, answers in ANSWERS.items())
    assert set(ASKED) == set(get_args(hints["holds"]))
    assert all(set(asked) <= set(QUESTIONS) for asked in ASKED.values())


def test_what_was_found_is_not_asked_in_another_way():
    held = Contents({"time": np.arange(40) * 0.05}, {"counts": np.ones((30, 40), int)})
    asked = asking(held, Layout())
    assert questions(asked) == ["holds", "values", "rows", "time", "time_in"]
    assert given(asked.guess) == {"holds": "counts", "time": "time", "time_in": "s", "values": "counts", "rows": "unit"}
