"""Tracks of one animal are behaviour of a recording that they join."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.app.session import Session
from neurofm.data import Recording, Spikes
from neurofm.data.tracks import Tracks
from neurofm.errors import DataError
from neurofm.io._behaviour import as_behaviour


def tracks(individuals=("a",), keypoints=("point",)):
    points = np.random.default_rng(0).uniform(size=(50, len(individuals), len(keypoints), 2)).astype(np.float32)
    return Tracks(
        session="walk", times=np.arange(50) / 10, points=points, individuals=individuals, keypoints=keypoints, unit="cm"
    )


def test_points_of_one_animal_are_series_and_a_lone_one_is_its_position():
    one = tracks()
    made = as_behaviour(one)
    assert isinstance(made, Recording)
    np.testing.assert_array_equal(made.series["position"].values, one.points[:, 0, 0])
    np.testing.assert_array_equal(made.series["position"].times, one.times)
    assert (made.series["position"].unit, made.series["position"].names) == ("cm", ("x", "y"))
    assert set(as_behaviour(tracks(keypoints=("nose", "tail"))).series) == {"nose", "tail"}


def test_choices_with_times_are_trials(tmp_path):
    path = tmp_path / "trials.csv"
    path.write_text("start,stop,choice,reward\n1.5,2.5,left,1\n4,5,right,0\n")
    chosen = io.read(path)
    assert chosen.kind == "choices"
    table = as_behaviour(chosen).intervals["trials"]
    assert table[["choice", "reward", "start", "stop"]].to_numpy().tolist() == [
        ["left", 1, 1.5, 2.5], ["right", 0, 4, 5]
    ]  # fmt: skip
    for words in (
        "choice,reward\nleft,1\nright,0\n",
        "start_frame,stop_frame,choice,reward\n100,160,left,1\n300,350,right,0\n",  # nobody knows the rate
        "start,stop,choice,reward\n1,2,left,1\n3,3,right,0\n",  # the second lasts no time
    ):
        path.write_text(words)
        assert as_behaviour(untimed := io.read(path)) is untimed


def test_several_animals_and_recordings_stay_what_they_are():
    for source in (tracks(("a", "b")), Recording(session="r")):
        assert as_behaviour(source) is source


def test_spikes_and_a_table_of_places_are_one_recording_and_its_script_runs(tmp_path):
    times = np.sort(np.random.default_rng(1).uniform(0, 5, 200))
    spikes = Recording(
        session="rat", spikes=Spikes(times, np.zeros(200, np.int32)), units=pd.DataFrame({"label": ["u"]})
    )
    first = io.write(spikes, tmp_path / "rat.h5")
    second = tmp_path / "position.csv"
    second.write_text("time (s),x,y\n" + "".join(f"{k / 10},{k},{50 - k}\n" for k in range(50)))
    assert set(io.read([first, second]).series) == {"position"}
    session = Session([str(first)])
    session.join_with("rat", second)
    done: dict = {}
    exec(session.script(), done)  # what a user runs
    assert set(done["session"].recordings["rat"].series) == {"position"}
    assert done["rat"] is done["session"].recordings["rat"]


def test_tracks_of_several_animals_are_not_joined(tmp_path):
    spikes = Recording(
        session="rat", spikes=Spikes(np.arange(5.0), np.zeros(5, np.int32)), units=pd.DataFrame({"label": ["u"]})
    )
    session = Session([spikes])
    with pytest.raises(DataError, match="is joined with recordings alone"):
        session.join_with("rat", io.write(tracks(("a", "b")), tmp_path / "two.tracks.h5"))
