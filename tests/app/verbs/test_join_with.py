"""A recording that is completed by other files stays what it was: its name, its units, and what was made of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.app.session import Session
from neurofm.app.verbs import join_with
from neurofm.data import Recording, Series, Spikes
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.errors import DataError

UNITS = pd.DataFrame({"label": ["a", "b"]})


def spikes(name="spikes", start=2.0, **more):
    times = np.linspace(start, start + 20, 200)
    return Recording(session=name, spikes=Spikes(times, np.arange(200, dtype=np.int32) % 2), units=UNITS, **more)


def path(name="trajectory", start=0.0, **more):
    times = np.linspace(start, start + 25, 250)
    series = {"position": Series(times, np.stack([times, times**2], 1), ("x", "y"), "px")}
    return Recording(session=name, series=series, **more)


@pytest.fixture
def files(tmp_path):
    return io.write(spikes(), tmp_path / "one" / "spikes.h5"), io.write(path(), tmp_path / "one" / "trajectory.h5")


def test_it_is_what_both_files_read_together_give(files):
    session = Session(files[0])
    ids = session.table("unit").index
    session.selection.pick("unit", ids[:1])
    session.join_with("spikes", files[1])
    joined, together = session.sources["spikes"], io.read(list(files))
    assert list(session.sources) == ["spikes"]
    assert session.table("unit").index.equals(ids)
    assert session.selection.picked("unit").tolist() == ids[:1].tolist()
    assert (joined.paths, joined.notes, joined.start, joined.stop) == (
        together.paths, together.notes, together.start, together.stop,
    )  # fmt: skip
    np.testing.assert_array_equal(joined.series["position"].values, together.series["position"].values)
    np.testing.assert_array_equal(joined.spikes.times, together.spikes.times)


def test_it_can_be_undone_is_kept_and_repeated(files, tmp_path):
    session = Session(files[0])
    session.join_with("spikes", files[1])
    lines = session.script()
    assert f"session.join_with('spikes', {str(files[1])!r})" in lines
    session.undo()
    assert not session.sources["spikes"].series
    assert "join_with" not in session.script()
    session.redo()
    assert session.script() == lines
    again = Session.restore(session.save(tmp_path / "work.neurofm"))
    assert list(again.sources["spikes"].series) == ["position"]
    assert again.script() == lines
    names: dict = {}
    exec(lines, names)
    assert list(names["session"].sources["spikes"].series) == ["position"]


def test_moments_that_something_counts_stay_where_they_are(files):
    session = Session(files[0])
    session.selection.pick("time", session.number("spikes") << 44 | np.array([1_000_000]))
    session.group("then", "time")
    before = session.label("time", int(session.groups["then"].ids[0]))
    session.join_with("spikes", files[1])
    assert session.sources["spikes"].start == 2.0
    assert session.label("time", int(session.groups["then"].ids[0])) == before == "spikes 3.000 s"


def test_what_is_no_part_is_refused_and_nothing_changes(files, tmp_path):
    session = Session(files[0])
    before = session.sources["spikes"]
    with pytest.raises(LookupError, match="no recording or volume 'mice'"):
        session.join_with("mice", files[1])
    with pytest.raises(DataError, match="is part of 'spikes' already"):
        session.join_with("spikes", files[0])
    (tmp_path / "empty.h5").touch()
    with pytest.raises(DataError, match=r"empty\.h5: is empty"):
        session.join_with("spikes", tmp_path / "empty.h5")
    assert session.sources["spikes"] is before


@pytest.mark.parametrize(
    ("part", "doubt"),
    [
        (path("spikes"), ""),
        (path(), "lies in another folder than spikes"),
        (path("spikes", start=500.0), "runs from 500.0 to 525.0 s, and spikes from 2.0 to 22.0 s"),
        (replace(path("spikes"), subject="bo"), "is of bo, and spikes of ada"),
    ],
)
def test_a_part_that_may_be_anothers_is_doubted(part, doubt):
    session = Session([spikes(subject="ada", paths=("/a/spikes.h5",))])
    (partner,) = join_with.partners(session, replace(part, paths=("/b/part.h5",)))
    assert partner == join_with.Partner("spikes", doubt)


def test_what_lies_in_the_folder_of_a_sorter_or_beside_it_is_near(tmp_path):
    session = Session([spikes(subject="ada", paths=(str(tmp_path / "kilosort4"),))])
    for place, near in (("kilosort4/part.h5", True), ("part.h5", True), ("more/part.h5", False)):
        (partner,) = join_with.partners(session, replace(path(), paths=(str(tmp_path / place),)))
        assert ("another folder" in partner.doubt) != near


def test_only_what_lacks_what_a_part_holds_is_a_partner(files):
    session = Session([spikes(), path("other")])
    assert join_with.partners(session, spikes("more"))[0].name == "other"
    session.join_with("spikes", path())
    assert not join_with.partners(session, path())


def test_files_beside_other_recordings_are_doubted(files):
    session = Session(files[0])
    assert join_with.partners(session, io.read(files[1]))[0].doubt == ""
    io.write(spikes("day 2"), files[0].with_name("day2.h5"))
    assert join_with.partners(session, io.read(files[1]))[0].doubt == "lies beside other recordings (day2.h5)"


def test_how_a_part_is_read_is_kept_in_the_script_and_the_saved_session(files, tmp_path):
    bare = tmp_path / "speed.csv"
    pd.DataFrame({"t": np.arange(0, 20_000, 20), "speed": np.sin(np.arange(1000))}).to_csv(bare, index=False)
    session, how = Session(files[0]), {"holds": "samples", "time": "t", "time_in": "ms"}
    session.join_with("spikes", bare, **how)
    session.join_with("spikes", files[1], reader="brainsets")
    script = session.script()
    words = ", ".join(f"{name}={value!r}" for name, value in how.items())
    assert f"session.join_with('spikes', {str(bare)!r}, {words})" in script
    assert f"session.join_with('spikes', {str(files[1])!r}, reader='brainsets')" in script
    again = Session.restore(session.save(tmp_path / "work.neurofm"))
    assert again.script() == script
    names: dict = {}
    exec(script, names)
    for one in (session, again, names["session"]):
        np.testing.assert_allclose(one.sources["spikes"].series["speed"].times, np.arange(1000) * 0.02)
        assert "position" in one.sources["spikes"].series


# ---- an image and its labels

NUMBERS = np.kron(np.arange(24).reshape(1, 4, 6) % 3, np.ones((8, 8, 8))).astype(np.uint8)
GREY = (np.random.default_rng(0).integers(0, 60, NUMBERS.shape) + 80 * (NUMBERS > 0)).astype(np.uint8)


@pytest.fixture
def pair(tmp_path):
    home = tmp_path / "nuclei"
    home.mkdir()
    for name, array in {"image": GREY, "mask": NUMBERS}.items():
        np.save(home / f"{name}.npy", array)
    return home / "image.npy", home / "mask.npy"


def test_an_image_takes_its_labels_and_is_undone_kept_and_repeated(pair, tmp_path):
    session = Session(pair[0])
    session.selection.pick("voxel", session.number("image") << 44 | np.arange(5))
    session.join_with("image", pair[1])
    assert list(session.sources["image"].labels) == ["mask"]
    assert len(session.selection.picked("voxel")) == 5
    lines = session.script()
    assert f"session.join_with('image', {str(pair[1])!r})" in lines
    session.undo()
    assert not session.sources["image"].labels
    session.redo()
    again = Session.restore(session.save(tmp_path / "work.neurofm"))
    names: dict = {}
    exec(lines, names)
    for one in (again, names["session"]):
        assert one.script() == lines
        np.testing.assert_array_equal(one.sources["image"].labels["mask"].levels[0][:, :, :], NUMBERS)


def test_labels_take_their_image_and_which_is_which_can_be_said(pair, tmp_path):
    session = Session(pair[1])
    session.join_with("mask", pair[0])
    np.testing.assert_array_equal(session.sources["mask"].image.levels[0][:, :, :], GREY)
    session.undo()
    session.join_with("mask", pair[0], labels="image")
    np.testing.assert_array_equal(session.sources["mask"].image.levels[0][:, :, :], NUMBERS)
    assert f"session.join_with('mask', {str(pair[0])!r}, labels='image')" in session.script()
    again = Session.restore(session.save(tmp_path / "work.neurofm"))
    np.testing.assert_array_equal(again.sources["mask"].labels["image"].levels[0][:, :, :], GREY)


def test_a_volume_and_a_recording_are_no_pair_and_nothing_changes(pair, files):
    session = Session([pair[0], files[0]])
    with pytest.raises(DataError, match="holds a recording; a volume is joined with volumes alone"):
        session.join_with("image", files[1])
    with pytest.raises(DataError, match="holds a volume; a recording is joined with recordings alone"):
        session.join_with("spikes", pair[1])
    with pytest.raises(DataError, match="is no image with labels of it"):
        session.join_with("spikes", files[1], labels="trajectory")
    assert "join_with" not in session.script()


def volume(name, array, spacing=0.0):
    unit = "um" if spacing else "voxels"
    whole = Pyramid((Held(array),), np.full(3, spacing or 1.0))
    return Volume(session=name, image=whole, unit=unit, paths=(f"/a/{name}.tif",))


@pytest.mark.parametrize(
    ("image", "mask", "doubt", "ways"),
    [
        (("image", GREY), ("mask", NUMBERS), "", {}),
        (("image", GREY), ("mask_2", NUMBERS), "is called otherwise than image", {}),
        (
            ("a", GREY), ("b", NUMBERS), "and a are not called so that it is plain which is the labels",
            {"b is the labels of a": {"labels": "b"}, "a is the labels of b": {"labels": "a"}},
        ),
        (
            ("image", GREY, 1.0), ("mask", NUMBERS, 2.0), "has voxels of another size than image",
            {"Join with image, voxel by voxel": {"labels": "mask"}},
        ),
    ],
)  # fmt: skip
def test_it_is_asked_which_is_the_labels_and_whether_they_fit(image, mask, doubt, ways):
    session, part = Session([volume(*image)]), volume(*mask)
    assert join_with.partners(session, part) == [join_with.Partner(image[0], doubt, ways)]
    if ways:
        session.join_with(image[0], part, **next(iter(ways.values())))
        assert list(session.sources[image[0]].labels) == [mask[0]]


def test_nothing_is_asked_of_volumes_that_are_no_pair():
    session = Session([volume("image", GREY), volume("scan", GREY[:4])])
    assert not join_with.partners(session, volume("other", GREY))
    assert not join_with.partners(session, replace(volume("mask", NUMBERS), paths=("/b/mask.tif",)))
