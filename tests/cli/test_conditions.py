"""Conditions: whose they are is told by what a table names, and who is left out is told."""

from __future__ import annotations

import pandas as pd
import pytest

from neurofm.cli.conditions import differences
from neurofm.data.ethogram import Ethogram
from neurofm.errors import DataError

NAMES = ("m1", "m2", "m3", "m4")


def scored(subject="{}"):
    table = pd.DataFrame({"start": [0.0, 2.0], "stop": [1.0, 9.0], "behavior": ["a", "b"]})
    return [
        Ethogram(session=f"day {name}", bouts=table.assign(subject=subject.format(name)), paths=(f"/data/{name}.tsv",))
        for name in NAMES
    ]


def compared(folder, text, sources, by="condition"):
    path = folder / "c.csv"
    path.write_text(text)
    return differences(sources, path, by)


@pytest.mark.parametrize("subject", ["", "{}"])
@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("subject,condition", "m{}"),
        ("session,condition", "day m{}"),
        ("Session,Condition", "Day M{}"),
        ("mouse,condition", " m{}"),
        ("file,condition", "m{}.tsv"),
        ("cage,mouse,condition", "1,M{}"),
    ],
)
def test_a_table_names_animals_as_people_do(tmp_path, subject, header, name):
    rows = [f"{name.format(k)},{'saline ' if k < 3 else 'drug'}" for k in range(1, 5)]
    told = compared(tmp_path, "\n".join([header, *rows]), scored(subject))
    assert (told["first"], told["second"], told["warnings"]) == ("saline", "drug", [])
    assert {(line["n_a"], line["n_b"]) for line in told["differences"]} == {(2, 2)}


@pytest.mark.parametrize("subject", ["", "{}"])
def test_who_is_left_out_is_told(tmp_path, subject):
    told = compared(tmp_path, "subject,condition\nm1,x\nm2,y\nm9,y\n", scored(subject))
    lone, strange = told["warnings"]
    assert lone.startswith("left out, since the table gives no condition: ")
    assert lone.endswith("m3, m4" if subject else "day m3, day m4")
    assert strange == "in the table, but not open: m9"


def test_a_table_that_names_nobody_is_refused_by_what_there_is(tmp_path):
    with pytest.raises(
        DataError, match=r"c\.csv: subject: names 1, 2, and open are day m1, day m2, day m3, day m4, m1"
    ):
        compared(tmp_path, "subject,condition\n1,x\n2,y\n", scored())
    with pytest.raises(DataError, match=r"c\.csv: condition: is the only column"):
        compared(tmp_path, "condition\nx\ny\n", scored())


def test_a_subject_of_a_session_is_told_by_both(tmp_path):
    two = pd.DataFrame({"start": [0.0, 0.0], "stop": [1.0, 9.0], "behavior": "a", "subject": ["ada", "bo"]})
    sources = [Ethogram(session=name, bouts=two) for name in ("d1", "d2")]
    rows = ("d1,ada,x", "d1,bo,y", "d2,ada,x", "d2,bo,y")
    told = compared(tmp_path, "\n".join(["session,subject,condition", *rows]), sources)
    assert {(line["n_a"], line["n_b"]) for line in told["differences"]} == {(2, 2)}
