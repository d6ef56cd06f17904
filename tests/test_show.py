"""What the command line shows people."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from neurofm import show
from neurofm.data import Recording, Tracks


def text(picture: Any) -> list[str]:
    """The lines of a picture, without the spaces at their ends."""
    console = Console(width=100, highlight=False)
    with console.capture() as captured:
        console.print(picture)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_a_recording_is_its_units_spikes_time_and_intervals(reaches: Recording) -> None:
    ids = reaches.units["label"].tolist()
    head, *lines = text(show.info(reaches.summary() | {"path": "a.h5", "ids": ids}))
    assert head == "reaches  a.h5"
    assert [line.split()[0] for line in lines] == ["units", "spikes", "time", "trials"]
    assert lines[0].split()[1:] == ["6", "a", "…", "f"]
    assert f"{len(reaches.spikes):,}" in lines[1]
    assert "from 0.0 to 22.0 s" in lines[2]


def test_another_kind_tells_whatever_it_says_of_itself() -> None:
    facts = {
        "kind": "video", "path": "a.avi", "session": "day 1", "subject": "ada", "frames": 12_000,
        "duration_s": 400.0, "size": [640, 480], "clips": {"left_s": 3, "right": 4},
        "seen_share": {"a": 1.0, "b": 5 / 6}, "codec": "[h264]", "rate_hz": 29.97,
        "labels": [], "features": "", "findings": [{"code": "gap"}],
        "warnings": ["2 frames are missing"],
    }  # fmt: skip
    lines = [line.split() for line in text(show.info(facts))]
    assert lines[0] == ["day", "1", "video", "·", "ada", "·", "a.avi"]
    assert lines[1:] == [
        ["frames", "12,000"], ["duration", "6", "min", "40", "s"], ["size", "640,", "480"],
        ["clips", "left_s", "3,", "right", "4"],
        ["seen", *["a", "in", "100", "%", "of", "frames,"], *["b", "in", "83.3", "%", "of", "frames"]],
        ["codec", "[h264]"], ["rate", "hz", "30"],
        ["!", "2", "frames", "are", "missing"],
    ]  # fmt: skip


def test_a_share_of_frames_is_told_as_one(tracks: Tracks) -> None:
    said = " ".join(" ".join(text(show.info(tracks.summary()))).split())
    assert "seen ada in 100 % of frames, bo in 83.3 % of frames" in said


def test_several_files_stand_under_each_other() -> None:
    one = {"kind": "video", "path": "a.avi", "session": "a", "subject": "", "frames": 1, "warnings": []}
    lines = text(show.info({"files": [one, one | {"session": "b", "path": "b.avi"}]}))
    assert [line.split()[0] for line in lines if line] == ["a", "frames", "b", "frames"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.1234, "0.123 s"), (45, "45 s"), (60, "1 min 0 s"), (1992, "33 min 12 s"), (7500, "2 h 5 min")],
)
def test_durations_are_as_people_say_them(seconds: float, words: str) -> None:
    assert show.duration(seconds) == words


@pytest.mark.parametrize(("value", "words"), [(0.12345, "0.123"), (1234.5, "1.23e+03"), (7, "7"), ("[a]", "\\[a]")])
def test_numbers_have_as_many_digits_as_they_deserve(value: Any, words: str) -> None:
    assert show.number(value) == words


@pytest.mark.parametrize(
    ("picture", "lines"),
    [
        (show.choices([{"name": "nwb", "title": "NWB [x]", "kind": "reader"}]), ["nwb  NWB [x]"]),
        (
            show.written({"out": "p.npz", "rows": 1200, "space": "time", "metrics": {"r2": 0.41234, "of": {"a": 1}}}),
            ["p.npz  1,200 time rows · r2 0.412"],
        ),
        (
            show.run({"run": "r", "model": "poyo", "metrics": {}, "steps": 1500, "seconds": 61.0, "peak_mb": 1234.5}),
            ["r  poyo · 1,500 steps in 1 min 1 s, 1,234 MB at most"],
        ),
        (
            show.run(
                {
                    "run": "r",
                    "model": "poyo",
                    "steps": 1,
                    "seconds": 1.0,
                    "peak_mb": 1.0,
                    "notes": ["it stands still"],
                    "metrics": {"sessions": {"rat": {"r2": 0.35, "all_r2": 0.38, "moving": 0.5, "ridge_r2": -0.48}}},
                }
            ),
            [
                "r  poyo · 1 steps in 1 s, 1 MB at most",
                "rat  R² 0.35 held out while moving, ridge -0.48; over all 0.38",
                "! it stands still",
            ],
        ),
        (
            show.run(
                {
                    "run": "r",
                    "model": "bams",
                    "steps": 1,
                    "seconds": 1.0,
                    "peak_mb": 1.0,
                    "metrics": {"of": "what is done in the next 1 s", "sessions": {"rat": {"r2": 0.35}}},
                }
            ),
            [
                "r  bams · 1 steps in 1 s, 1 MB at most",
                "rat  R² of what is done in the next 1 s: 0.35 held out",
            ],
        ),
        (
            show.written(
                {"out": "p", "rows": 2, "space": "time", "metrics": {"r2": 0.35, "all_r2": 0.4, "moving": 0.5}}
            ),
            ["p  2 time rows · r2 0.35 · while moving, 0.4 over all"],
        ),
        (
            show.written(
                {"out": "p", "rows": 2, "space": "frame", "metrics": {"r2": 0.1} | {f"r2_{k}": 0.2 for k in "xy"}}
            ),
            ["p  2 frame rows · r2 0.1 · r2_x 0.2 · r2_y 0.2"],
        ),
        (
            show.written(
                {"out": "p", "rows": 2, "space": "frame", "metrics": {"r2": 0.1} | {f"r2_{k}": 0.2 for k in "abcde"}}
            ),
            ["p  2 frame rows · r2 0.1 · mean of 5"],
        ),
        (
            show.written(
                {"out": "p", "rows": 2, "space": "bout", "metrics": {"clusters": 3}, "notes": ["a", "3 lost"]}
            ),
            ["p  2 bout rows · clusters 3", "a", "3 lost"],
        ),
        (show.closed({"opened": []}), [""]),
    ],
)
def test_reports_are_a_line(picture: Any, lines: list[str]) -> None:
    assert text(picture) == lines


def test_probes_stand_under_their_label_the_best_first() -> None:
    said = {"label": "gait", "of": "frame", "score": "F1", "chance": 0.25, "judged": 1200}
    lines = [{**said, "features": name, "value": value} for name, value in (("frame", 0.3), ("short", 0.8))]
    speed = {
        "label": "speed",
        "of": "trial",
        "score": "R2",
        "chance": 0.0,
        "features": "short",
        "value": 0.5,
        "judged": 1,
    }
    report = {"session": "walkers", "run": "runs/a", "probes": [*lines, speed], "left_out": ["lights"]}
    head, *rows, left_out = text(show.probes(report))
    assert head == "walkers  runs/a, on what was held out"
    assert left_out == "! lights has but one class in what was learned from or held out"
    assert [row.split("  ")[-1].strip() for row in rows] == ["short", "frame", "by chance", "short", "by chance"]
    assert rows[0].startswith("gait, of 1,200 frames ")
    assert "R2 0.500" in rows[3]


def test_choosers_stand_under_what_they_are_over() -> None:
    over = {"trials": 1200, "subjects": 12, "sd": 0.0}
    models = [{"model": name, "log_likelihood": value, **over} for name, value in (("GRU", -0.5), ("chance", -1.1))]
    head, *rows = text(show.choosers({"session": "people", "run": "runs/a", "models": models}))
    assert head == "people  runs/a, log-likelihood a trial, 1,200 trials of 12 held-out subjects"
    assert [row.split() for row in rows] == [["GRU", "-0.5000"], ["chance", "-1.1000"]]


def test_a_decoder_that_was_carried_is_told_with_labels_and_without() -> None:
    usual = {"sd": 0.012, "permuted": 0.13, "chance": 0.125, "n": 10}
    rows = [
        {"system": "transport", "labels": False, "accuracy": 0.3} | usual,
        {"system": "matched units", "labels": True, "accuracy": 0.6} | usual,
        {"system": "Procrustes", "labels": True, "accuracy": 0.8} | usual | {"sd": None},
    ]
    head, *lines = text(show.carried({"one": "chewie", "other": "mihi", "target": "side", "rows": rows}))
    about = "10 random halves of its trials, with labels of the other half or without; chance 0.125"
    assert " ".join([head, lines.pop(0)]) == f"side of mihi by a decoder of chewie  {about}"
    assert [" ".join(line.split()) for line in lines] == [
        "with labels 0.800 Procrustes permuted 0.130",
        "0.600 ± 0.012 matched units permuted 0.130",
        "without labels 0.300 ± 0.012 transport permuted 0.130",
    ]
    rows[0]["n"] = 1
    head, *_ = text(show.carried({"one": "a", "other": "b", "target": "c", "rows": rows}))
    assert head.startswith("c of b by a decoder of a  one random half of its trials, ")


def test_places_in_an_atlas_are_counted_with_what_is_to_be_known() -> None:
    facts = {"out": "where.csv", "animal": "carl", "atlas": "ada, bo", "rows": 40, "sure": 12, "fdr": 0.1}
    head, note = text(show.located(facts | {"space": "unit", "notes": ["bins last 50 ms"]}))
    assert head == "where.csv  carl in ada, bo: 12 of 40 units placed at 10% false"
    assert note == "bins last 50 ms"
