"""The latent space: picks are exact however many points there are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofm.app import _spaces
from neurofm.app.scene import Image, Points, Shape, Viewport
from neurofm.app.session import Session
from neurofm.app.views import latent
from neurofm.app.views._kernels import bin_points, in_polygon, mark
from neurofm.data import Embedding
from neurofm.data.ids import pack

VIEW = Viewport(width=300, height=200)
corner = st.tuples(st.integers(-4, 4), st.integers(-4, 4))


def even_odd(x, y, corners):
    """The rule itself: count the edges crossed by a ray to the right."""
    odd = False
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, 0)):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            odd = not odd
    return odd


@settings(deadline=None)
@given(st.lists(corner, min_size=3, max_size=9), st.integers(0, 1000))
def test_a_lasso_is_exact_for_any_polygon_also_on_its_corners(corners, seed):
    corners = np.array(corners, float)
    grid = np.stack(np.meshgrid(np.arange(-5, 6), np.arange(-5, 6)), -1).reshape(-1, 2).astype(float)
    xy = np.concatenate([grid, np.random.default_rng(seed).uniform(-5, 5, (100, 2))])
    assert in_polygon(xy, corners).tolist() == [even_odd(x, y, corners) for x, y in xy]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_lasso_of_many_corners_is_exact_at_any_scale(dtype):
    rng = np.random.default_rng(0)
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    star = np.c_[np.cos(angle), np.sin(angle)] * (1 + 0.5 * np.sin(7 * angle))[:, None]
    for scale, shift in ((1e-6, 0.0), (1.0, 0.0), (1e3, 1e4)):
        xy = (rng.normal(size=(3000, 2)) * scale + shift).astype(dtype)
        corners = star * scale + shift
        assert in_polygon(xy, corners).tolist() == [even_odd(float(x), float(y), corners) for x, y in xy]


@settings(deadline=None, max_examples=50)
@given(st.lists(corner, min_size=3, max_size=9), st.integers(0, 1000))
def test_a_lasso_over_many_points_is_the_same(corners, seed):
    from neurofm.app.views import _kernels

    corners = np.array(corners, float)
    grid = np.stack(np.meshgrid(np.arange(-5, 6), np.arange(-5, 6)), -1).reshape(-1, 2).astype(float)
    xy = np.concatenate([grid, np.random.default_rng(seed).uniform(-5, 5, (3000, 2))])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_kernels, "ALONE", 10)
        assert in_polygon(xy, corners).tolist() == [even_odd(x, y, corners) for x, y in xy]


def test_points_that_are_nowhere_are_in_no_lasso():
    square = np.array([[-9.0, -9.0], [9.0, -9.0], [9.0, 9.0], [-9.0, 9.0]])
    assert in_polygon(np.array([[np.nan, 0.0], [0.0, np.inf], [0.0, 0.0]]), square).tolist() == [False, False, True]
    assert not in_polygon(np.zeros((2, 2)), square[:2]).any()


@settings(deadline=None)  # the first call compiles
@given(st.sets(st.integers(0, 40)), st.lists(st.integers(0, 40), unique=True))
def test_marks_are_membership(picks, ids):
    ids_, picks_ = np.array(ids, np.int64), np.array(sorted(picks), np.int64)
    assert mark(ids_, np.argsort(ids_), picks_).tolist() == [i in picks for i in ids]


def test_binned_colours_are_means_of_the_points_in_each_pixel():
    rng = np.random.default_rng(0)
    xy, keep = rng.uniform(-1, 2, (500, 2)), rng.random(500) < 0.7
    color = rng.integers(0, 256, (500, 4)).astype(np.uint8)
    image = bin_points(xy, color, keep, (0.0, 1.0, 0.0, 1.0), 4, 3)
    for row in range(3):
        for column in range(4):
            here = keep & (np.floor(xy[:, 0] * 4) == column) & (np.floor(xy[:, 1] * 3) == row)
            wanted = color[here].mean(0) if here.any() else np.zeros(4)
            assert np.abs(image[row, column] - wanted).max() <= 1


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
    assert set(ids) == {i for i, (x, y) in zip(embedding.ids, embedding.xy) if even_odd(x, y, corners)}
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


def test_a_click_takes_the_nearest_point_within_reach(session):
    xy = session.embeddings["a unit"].xy
    near = Shape("point", xy[[2]] + 0.01, (0.1, 0.1))
    assert latent.hit(latent.State(), session, near)[1].tolist() == [2]
    far = Shape("point", xy[[2]] + 0.2, (0.1, 0.1))
    assert len(latent.hit(latent.State(), session, far)[1]) == 0


def test_picked_points_are_on_top_full_and_outlined_and_others_fade(session):
    session.selection.pick("unit", [1, 4])
    below, above = latent.scene(latent.State(), session, VIEW).marks
    assert below.ids.tolist() == [0, 2, 3]
    assert above.ids.tolist() == [1, 4]
    assert (below.color[:, 3] == 63).all()
    assert (above.color[:, 3] == 255).all()
    assert below.outline is None
    assert above.outline is not None


def test_colours_follow_the_column_and_come_with_their_key(session):
    scene = latent.scene(latent.State(), session, VIEW)
    assert [words for words, _ in scene.legend] == ["CA1", "CA3", "none"]
    scene = latent.scene(latent.State(color_by="rate"), session, VIEW)
    assert scene.scale[2] == "rate"
    scene = latent.scene(latent.State(of="time", color_by="speed"), session, VIEW)
    assert scene.scale[2] == "speed"
    assert latent.scene(latent.State(of="time"), session, VIEW).scale[2] == "time"


def test_the_moment_of_the_one_time_is_ringed(session):
    session.time = 107.3
    *_, ring = latent.scene(latent.State(of="time"), session, VIEW).marks
    assert ring.ids.tolist() == [7_250_000]
    session.time = 500.0
    assert all(m.outline is None for m in latent.scene(latent.State(of="time"), session, VIEW).marks)


def test_the_newest_embedding_shows_unless_one_is_named(session):
    old = session.embeddings["a unit"]
    session.add(replace(old, name="b unit", xy=old.xy + 100))
    assert latent.scene(latent.State(), session, VIEW).marks[0].xy.min() > 50
    assert latent.scene(latent.State(embedding="a unit"), session, VIEW).marks[0].xy.max() < 50


def test_points_that_are_nowhere_are_not_drawn(session):
    old = session.embeddings["a unit"]
    xy = old.xy.copy()
    xy[0] = np.nan
    session.add(replace(old, xy=xy))
    scene = latent.scene(latent.State(), session, VIEW)
    assert scene.marks[0].ids.tolist() == [1, 2, 3, 4]
    assert np.isfinite(scene.x.range).all()


def test_what_is_missing_is_said_with_what_to_do(make):
    session = Session([make.recording()])
    assert latent.scene(latent.State(), session, VIEW).message == "Train a model to see the units in its latent space"
    assert "moments" in latent.scene(latent.State(of="time"), session, VIEW).message


def test_parts_of_latents_are_named_the_first_first_and_trials_have_the_colour_of_their_class(make):
    trials = pd.DataFrame({"start": np.arange(10.0), "stop": np.arange(10) + 0.5, "choice": [0, 1] * 5})
    session = Session([replace(make.recording(), intervals={"trials": trials})])
    xy = np.random.default_rng(0).normal(size=(10, 2))
    for part in ("content", "style"):
        made = Embedding(
            name=f"swap-1 trial {part}", space="trial", ids=np.arange(10), values=xy, xy=xy, sessions=("rat",)
        )
        session.add(replace(made, run="swap-1"))
    session.runs["swap-1"] = SimpleNamespace(config={"parts": ["content", "style"]})
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


def test_what_a_run_could_place_is_offered_and_then_asked_for(make, monkeypatch):
    trials = pd.DataFrame({"start": [0.0, 4.0], "stop": [3.0, 6.0]})
    session = Session([make.recording(), replace(make.recording(), session="none", intervals={})])
    session.recordings["rat"] = replace(session.recordings["rat"], intervals={"trials": trials})
    config = {"spaces": ["unit", "time", "trial"], "parts": ["content", "style"], "splits": {"rat": {}, "none": {}}}
    session.runs["swap-1"] = SimpleNamespace(config=config, path=Path("swap-1"))
    assert "on several recordings" in latent.scene(latent.State(of="session"), session, VIEW).message
    scene = latent.scene(latent.State(of="trial"), session, VIEW)
    assert (scene.message, scene.action) == ("Place the trials of rat in the latent space of swap-1", "embed")
    asked = []
    monkeypatch.setattr(Session, "embed", lambda self, run, names, of, part="": asked.append((run, names, of, part)))
    _spaces.embed_newest(session, "trial")
    assert asked == [("swap-1", ["rat"], "trial", part) for part in ("content", "style")]
    job = SimpleNamespace(task="embed", over=False, arguments={"run": "swap-1", "of": "trial"}, metrics=[], state="")
    session.__dict__["jobs"] = [job]
    assert latent.scene(latent.State(of="trial"), session, VIEW).message == "swap-1 places the trials …"
    job.over, job.state, job.error = True, "failed", "there is no room"
    failed = latent.scene(latent.State(of="trial"), session, VIEW)
    assert (failed.message, failed.action) == ("there is no room", "embed")
    with pytest.raises(LookupError, match="can place sessions; train a model first"):
        _spaces.embed_newest(session, "session")
    asked.clear()
    _spaces.see(session, "swap-1", ["rat", "none"])
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


def test_three_dimensions_are_seen_from_any_side(session):
    old = session.embeddings["a unit"]
    xyz = np.random.default_rng(0).normal(size=(5, 3))
    session.add(replace(old, xy=xyz))
    centred = xyz - xyz.mean(0)
    front = latent.scene(latent.State(dims="3-D", azimuth=-90.0, elevation=0.0), session, VIEW).marks[0]
    assert np.allclose(front.xy, centred[:, [0, 2]], atol=1e-5)
    above = latent.scene(latent.State(dims="3-D", azimuth=-90.0, elevation=90.0), session, VIEW).marks[0]
    assert np.allclose(above.xy, centred[:, [0, 1]], atol=1e-5)
    state = latent.State(dims="3-D", azimuth=10.0, elevation=20.0)
    seen = latent.scene(state, session, VIEW)
    (low, high), _ = seen.x.range, seen.y.range
    assert low < seen.marks[0].xy.min()
    assert high > seen.marks[0].xy.max()
    assert latent.hit(state, session, Shape("point", seen.marks[0].xy[[3]], (1e-3, 1e-3)))[1].tolist() == [3]


def test_size_and_opacity_are_shares_of_what_suits(session):
    plain = latent.scene(latent.State(), session, VIEW).marks[0]
    other = latent.scene(latent.State(size=2.0, opacity=0.5), session, VIEW).marks[0]
    assert other.size == 2 * plain.size
    assert (other.color[:, 3] == 127).all()


def test_points_take_the_colours_of_groups_and_of_joined_columns(session):
    import pandas as pd

    session.group("mine", "unit", [0, 2])
    scene = latent.scene(latent.State(color_by="group"), session, VIEW)
    assert [words for words, _ in scene.legend] == ["mine", "none"]
    labels = session.table("unit")["label"]
    session.join(pd.DataFrame({"label": labels, "depth_mine": np.arange(5.0)}))
    assert "depth_mine" in latent.choices(latent.State(), session)["color_by"]
    assert latent.scene(latent.State(color_by="depth_mine"), session, VIEW).scale[2] == "depth_mine"
    assert session.where("unit", "group", "mine").tolist() == [0, 2]
    assert session.where("unit", "group", "none").tolist() == [1, 3, 4]
