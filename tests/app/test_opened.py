"""What is open, as the list that every front shows."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.app.opened import head, minutes, opened
from neurofm.app.session import Session
from neurofm.app.verbs.compare_decoders import Decoders
from neurofm.app.views import table
from neurofm.data import Recording, Series
from neurofm.data.volume import UNSCALED, Held, Pyramid, Volume


@pytest.mark.parametrize(("seconds", "words"), [(20.0, "20 s"), (119.0, "119 s"), (150.0, "2 min"), (3600.0, "60 min")])
def test_how_long(seconds, words):
    assert minutes(seconds) == words


def test_a_row_for_each_thing_kind_by_kind(session, tmp_path):
    session.group("mine", "unit", [1])
    session.join(pd.DataFrame({"label": ["rat/u0"], "age": [3]}), name="ages")
    rows = [{"scores": [0.5, 0.6]}]
    session.put_result("compare_decoders", "rat", Decoders("rat", "accuracy", tmp_path, rows))
    assert [(row.kind, row.name, row.words) for row in opened(session)] == [
        ("source", "rat", "5 units · 20 s"),
        ("embedding", "a time", "40 moments · PCA"),
        ("embedding", "a unit", "5 units · PCA"),
        ("group", "mine", "1 unit"),
        ("table", "ages", "columns of units"),
        ("compare_decoders", "rat", "1 on 2 folds"),
    ]
    assert opened(Session()) == []


def test_a_map_says_all_that_it_can_be_drawn_by(session):
    unit = session.embeddings["a unit"]
    session.add(replace(unit, umap=unit.xy))
    assert next(row.words for row in opened(session) if row.name == "a unit") == "5 units · PCA, UMAP"


def test_what_has_no_table_says_how_large_it_is(session):
    session.add(Volume(session="brain", image=Pyramid((Held(np.zeros((4, 50, 60), np.uint8)),), np.ones(3))))
    assert next(row.words for row in opened(session) if row.name == "brain") == "4 × 50 × 60"


@pytest.mark.parametrize(
    ("kind", "words"), [("source", ""), ("run", "run"), ("embedding", "map"), ("compare_decoders", "decoders")]
)
def test_what_stands_before_a_name(kind, words):
    assert head(kind) == words


def test_a_group_tells_the_key_that_picks_it(session):
    for k in range(1, 11):
        session.group(f"group {k}", "unit", [1])
    notes = [row.notes for row in opened(session) if row.kind == "group"]
    assert notes[0] == ("Press 1 to pick it",)
    assert notes[9] == ()


@pytest.mark.parametrize("name", ["stands", "good"])
def test_what_cannot_be_so_stands_with_its_source(name):
    times = np.arange(0, 200, 0.1)
    values = np.where(times < (100 if name == "stands" else 200), np.sin(times), 0.0)[:, None]
    session = Session([Recording(session=name, series={"x": Series(times, values, ("x",))}, notes=("mended",))])
    (row,) = opened(session)
    told = (
        "x stands still from about 100 s on, which is half of the session; "
        "that is left out of training, scores and tuning curves"
    )
    assert row.warnings == ((told,) if name == "stands" else ())
    assert row.notes == ("mended",)


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({"r2": 0.84}, "R² of position: 0.84 held out"),
        ({"r2": 0.4, "of": "what is done next"}, "R² of what is done next: 0.40 held out"),
    ],
)
def test_a_run_says_of_what_its_score_is(make, tmp_path, scores, words):
    run = make.run(tmp_path / "run-1", "a")
    (run.path / "metrics.json").write_text(json.dumps(scores))
    session = Session()
    session.add(run)
    assert [row.words for row in opened(session)] == [words]
    assert table._runs(session)["of"].tolist() == [run.of]


def test_what_is_told_of_an_image_is_not_told_of_each_of_its_labels_again():
    def volume(name, **held):
        return Volume(session=name, unit=UNSCALED, paths=(f"{name}.tif",), **held)

    grey = Pyramid((Held(np.arange(512, dtype=np.uint8).reshape(8, 8, 8)),), np.ones(3))
    labels = volume("learned", labels={"cell": Pyramid((Held(np.ones((8, 8, 8), np.uint8)),), np.ones(3))})

    def told(session):
        return {row.name: row.warnings for row in opened(session)}

    alone, both = Session([labels]), Session([volume("stack", image=grey), labels])
    assert "how large they are" in told(alone)["learned"][0]
    assert "how large they are" in told(both)["stack"][0]
    assert told(both)["learned"] == ()
