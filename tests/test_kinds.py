"""Kinds of data that another distribution adds do all that recordings do, with no line of the product for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import neurofm as nf
from neurofm import cli, io, registry
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Points, Shape, Viewport
from neurofm.app.state.link import Link
from neurofm.data.ids import pack
from neurofm.data.source import Source
from neurofm.synthetic import reaching

pytestmark = pytest.mark.usefixtures("planted", "home")
VIEW = Viewport(None, None, 300, 200)


@dataclass(frozen=True)
class Kind:
    """What is asked of a kind.

    Parameters
    ----------
    module, name, model : where it is, what it is called, and what learns from it
    space : of what its model places
    column, filter, few : what it is coloured by, a filter on that, and how many of all pass it
    told : what `info` says
    tabled : a space whose things stand in a table
    tied : gives the things of `space` that belong to the second of these
    """

    module: str
    name: str
    model: str
    space: str
    column: str
    filter: str
    told: str
    tabled: str
    tied: Callable[[Any], NDArray[np.bool_]]

    def make(self, session: str = "", **more: Any) -> Any:
        """A source of it."""
        make = getattr(import_module(f"planted.{self.module}.generator"), self.name)
        return make(session or f"{self.name} 1", **more)


WAVE = Kind(
    "waves",
    "wave",
    "ripple",
    "frame",
    "wind",
    "wind > 1",
    "frames",
    "bout",
    tied=lambda wave: (wave.times >= 105) & (wave.times < 109),
)
NET = Kind("nets", "net", "knot", "node", "degree", "degree >= 7", "edges", "region", tied=lambda net: net.region == 1)
kinds = pytest.mark.parametrize("kind", [WAVE, NET], ids=lambda kind: kind.name)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data and caches."""
    for name in ("CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


@pytest.fixture(scope="module")
def trained(planted: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`trained(kind)` is a folder with a file of the kind and a run that learned from it, by the command line."""
    homes: dict[str, Path] = {}

    def make(kind: Kind) -> Path:
        if kind.name not in homes:
            home = homes[kind.name] = tmp_path_factory.mktemp(kind.name)
            io.write(kind.make(), home / f"{kind.name} 1.{kind.name}")
            file = str(home / f"{kind.name} 1.{kind.name}")
            assert cli.run(["train", kind.model, file, "--out", str(home / "run"), "--device", "cpu"]) == 0
        return homes[kind.name]

    return make


@pytest.fixture
def opened(trained: Any) -> Any:
    """`opened(kind)` is a session with the file, the run and what that says of it."""

    def make(kind: Kind) -> nf.Session:
        session = nf.Session()
        name = session.open(file(trained, kind))
        run = session.runs[session.open(trained(kind) / "run")]
        loaded = nf.load(run.path, "cpu")
        session.add(loaded.embed(session.sources[name]))
        session.add(loaded.predict(session.sources[name]))
        return session

    return make


def file(trained: Any, kind: Kind) -> Path:
    return trained(kind) / f"{kind.name} 1.{kind.name}"


# ---- the command line


@kinds
def test_info_tells_of_it(kind: Kind, trained: Any, capfd: pytest.CaptureFixture[str]) -> None:
    path = file(trained, kind)
    capfd.readouterr()
    assert cli.run(["info", str(path), "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["kind"], said["session"], said["path"]) == (kind.name, f"{kind.name} 1", str(path))
    assert cli.run(["info", str(path)]) == 0
    assert kind.told in capfd.readouterr().out


@kinds
@pytest.mark.parametrize("what", ["models", "readers", "views"])
def test_it_is_listed(kind: Kind, what: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["list", what]) == 0
    name = {"models": kind.model, "readers": kind.name, "views": "wave"}[what]
    assert name in capfd.readouterr().out


@kinds
@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
@pytest.mark.parametrize("verb", ["predict", "embed"])
def test_what_a_run_says_is_written(kind: Kind, verb: str, suffix: str, trained: Any, tmp_path: Path, capfd) -> None:
    out, source = tmp_path / f"out{suffix}", io.read(file(trained, kind))
    paths = [str(trained(kind) / "run"), str(file(trained, kind))]
    capfd.readouterr()
    assert cli.run([verb, *paths, "--out", str(out), "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    columns = np.load(out) if suffix == ".npz" else pd.read_parquet(out)
    assert (said["space"], said["rows"]) == (kind.space, source.spaces()[kind.space].count)
    np.testing.assert_array_equal(columns["ids"], np.arange(said["rows"]))
    if kind is WAVE:
        np.testing.assert_allclose(columns["time"], source.times)


@kinds
@pytest.mark.parametrize("suffix", [".csv", ".h5ad"])
def test_latents_are_written_for_others_with_what_is_known(kind: Kind, suffix: str, trained: Any, tmp_path) -> None:
    import anndata

    out = tmp_path / f"out{suffix}"
    assert cli.run(["embed", str(trained(kind) / "run"), str(file(trained, kind)), "--out", str(out)]) == 0
    table = pd.read_csv(out, index_col="label") if suffix == ".csv" else anndata.read_h5ad(out).obs
    assert {kind.column, "session"} <= set(table)
    assert table.index[1] == f"{kind.name} 1/{kind.space} 1"


@kinds
def test_only_what_has_a_time_goes_to_nwb(kind: Kind, trained: Any, tmp_path: Path, capfd) -> None:
    paths = [str(trained(kind) / "run"), str(file(trained, kind)), "--out", str(tmp_path / "out.nwb")]
    code = cli.run(["predict", *paths])
    if kind is NET:
        assert code == 1
        assert "holds what has a time, and a net has none" in capfd.readouterr().err
    else:
        assert list(io.read(tmp_path / "out.nwb").series) == ["wind_decoded"]


# ---- a session


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


# ---- kept


@kinds
@pytest.mark.parametrize("held", ["in a file", "in memory"])
@pytest.mark.parametrize("name", ["a.neurofm", "a.zip"])
def test_a_session_is_restored(kind: Kind, held: str, name: str, opened: Any, tmp_path: Path) -> None:
    session = opened(kind)
    if held == "in memory":
        session.add(kind.make("another", seed=3))
    ids = session.everything(kind.space)[:5]
    session.selection.pick(kind.space, ids)
    session.group("five")
    again = nf.Session.restore(session.save(tmp_path / name))
    assert [(s.kind, s.session) for s in again.sources.values()] == [
        (s.kind, s.session) for s in session.sources.values()
    ]
    np.testing.assert_array_equal(again.selection.picked(kind.space), ids)
    assert list(again.embeddings) == list(session.embeddings)
    (mine,), (theirs,) = session.predictions.values(), again.predictions.values()
    assert (theirs.space, theirs.name) == (kind.space, mine.name)
    np.testing.assert_array_equal(theirs.values, mine.values)
    pd.testing.assert_frame_equal(again.table(kind.tabled), session.table(kind.tabled), check_dtype=False)
    if held == "in a file":  # what is in memory has a copy of its own in each session
        assert again.script() == session.script()


@kinds
def test_a_session_is_restored_without_it(kind: Kind, opened: Any, tmp_path: Path) -> None:
    session = opened(kind)
    (source,) = session.sources.values()
    session.add(kind.make("another", seed=3))
    again = nf.Session.restore(session.save(tmp_path / "a.neurofm"), moved={source.paths[0]: None})
    assert (list(again.sources), again.embeddings, again.predictions) == (["another"], {}, {})


@kinds
def test_what_is_not_saved_is_offered_again(kind: Kind, opened: Any) -> None:
    from neurofm.app.saved import autosave

    aside = autosave.set_aside(opened(kind))
    assert aside is not None
    assert aside.recordings == (f"{kind.name} 1",)
    session = nf.Session()
    aside.restore(session)
    assert list(session.sources) == [f"{kind.name} 1"]


@kinds
def test_the_script_gives_the_same_numbers(kind: Kind, opened: Any, monkeypatch, tmp_path: Path) -> None:
    session = opened(kind)
    session.selection.pick(kind.space, [3, 4])
    session.group("two")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(session.script(), "script", "exec"), names)
    again = names["session"]
    for place in ("embeddings", "predictions"):
        (mine,), (theirs,) = getattr(session, place).values(), getattr(again, place).values()
        np.testing.assert_array_equal(theirs.values, mine.values)
        np.testing.assert_array_equal(theirs.ids, mine.ids)
    assert again.groups == session.groups
    np.testing.assert_array_equal(again.selection.picked(kind.space), [3, 4])


# ---- in the background


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[nf.Session]:
    """A session with jobs in worker processes, none of which outlives it."""
    session = nf.Session(folder=tmp_path / "runs")
    yield session
    session.jobs.close()


@kinds
@pytest.mark.parametrize("held", ["in a file", "in memory"])
def test_a_model_learns_from_it_in_a_worker(kind: Kind, held: str, at_work: nf.Session, trained: Any) -> None:
    name = at_work.open(file(trained, kind)) if held == "in a file" else at_work.add(kind.make("another"))
    previews: list[str] = []
    at_work.jobs.preview.connect(lambda job, path: previews.append(path))
    at_work.train(kind.model, settings={"steps": 60})
    wait(at_work)
    assert [(job.task, job.state) for job in at_work.jobs] == [
        (task, "done") for task in ("train", "predict", "embed")
    ], [job.error for job in at_work.jobs]
    assert previews
    (embedding,), (prediction,) = at_work.embeddings.values(), at_work.predictions.values()
    assert (embedding.space, prediction.space) == (kind.space, kind.space)
    assert prediction.session == name
    assert list(at_work.runs) == [f"{kind.model}-1"]
    assert f"nf.train({kind.model!r}" in at_work.script()


@kinds
def test_a_verb_does_its_work_is_kept_shown_and_written(
    kind: Kind, at_work: nf.Session, trained: Any, tmp_path
) -> None:
    name = at_work.open(file(trained, kind))
    at_work.shuffle(name, seed=3)
    wait(at_work)
    order = at_work.results["shuffle"][name]
    assert sorted(order) == list(range(next(iter(at_work.sources[name].spaces().values())).count))
    state = at_work.view("table")
    state.of = "order"
    assert "order" in registry.get("neurofm.app.views", "table").choices(state, at_work)["of"]
    (table,) = draw(registry.get("neurofm.app.views", "table"), state, at_work, VIEW).marks
    assert table.columns[0].text == (name,)
    assert f"session.shuffle({name!r}, seed=3)" in at_work.script()
    again = nf.Session.restore(at_work.save(tmp_path / "a.neurofm"))
    assert again.results == at_work.results
    at_work.close(name)
    assert at_work.results["shuffle"] == {}


def wait(session: nf.Session) -> None:
    """Until all jobs are over, those too that others ask for."""
    while waited := [job for job in session.jobs if not job.over]:
        assert all(job.wait(120) for job in waited)


# ---- beside a recording


@pytest.fixture
def together(opened: Any) -> nf.Session:
    """A recording, two waves on its clock and one on another, and a net."""
    (recording,) = reaching.sessions(1, units=4, duration=20.0, seed=1)
    session = nf.Session([recording])
    for name, clock, seed in (("near", recording.clock, 1), ("far", recording.clock, 2), ("alone", "", 3)):
        session.add(WAVE.make(name, clock=clock, start=recording.start, frames=100, seed=seed))
    session.add(NET.make("web"))
    return session


def test_all_kinds_stand_in_one_table_of_sessions(together: nf.Session) -> None:
    assert together.table("session")["label"].tolist() == list(together.sources)
    assert set(together.spaces()) == {"unit", "time", "frame", "bout", "node", "region", "session"}
    assert len(together.recordings) == 1


def test_frames_of_one_clock_are_tied_to_moments_once(together: nf.Session) -> None:
    recording = next(iter(together.recordings.values()))
    frames = pack(together.number("near"), [50])
    together.selection.pick("frame", frames)
    moments = together.selection.picked("time")
    times = together.values("time", "time", moments)
    assert len(moments)
    near = together.sources["near"].times
    assert near[50] - 1e-6 <= times.min() <= times.max() < near[51]
    together.selection.pick("time", moments[:1])
    got = together.selection.picked("frame")
    np.testing.assert_array_equal(got, [pack(together.number(name), 50) for name in ("near", "far")])
    timed = [link for link in together.selection.links if {link.a, link.b} == {"frame", "time"}]
    assert len(timed) == 2
    assert recording.clock == together.sources["far"].clock


def test_a_clock_of_its_own_ties_nothing(together: nf.Session) -> None:
    together.selection.pick("frame", pack(together.number("alone"), [50]))
    assert together.selection.spaces() == ["bout", "frame"]
    together.selection.pick("node", pack(together.number("web"), [1]))
    assert together.selection.spaces() == ["node", "region"]


def test_the_one_time_begins_with_what_has_a_clock() -> None:
    session = nf.Session([NET.make("web")])
    assert session.time_or_none is None
    session.add(WAVE.make("sea", start=100.0))
    assert session.time == 100.0


@pytest.mark.parametrize("name", registry.names("neurofm.app.views"))
def test_every_view_draws_what_it_can_of_all(name: str, together: nf.Session) -> None:
    spec = registry.get("neurofm.app.views", name)
    scene = draw(spec, together.view(name), together, VIEW)
    assert scene.marks or scene.message


def test_the_view_of_a_kind_asks_for_it_and_shows_it(together: nf.Session) -> None:
    spec = registry.get("neurofm.app.views", "wave")
    empty = draw(spec, spec.state(), nf.Session(), VIEW)
    assert (empty.message, empty.action) == ("Open a wave to see it", "open")
    state = together.view("wave")
    assert draw(spec, state, together, VIEW).note == "near"
    assert spec.choices(state, together) == {"wave": ("near", "far", "alone")}
    space, ids = spec.hit(state, together, Shape("box", np.array([[1.0, 0.0], [2.05, 1.0]])))
    assert (space, len(ids)) == ("frame", 11)
    together.selection.pick(space, ids)
    assert len(draw(spec, state, together, VIEW).marks) == 2


@kinds
def test_a_model_takes_what_it_learns_from_among_all(kind: Kind, together: nf.Session) -> None:
    from neurofm.app.verbs import train

    names = {"wave": ["near", "far", "alone"], "net": ["web"]}[kind.name]
    assert train.suited(together, kind.model) == names


def test_all_are_restored_together(together: nf.Session, tmp_path: Path) -> None:
    together.selection.pick("frame", pack(together.number("near"), [50]))
    again = nf.Session.restore(together.save(tmp_path / "a.neurofm"))
    assert {n: s.kind for n, s in again.sources.items()} == {n: s.kind for n, s in together.sources.items()}
    for space in together.selection.spaces():
        np.testing.assert_array_equal(again.selection.picked(space), together.selection.picked(space))
    links = [[(link.a, link.b, len(link.ids_a)) for link in s.selection.links] for s in (together, again)]
    assert links[0] == links[1]
    assert all(isinstance(link, Link) for link in again.selection.links)


@pytest.mark.parametrize(("frames", "witnesses"), [([0, 1, 2, 3], 1), ([0, 50, 99], 3)])
def test_frames_that_follow_each_other_are_one_witness(frames: list[int], witnesses: int, together: nf.Session) -> None:
    for name, rows in (("near", frames), ("far", [10, 40, 70])):
        together.group(name, "frame", pack(together.number(name), rows))
    assert together.compare("near", "far").set_index("column").loc["wind", ["n_a", "n_b"]].tolist() == [witnesses, 3]


@kinds
def test_only_what_suits_a_run_is_placed_or_adapted_to(kind: Kind, together: nf.Session, trained: Any) -> None:
    from neurofm.app.verbs import adapt

    run = together.open(trained(kind) / "run")
    names = {"wave": ["near", "far", "alone"], "net": ["web"]}[kind.name]
    assert together.suiting(run) == adapt.strangers(together, run) == names
    assert adapt.choose(together) == (run, names[-1])
    with pytest.raises(LookupError, match=f"no {kind.name} 'session-0'|no {kind.name}"):
        adapt.choose(together, run, next(iter(together.recordings)))
