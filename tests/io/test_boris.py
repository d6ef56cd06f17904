"""BORIS exports of several versions; the cells are laid out as its own test files are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.data.ethogram import Ethogram
from neurofm.errors import DataError
from neurofm.io import boris

COLUMNS = ("Observation id", "Time offset (s)", "Subject", "Behavior", "Modifier #1", "Behavior type", "Time")


def tabular(folder, *events, columns=COLUMNS):
    path = folder / "export.tsv"
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in (columns, *events)))
    return path


def test_early_versions_begin_with_lines_about_the_observation(tmp_path):
    lines = [
        "Observation id\tobservation #1", "", "Media file(s)", "Player #1\tv.mp4", "Time offset (s)\t12.0",
        "independent variables", "variable\tvalue", "",
        "Time\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\tBehavioral category\tComment\tStatus",
        "13.300\tv.mp4\t60.0\t25.0\tsubject1\ts\tgrooming\t\tSTART",
        "17.750\tv.mp4\t60.0\t25.0\tsubject1\ts\tgrooming\t\tSTOP",
        "20.5\tv.mp4\t60.0\t25.0\tNo focal subject\tp\t\tonce\tPOINT",
    ]  # fmt: skip
    path = tmp_path / "events.tsv"
    path.write_text("\n".join(lines) + "\n")
    source = io.read(path)
    assert (source.session, source.clock) == ("observation #1", "v")
    assert source.bouts[["start", "stop", "behavior", "subject"]].to_numpy().tolist() == [
        [13.3, 17.75, "s", "subject1"], [20.5, 20.5, "p", ""],
    ]  # fmt: skip
    assert source.bouts["category"].tolist() == ["grooming", ""]
    assert source.bouts["origin"].tolist() == ["scored in BORIS", "once"]
    assert source.domain.tolist() == [[12, 72]]
    assert "in the video it all happens 12 s earlier" in source.notes[0]


@pytest.mark.parametrize("named", ["{folder}/of/numbered.mp4", "of/numbered.mp4", "D:\\films\\numbered.mp4"])
def test_bouts_are_on_the_clock_of_their_video_where_that_lies(golden, tmp_path, named):
    video = io.read(golden.film().parent / "of" / "numbered.mp4")
    beside = tmp_path / "of" if named.startswith("D:") else tmp_path
    row = ("o", 0, "", "rear", "", "POINT", 0.1, named.format(folder=tmp_path))
    assert io.read(tabular(beside, row, columns=(*COLUMNS, "Media file name"))).clock == video.clock


@pytest.mark.parametrize("clock", ["{folder}/numbered.mp4", "rat", "day.2"])
def test_a_clock_that_is_written_is_read_and_no_duration_of_the_video_is_made_up(golden, tmp_path, clock):
    golden.video()
    clock = clock.format(folder=tmp_path)
    scored = replace(io.read(golden.bouts_table()), clock=clock)
    path = io.write(scored, tmp_path / "clusters.tsv")
    assert io.read(path).clock == clock
    header, first, *_ = (line.split("\t") for line in path.read_text().splitlines())
    assert [first[header.index(name)] for name in ("Media duration (s)", "FPS")] == ["NA", "NA"]


def test_times_are_written_without_the_noise_of_numbers_in_binary(golden, tmp_path):
    scored = io.read(golden.bouts_table())
    bouts = scored.bouts.head(1).assign(start=0.1 + 0.2, stop=0.7 + 0.1)
    path = io.write(replace(scored, bouts=bouts), tmp_path / "clusters.tsv")
    header, *events = (line.split("\t") for line in path.read_text().splitlines())
    assert [event[header.index("Time")] for event in events] == ["0.3", "0.8"]


def test_aggregated_events_are_bouts_already(tmp_path):
    columns = ("Observation id", "Media file", "Subject", "Behavior", "Modifiers", "Behavior type", *boris.AGGREGATED)
    rows = [("o", "v.mp4", "No focal subject", "s", "fast", "STATE", "1.800", "8.125"),
            ("o", "v.mp4", "subject1", "p", "", "POINT", "32.825", "32.825")]  # fmt: skip
    source = io.read(tabular(tmp_path, *rows, columns=columns))
    assert source.edges.tolist() == [[1.8, 8.125], [32.825, 32.825]]
    assert source.bouts["subject"].tolist() == ["", "subject1"]
    assert source.bouts["modifiers"].tolist() == ["fast", ""]


def test_states_of_several_subjects_that_lie_in_each_other_are_told_apart(tmp_path):
    path = tabular(
        tmp_path,
        ("o", 0, "ada", "rear", "", "START", 1), ("o", 0, "bo", "rear", "", "START", 2),
        ("o", 0, "ada", "rear", "high", "START", "00:00:02.5"), ("o", 0, "ada", "rear", "", "STOP", 3),
        ("o", 0, "bo", "rear", "", "STOP", 4), ("o", 0, "ada", "rear", "high", "STOP", "00:01:00"),
    )  # fmt: skip
    bouts = io.read(path).bouts
    assert bouts[["start", "stop", "subject"]].to_numpy().tolist() == [[1, 3, "ada"], [2, 4, "bo"], [2.5, 60, "ada"]]
    assert bouts["modifier #1"].tolist() == ["", "", "high"]


def test_what_has_no_end_or_no_beginning_is_left_out_and_told(tmp_path):
    path = tabular(
        tmp_path,
        ("o", 0, "ada", "rear", "", "STOP", 1), ("o", 0, "ada", "rear", "", "START", 2),
        ("o", 0, "ada", "rear", "", "START", 3), ("o", 0, "ada", "rear", "", "STOP", 4),
        ("o", 0, "ada", "walk", "", "START", 5),
    )  # fmt: skip
    source = io.read(path)
    assert source.edges.tolist() == [[3, 4]]
    assert source.notes == (
        "ada, rear: ends without a beginning at 1 s and was left out",
        "ada, rear: begins without an end at 2 s and was left out",
        "ada, walk: begins without an end at 5 s and was left out",
    )


@pytest.mark.parametrize(
    ("events", "field", "problem"),
    [
        ([("a", 0, "", "x", "", "POINT", 1), ("b", 0, "", "x", "", "POINT", 1)], "Observation id", "names 2 ob"),
        ([("a", 0, "", "x", "", "POINT", "soon")], "Time", "is 'soon' in row 1; export times as seconds"),
        ([("a", 0, "", "x", "", "MAYBE", 1)], "Behavior type", "is 'MAYBE' in a row"),
        ([("a", 0, "", "", "", "POINT", 1)], "behavior", "is empty in row 1"),
        ([("a", 0, "", "x", "", "START", 1)], "", "holds no bouts"),
        ([], "", "has a header .* and no rows"),
    ],
)
def test_what_is_no_observation_is_refused(tmp_path, events, field, problem):
    with pytest.raises(DataError, match=problem) as caught:
        io.read(tabular(tmp_path, *events))
    assert caught.value.field == field


def test_a_behavior_twice_at_once_cannot_be_written(golden, tmp_path):
    source = io.read(golden.bouts_table())
    twice = source.bouts.assign(behavior="x", subject="ada")
    with pytest.raises(DataError, match=r"hold x of ada twice at once, which BORIS cannot; write \.csv"):
        io.write(type(source)(session="a", bouts=twice), tmp_path / "a.tsv")


def test_numbers_are_names_as_people_write_them_there_and_back(tmp_path):
    """As pandas leaves them that was given a column of numbers with gaps."""
    modifier = ("Observation id", "Subject", "Behavior", "Modifier #1", "Behavior type", "Time")
    path = tabular(
        tmp_path,
        ("3.0", "1.0", "10.0", "2.0", "START", "1.5"), ("3.0", "1.0", "10.0", "2.0", "STOP", "3.0"),
        ("3.0", "No focal subject", "groom", "", "POINT", "4.0"), ("3.0", "007", "v1.0", "", "POINT", "5.0"),
        columns=modifier,
    )  # fmt: skip
    source = io.read(path)
    assert source.session == "3"
    names = ["behavior", "subject", "modifier #1"]
    told = [["10", "1", "2"], ["groom", "", ""], ["v1.0", "007", ""]]
    assert source.bouts[names].to_numpy().tolist() == told
    again = io.read(io.write(source, tmp_path / "again.tsv"))
    assert again.session == "3"
    assert again.bouts[["start", "stop", *names]].equals(source.bouts[["start", "stop", *names]])


def test_numbers_given_in_python_are_names_too(tmp_path):
    bouts = pd.DataFrame(
        {"start": [0.0, 1, 2], "stop": [1.0, 2, 3], "behavior": [1.0, 2, 1], "subject": [4.0, np.nan, 4]}
    )
    source = Ethogram(session="a", bouts=bouts)
    again = io.read(io.write(source, tmp_path / "a.tsv"))
    for one in (source, again):
        assert one.bouts[["behavior", "subject"]].to_numpy().tolist() == [["1", "4"], ["2", ""], ["1", "4"]]


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (1, ""),
        (1000, "milliseconds; divide them by 1,000"),
        (30_000, "samples"),
        (60, "frame rate"),
        (70.1, "export times as"),
    ],
)
def test_times_far_beyond_the_video_are_told(tmp_path, times, told):
    events = [("o", 0, "", "rear", "", status, at * times, 60.0) for status, at in (("START", 2.0), ("STOP", 58.5))]
    source = io.read(tabular(tmp_path, *events, columns=(*COLUMNS, "Observation duration")))
    assert bool(source.notes) == bool(told)
    assert told in "".join(source.notes)
