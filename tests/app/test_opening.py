"""What is opened in a front and completes a recording becomes part of it; where that is unsure, the user is asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.app import commands, opening
from neurofm.app.command import Context, run
from neurofm.app.session import Session
from neurofm.app.state import volumes
from neurofm.errors import DataError, RunError
from tests.app import conftest, imaged
from tests.app.conftest import FakeHost
from tests.app.verbs.test_join_with import GREY, NUMBERS, path, spikes


@pytest.fixture
def files(tmp_path):
    one = tmp_path / "one"
    return io.write(spikes(), one / "spikes.h5"), io.write(path(), one / "trajectory.h5")


def test_files_of_one_folder_are_one_in_either_order_and_at_once(files):
    for order in (files, files[::-1]):
        session = Session()
        for file in order:
            opening.open(session, file)
        (only,) = session.sources.values()
        assert (len(only.units), list(only.series)) == (2, ["position"])
        assert opening.open(session, files[1]) == only.session  # it is there already
    session = Session()
    with ThreadPoolExecutor() as pool:
        list(pool.map(partial(opening.open, session), files))
    assert len(session.sources) == 1


def test_the_user_is_asked_where_it_is_unsure(files, tmp_path):
    session = Session(files[0])
    far = io.write(path("day 2"), tmp_path / "two" / "day2.h5")
    asked = opening.open(session, far)
    assert asked.words == "Is day 2 part of spikes? Unsure, since it lies in another folder than spikes"
    assert list(session.sources) == ["spikes"]
    choices = asked.choices(session)
    assert list(choices) == ["Join with spikes", "Open by itself"]
    choices["Open by itself"]()
    assert list(session.sources) == ["spikes", "day 2"]
    session.close("day 2")
    choices["Join with spikes"]()
    assert list(session.sources["spikes"].series) == ["position"]


def test_what_may_be_a_source_of_its_own_is_asked_about_beside_a_recording(files, tmp_path):
    words = "start,stop,choice,reward\n3.5,4.5,left,1\n6,7,right,0\n"
    for name in ("one", "two"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "trials.csv").write_text(words)
    session = Session(files[0])
    assert opening.open(session, tmp_path / "two" / "trials.csv") == "trials"  # far from it
    session.close("trials")
    asked = opening.open(session, tmp_path / "one" / "trials.csv")
    assert asked.words == "Is trials part of spikes? Unsure, since it can be opened by itself, too, as choices"
    asked.choices(session)["Join with spikes"]()
    assert session.recordings["spikes"].intervals["trials"]["choice"].tolist() == ["left", "right"]


def test_of_several_that_are_unsure_one_is_asked_about_and_none_is_lost(files, tmp_path):
    for name in ("a", "b"):
        (tmp_path / "one" / f"{name}.csv").write_text("start,stop,choice,reward\n3.5,4.5,left,1\n6,7,right,0\n")
    session = Session(files[0])
    asked = opening.open(session, [tmp_path / "one" / "a.csv", tmp_path / "one" / "b.csv"])
    assert asked.words.startswith("Is a part of spikes?")
    assert list(session.sources) == ["spikes", "b"]


def test_several_that_lack_it_are_all_offered(tmp_path):
    session = Session([io.write(spikes(name), tmp_path / name / f"{name}.h5") for name in ("ada", "bo")])
    asked = opening.open(session, io.write(path(), tmp_path / "bo" / "trajectory.h5"))
    assert asked == "bo"
    session.undo()
    asked = opening.open(session, io.write(path(), tmp_path / "three" / "trajectory.h5"))
    assert list(asked.choices(session)) == ["Join with ada", "Join with bo", "Open by itself"]


@pytest.mark.usefixtures("fake_jobs")
def test_a_training_without_an_end_can_go_on(files, tmp_path):
    about = {"data": [{"session": "spikes"}], "seed": 3, "schedule": {"steps": 50}}
    run = conftest.make_run(tmp_path / "poyo-1", "spikes", **about)
    (run.path / "metrics.json").unlink()
    assert opening.open(Session(), run.path).words == "The training of poyo-1 has no end. Go on with it?"
    (run.path / "checkpoint.json").write_text('{"step": 20}')
    session = Session(folder=tmp_path / "runs")
    asked = opening.open(session, run.path)
    assert asked.words == "The training of poyo-1 has no end (it came to step 20 of 50). Go on with it?"
    with pytest.raises(LookupError, match="open spikes first: poyo-1 learns from it"):
        asked.choices(session)["Go on"]()
    session.open(files[0])
    job = asked.choices(session)["Go on"]()
    assert job.arguments["resume"]
    assert (job.arguments["out"], job.arguments["seed"]) == (str(run.path), 3)
    assert "resume=True" in session.script()
    with pytest.raises(RunError, match="is learning still"):
        opening.open(session, run.path)
    session.jobs.end(job, "stopped")
    asked.choices(session)["Go on"]()
    assert [action.kind for action in session.actions_for("poyo-1")] == ["train"]


def test_the_menu_of_a_recording_joins_it_with_what_is_chosen(files, host, tmp_path):
    host.session.open(files[0])
    entries = {
        entry.words: entry for entry in commands.menu(Context(session=host.session, kind="source", name="spikes"))
    }
    host.paths = [io.write(path(start=900.0), tmp_path / "late.h5")]
    entries["Join with…"].do(host)
    assert host.asked[-1].startswith("Is trajectory part of spikes? Unsure, since it runs from 900.0 to 925.0 s")
    assert not host.session.sources["spikes"].series
    host.paths = [files[1]]
    entries["Join with…"].do(host)
    assert list(host.session.sources["spikes"].series) == ["position"]
    assert host.shown == ["arranged"]


def test_the_button_of_tuning_joins_the_recording_that_it_shows(files):
    host = FakeHost(Session(files[0]))
    host.paths = [files[1]]
    run(commands.get("join_with"), Context(session=host.session, kind="view", name="tuning"), host)
    assert list(host.session.sources["spikes"].series) == ["position"]


def test_a_part_that_does_not_say_how_it_is_read_is_asked_about(files, host, tmp_path):
    host.session.open(files[0])
    bare = tmp_path / "speed.csv"
    pd.DataFrame({"t": np.arange(0, 20_000, 20), "speed": np.ones(1000)}).to_csv(bare, index=False)
    (entry,) = (
        one
        for one in commands.menu(Context(session=host.session, kind="source", name="spikes"))
        if one.words == "Join with…"
    )
    host.paths = [bare]
    entry.do(host)
    assert host.asked[-1].unsure == "holds"
    assert not host.session.sources["spikes"].series
    host.how = {"holds": "samples", "time": "t", "time_in": "ms"}
    entry.do(host)
    assert list(host.session.sources["spikes"].series) == ["speed"]
    assert "time_in='ms'" in host.session.script()


def test_a_recording_that_was_closed_meanwhile_is_named(files):
    with pytest.raises(LookupError, match="no recording or volume 'spikes'"):
        opening.join(Session(), "spikes", files[1])


def test_an_image_and_its_labels_that_are_dropped_are_one_volume(tmp_path):
    files = {name: tmp_path / f"{name}.npy" for name in ("mask", "image", "a", "b")}
    for name, file in files.items():
        np.save(file, NUMBERS if name in ("mask", "b") else GREY)
    session = Session()
    assert opening.open(session, [files["mask"], files["image"]]) == "image"
    (only,) = session.sources.values()
    assert (list(only.labels), only.image.dtype) == (["mask"], np.uint8)
    assert opening.open(session, files["mask"]) == only.session
    session = Session()
    asked = opening.open(session, [files["a"], files["b"]])
    assert asked.words.startswith("Is b part of a? Unsure, since it and a are not called so that it is plain")
    assert list(asked.choices(session)) == ["b is the labels of a", "a is the labels of b", "Open by itself"]
    asked.choices(session)["b is the labels of a"]()
    assert list(session.sources["a"].labels) == ["b"]
    session.undo()
    assert opening.join(session, "a", files["mask"]) == "a"
    np.testing.assert_array_equal(session.sources["a"].labels["mask"].levels[0][:, :, :], NUMBERS)


def test_what_does_not_fit_is_refused_and_both_stay_open(tmp_path):
    np.save(tmp_path / "image.npy", GREY)
    np.save(tmp_path / "mask.npy", NUMBERS[:5])
    session = Session()
    opening.open(session, [tmp_path / "image.npy", tmp_path / "mask.npy"])
    with pytest.raises(DataError, match="is 5 x 32 x 48 voxels"):
        opening.join(session, "image", tmp_path / "mask.npy")
    assert list(session.sources) == ["image", "mask"]


def test_behaviour_that_is_open_gets_the_cells_of_imaging_and_their_picture(tmp_path):
    folder = imaged.folder(tmp_path)
    session = Session(io.write(path("mouse", start=-1.0), tmp_path / "mouse.h5"))
    assert opening.open(session, folder) == "mouse"
    assert list(session.sources) == ["mouse", "mouse image"]
    assert (len(session.sources["mouse"].units), "position" in session.sources["mouse"].series) == (4, True)
    assert "unit" in volumes.things(session, session.sources["mouse image"])
