"""Hide and predict: what is picked is what is hidden, and only what was filled in for it is shown."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from neurofm.app import colors
from neurofm.app.pictures.scene import Line, Shape, Spans, Viewport
from neurofm.app.session import Session
from neurofm.app.verbs import hide as verb
from neurofm.app.views import hide, trace
from neurofm.data import Prediction, store
from neurofm.data.ids import moments
from neurofm.data.prediction import HIDDEN, HIDES
from neurofm.data.spans import inside
from neurofm.errors import DataError

VIEW = Viewport(width=600, height=300)
BIN = 0.05


@pytest.fixture(autouse=True)
def jobs(fake_jobs):
    """No job of this test runs by itself."""


@pytest.fixture
def run(tmp_path):
    """A folder that looks like a run of MtM which knows the rat, and was not trained on two of its seconds."""
    return make_run(tmp_path / "mtm-1")


def make_run(folder, model="mtm"):
    folder.mkdir()
    config = {
        "format": 1,
        "config": {},
        "target": {"series": "", "names": []},
        "model": model,
        "splits": {"rat": {"train": [[100, 118]], "test": [[105, 107]]}},
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "metrics.json").write_text("{}")
    return folder


@pytest.fixture
def asked(make, run):
    """A session with the rat and the run."""
    session = Session([make.recording()])
    session.open(run)
    return session


def filled(session, run, what="units", rows=(0, 2), spans=(), metrics=None):
    """What a run might have filled in: measured is a count of one every half second, predicted twice its mean."""
    recording = session.recordings["rat"]
    starts = recording.intervals["trials"]["start"]
    times = np.concatenate([start + (np.arange(40) + 0.5) * BIN for start in starts])
    truth = np.zeros((len(times), len(rows)), np.float32)
    truth[::10] = 1 / BIN
    names = tuple(recording.units["label"].iloc[list(rows)])
    held_out = inside(times, spans) if len(spans) else np.ones(len(times), bool)
    bits = {f"bits_{name}": 0.1 * k for k, name in enumerate(names)}
    return Prediction(
        session="rat", target=HIDDEN + what, times=times, ids=moments(times, recording.start), truth=truth,
        values=np.full_like(truth, 4.0), held_out=held_out, names=names, unit="Hz", kind="rates", run=str(run),
        metrics={"bits_per_spike": 0.31} | bits if metrics is None else metrics,
    )  # fmt: skip


def bring(session, result, tmp_path):
    """Let the newest job come to its end with this result."""
    *_, job = session.jobs
    session.jobs.end(job, out=str(store.save(result, tmp_path / "result.npz")))


def lines(scene):
    return {m.name: m for m in scene.marks if isinstance(m, Line)}


def shades(scene):
    return {m.name: m.ranges for m in scene.marks if isinstance(m, Spans)}


# ---- what it says while there is nothing to see


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ("", "Train MtM on rat to see what it fills in where a part is hidden"),
        ("poyo-1", "Train MtM: poyo-1 cannot fill in what is hidden"),
    ],
)
def test_without_a_run_that_fills_in_it_asks_for_one(make, tmp_path, run, message):
    session = Session([make.recording()])
    session.open(make_run(tmp_path / "poyo-1", model="poyo"))
    scene = hide.scene(hide.State(run=run), session, VIEW)
    assert (scene.message, scene.action) == (message, "train")


@pytest.mark.parametrize("what", ["units", "region", "rest", "time"])
def test_where_nothing_is_picked_it_asks_to_pick_and_nothing_is_submitted(what, asked):
    scene = hide.scene(hide.State(what=what), asked, VIEW)
    assert scene.message.startswith("Pick ")
    assert scene.action == ""
    with pytest.raises(ValueError, match=r"^pick "):
        asked.hide(what=what)
    assert list(asked.jobs) == []


@pytest.mark.parametrize(
    ("what", "space", "ids", "words"),
    [
        ("units", "unit", [0, 2], "Hide the 2 picked units and see what mtm-1 fills in"),
        ("units", "unit", [3], "Hide u3 and see what mtm-1 fills in"),
        ("region", "unit", [0], "Hide all 2 units of CA1 and see what mtm-1 fills in"),
        ("region", "unit", [0, 1, 3], "Hide all 4 units of CA1, CA3 and see what mtm-1 fills in"),
        ("rest", "unit", [4], "Hide all but CA3, and u4 and see what mtm-1 fills in"),
        ("time", "trial", [1], "Hide all units in the 2 s that are picked and see what mtm-1 fills in"),
        (
            "time",
            "trial",
            [1, 3],
            "Hide all units in the 4 s that are picked (2 stretches) and see what mtm-1 fills in",
        ),
    ],
)
def test_what_is_picked_is_told_with_a_button_that_hides_it(what, space, ids, words, asked):
    asked.selection.pick(space, ids)
    scene = hide.scene(hide.State(what=what), asked, VIEW)
    assert scene.action == "hide"
    assert scene.message.startswith(words)


def test_a_region_that_is_not_known_cannot_be_hidden(asked):
    asked.selection.pick("unit", [3])
    scene = hide.scene(hide.State(what="region"), asked, VIEW)
    assert scene.message == "The region of these units of rat is not known; hide units instead"
    assert scene.action == ""


# ---- what is submitted


def test_the_button_submits_what_is_picked(asked, run, heard):
    asked.selection.pick("unit", [0, 2])
    said = heard(asked.changed)
    asked.hide()
    (job,) = asked.jobs
    assert job.task == "hide"
    given = {k: job.arguments[k] for k in ("run", "units", "spans", "what")}
    assert given == {"run": str(run), "units": [0, 2], "spans": [], "what": "units"}
    assert said == [("job", "Hide the 2 picked units")]
    scene = hide.scene(hide.State(), asked, VIEW)
    assert (scene.message, scene.action) == ("mtm-1 fills in the 2 picked units …", "")


@pytest.mark.parametrize(
    ("space", "hidden"),
    [("trial", [105.0, 107.0]), ("time", [101.95, 103.95])],  # samples of the path are 0.1 s apart
)
def test_a_picked_trial_is_hidden_as_long_as_it_lasted_and_picked_moments_as_long_as_they_do(asked, space, hidden):
    asked.selection.pick(space, [1] if space == "trial" else asked.moments("rat", 102.0, 104.0))
    (span,) = verb.wanted(asked, what="time").spans
    assert span == pytest.approx(hidden, abs=0.01)


def test_the_recording_is_that_of_the_pick_and_the_run_the_newest_that_knows_it(asked, make, tmp_path):
    asked.add(make.recording("other"))
    later = make_run(tmp_path / "mtm-2")
    (later / "config.json").write_text(
        json.dumps(
            {"format": 1, "config": {}, "target": {"series": "", "names": []}, "model": "mtm", "splits": {"other": {}}}
        )
    )
    asked.open(later)
    assert verb.wanted(asked).recording == "other"
    asked.current = "rat"
    assert (verb.wanted(asked).recording, verb.wanted(asked).run) == ("rat", "mtm-1")
    asked.selection.pick("unit", [(1 << 44) + 3])
    wanted = verb.wanted(asked)
    assert (wanted.recording, wanted.run, wanted.units) == ("other", "mtm-2", (3,))
    assert verb.wanted(asked, recording="rat").units == ()
    assert hide.choices(hide.State(), asked) == {
        "what": HIDES,
        "recording": ("", "rat", "other"),
        "run": ("", "mtm-1", "mtm-2"),
    }


def test_a_job_that_failed_says_why_and_can_be_tried_again(asked, heard):
    asked.selection.pick("unit", [0])
    job = asked.hide()
    job.error = "the model has never seen 'rat'; adapt it to this recording first"
    said = heard(asked.changed)
    asked.jobs.end(job, "failed")
    assert said == [("job", "Hide u0")]
    scene = hide.scene(hide.State(), asked, VIEW)
    assert (scene.message, scene.action) == (f"T{job.error[1:]}", "hide")


# ---- what was filled in


def test_a_result_is_shown_for_its_own_pick_only(asked, run, tmp_path):
    asked.selection.pick("unit", [0, 2])
    asked.hide()
    bring(asked, filled(asked, run), tmp_path)
    assert list(asked.predictions) == ["mtm-1 rat hidden"]
    scene = hide.scene(hide.State(), asked, VIEW)
    assert set(lines(scene)) == {"u0 measured", "u0 predicted", "u2 measured", "u2 predicted"}
    asked.selection.pick("unit", [1])
    assert hide.scene(hide.State(), asked, VIEW).action == "hide"
    asked.selection.pick("unit", [2, 0])
    assert lines(hide.scene(hide.State(), asked, VIEW))
    assert hide.scene(hide.State(what="rest"), asked, VIEW).action == "hide"
    asked.selection.clear()
    assert lines(hide.scene(hide.State(), asked, VIEW))  # the last one stays while nothing else is picked
    asked.selection.pick("time", asked.moments("rat", 105, 106))
    assert "picked" in shades(hide.scene(hide.State(), asked, VIEW))


def test_hidden_time_is_shown_for_the_same_seconds(asked, run, tmp_path):
    asked.selection.pick("trial", [1])
    asked.hide(what="time")
    bring(asked, filled(asked, run, "time", (0, 1, 2), [[105.0, 107.0]]), tmp_path)
    state = hide.State(what="time")
    scene = hide.scene(state, asked, VIEW)
    np.testing.assert_allclose(shades(scene)["hidden"], [[105.0, 107.0]], atol=1e-6)
    assert scene.x.range[0] == pytest.approx(102, abs=0.1)
    assert scene.x.range[1] == pytest.approx(110, abs=0.1)
    asked.selection.pick("unit", [0], "add")
    assert hide.scene(state, asked, VIEW).action == "hide"  # for this unit it was not asked
    asked.selection.pick("trial", [2])
    assert hide.scene(state, asked, VIEW).action == "hide"


def test_a_region_is_the_same_from_whichever_of_its_units_it_is_picked(asked, run, tmp_path):
    asked.selection.pick("unit", [0])
    asked.hide(what="region")
    bring(asked, filled(asked, run, "region", (0, 2)), tmp_path)
    asked.selection.pick("unit", [2])
    assert lines(hide.scene(hide.State(what="region"), asked, VIEW))
    asked.selection.pick("unit", [1])
    assert hide.scene(hide.State(what="region"), asked, VIEW).action == "hide"


def test_measured_is_ink_predicted_orange_and_the_unseen_time_shaded(asked, run):
    asked.add(filled(asked, run))
    scene = hide.scene(hide.State(), asked, VIEW)
    drawn = lines(scene)
    assert np.array_equal(drawn["u0 measured"].color, colors.ink(dark=True))
    assert np.array_equal(drawn["u2 predicted"].color, colors.PREDICTED)
    assert shades(scene)["held out"].tolist() == [[105, 107]]
    assert [words for words, _ in scene.legend] == ["measured", "predicted", "held out"]


@pytest.mark.parametrize(
    ("more", "title", "ticks"),
    [
        ({}, "where trained 0.31 bits per spike", ["u2 · 0.10 bits", "u0 · 0.00 bits"]),
        (
            {"held_out_bits_per_spike": 0.2, "held_out_bits_u0": -0.001},
            "held out 0.20 bits per spike",
            ["u0 · 0.00 bits", "u2 · no spike"],
        ),
    ],
    ids=["where trained", "held out"],
)
def test_scores_stand_at_the_units_and_say_what_they_were_measured_on(asked, run, more, title, ticks):
    result = filled(asked, run)
    asked.add(replace(result, metrics={**result.metrics, **more}))
    scene = hide.scene(hide.State(), asked, VIEW)
    assert scene.title == f"Hide and predict · {title}"
    assert [words for _, words in scene.y.ticks][::2] == ticks
    assert scene.note == f"rat · mtm-1 · 2 hidden units · {title}"


def test_of_many_units_the_best_the_worst_and_some_between_are_shown(make, run):
    session = Session([make.recording(units=5)])
    session.open(run)
    bits = {"bits_per_spike": 0.0} | dict(zip(("bits_u0", "bits_u1", "bits_u2", "bits_u3"), (0.4, -1.0, 0.2, 0.3)))
    session.add(filled(session, run, rows=range(5), metrics=bits))
    scene = hide.scene(hide.State(), session, Viewport(width=600, height=3 * hide.TALL))
    assert [words.split(" · ")[0] for _, words in scene.y.ticks][::2] == ["u0", "u2", "u1"]
    assert "3 of 5 hidden units, from the best to the worst" in scene.note


TRIALS = np.r_[np.arange(40), np.arange(100, 140)] * BIN  # two that are apart
STEADY = np.where(TRIALS < 4, 7.0, 1.0)
SPIKE = np.where(np.arange(80) == 20, 20.0, 0.0)
BELL = np.exp(-0.5 * ((TRIALS - 1.0) / 0.1) ** 2)


@pytest.mark.parametrize(
    ("rates", "seconds", "smooth", "atol"),
    [(STEADY, 0.2, STEADY, 0.0), (SPIKE, 0.1, 20 * BELL / BELL.sum(), 0.01), (SPIKE, 0.0, SPIKE, 0.0)],
    ids=["steady", "spike", "none"],
)
def test_smoothing_keeps_a_steady_rate_to_the_ends_of_trials_and_crosses_none(rates, seconds, smooth, atol):
    np.testing.assert_allclose(hide._smoothed(TRIALS, rates, seconds), smooth, atol=atol)


def test_lines_break_between_trials(asked, run):
    asked.add(filled(asked, run))
    line = lines(hide.scene(hide.State(), asked, VIEW))["u0 predicted"]
    assert np.isnan(line.y).sum() == 3


@pytest.mark.parametrize("rows", [(2,), (0, 2), range(5)])
def test_bands_fill_the_same_height_however_many_and_ticks_stand_at_what_they_name(rows, asked, run):
    asked.add(filled(asked, run, rows=rows))
    scene = hide.scene(hide.State(smooth=0.0), asked, VIEW)
    drawn = lines(scene)
    heights = [y for y, _ in scene.y.ticks]
    assert scene.y.range == (0.0, 1.0)
    assert len(heights) == 2 * len(rows)
    for k, words in enumerate(words for _, words in scene.y.ticks[::2]):
        name, top = words.split(" · ")[0], heights[2 * k + 1]
        assert scene.y.ticks[2 * k + 1][1] == "20"
        assert np.nanmax(drawn[f"{name} measured"].y) == pytest.approx(top)  # one spike a bin is 20 Hz
        low = np.nanmin(drawn[f"{name} measured"].y)
        assert np.nanmax(drawn[f"{name} predicted"].y) == pytest.approx(low + (top - low) * 4 / 20)
        assert low > max((y for y in heights[1::2] if y < top), default=0.0)


def test_moments_are_picked_and_told_of(asked, run):
    asked.add(filled(asked, run))
    space, ids = hide.hit(hide.State(), asked, Shape("box", np.array([[105.0, 0.0], [106.0, 1.0]])))
    assert (space, ids.tolist()) == ("time", asked.moments("rat", 105.0, 106.0).tolist())
    _, ids = hide.hit(hide.State(), asked, Shape("point", np.array([[105.03, 0.5]]), (0.1, 0.1)))
    said = hide.describe(hide.State(smooth=0.0), asked, "time", int(ids[0]))
    assert said == "rat 105.025 s · u2 20.0 Hz, predicted 4.0 · u0 20.0 Hz, predicted 4.0"


def test_the_trace_does_not_take_it_for_behaviour(asked, run, make):
    asked.add(make.prediction(asked.recordings["rat"]))
    before = trace.scene(trace.State(), asked, VIEW).title
    asked.add(filled(asked, run))
    assert trace.scene(trace.State(), asked, VIEW).title == before == "Trace · held out R² 0.84"
    assert trace.choices(trace.State(), asked)["run"] == ("", "a")


# ---- what is kept and repeated


def test_the_script_hides_the_same_and_the_newest_only(asked, tmp_path):
    asked.selection.pick("unit", [1])
    asked.hide()
    asked.selection.pick("unit", range(5))
    asked.hide()
    assert "session.add(mtm_1.hide(rat, units=[0, 1, 2, 3, 4], what='units'))" in asked.recipe
    asked.selection.pick("trial", [1])
    asked.hide(what="time")
    (line,) = [line for line in asked.recipe if "hide(" in line]
    assert line == "session.add(mtm_1.hide(rat, spans=[[105.0, 107.0]], what='time'))"
    again = Session.restore(asked.save(tmp_path / "w.neurofm"))
    assert again.actions[-1] == asked.actions[-1]
    assert line in again.recipe


def test_what_was_made_in_python_is_written_as_it_was_made(asked, run):
    asked.add(filled(asked, run, "time", (0, 3), [[105.0, 107.0], [110.0, 111.0]]))
    (action,) = [a for a in asked.actions if a.kind == "hide"]
    assert (action.options["units"], action.options["what"]) == ([0, 3], "time")
    np.testing.assert_allclose(action.options["spans"], [[105.0, 107.0], [110.0, 111.0]], atol=1e-6)


def test_the_result_is_kept_with_the_session(asked, run, tmp_path):
    asked.selection.pick("unit", [0, 2])
    asked.hide()
    bring(asked, filled(asked, run), tmp_path)
    again = Session.restore(asked.save(tmp_path / "w.neurofm"))
    assert lines(hide.scene(hide.State(), again, VIEW)).keys() == lines(hide.scene(hide.State(), asked, VIEW)).keys()
    assert list(again.predictions) == ["mtm-1 rat hidden"]


@pytest.mark.parametrize(
    ("wrong", "place"),
    [({"spans": [[1, 2, 3]]}, "spans"), ({"what": "spikes"}, "what"), ({"units": [-1]}, "units"), ({"run": 1}, "run")],
)
def test_a_page_that_hides_nonsense_is_refused_where_it_does(wrong, place, asked, tmp_path):
    asked.selection.pick("unit", [1])
    asked.hide()
    file = asked.save(tmp_path / "w.neurofm") / "session.json"
    page = json.loads(file.read_text())
    page["actions"][-1]["options"] |= wrong
    file.write_text(json.dumps(page))
    with pytest.raises(DataError, match=rf"actions\[2\]\.options\.{place}"):
        Session.restore(file)
