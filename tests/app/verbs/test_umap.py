"""UMAP: an embedding gets one more map, and its rows and its map stay as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.app.verbs import predict, umap
from neurofm.data import Embedding, store
from neurofm.errors import DataError
from neurofm.projection import align, pca


@pytest.fixture
def session(session, fake_jobs, tmp_path):
    session.folder = tmp_path / "runs"
    return session


def test_the_worker_gets_the_embedding_in_a_file(session):
    job = session.umap("a time", dims=3, seed=4)
    given = store.load(job.arguments["embedding"])
    assert np.array_equal(given.values, session.embeddings["a time"].values)
    assert np.array_equal(given.xy, session.embeddings["a time"].xy)
    assert (job.task, job.arguments["dims"], job.arguments["seed"]) == ("umap", 3, 4)
    assert (job.action.name, job.action.options) == ("a time", {"dims": 3, "seed": 4})


def test_an_embedding_that_is_not_there_is_refused_by_name(session):
    before = list(session.actions)
    with pytest.raises(LookupError, match="no embedding 'x'; there are a time, a unit"):
        session.umap("x")
    assert list(session.jobs) == []
    assert session.actions == before


@pytest.mark.parametrize(
    ("values", "dims", "why"),
    [
        (np.ones((3, 4)), 2, "needs 5 rows or more, got 3"),
        (np.ones((9, 4)), 2, "these lie in one place"),
        (np.arange(9.0)[:, None], 2, "these lie on a line"),
        (np.random.default_rng(0).normal(size=(9, 2)), 3, "these lie in a plane"),
        (np.where(np.eye(9) > 0, np.nan, 1.0), 2, "rows that are finite, 9 of 9 are not"),
    ],
    ids=["few", "equal", "1-D", "2-D for 3-D", "NaN"],
)
def test_what_has_no_umap_is_refused_before_anything_is_begun(session, values, dims, why):
    rows = len(values)
    odd = Embedding(name="odd", space="unit", ids=np.arange(rows), values=values, xy=np.zeros((rows, 2)))
    session.embeddings["odd"] = odd
    before = list(session.actions)
    with pytest.raises(ValueError, match=why):
        session.umap("odd", dims=dims)
    assert list(session.jobs) == []
    assert session.actions == before


def finish(session, job, tmp_path):
    mapped = store.load(job.arguments["embedding"])
    mapped = replace(mapped, umap=mapped.xy + 5)
    session.jobs.end(job, out=str(store.save(mapped, tmp_path / "umap.npz")))
    return mapped


@pytest.mark.parametrize("method", ["PCA", "", "tSNE"])
def test_it_stands_beside_the_map_that_was_there(session, tmp_path, method):
    before = replace(session.embeddings["a unit"], method=method, axes=("x", "y"))
    session.add(before)
    mapped = finish(session, session.umap("a unit"), tmp_path)
    shown = session.embeddings["a unit"]
    assert (shown.method, shown.axes) == (method, ("x", "y"))
    assert np.array_equal(shown.xy, before.xy)
    assert np.array_equal(shown.umap, mapped.umap)
    assert np.array_equal(shown.ids, mapped.ids)


def gone(session, make):
    session.close("rat")


def trained_again(session, make):
    session.add(make.units(session.recordings["rat"], seed=9))


def fewer_rows(session, make):
    old = session.embeddings["a unit"]
    session.add(replace(old, ids=old.ids[:4], values=old.values[:4] + 1, xy=old.xy[:4], labels=()))


@pytest.mark.parametrize("change", [gone, trained_again, fewer_rows])
def test_the_map_of_what_is_gone_or_another_by_then_leaves_nothing(session, make, tmp_path, change):
    job = session.umap("a unit")
    change(session, make)
    finish(session, job, tmp_path)
    assert all(shown.umap is None for shown in session.embeddings.values())
    assert "umap" not in [action.kind for action in session.actions]


def test_the_rows_of_a_source_that_was_closed_meanwhile_are_left_out(session, make, tmp_path):
    session.add(make.recording("other"))
    session.add(make.units(session.recordings["rat"], session.recordings["other"]))
    job = session.umap("a unit")
    session.close("other")
    mapped = finish(session, job, tmp_path)
    assert np.array_equal(session.embeddings["a unit"].umap, mapped.umap[:5])


@pytest.mark.parametrize(
    ("made", "dims", "code"),
    [
        (["a unit"], 2, ["align(umap(a_unit.values, 2, seed=4), pca(a_unit.values, 2))"]),
        (["a unit"], 3, ["align(umap(a_unit.values, 3, seed=4), pca(a_unit.values, 3))"]),
        ([], 2, []),  # no run of ours made it
    ],
)
def test_the_script_draws_the_same_map(lines, made, dims, code):
    wanted = [f"a_unit = replace(a_unit, umap={xy})" for xy in code] + ["session.add(a_unit)"] * len(code)
    assert lines("umap", "a unit", *made, dims=dims, seed=4) == wanted


@pytest.mark.parametrize(("option", "value"), [("dims", 1), ("dims", 4), ("seed", -1)])
def test_a_page_that_somebody_edited_is_refused_by_its_field(read_back, option, value):
    with pytest.raises(DataError, match=rf"session\.json: {option}: must be a whole number"):
        read_back("umap", option, value)


@pytest.fixture
def units(tmp_path):
    """An embedding of 60 units, and its file."""
    values = np.random.default_rng(0).normal(size=(60, 5))
    embedding = Embedding(name="units", space="unit", ids=np.arange(60), values=values, xy=values[:, :2])
    return embedding, str(store.save(embedding, tmp_path / "units.npz"))


@pytest.mark.parametrize("dims", [2, 3])
def test_the_same_rows_get_a_new_map(units, told, tmp_path, dims):
    before, path = units
    mapped = store.load(umap.work(told, tmp_path, embedding=path, dims=dims)["out"])
    assert (mapped.method, mapped.umap.shape) == (before.method, (60, dims))
    for name in ("ids", "values", "xy"):
        np.testing.assert_array_equal(getattr(mapped, name), getattr(before, name))


def test_it_lies_as_the_pca_lies(units, told, tmp_path):
    before, path = units
    mapped = store.load(umap.work(told, tmp_path, embedding=path)["out"]).umap
    start = pca(before.values)
    assert np.allclose(mapped, align(mapped, start))
    assert np.allclose(mapped.mean(0), start.mean(0))


def test_a_prediction_has_no_map(run, files, told, tmp_path):
    out = predict.work(told, tmp_path, run=run, data=files[0])["out"]
    with pytest.raises(DataError, match="is a prediction, which has no map; choose an embedding"):
        umap.work(told, tmp_path, embedding=out)
