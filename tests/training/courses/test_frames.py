"""How models of behaviour learn: what is split off, what is refused, and what a latent row is of several animals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import neurofm as nf
from neurofm.data import Tracks, spans
from neurofm.errors import DataError
from neurofm.specs import Effort
from neurofm.synthetic import quadrupeds
from neurofm.synthetic.triplets import triplets
from neurofm.training.courses import frames
from neurofm.training.courses.frames import SPEC
from neurofm.words import outcome

FEW = {"steps": 3, "batch": 4, "sequence": 3.0, "width": 8}


@pytest.fixture(scope="module")
def walkers():
    return quadrupeds.session(12, seed=1, frames=120)


@pytest.fixture(scope="module")
def pair():
    """Two animals for two minutes without trials; the second is away for ten seconds."""
    w = quadrupeds.walks(2, np.random.default_rng(3), 3600)
    features = w.features.swapaxes(0, 1).copy()
    features[600:900, 1] = np.nan
    times = np.arange(3600) / 30
    return Tracks(
        session="pair", times=times, individuals=("a", "b"), features=features, feature_names=quadrupeds.names()
    )


@pytest.fixture(scope="module")
def run(pair, tmp_path_factory):
    return nf.train("bams", pair, tmp_path_factory.mktemp("runs") / "run", settings=FEW)


@pytest.mark.parametrize("name", ["walkers", "pair"])
def test_sets_are_apart_and_hold_whole_trials(name, request):
    tracks = request.getfixturevalue(name)
    sets = SPEC.split(tracks, np.random.default_rng(0))
    for a, b in ((sets.train, sets.valid), (sets.train, sets.test), (sets.valid, sets.test)):
        assert spans.duration(spans.intersect(a, b)) == 0
        assert name == "walkers" or spans.duration(spans.intersect(spans.widen(a, 1.0), b)) == 0 or a is sets.valid
    if name == "walkers":
        every = [spans.inside(tracks.times, s).reshape(12, 120) for s in (sets.train, sets.valid, sets.test)]
        assert [int(part.all(1).sum()) for part in every] == [9, 1, 2]
        assert all((part.all(1) == part.any(1)).all() for part in every)


@pytest.mark.parametrize("lone", [[], [40.0], [40.0, 41.0, 130.0]])
def test_lone_frames_between_holes_do_not_bring_sets_together(lone):
    times = np.arange(6300) / 30
    holes = [[t + side, t + side + 0.9] for t in lone for side in (-0.95, 0.05)]
    times = times[~spans.inside(times, holes)]
    speed = np.ones((len(times), 1, 1), np.float32)
    tracks = Tracks(session="a", times=times, individuals=("m",), features=speed, feature_names=("speed",))
    sets = SPEC.split(tracks, np.random.default_rng(0))
    train, test = (tracks.times[spans.inside(tracks.times, part)] for part in (sets.train, sets.test))
    assert np.abs(train[:, None] - test).min() >= 1.9


def test_steps_follow_how_much_there_is(walkers):
    sizes = {"sequence": 4.0, "steps": 100, "batch": 4}
    few, many = (SPEC.advise(Effort(passes=50), sizes, data) for data in ([walkers], [walkers] * 2))
    assert (few.settings["steps"], many.settings["steps"]) == (200, 300)
    assert few.step > 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: replace(t, features=np.full_like(t.features, np.nan)), "never seen in the training time"),
        (lambda t: replace(t, features=np.zeros_like(t.features)), "never change"),
        (lambda t: replace(t, features=t.features[:, :0], individuals=()), "no key points and no features"),
    ],
    ids=["all missing", "constant", "no animal"],
)
def test_what_could_only_end_in_nonsense_is_refused(walkers, change, words, tmp_path):
    with pytest.raises(DataError, match=words):
        nf.train("bams", change(walkers), tmp_path / "run", settings=FEW)


def test_mice_that_were_never_seen_are_refused(tmp_path):
    mice = triplets(12, np.random.default_rng(0), frames=60)
    with pytest.raises(DataError, match="never seen in the training time"):
        nf.train("bams", replace(mice, points=np.full_like(mice.points, np.nan)), tmp_path / "run", settings=FEW)


@pytest.mark.parametrize(
    ("hidden", "words"),
    [
        (lambda p, rng: (rng.random(p.shape[:3]) < 0.9) & (np.arange(4) == 2), "tail x, change of tail y"),
        (lambda p, rng: np.broadcast_to(np.arange(4) == 2, p.shape[:3]), "tail x, change of tail y"),
        (lambda p, rng: rng.random(p.shape[:3]) < 0.15, ""),
    ],
    ids=["seldom", "never", "each at times"],
)
def test_what_is_seldom_known_is_left_out_and_told(hidden, words, tmp_path):
    rng = np.random.default_rng(0)
    points = (rng.normal(0, 20, (1, 1, 4, 2)) + rng.normal(size=(1800, 1, 1, 2)).cumsum(0)).astype(np.float32)
    points += rng.normal(0, 0.3, points.shape)
    points[hidden(points, rng)] = np.nan
    names = ("nose", "back", "tail", "ear")
    tracks = Tracks(session="a", times=np.arange(1800) / 30, points=points, individuals=("m",), keypoints=names)
    run = nf.train("bams", tracks, tmp_path / "run", settings=FEW)
    assert {"r2", "ridge_r2"} <= set(run.metrics)
    left = [note for note in run.config["notes"] if "too seldom seen" in note]
    assert [words in note for note in left] == [True] * bool(words)
    said = run.predict(tracks)
    assert ("change of tail x" in said.names) == (not words)
    assert said.values.shape[1] == len(said.names)


@pytest.mark.parametrize(
    ("late", "told"),
    [
        (lambda k: k % 30 == 0, True),  # each 30th frame comes twice as late
        (lambda k: k % 2 == 0, True),  # 33 and 66 ms in turn
        (lambda k: k == 900, False),
        (lambda k: k < 0, False),
    ],
    ids=["each second", "uneven", "one break", "even"],
)
def test_frames_that_do_not_follow_each_other_for_long_are_told(late, told, pair, tmp_path):
    steps = np.where(late(np.arange(3600)), 2, 1)
    torn = replace(pair, times=np.cumsum(steps) / 30)
    notes = frames._torn(torn, {"sequence": 20.0})
    assert ["frames are missing or come unevenly" in note for note in notes] == [True] * told


@pytest.mark.parametrize(("long", "told"), [(11.0, True), (2.0, False)])
def test_few_seconds_to_learn_from_are_told(pair, long, told):
    learned = [frames._cut(pair, {}).within(np.array([[0.0, 54.0]]))]
    notes = list(frames._little(learned, {"long": long}))
    assert ["54 s to learn from are few where 11 s are seen at once" in note for note in notes] == [True] * told


def test_points_that_are_never_seen_twice_in_a_row_are_refused(tmp_path):
    points = np.random.default_rng(0).normal(size=(1800, 1, 3, 2)).astype(np.float32)
    points[1::2] = np.nan
    tracks = Tracks(session="a", times=np.arange(1800) / 30, points=points, individuals=("m",), keypoints=tuple("abc"))
    with pytest.raises(DataError, match="never seen in two frames that follow each other"):
        nf.train("bams", tracks, tmp_path / "run", settings=FEW)


def test_a_target_is_refused_since_labels_are_probed(walkers, tmp_path):
    with pytest.raises(LookupError, match="learns what is done next, not 'gait'"):
        nf.train("bams", walkers, tmp_path / "run", settings=FEW | {"target": "gait"})


def test_key_points_of_little_confidence_are_left_out_and_told(tmp_path):
    mice = triplets(12, np.random.default_rng(0), frames=60)
    confidence = np.ones(mice.points.shape[:3], np.float32)
    confidence[::4, 0, 0] = 0.05
    odd = mice.points.copy()
    odd[::4, 0, 0] = 1e4
    doubtful = replace(mice, points=odd, confidence=confidence)
    run = nf.train("bams", doubtful, tmp_path / "run", settings=FEW | {"sequence": 2.0})
    note = "triplets: 0.7% of key points have less confidence than 0.1 and count as not seen"
    assert note in run.config["notes"]
    gone = np.where((confidence < 0.1)[..., None], np.nan, odd)
    blind = replace(mice, points=gone)
    np.testing.assert_allclose(run.embed(doubtful).values, run.embed(blind).values, atol=1e-5)


def test_tracks_with_other_features_are_refused(run, walkers):
    with pytest.raises(DataError, match="has 23 features where the model knows 24"):
        run.embed(replace(walkers, features=walkers.features[..., 1:], feature_names=walkers.feature_names[1:]))


def test_it_is_scored_beside_ridge_on_frames_it_has_not_seen(run, pair):
    assert {"r2", "ridge_r2"} <= set(run.metrics)
    assert outcome(run.metrics).startswith("R² of what is done in the next 1 s: ")
    said = run.predict(pair)
    assert said.space == "frame"
    test = run.spans("pair", "test")
    assert np.array_equal(said.held_out, spans.inside(said.times, test))
    ahead = pair.features[said.ids[5] + 1 : said.ids[5] + 31, :, 12:].mean((0, 1))
    np.testing.assert_allclose(said.truth[5], ahead, atol=1e-4)


@pytest.mark.parametrize(("gone", "which"), [((3,), "RF hip velocity"), (range(12), "anything")], ids=["one", "all"])
def test_what_is_never_known_in_other_tracks_has_no_score_and_it_is_said_why(run, pair, gone, which):
    features = pair.features.copy()
    features[:, :, 12 + np.array(gone)] = np.nan
    said = run.predict(replace(pair, session="other", features=features))
    assert said.unscored == f"no score of {which}, since it is not known in other where it could be judged"
    assert "r2_RF hip velocity" not in said.metrics
    assert np.isfinite(said.metrics.get("r2", np.nan)) == (which != "anything")
    assert np.isfinite(said.values).all()
    assert said.unscored in repr(said)
    assert not run.predict(pair).unscored


def test_what_is_held_out_is_judged_by_itself_alone(run, pair):
    test = spans.inside(pair.times, run.spans("pair", "test"))
    other = replace(pair, features=np.where(test[:, None, None], pair.features, pair.features + 5))
    one, same = run.predict(pair), run.predict(other)
    np.testing.assert_array_equal(same.truth[same.held_out], one.truth[one.held_out])
    assert np.isfinite(one.truth[~one.held_out][:-30]).mean() > 0.9


@pytest.mark.parametrize(("of", "rows", "width"), [("frame", 3600, 32), ("subject", 2, 16)])
def test_rows_are_frames_and_subjects(run, pair, of, rows, width):
    placed = run.embed(pair, of)
    assert placed.values.shape == (rows, width)
    assert np.isfinite(placed.values).all()
    assert run.embed(pair, of, part="long").values.shape == (rows, width // 2)


def test_while_it_learns_some_frames_have_a_map_and_a_forecast(run, pair):
    shown = SPEC.preview(run, run.model, pair).shown
    whole = run.embed(pair, of="frame")
    assert set(shown["frames"].ids) < set(whole.ids)
    at = np.searchsorted(whole.ids, shown["frames"].ids)
    assert np.corrcoef(shown["frames"].values.ravel(), whole.values[at].ravel())[0, 1] > 0.9
    assert set(shown["trace"].ids) <= set(shown["frames"].ids)


def test_rows_of_trials_are_means_of_their_frames(run, walkers):
    trials, frames = run.embed(walkers, "trial"), run.embed(walkers, "frame")
    np.testing.assert_allclose(trials.values[3], frames.values[360:480].mean(0), atol=1e-4)
    assert trials.labels[3] == "quadrupeds/trial 3"


def test_trials_are_asked_for_in_vain_where_there_are_none(run, pair):
    with pytest.raises(LookupError, match="pair has no trials; embed its frames"):
        run.embed(pair, "trial")


def test_order_of_the_animals_changes_nothing(run, pair):
    swapped = replace(pair, features=pair.features[:, ::-1].copy(), individuals=("b", "a"))
    one, other = run.embed(pair, "frame").values, run.embed(swapped, "frame").values
    assert np.abs(one - other).max() <= 1e-5


def test_animals_that_are_away_are_left_out(run, pair):
    alone = replace(pair, features=pair.features[:, :1], individuals=("a",))
    both, one = run.embed(pair, "frame").values, run.embed(alone, "frame").values
    np.testing.assert_allclose(both[600:900, :16], one[600:900], atol=1e-5)
    assert not both[600:900, 16:].any()  # one animal is no distance from itself
    assert np.abs(both[:600, 16:]).min(0).max() > 0


def test_frames_without_any_animal_have_no_row(run, pair):
    away = pair.features.copy()
    away[100:130] = np.nan
    ids = run.embed(replace(pair, features=away), "frame").ids
    assert np.array_equal(ids, np.r_[:100, 130:3600])


def test_same_seed_gives_the_same_numbers(walkers, tmp_path):
    one, same, other = (
        nf.train("bams", walkers, tmp_path / name, settings=FEW, seed=seed).predict(walkers).values
        for name, seed in (("one", 0), ("same", 0), ("other", 1))
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_trained_model_goes_on_with_other_tracks(run, walkers, tmp_path):
    adapted = nf.finetune(run, walkers, tmp_path / "run", settings={"steps": 2})
    assert np.isfinite(adapted.metrics["r2"])
    assert adapted.sessions == ["pair", "quadrupeds"]


def test_one_animal_of_several_is_placed_by_itself(run, pair):
    mice, name = pair, "b"
    alone = run.embed(mice, of="frame", part=f"of {name}")
    assert (alone.individual, alone.part) == (name, f"of {name}")
    short = run.embed(mice, of="frame", part=f"short of {name}")
    assert (short.individual, short.name) == (name, f"{run.name} frame short of {name}")
    assert short.values.shape[1] < alone.values.shape[1]
    one = mice.only(name)
    np.testing.assert_allclose(alone.values, run.embed(one, of="frame").values, atol=1e-5)
    np.testing.assert_array_equal(alone.ids, run.embed(one, of="frame").ids)
    with pytest.raises(LookupError, match="no individual 'eve'"):
        run.embed(mice, of="frame", part="of eve")
    with pytest.raises(LookupError, match="no part of its latents 'deep'"):
        run.embed(mice, of="frame", part=f"deep of {name}")
