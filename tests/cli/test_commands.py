"""The commands: what each gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurofm import cli, io
from neurofm.data import Recording, Series, store
from neurofm.models.poyo import Poyo
from neurofm.synthetic import bandits, quadrupeds, reaching
from neurofm.synthetic.videos import numbered
from tests import small
from tests.cli.conftest import SMALL, Call
from tests.io import pose_files
from tests.training.test_torch_brain import SIZES, save, weights


def test_info_tells_what_a_file_is(call: Call, home: Path) -> None:
    code, summary, _ = call("info", home / "a.h5", "--json")
    recording = io.read(home / "a.h5")
    assert code == 0
    assert summary["path"] == str(home / "a.h5")
    assert summary["kind"] == "recording"
    assert (summary["session"], summary["subject"]) == (recording.session, recording.subject)
    assert (summary["units"], summary["spikes"]) == (5, len(recording.spikes))
    assert summary["duration_s"] == pytest.approx(30.0, abs=0.1)
    assert summary["ids"] == recording.units["label"].tolist()
    assert summary["series"]["velocity"]["samples"] == len(recording.series["velocity"].times)
    assert isinstance(summary["warnings"], list)


def test_info_is_short_for_people_and_ends_with_the_warnings(call: Call, shared_data: Callable[[str], Path]) -> None:
    code, out, err = call("info", shared_data("rat_ca1_linear_track"))
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert len(lines) < 14
    assert any(line.split() == ["units", "31", "t1", "u1", "…", "t13", "u10"] for line in lines)
    assert "28,829" in out
    assert "33 min" in out
    assert lines[-1].startswith("! ")


def test_info_copes_with_wide_and_with_short_series(call: Call, tmp_path: Path) -> None:
    wide = Series(np.arange(3.0), np.ones((3, 200)), tuple(f"channel {k}" for k in range(200)))
    short = Series(np.zeros(1), np.ones((1, 1)), ("short",))
    io.write(Recording(session="odd", series={"wide": wide, "short": short}), tmp_path / "odd.h5")
    code, out, err = call("info", tmp_path / "odd.h5")
    assert (code, err) == (0, "")
    assert "200 from channel 0 on" in out
    assert "channel 100" not in out


def test_several_files_are_several_recordings(call: Call, home: Path) -> None:
    _, summary, _ = call("info", home / "a.h5", home / "b.h5", "--json")
    assert [each["path"] for each in summary["files"]] == [str(home / "a.h5"), str(home / "b.h5")]


@pytest.mark.parametrize(
    ("what", "kind", "name"),
    [
        ("models", "model", "poyo"),
        ("readers", "reader", "nwb"),
        ("views", "view", "latent"),
        ("benches", "bench", "ca1"),
    ],
)
def test_list_names_what_there_is(call: Call, what: str, kind: str, name: str) -> None:
    code, entries, _ = call("list", what, "--json")
    assert code == 0
    assert name in [each["name"] for each in entries]
    assert {each["kind"] for each in entries} == {kind}
    assert all(each["title"] for each in entries)


def test_train_reports_the_run(call: Call, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    code, report, err = call("train", "poyo", home / "a.h5", "--out", out, *SMALL, "--json")
    assert code == 0
    assert (report["run"], report["model"], report["steps"]) == (str(out), "poyo", 12)
    assert report["seconds"] > 0
    assert report["peak_mb"] > 50
    assert np.isfinite(report["metrics"]["r2"])
    assert "step " in err
    assert {"config.json", "weights.safetensors", "metrics.json"} <= {p.name for p in out.iterdir()}


@pytest.mark.real
@pytest.mark.parametrize("name", small.of_kind("recording"))
def test_every_model_learns_a_real_recording(
    call: Call, shared_data: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    file = shared_data("monkey_reach") / "chewie_2013-10-03_bin100ms.npz"
    run, said, space = tmp_path / "run", tmp_path / "said.npz", tmp_path / "space.npz"
    code, report, err = call("train", name, file, "--out", run, "--set", "steps=4", "--json")
    assert (code, report["steps"]) == (0, 4), err
    assert all(np.isfinite(value) for value in report["metrics"].values() if isinstance(value, float))
    code, report, err = call("predict", run, file, "--out", said, "--json")
    assert code == 0, err
    assert np.isfinite(np.load(said)["values"]).any()
    code, report, err = call("embed", run, file, "--of", "trial", "--out", space, "--json")
    assert (code, report["rows"]) == (0, 159), err


def test_equal_seeds_give_equal_numbers(call: Call, home: Path, tmp_path: Path) -> None:
    scores = []
    for name, seed in (("x", 5), ("y", 5), ("z", 6)):
        _, report, _ = call("train", "poyo", home / "a.h5", "--out", tmp_path / name, *SMALL, "--seed", seed, "--json")
        scores.append(report["metrics"]["r2"])
    assert scores[0] == scores[1] != scores[2]


def test_map_may_be_that_of_umap(call: Call, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def umap(values: np.ndarray, dims: int, seed: int, *, step: Callable[..., None]) -> np.ndarray:
        step(0.5, "halfway")
        return np.full((len(values), dims), float(seed))

    monkeypatch.setattr("neurofm.projection.umap", umap)  # compiling the real one takes a minute; it has its own tests
    call("embed", home / "run", home / "a.h5", "--out", tmp_path / "e.npz", "--umap", "--seed", 7)
    embedding = store.load(tmp_path / "e.npz")
    assert embedding.method == "UMAP"
    np.testing.assert_array_equal(embedding.xy, np.full((5, 2), 7.0))


def test_map_may_have_three_dimensions(call: Call, home: Path, tmp_path: Path) -> None:
    call("embed", home / "run", home / "a.h5", "--out", tmp_path / "e.npz", "--dims", 3)
    assert np.load(tmp_path / "e.npz")["xy"].shape == (5, 3)


def test_adapted_run_knows_the_new_units(call: Call, home: Path, tmp_path: Path) -> None:
    recording = reaching.sessions(3, units=5, duration=30.0, seed=9)[2]
    io.write(recording, tmp_path / "new.h5")
    code, _, err = call("predict", home / "run", tmp_path / "new.h5", "--out", tmp_path / "p.npz")
    assert (code, "adapt it" in err) == (1, True)
    more = ["--units-only", "--set", "steps=5", "--json"]
    code, report, _ = call("finetune", home / "run", tmp_path / "new.h5", "--out", tmp_path / "run2", *more)
    assert (code, report["run"], report["steps"]) == (0, str(tmp_path / "run2"), 5)
    assert call("predict", tmp_path / "run2", tmp_path / "new.h5", "--out", tmp_path / "p.npz")[0] == 0


@pytest.fixture
def theirs(home: Path, tmp_path: Path) -> Path:
    """A checkpoint of torch_brain that knows the units of a.h5."""
    recording = io.read_recording(home / "a.h5")
    net = Poyo(SIZES, recording.unit_names, [recording.session], 2)
    return save(tmp_path / "poyo.ckpt", weights(net))


def test_import_makes_a_run_that_is_scored_and_predicts(call: Call, home: Path, theirs: Path) -> None:
    out, options = theirs.parent / "run", ("--target", "velocity", "--scale", "0.5,0.7")
    code, report, _ = call("import", theirs, home / "a.h5", *options, "--out", out, "--json")
    assert (code, report["run"], report["model"], report["steps"]) == (0, str(out), "poyo", 7)
    code, decoded, _ = call("predict", out, home / "a.h5", "--out", theirs.parent / "said.npz", "--json")
    assert code == 0
    (whole,) = report["metrics"]["whole"].values()
    assert decoded["metrics"]["r2"] == pytest.approx(whole["r2"])
    code, shown, _ = call("import", theirs, home / "a.h5", *options, "--out", theirs.parent / "again")
    assert code == 0
    assert "poyo · imported" in " ".join(shown.split())
    assert f"R² {whole['r2']:.2f} over all of it" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ((), 1, "with --scale"),
        (("--scale", "wide"), 2, "--scale wide must be a number"),
        (("--scale", "1,2,3"), 1, "scale: must be a positive number, or 2 of them"),
        (("--scale", "1", "--window", "1"), 1, "says sequence_length 2 and not 1"),
    ],
)
def test_import_says_what_is_missing(call: Call, theirs: Path, options: tuple[str, ...], code: int, words: str) -> None:
    ended, _, said = call("import", theirs, "--target", "velocity", *options, "--out", theirs.parent / "run")
    assert ended == code
    assert words in " ".join(said.split())
    assert said.count("\n") == 1


@pytest.mark.parametrize("command", ["predict", "embed"])
def test_recordings_of_one_name_are_told_apart(call: Call, tmp_path: Path, command: str) -> None:
    files = [tmp_path / "ada.h5", tmp_path / "bo.h5"]
    for file, recording in zip(files, reaching.sessions(2, units=5, duration=30.0, seed=1)):
        io.write(replace(recording, session="rec", subject=file.stem), file)
    assert call("train", "poyo", *files, "--out", tmp_path / "run", *SMALL)[0] == 0
    for given, names in ((files, {"rec", "rec (bo)"}), (files[::-1], {"rec", "rec (ada)"}), (files[1:], {"rec"})):
        assert call(command, tmp_path / "run", *given, "--out", tmp_path / "said.parquet")[0] == 0
        assert set(pd.read_parquet(tmp_path / "said.parquet")["session"]) == names


@pytest.mark.parametrize("space", ["neuron", "frame"])
def test_a_space_that_the_run_has_not_is_refused_with_those_that_it_has(call: Call, home: Path, space: str) -> None:
    code, out, err = call("embed", home / "run", home / "a.h5", "--out", home / "e.npz", "--of", space)
    assert (code, out) == (2, "")
    assert f"no space '{space}'; there are session, time, trial, unit" in err


def test_app_hands_the_files_to_the_front(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("napari_neurofm.docks.open_app", opened.append)
    code, report, _ = call("app", "a.mat+b.track", "c.nwb", "--json")
    assert code == 0
    assert opened == [[["a.mat", "b.track"], "c.nwb"]]
    assert report == {"opened": ["a.mat+b.track", "c.nwb"]}


def test_app_without_a_display_says_so(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in cli.commands.SCREENS:
        monkeypatch.delenv(name, raising=False)
    code, _, err = call("app")
    assert (code, err) == (1, "neurofm: there is no display to open a window on; set DISPLAY, or use xvfb-run\n")


def test_app_without_napari_says_what_to_install(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, _, err = call("app")
    assert (code, err) == (
        1, 'neurofm: napari is not installed; install it with: pip install "napari-neurofm[all]"\n'
    )  # fmt: skip


def test_tracks_are_learned_from_embedded_and_probed(call: Call, tmp_path: Path) -> None:
    walkers, run = tmp_path / "walkers.tracks.h5", tmp_path / "run"
    io.write(quadrupeds.session(12, frames=120), walkers)
    small = [word for pair in ("steps=2", "width=8", "sequence=4") for word in ("--set", pair)]
    code, report, err = call("train", "bams", walkers, "--out", run, *small, "--json")
    assert (code, set(report["metrics"]) >= {"r2", "ridge_r2"}) == (0, True), err
    code, report, err = call("embed", run, walkers, "--part", "long", "--out", tmp_path / "e.npz", "--json")
    assert (code, report["rows"], report["space"]) == (0, 1440, "frame"), err
    code, report, err = call("probe", run, walkers, "--label", "gait", "--json")
    assert (code, {line["label"] for line in report["probes"]}) == (0, {"gait"}), err
    code, _, err = call("probe", run, walkers, "--label", "mood")
    assert code == 1
    assert "no label 'mood'" in err


def test_choices_are_learned_from_and_others_set_beside(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurofm.analysis.recurrent.STEPS", 1)
    monkeypatch.setattr("neurofm.analysis.recurrent.SLOW_STEPS", 1)
    people, run = tmp_path / "people.h5", tmp_path / "run"
    io.write(bandits.population(8, trials=12, session="people"), people)
    code, report, err = call("train", "bandit_style", people, "--out", run, "--set", "steps=2", "--json")
    assert (code, set(report["metrics"]) >= {"q_probable_log_likelihood"}) == (0, True), err
    code, report, err = call("choosers", run, people, "--json")
    assert (code, len(report["models"])) == (0, 12), err
    code, out, _ = call("choosers", run, people)
    assert "log-likelihood a trial, 12 trials of 2 held-out subjects" in out
    code, _, err = call("choosers", run, io.write(bandits.population(3, trials=4, session="others"), tmp_path / "o.h5"))
    assert (code, "so nobody is held out" in err) == (1, True)


def test_bouts_of_a_run_are_written_for_boris_a_file_a_source(call: Call, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "bouts.tsv"
    code, report, _ = call("bouts", home / "run", home / "a.h5", home / "b.h5", "--out", out, "--count", "3", "--json")
    assert (code, report["space"], report["metrics"]["clusters"]) == (0, "bout", 3)
    names = [io.read(home / name).session for name in ("a.h5", "b.h5")]
    read = [io.read(tmp_path / f"bouts {name}.tsv") for name in names]
    assert sum(len(one.bouts) for one in read) == report["rows"]
    assert [one.clock for one in read] == names


def test_bouts_of_an_embedding_that_was_kept(call: Call, home: Path, tmp_path: Path) -> None:
    kept, out = tmp_path / "time.npz", tmp_path / "bouts.csv"
    assert call("embed", home / "run", home / "a.h5", "--out", kept, "--of", "time")[0] == 0
    code, told, err = call("bouts", kept, home / "a.h5", "--out", out, "--shortest", "1")
    assert (code, err) == (0, "")
    assert "bout rows" in told
    bouts = io.read(out).bouts
    assert (bouts["stop"] - bouts["start"]).min() > 0.99


def test_points_are_corrected_in_their_file(call: Call, tmp_path: Path) -> None:
    path, table = pose_files.wide(tmp_path / "box.csv"), tmp_path / "wrong.csv"
    table.write_text("frame,keypoint,x,y\n2,snout,5.5,6.5\n")
    code, report, _ = call("correct", path, table, "--json")
    assert (code, report["rows"], report["notes"]) == (0, 1, [f"as it was it is kept in {tmp_path / 'box.csv~1'}"])
    assert io.read(path).points[2, 0, 0].tolist() == [5.5, 6.5]
    code, told, _ = call("correct", path, table)
    assert (code, "holds all of these points" in " ".join(told.split())) == (0, True)
    table.write_text("frame,keypoint,x,y\n3,snout,5.5,6.5\n")
    code, _, err = call("correct", path, table)
    assert (code, "frame must be a whole number from 0 to 2, got 3" in err) == (1, True)


def test_frames_get_the_times_of_a_file_or_a_rate(call: Call, tmp_path: Path) -> None:
    cam = io.write(numbered(4), tmp_path / "cam.mp4")
    np.save(tmp_path / "times.npy", 100 + np.arange(4.0))
    code, report, _ = call(
        "time-frames", cam, "--times", tmp_path / "times.npy", "--out", tmp_path / "a.film", "--json"
    )
    assert (code, report["rows"], report["space"]) == (0, 4, "frame")
    assert io.read(tmp_path / "a.film").times.tolist() == [100, 101, 102, 103]
    box = pose_files.wide(tmp_path / "box.csv")
    assert call("time-frames", box, "--rate", "2", "--out", tmp_path / "box.tracks.h5")[0] == 0
    assert io.read(tmp_path / "box.tracks.h5").times.tolist() == [0, 0.5, 1]
    assert call("time-frames", box, "--out", tmp_path / "box.tracks.h5")[0] == 2
    assert call("time-frames", cam, "--rate", "2", "--out", tmp_path / "b.csv")[0] == 2


def test_a_video_gets_a_small_copy(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cam = io.write(numbered(4), tmp_path / "cam.mp4")
    code, report, _ = call("leaf", cam, "--json")
    assert (code, report["rows"], Path(report["out"]).is_file()) == (0, 4, True)
    code, _, err = call("leaf", pose_files.wide(tmp_path / "box.csv"))
    assert (code, "is no video" in err) == (1, True)


def test_bouts_need_rows_with_times_and_a_format(call: Call, home: Path, tmp_path: Path) -> None:
    assert call("embed", home / "run", home / "a.h5", "--out", tmp_path / "unit.npz")[0] == 0
    code, _, err = call("bouts", tmp_path / "unit.npz", home / "a.h5", "--out", tmp_path / "x.csv")
    assert (code, "is of units, which happen at no moment" in err) == (1, True)
    code, _, err = call("bouts", home / "run", home / "a.h5", "--out", tmp_path / "x.txt")
    assert (code, "must end in" in err) == (2, True)


def scored(folder: Path) -> tuple[list[Path], Path]:
    """Bouts of six animals, three in each condition, and the table that says so."""
    files = []
    for k, name in enumerate(("a1", "a2", "a3", "b1", "b2", "b3")):
        starts = np.arange(0.0, 100.0, 10.0)
        table = pd.DataFrame({"start": starts, "stop": starts + 1.0 + k, "behavior": "groom", "subject": name})
        files.append(folder / f"{name}.csv")
        table.to_csv(files[-1], index=False)
    conditions = folder / "conditions.csv"
    pd.DataFrame({"subject": [f.stem for f in files], "drug": ["no"] * 3 + ["yes"] * 3}).to_csv(conditions, index=False)
    return files, conditions


def test_bouts_of_two_conditions_are_compared(call: Call, tmp_path: Path) -> None:
    files, conditions = scored(tmp_path)
    code, report, err = call("compare", conditions, *files, "--by", "drug", "--json")
    assert (code, report["first"], report["second"]) == (0, "no", "yes"), err
    (line,) = [x for x in report["differences"] if (x["behavior"], x["of"]) == ("groom", "seconds a bout")]
    assert (line["difference"], line["n_a"], line["p"]) == (-3.0, 3, 0.1)
    code, told, _ = call("compare", conditions, *files, "--by", "drug")
    assert (code, "groom: seconds a bout" in " ".join(told.split())) == (0, True)
    assert "permutation, all 20 ways, 3 and 3 animals" in told


def test_conditions_that_are_no_two_are_refused(call: Call, tmp_path: Path) -> None:
    files, conditions = scored(tmp_path)
    code, _, err = call("compare", conditions, *files)
    assert (code, "is no column; there are subject, drug: say with --by which" in err) == (1, True)
    code, _, err = call("compare", conditions, *files, "--by", "subject")
    assert (code, "holds 6 conditions (a1, a2, a3, b1); keep the rows of two" in err) == (1, True)
    conditions.write_text("subject,condition\nxx,a\nyy,b\n")
    code, _, err = call("compare", conditions, *files)
    assert (code, "conditions.csv: subject: names xx, yy, and open are a1, a2, a3" in err) == (1, True)


def test_bouts_that_are_found_are_compared_at_once(call: Call, home: Path, tmp_path: Path) -> None:
    names = [io.read(home / name).session for name in ("a.h5", "b.h5")]
    conditions = tmp_path / "c.csv"
    pd.DataFrame({"session": names, "condition": ["x", "y"]}).to_csv(conditions, index=False)
    more = ("--out", tmp_path / "bouts.tsv", "--count", "3", "--conditions", conditions)
    code, report, err = call("bouts", home / "run", home / "a.h5", home / "b.h5", *more, "--json")
    assert (code, report["second"]) == (0, "y"), err
    assert {(line["n_a"], line["n_b"]) for line in report["differences"]} <= {(1, 1), (0, 1), (1, 0)}
    assert {line["test"] for line in report["differences"]} == {"too few animals"}
