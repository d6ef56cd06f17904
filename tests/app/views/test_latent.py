"""The latent space: picks are exact however many points there are."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.path import Path as Outline

from neurofm.app.pictures.scene import Image, Points, Shape, Viewport
from neurofm.app.session import Session
from neurofm.app.verbs import embed
from neurofm.app.views import latent
from neurofm.data import Embedding
from neurofm.data.ids import pack

VIEW = Viewport(width=300, height=200)


def many(session, count=50_000):
    """As many moments of a recording as no screen can tell apart."""
    xy = np.random.default_rng(0).normal(size=(count, 2))
    ids = np.random.default_rng(1).permutation(count).astype(np.int64) * 300
    session.add(Embedding(name="many", space="time", ids=ids, values=xy, xy=xy, sessions=("rat",)))
    return session.embeddings["many"]


def test_many_points_become_an_image_and_picks_stay_exact(make):
    session = Session([make.recording()])
    embedding, state = many(session), latent.State(of="time")
    scene = latent.scene(state, session, VIEW)
    assert [type(m) for m in scene.marks[:1]] == [Image]
    corners = np.array([[0.0, 0.0], [2.0, 0.1], [1.0, 1.5], [0.2, 0.3]])
    space, ids = latent.hit(state, session, Shape("lasso", corners))
    assert space == "time"
    assert set(ids) == set(embedding.ids[Outline(corners).contains_points(embedding.xy)])
    session.selection.pick(space, ids)
    image, points = latent.scene(state, session, VIEW).marks[:2]
    assert isinstance(image, Image)
    assert isinstance(points, Points)
    assert set(points.ids) == set(ids)


def test_a_box_holds_what_lies_in_it(session):
    embedding = session.embeddings["a unit"]
    box = Shape("box", np.array([[1.0, -0.5], [-1.0, 2.0]]))
    space, ids = latent.hit(latent.State(), session, box)
    inside = (np.abs(embedding.xy[:, 0]) <= 1) & (embedding.xy[:, 1] >= -0.5) & (embedding.xy[:, 1] <= 2)
    assert (space, ids.tolist()) == ("unit", embedding.ids[inside].tolist())


@pytest.mark.parametrize(("away", "picked"), [(0.01, [2]), (0.2, [])])
def test_a_click_takes_the_nearest_point_within_reach(session, away, picked):
    point = Shape("point", session.embeddings["a unit"].xy[[2]] + away, (0.1, 0.1))
    assert latent.hit(latent.State(), session, point)[1].tolist() == picked


def test_picked_points_are_on_top_full_and_outlined_and_others_fade(session):
    session.selection.pick("unit", [1, 4])
    below, above = latent.scene(latent.State(), session, VIEW).marks
    assert below.ids.tolist() == [0, 2, 3]
    assert above.ids.tolist() == [1, 4]
    assert (below.color[:, 3] == 63).all()
    assert (above.color[:, 3] == 255).all()
    assert below.outline is None
    assert above.outline is not None


@pytest.mark.parametrize(
    ("state", "legend", "scale"),
    [
        ({}, ["CA1", "CA3", "none"], None),
        ({"color_by": "rate"}, [], "rate"),
        ({"of": "time", "color_by": "speed"}, [], "speed"),
        ({"of": "time"}, [], "time"),
    ],
)
def test_colours_follow_the_column_and_come_with_their_key(session, state, legend, scale):
    scene = latent.scene(latent.State(**state), session, VIEW)
    assert [words for words, _ in scene.legend] == legend
    assert (scene.scale and scene.scale[2]) == scale


@pytest.mark.parametrize(("time", "ids"), [(107.3, [[7_250_000]]), (500.0, [])])
def test_the_moment_of_the_one_time_is_ringed(session, time, ids):
    session.time = time
    marks = latent.scene(latent.State(of="time"), session, VIEW).marks
    rings = [mark for mark in marks if mark.outline is not None]
    assert [ring.ids.tolist() for ring in rings] == ids
    assert rings == list(marks[-len(rings) :] if rings else ())  # on top


@pytest.mark.parametrize(("asked", "newest"), [("", True), ("a unit", False), ("b unit", True)])
def test_the_newest_embedding_shows_unless_one_is_named(session, asked, newest):
    old = session.embeddings["a unit"]
    session.add(replace(old, name="b unit", xy=old.xy + 100))
    shown = latent.scene(latent.State(embedding=asked), session, VIEW).marks[0].xy
    assert shown.min() > 50 if newest else shown.max() < 50


def test_what_the_current_source_is_in_shows_before_what_is_newer(session, make):
    old = session.embeddings["a unit"]
    session.add(make.recording("another"))
    session.add(replace(old, name="b unit", xy=old.xy + 100, sessions=("another",)))
    for current, shift in (("another", 100), ("rat", 0)):
        session.current = current
        shown = latent.scene(latent.State(of="unit"), session, VIEW).marks[0].xy
        assert np.array_equal(np.sort(shown, 0), np.sort(old.xy + shift, 0))


def test_points_that_are_nowhere_are_not_drawn(session):
    old = session.embeddings["a unit"]
    xy = old.xy.copy()
    xy[0] = np.nan
    session.put("embedding", session.embeddings, old.name, replace(old, xy=xy))  # as an older session may bring it
    scene = latent.scene(latent.State(), session, VIEW)
    assert scene.marks[0].ids.tolist() == [1, 2, 3, 4]
    assert np.isfinite(scene.x.range).all()


@pytest.mark.parametrize(
    ("of", "message"),
    [
        ("unit", "Train a model to see the units in its latent space"),
        ("time", "Train a model to see the moments in its latent space"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(make, of, message):
    assert latent.scene(latent.State(of=of), Session([make.recording()]), VIEW).message == message


def test_parts_of_latents_are_named_the_first_first_and_trials_have_the_colour_of_their_class(make, tmp_path):
    trials = pd.DataFrame({"start": np.arange(10.0), "stop": np.arange(10) + 0.5, "choice": [0, 1] * 5})
    session = Session([replace(make.recording(), intervals={"trials": trials})])
    xy = np.random.default_rng(0).normal(size=(10, 2))
    for part in ("content", "style"):
        name = f"swap-1 trial {part}"
        latents = Embedding(name=name, space="trial", ids=np.arange(10), values=xy, xy=xy, sessions=("rat",))
        session.add(replace(latents, run="swap-1"))
    session.add(make.run(tmp_path / "swap-1", "rat", parts=["content", "style"]))
    content = session.embeddings["swap-1 trial content"]
    session.add(replace(content, method="UMAP", run="/runs/swap-1"))  # which makes it the last
    session.add(replace(session.embeddings["swap-1 trial style"]))
    scene = latent.scene(latent.State(of="trial"), session, VIEW)
    assert scene.note == "swap-1 · content · 10 trials · UMAP"
    assert scene.colored == ("trial", "choice")
    assert "style" in latent.scene(latent.State(of="trial", embedding="swap-1 trial style"), session, VIEW).note
    other = replace(make.recording(), session="other", intervals={"trials": trials.rename(columns={"choice": "odour"})})
    session.add(other)
    session.add(replace(content, name="its", ids=pack(1, np.arange(10)), sessions=()))
    assert latent.scene(latent.State(of="trial", embedding="its"), session, VIEW).colored == ("trial", "odour")


def test_what_a_run_could_place_is_offered_and_then_asked_for(make, monkeypatch, tmp_path):
    trials = pd.DataFrame({"start": [0.0, 4.0], "stop": [3.0, 6.0]})
    rat = replace(make.recording(), intervals={"trials": trials})
    session = Session([rat, replace(make.recording(), session="none", intervals={})])
    config = {"spaces": ["unit", "time", "trial"], "parts": ["content", "style"], "splits": {"rat": {}, "none": {}}}
    session.add(make.run(tmp_path / "swap-1", "rat", "none", **config))
    assert "on several recordings" in latent.scene(latent.State(of="session"), session, VIEW).message
    scene = latent.scene(latent.State(of="trial"), session, VIEW)
    assert (scene.message, scene.action) == ("Place the trials of rat in the latent space of swap-1", "embed")
    asked = []
    monkeypatch.setattr(embed, "begin", lambda session, run, names, of, part="": asked.append((run, names, of, part)))
    embed.begin_newest(session, "trial")
    assert asked == [("swap-1", ["rat"], "trial", part) for part in ("content", "style")]
    job = SimpleNamespace(
        task="embed", over=False, arguments={"run": str(tmp_path / "swap-1"), "of": "trial"}, metrics=[], state=""
    )
    session.__dict__["jobs"] = [job]
    assert latent.scene(latent.State(of="trial"), session, VIEW).message == "swap-1 places the trials …"
    job.over, job.state, job.error = True, "failed", "there is no room"
    failed = latent.scene(latent.State(of="trial"), session, VIEW)
    assert (failed.message, failed.action) == ("there is no room", "embed")
    with pytest.raises(LookupError, match="can place sessions; train a model first"):
        embed.begin_newest(session, "session")
    asked.clear()
    embed.all_spaces(session, "swap-1", ["rat", "none"])
    assert {(tuple(names), of) for _, names, of, _ in asked} == {
        (("rat", "none"), "unit"), (("rat", "none"), "time"), (("rat",), "trial"),
    }  # fmt: skip


def test_a_filter_hides_points_from_the_picture_and_from_picks(session):
    rates = session.table("unit")["rate"]
    state = latent.State(filter=f"rate > {rates.median()}")
    wanted = rates.index[rates > rates.median()]
    scene = latent.scene(state, session, VIEW)
    assert scene.marks[0].ids.tolist() == wanted.tolist()
    assert f"{len(wanted)} of {len(rates)}" in scene.note
    everything = Shape("box", np.array([[-1e6, -1e6], [1e6, 1e6]]))
    assert latent.hit(state, session, everything)[1].tolist() == wanted.tolist()


def test_a_filter_that_is_wrong_is_told_and_hides_nothing(session):
    scene = latent.scene(latent.State(filter="speeed > 1"), session, VIEW)
    assert "speeed" in scene.warning
    assert len(scene.marks[0].ids) == 5


@pytest.fixture
def solid(session):
    """(unit, 3) places of the units in a latent space of three dimensions."""
    xyz = np.random.default_rng(0).normal(size=(5, 3))
    session.add(replace(session.embeddings["a unit"], xy=xyz))
    return xyz


@pytest.mark.parametrize(("elevation", "axes"), [(0.0, [0, 2]), (90.0, [0, 1])], ids=["front", "above"])
def test_three_dimensions_are_seen_from_any_side(session, solid, elevation, axes):
    state = latent.State(dims="3-D", azimuth=-90.0, elevation=elevation)
    seen = latent.scene(state, session, VIEW).marks[0]
    assert np.allclose(seen.xy, (solid - solid.mean(0))[:, axes], atol=1e-5)


def test_what_is_seen_from_a_side_fits_and_is_hit_there(session, solid):
    state = latent.State(dims="3-D", azimuth=10.0, elevation=20.0)
    seen = latent.scene(state, session, VIEW)
    low, high = seen.x.range
    assert low < seen.marks[0].xy.min()
    assert high > seen.marks[0].xy.max()
    assert latent.hit(state, session, Shape("point", seen.marks[0].xy[[3]], (1e-3, 1e-3)))[1].tolist() == [3]


def test_size_and_opacity_are_shares_of_what_suits(session):
    plain = latent.scene(latent.State(), session, VIEW).marks[0]
    other = latent.scene(latent.State(size=2.0, opacity=0.5), session, VIEW).marks[0]
    assert other.size == 2 * plain.size
    assert (other.color[:, 3] == 127).all()


def test_points_take_the_colours_of_groups_and_of_joined_columns(session):
    session.group("mine", "unit", [0, 2])
    scene = latent.scene(latent.State(color_by="group"), session, VIEW)
    assert [words for words, _ in scene.legend] == ["mine", "none"]
    labels = session.table("unit")["label"]
    session.join(pd.DataFrame({"label": labels, "depth_mine": np.arange(5.0)}))
    assert "depth_mine" in latent.choices(latent.State(), session)["color_by"]
    assert latent.scene(latent.State(color_by="depth_mine"), session, VIEW).scale[2] == "depth_mine"
    assert session.where("unit", "group", "mine").tolist() == [0, 2]
    assert session.where("unit", "group", "none").tolist() == [1, 3, 4]


@pytest.mark.parametrize(
    ("values", "dims", "why"),
    [
        (np.ones((4, 4)), "2-D", "needs 5 rows or more, got 4"),
        (np.ones((9, 4)), "2-D", "these lie in one place"),
        (np.arange(9.0)[:, None], "2-D", "these lie on a line"),
        (np.random.default_rng(0).normal(size=(9, 2)), "3-D", "these lie in a plane"),
        (np.full((9, 4), np.nan), "2-D", "9 of 9 are not"),
    ],
    ids=["few", "equal", "1-D", "2-D for 3-D", "NaN"],
)
def test_why_there_is_no_umap_is_told_where_it_was_chosen(session, fake_jobs, values, dims, why):
    count = len(values)
    odd = Embedding(name="odd", space="time", ids=np.arange(count), values=values, xy=np.zeros((count, 2)))
    session.put("embedding", session.embeddings, "odd", odd)
    state = latent.State(embedding="odd", map="UMAP", dims=dims)
    assert why in latent.scene(state, session, VIEW).warning
    assert latent.scene(replace(state, map=""), session, VIEW).warning == ""
    assert latent.wanted(state, session) is None


def test_why_a_umap_failed_is_told(session, fake_jobs, tmp_path):
    session.folder = tmp_path
    job = session.umap("a unit")
    job.error = "the disk is full"
    session.jobs.end(job, "failed")
    assert latent.scene(latent.State(map="UMAP"), session, VIEW).warning == "the disk is full"


@pytest.mark.parametrize("choice", ["PCA", "UMAP"])
def test_picks_are_made_in_the_map_that_is_drawn(session, choice):
    before = session.embeddings["a unit"]
    session.add(replace(before, umap=before.xy + 100))
    state = latent.State(map=choice)
    scene = latent.scene(state, session, VIEW)
    assert (scene.x.label, scene.y.label) == (f"{choice} 1", f"{choice} 2")
    here = Shape("point", scene.marks[0].xy[[2]], (1e-6, 1e-6))
    assert latent.hit(state, session, here)[1].tolist() == [2]
    assert len(latent.hit(replace(state, map="PCA" if choice == "UMAP" else "UMAP"), session, here)[1]) == 0
