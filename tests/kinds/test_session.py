"""A planted kind in a session: tables, colours, filters, pictures, ties, groups and files for others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurofm import registry
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Points, Shape
from neurofm.data.source import Source
from tests.kinds.conftest import NET, VIEW, WAVE, Kind, kinds


@kinds
def test_it_is_a_source_with_tables_columns_and_labels(kind: Kind, opened: Any) -> None:
    session = opened(kind)
    name = f"{kind.name} 1"
    assert isinstance(session.sources[name], Source)
    assert session.recordings == {}
    assert kind.tabled in session.tables()
    assert session.table(kind.tabled)["label"].is_unique
    assert {kind.column, "session"} <= set(session.columns(kind.space))
    ids = session.everything(kind.space)
    assert len(ids) == session.sources[name].spaces()[kind.space].count
    assert session.label(kind.space, 1) == f"{name}/{kind.space} 1"
    assert session.values(kind.space, "session", ids[:2]).tolist() == [name] * 2


@kinds
def test_its_things_are_coloured_filtered_and_told(kind: Kind, opened: Any) -> None:
    session = opened(kind)
    ids = session.everything(kind.space)
    assert len(np.unique(session.colors(kind.column, kind.space, ids).rgba, axis=0)) > 2
    passing = session.passing(kind.filter, kind.space, ids)
    values = session.values(kind.space, kind.column, ids)
    np.testing.assert_array_equal(passing, values > 1 if kind is WAVE else values >= 7)
    assert 0 < passing.sum() < len(ids)
    about = registry.get("neurofm.app.views", "latent").describe(session.view("latent"), session, kind.space, 1)
    assert about.startswith(f"{kind.name} 1/{kind.space} 1")


@kinds
def test_its_latent_space_is_drawn_and_picked_from(kind: Kind, opened: Any) -> None:
    session, spec = opened(kind), registry.get("neurofm.app.views", "latent")
    state = session.view("latent")
    scene = draw(spec, state, session, VIEW)
    points = next(mark for mark in scene.marks if isinstance(mark, Points))
    assert (points.space, len(points.ids)) == (kind.space, len(session.everything(kind.space)))
    assert f"{len(points.ids)} {kind.space}s" in scene.note
    near = Shape("point", points.xy[[7]].astype(float), (1e-6, 1e-6))
    space, ids = spec.hit(state, session, near)
    assert (space, ids.tolist()) == (kind.space, [int(points.ids[7])])
    session.selection.pick(space, ids)
    assert f"1 of {len(points.ids)}" in draw(spec, state, session, VIEW).note
    state.filter = kind.filter
    assert sum(len(mark.ids) for mark in draw(spec, state, session, VIEW).marks) < len(points.ids)


@kinds
@pytest.mark.parametrize("name", registry.names("neurofm.app.views"))
def test_every_view_draws_beside_it(kind: Kind, name: str, opened: Any) -> None:
    session, spec = opened(kind), registry.get("neurofm.app.views", name)
    scene = draw(spec, session.view(name), session, VIEW)
    assert scene.marks or scene.message
    spec.choices(session.view(name), session)
    spec.hit(session.view(name), session, Shape("box", np.array([[0.0, 0.0], [1.0, 1.0]])))


@kinds
def test_picks_are_carried_over_its_ties(kind: Kind, opened: Any) -> None:
    session = opened(kind)
    (source,) = session.sources.values()
    session.selection.pick(kind.tabled, [1])
    np.testing.assert_array_equal(session.selection.picked(kind.space), np.flatnonzero(kind.tied(source)))
    session.selection.pick(kind.space, session.selection.picked(kind.space)[:1])
    assert session.selection.picked(kind.tabled).tolist() == [1]


@kinds
def test_a_table_of_the_users_is_joined_by_label(kind: Kind, opened: Any) -> None:
    session = opened(kind)
    labels = session.table(kind.tabled)["label"]
    session.join(pd.DataFrame({"label": labels.to_numpy(), "liked": range(len(labels))}), name="liked")
    assert session.user_tables["liked"].space == kind.tabled
    assert session.table(kind.tabled)["liked"].tolist() == list(range(len(labels)))


@kinds
def test_groups_are_made_and_compared(kind: Kind, opened: Any) -> None:
    session = opened(kind)
    ids = session.everything(kind.space)
    some = session.passing(kind.filter, kind.space, ids)
    session.selection.pick(kind.space, ids[some])
    session.group("many")
    session.group("few", kind.space, ids[~some])
    assert set(session.values(kind.space, "group", ids)) == {"many", "few"}
    compared = session.compare("many", "few").set_index("column")
    assert kind.column in compared.index
    if kind is NET:
        assert compared.index[0] == kind.column


@kinds
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_tables_are_exported(kind: Kind, suffix: str, opened: Any, tmp_path: Path) -> None:
    session = opened(kind)
    path = session.export(kind.tabled, tmp_path / f"table{suffix}")
    table = pd.read_csv(path) if suffix == ".csv" else pd.read_parquet(path)
    assert table["label"].tolist() == session.table(kind.tabled)["label"].tolist()


@kinds
def test_closing_it_leaves_nothing(kind: Kind, opened: Any) -> None:
    session = opened(kind)
    session.selection.pick(kind.space, session.everything(kind.space)[:3])
    session.close(f"{kind.name} 1")
    assert (session.sources, session.embeddings, session.predictions, session.selection.spaces()) == ({}, {}, {}, [])
    assert session.spaces() == ["session"]
