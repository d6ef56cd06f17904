"""The picture of choices: dots where arms were chosen, lines where a model was shown them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.app.pictures.scene import Line, Points, Shape, Viewport
from neurofm.app.session import Session
from neurofm.app.views import choices
from neurofm.data.ids import pack
from neurofm.data.prediction import Prediction
from neurofm.synthetic import bandits

VIEW = Viewport(width=600, height=300)


@pytest.fixture
def people():
    return bandits.population(9, trials=20, seed=3, session="people")


@pytest.fixture
def session(people):
    session = Session()
    session.add(people)
    return session


def prediction(people):
    count = len(people.action)
    values = np.tile([0.2, 0.3, 0.5], (count, 1))
    return Prediction(
        session="people", target="choice", space="trial", times=np.full(count, np.nan), ids=np.arange(count),
        values=values, truth=np.eye(3)[people.action], held_out=np.ones(count, bool), names=people.arms,
        kind="classes", metrics={"log_likelihood": -0.91}, run="runs/first",
    )  # fmt: skip


def points(scene):
    return [mark for mark in scene.marks if isinstance(mark, Points)]


def test_nothing_is_drawn_of_nothing():
    assert choices.scene(choices.State(), Session(), VIEW).marks == ()
    assert choices.hit(choices.State(), Session(), Shape("point", np.zeros((1, 2)), (1, 1)))[1].size == 0


def test_low_lanes_are_named_by_their_subjects(session, people):
    scene = choices.scene(choices.State(), session, Viewport(None, None, 600, 100))
    assert [words for _, words in scene.y.ticks] == [f"subject {k}" for k in range(4)]
    assert [place for place, _ in scene.y.ticks] == [10.5, 7.5, 4.5, 1.5]


def test_a_dot_stands_in_the_lane_of_the_arm_that_was_chosen(session, people):
    scene = choices.scene(choices.State(), session, VIEW)
    (dots,) = points(scene)
    assert len(dots.ids) == 4 * 20  # twelve lanes of three arms
    lanes = 11 - np.floor(dots.xy[:, 1])
    np.testing.assert_array_equal(lanes, people.of[:80] * 3 + people.action[:80])
    np.testing.assert_array_equal(dots.xy[:, 0], people.place[:80] + 1)
    assert [words for _, words in scene.y.ticks][:4] == ["subject 0 · 1", "2", "3", "subject 1 · 1"]
    assert "4 of 9 subjects" in scene.note


def test_a_trial_has_the_number_of_its_file_and_the_axis_says_if_it_counts_otherwise(people):
    assert choices.scene(choices.State(), Session([people]), VIEW).x.label == "Trial"
    session = Session([replace(people, number=people.place * 2)])
    scene = choices.scene(choices.State(), session, VIEW)
    assert scene.x.label == "Trial, counted from 1 in each subject"
    ids = points(scene)[0].ids
    assert "subject 0 trial 22 " in choices.describe(choices.State(), session, "trial", int(ids[11]))


def test_picked_subjects_are_shown(session, people):
    session.selection.pick("subject", pack(session.number("people"), [7, 5]))
    scene = choices.scene(choices.State(), session, VIEW)
    shown = {words.split(" · ")[0] for _, words in scene.y.ticks if "·" in words}
    assert shown == {"subject 5", "subject 7"}
    ids = np.concatenate([mark.ids for mark in points(scene)])
    np.testing.assert_array_equal(np.sort(ids), pack(session.number("people"), people.rows([5, 7])))


def test_lines_are_the_chances_of_the_arms(session, people):
    session.add(prediction(people))
    scene = choices.scene(choices.State(), session, VIEW)
    lines = [mark for mark in scene.marks if isinstance(mark, Line)]
    assert len(lines) == 12
    for lane, line in enumerate(lines):
        chance = (line.y - (11 - lane) - choices.LOW) / (choices.HIGH - choices.LOW)
        assert chance == pytest.approx([0.2, 0.3, 0.5][lane % 3])
    assert scene.title == "Choices · log-likelihood -0.91 held out"
    assert scene.note.endswith(" · log-likelihood -0.91 held out")  # where a front shows no title


@pytest.mark.parametrize("kind", ["box", "lasso", "point"])
def test_trials_under_a_shape_are_hit(session, people, kind):
    (dots,) = points(choices.scene(choices.State(), session, VIEW))
    x, y = dots.xy[7]
    corners = np.array([[x - 0.4, y - 0.1], [x + 0.4, y + 0.1]])
    shape = {
        "box": Shape("box", corners),
        "lasso": Shape("lasso", np.array([corners[0], [x + 0.4, y - 0.1], corners[1], [x - 0.4, y + 0.1]])),
        "point": Shape("point", np.array([[x, y]]), (0.3, 0.3)),
    }[kind]
    space, ids = choices.hit(choices.State(), session, shape)
    assert space == "trial"
    assert ids.tolist() == [dots.ids[7]]


def test_a_trial_is_told_with_the_chance_of_its_choice(session, people):
    session.add(prediction(people))
    said = choices.describe(choices.State(), session, "trial", int(pack(session.number("people"), 4)))
    assert said.startswith("people/subject 0 trial 5 · chose ")
    assert f"chance {[0.2, 0.3, 0.5][people.action[4]]:.2f}" in said


def test_many_trials_are_thinned(monkeypatch, session):
    monkeypatch.setattr(choices, "MOST", 30)
    (dots,) = points(choices.scene(choices.State(), session, VIEW))
    assert len(dots.ids) == 27


def test_what_can_be_chosen_is_what_is_open(session, people):
    session.add(prediction(people))
    offered = choices.choices(choices.State(), session)
    assert offered["source"] == ("", "people")
    assert offered["run"] == ("", "first")
    assert {"reward", "choice"} <= set(offered["color_by"])
