"""The command line: results, exit codes, and nothing on stdout but the result."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurofm import cli, io, registry
from neurofm.data import Recording, Series, store
from neurofm.synthetic import reaching

TINY = ("dim=16", "depth=1", "latents=2", "head_dim=8", "self_heads=2", "steps=12", "batch=2")
SMALL = [part for pair in TINY for part in ("--set", pair)]

Call = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """`call("info", path, "--json")` gives the exit code, what stdout holds (from JSON if it was asked for), stderr."""

    def run(*arguments: object) -> tuple[int, Any, str]:
        capfd.readouterr()
        code = cli.run([str(a) for a in arguments])
        out, err = capfd.readouterr()
        return code, json.loads(out) if "--json" in arguments and out else out, err

    return run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings, a.h5 and b.h5, and a run trained on both."""
    folder = tmp_path_factory.mktemp("cli")
    for name, recording in zip("ab", reaching.sessions(2, units=5, duration=30.0, seed=1)):
        io.write(recording, folder / f"{name}.h5")
    paths = [str(folder / f"{name}.h5") for name in "ab"]
    assert cli.run(["train", "poyo", *paths, "--out", str(folder / "run"), *SMALL, "--seed", "3"]) == 0
    return folder


def test_info_tells_what_a_file_is(call: Call, home: Path) -> None:
    code, found, _ = call("info", home / "a.h5", "--json")
    recording = io.read(home / "a.h5")
    assert code == 0
    assert found["path"] == str(home / "a.h5")
    assert found["kind"] == "recording"
    assert (found["session"], found["subject"]) == (recording.session, recording.subject)
    assert (found["units"], found["spikes"]) == (5, len(recording.spikes))
    assert found["duration_s"] == pytest.approx(30.0, abs=0.1)
    assert found["ids"] == recording.units["label"].tolist()
    assert found["series"]["velocity"]["samples"] == len(recording.series["velocity"].times)
    assert isinstance(found["warnings"], list)


def test_info_is_short_for_people_and_ends_with_the_warnings(call: Call, shared_data: Callable[[str], Path]) -> None:
    code, out, err = call("info", shared_data("rat_ca1_linear_track"))
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert len(lines) < 12
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


def test_parts_joined_by_plus_are_one_recording(call: Call, shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("rat_ca1_linear_track")
    _, one, _ = call("info", f"{folder / 'spikes.mat'}+{folder / 'trajectory.videoPositionTracking'}", "--json")
    _, same, _ = call("info", folder, "--json")
    assert one["units"] == same["units"] == 31
    assert one["series"].keys() == same["series"].keys() == {"position"}


def test_file_with_a_plus_in_its_name_is_a_file(call: Call, home: Path, tmp_path: Path) -> None:
    (tmp_path / "a+b.h5").write_bytes((home / "a.h5").read_bytes())
    code, found, _ = call("info", tmp_path / "a+b.h5", "--json")
    assert (code, found["units"]) == (0, 5)


def test_several_files_are_several_recordings(call: Call, home: Path) -> None:
    _, found, _ = call("info", home / "a.h5", home / "b.h5", "--json")
    assert [each["path"] for each in found["files"]] == [str(home / "a.h5"), str(home / "b.h5")]


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
    code, found, _ = call("list", what, "--json")
    assert code == 0
    assert name in [each["name"] for each in found]
    assert {each["kind"] for each in found} == {kind}
    assert all(each["title"] for each in found)


def test_train_reports_the_run(call: Call, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    code, found, err = call("train", "poyo", home / "a.h5", "--out", out, *SMALL, "--json")
    assert code == 0
    assert (found["run"], found["model"], found["steps"]) == (str(out), "poyo", 12)
    assert found["seconds"] > 0
    assert found["peak_mb"] > 50
    assert np.isfinite(found["metrics"]["r2"])
    assert "step " in err
    assert {"config.json", "weights.safetensors", "metrics.json"} <= {p.name for p in out.iterdir()}


@pytest.mark.real
@pytest.mark.parametrize("name", registry.names("neurofm.models"))
def test_every_model_learns_a_real_recording(
    call: Call, shared_data: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    file = shared_data("monkey_reach") / "chewie_2013-10-03_bin100ms.npz"
    run, said, space = tmp_path / "run", tmp_path / "said.npz", tmp_path / "space.npz"
    code, found, err = call("train", name, file, "--out", run, "--set", "steps=4", "--json")
    assert (code, found["steps"]) == (0, 4), err
    assert all(np.isfinite(value) for value in found["metrics"].values() if isinstance(value, float))
    code, found, err = call("predict", run, file, "--out", said, "--json")
    assert code == 0, err
    assert np.isfinite(np.load(said)["values"]).any()
    code, found, err = call("embed", run, file, "--of", "trial", "--out", space, "--json")
    assert (code, found["rows"]) == (0, 159), err


def test_equal_seeds_give_equal_numbers(call: Call, home: Path, tmp_path: Path) -> None:
    scores = []
    for name, seed in (("x", 5), ("y", 5), ("z", 6)):
        _, found, _ = call("train", "poyo", home / "a.h5", "--out", tmp_path / name, *SMALL, "--seed", seed, "--json")
        scores.append(found["metrics"]["r2"])
    assert scores[0] == scores[1] != scores[2]


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_predictions_hold_times_and_ids(call: Call, home: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"decoded{suffix}"
    code, found, _ = call("predict", home / "run", home / "a.h5", "--out", out, "--json")
    times = io.read(home / "a.h5").series["velocity"].times
    columns = np.load(out) if suffix == ".npz" else pd.read_parquet(out)
    assert (code, found["out"], found["rows"], found["space"]) == (0, str(out), len(times), "time")
    assert "r2" in found["metrics"]
    np.testing.assert_allclose(columns["time"], times)
    assert len(np.unique(columns["ids"])) == len(times)


def test_predictions_of_one_recording_read_back(call: Call, home: Path, tmp_path: Path) -> None:
    _, found, _ = call("predict", home / "run", home / "a.h5", "--out", tmp_path / "p.npz", "--json")
    prediction = store.load(tmp_path / "p.npz")
    assert prediction.metrics == found["metrics"]
    assert prediction.session == io.read(home / "a.h5").session


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_predictions_of_several_recordings_are_one_table(call: Call, home: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"decoded{suffix}"
    _, found, _ = call("predict", home / "run", home / "a.h5", home / "b.h5", "--out", out, "--json")
    columns = np.load(out) if suffix == ".npz" else pd.read_parquet(out)
    assert len(np.unique(columns["ids"])) == len(columns["time"]) == found["rows"]
    assert set(np.unique(columns["session"])) == set(found["metrics"])


def test_predictions_as_nwb_are_a_series(call: Call, home: Path, tmp_path: Path) -> None:
    code, found, _ = call("predict", home / "run", home / "a.h5", "--out", tmp_path / "p.nwb", "--json")
    series = io.read(tmp_path / "p.nwb").series
    assert code == 0
    assert [len(s.times) for name, s in series.items() if "velocity_decoded" in name] == [found["rows"]]


@pytest.mark.parametrize("of", ["unit", "session", "time"])
def test_latents_lead_back_to_recordings(call: Call, home: Path, tmp_path: Path, of: str) -> None:
    out = tmp_path / "latents.npz"
    code, found, _ = call("embed", home / "run", home / "a.h5", home / "b.h5", "--out", out, "--of", of, "--json")
    columns, embedding = np.load(out), store.load(out)
    assert (code, found["space"], found["rows"]) == (0, of, len(columns["ids"]))
    assert embedding.method == "PCA"
    assert columns["xy"].shape == (found["rows"], 2)
    recordings = [io.read(home / f"{name}.h5") for name in "ab"]
    assert list(dict.fromkeys(columns["session"].tolist())) == [r.session for r in recordings]
    if of == "unit":
        assert columns["label"].tolist() == [n for r in recordings for n in r.unit_names]
    if of == "time":
        assert (np.diff(columns["time"][columns["session"] == recordings[1].session]) > 0).all()


def test_map_may_be_that_of_umap(call: Call, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def umap(values: np.ndarray, dims: int, seed: int, *, step: Callable[..., None]) -> np.ndarray:
        step(0.5, "halfway")
        return np.full((len(values), dims), float(seed))

    monkeypatch.setattr("neurofm.projection.umap", umap)  # compiling the real one takes a minute; it has its own tests
    call("embed", home / "run", home / "a.h5", "--out", tmp_path / "e.npz", "--umap", "--seed", 7)
    found = store.load(tmp_path / "e.npz")
    assert found.method == "UMAP"
    np.testing.assert_array_equal(found.xy, np.full((5, 2), 7.0))


def test_map_may_have_three_dimensions(call: Call, home: Path, tmp_path: Path) -> None:
    call("embed", home / "run", home / "a.h5", "--out", tmp_path / "e.npz", "--dims", 3)
    assert np.load(tmp_path / "e.npz")["xy"].shape == (5, 3)


@pytest.mark.parametrize("of", ["unit", "time"])
def test_latents_go_to_anndata_and_csv_with_what_is_known_of_each_row(
    call: Call, home: Path, tmp_path: Path, of: str
) -> None:
    import anndata

    paths = (home / "a.h5", home / "b.h5")
    for name in ("e.npz", "e.csv", "e.h5ad"):
        assert call("embed", home / "run", *paths, "--out", tmp_path / name, "--of", of)[0] == 0
    latents, table = np.load(tmp_path / "e.npz"), pd.read_csv(tmp_path / "e.csv")
    found = anndata.read_h5ad(tmp_path / "e.h5ad")
    np.testing.assert_allclose(found.X, latents["values"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(table[["xy_0", "xy_1"]], latents["xy"], rtol=1e-4, atol=1e-5)
    assert table["id"].tolist() == found.obs["id"].tolist() == latents["ids"].tolist()
    assert found.obs["session"].tolist() == table["session"].tolist() == latents["session"].tolist()
    assert (found.uns["run"], found.uns["space"]) == ("run", of)
    assert {"unit": "rate", "time": "time"}[of] in found.obs


def test_adapted_run_knows_the_new_units(call: Call, home: Path, tmp_path: Path) -> None:
    recording = reaching.sessions(3, units=5, duration=30.0, seed=9)[2]
    io.write(recording, tmp_path / "new.h5")
    code, _, err = call("predict", home / "run", tmp_path / "new.h5", "--out", tmp_path / "p.npz")
    assert (code, "adapt it" in err) == (1, True)
    more = ["--units-only", "--set", "steps=5", "--json"]
    code, found, _ = call("finetune", home / "run", tmp_path / "new.h5", "--out", tmp_path / "run2", *more)
    assert (code, found["run"], found["steps"]) == (0, str(tmp_path / "run2"), 5)
    assert call("predict", tmp_path / "run2", tmp_path / "new.h5", "--out", tmp_path / "p.npz")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["infoo"], "No such command 'infoo'"),
        (["info", "x", "--fast"], "No such option: --fast"),
        (["info"], "Missing argument"),
        (
            ["list", "modles"],
            "Invalid value for 'what': 'modles' is not one of 'models', 'readers', 'views', 'benches'",
        ),
        (["list"], "Missing argument 'what'. Choose from: models, readers, views, benches"),
        (["train", "poyoo", "x", "--out", "y"], "no model 'poyoo'; there are "),
        (["train", "poyo", "x"], "Missing option '--out'"),
        (["train", "poyo", "x", "--out", "y", "--set", "dimm=3"], "no setting 'dimm'; there are attention_dropout"),
        (["train", "poyo", "x", "--out", "y", "--set", "stpes=3"], "; did you mean 'steps'?"),
        (["train", "poyo", "x", "--out", "y", "--set", "dim=3"], "dim must be a whole number from 8 to 1024, got '3'"),
        (["train", "poyo", "x", "--out", "y", "--set", "dim"], "--set dim must be --set key=value"),
        (["train", "poyo", "x", "--out", "y", "--device", "gpu"], "'cuda'"),
        (["predict", "run", "x", "--out", "y.txt"], "--out y.txt must end in .npz or .parquet or .nwb"),
        (["embed", "run", "x", "--out", "y.txt"], "--out y.txt must end in .npz or .parquet or .csv or .h5ad"),
        (["info", ""], "PATH '' is empty or has an empty part; name a file or folder"),
        (["info", "a.mat+"], "PATH 'a.mat+' is empty or has an empty part"),
        (["bench", "speeed"], "no bench 'speeed'; there are all, "),
    ],
)
def test_wrong_usage_is_two_and_one_sentence(call: Call, arguments: list[str], words: str) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["info", "{home}/none.h5"], "none.h5"),
        (["info", "{home}/text.nwb"], "text.nwb"),
        (["predict", "{home}/none", "{home}/a.h5", "--out", "{home}/p.npz"], "none"),
        (["predict", "{home}/text.nwb", "{home}/a.h5", "--out", "{home}/p.npz"], "is missing; name the folder"),
        (["train", "mtm", "{home}/a.h5", "--out", "{home}/new", "--set", "target=speed"], "decodes no 'speed'"),
        (["train", "poyo", "{home}/a.h5", "--out", "{home}/run"], "holds a run already"),
        (["train", "poyo", "{home}/a.h5", "--out", "{home}/text.nwb/run"], "text.nwb"),
        (["train", "poyo", "{home}/a.h5", "{home}/a.h5", "--out", "{home}/twice"], "two recordings are called"),
        (["train", "poyo", "{home}/a.h5", "--out", "{home}/new", "--set", "target=speed"], "no series 'speed'"),
    ],
)
def test_refused_files_are_one_and_one_sentence(call: Call, home: Path, arguments: list[str], words: str) -> None:
    (home / "text.nwb").write_text("no recording")
    code, out, err = call(*(a.format(home=home) for a in arguments))
    assert (code, out) == (1, "")
    assert err.startswith("neurofm: ")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("space", ["neuron", "frame"])
def test_a_space_that_the_run_has_not_is_refused_with_those_that_it_has(call: Call, home: Path, space: str) -> None:
    code, out, err = call("embed", home / "run", home / "a.h5", "--out", home / "e.npz", "--of", space)
    assert (code, out) == (2, "")
    assert f"no space '{space}'; there are session, time, trial, unit" in err


def test_missing_device_is_refused_by_name(call: Call, home: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has the device that should be missing")
    code, _, err = call("train", "poyo", home / "a.h5", "--out", home / "gpu", *SMALL, "--device", "cuda")
    assert code == 1
    assert "cuda" in err.lower()
    assert "Traceback" not in err


def test_debug_adds_the_traceback(call: Call, tmp_path: Path) -> None:
    code, _, err = call("info", tmp_path / "none.h5", "--debug")
    assert code == 1
    assert "Traceback" in err


def test_chatter_of_libraries_stays_off_stdout(call: Call, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def noisy(path: str) -> object:
        sys.stdout.write("from Python\n")
        os.write(1, b"from C\n")
        return io.read(path)

    monkeypatch.setattr(cli, "_open", noisy)
    code, found, err = call("info", home / "a.h5", "--json")
    assert (code, found["units"]) == (0, 5)
    assert "from Python" in err
    assert "from C" in err


def test_interrupted_training_keeps_its_checkpoint_and_ends_with_the_same_numbers(home: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "neurofm", "train", "poyo", str(home / "a.h5"), *SMALL, "--set", "steps=150"]
    out, log = tmp_path / "run", tmp_path / "run" / "log.jsonl"
    process = subprocess.Popen([*command, "--out", str(out)], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not log.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"stopped; {out} keeps the last checkpoint" in err
    assert (out / "checkpoint.safetensors").exists()
    assert not (out / "metrics.json").exists()
    found = []
    for more in (["--out", str(out), "--resume"], ["--out", str(tmp_path / "whole")]):
        done = subprocess.run([*command, *more, "--json"], capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout))
    assert found[0]["steps"] == found[1]["steps"] == 150
    assert found[0]["metrics"]["r2"] == pytest.approx(found[1]["metrics"]["r2"], abs=1e-6)


def test_app_hands_the_files_to_the_front(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("napari_neurofm.docks.open_app", opened.append)
    code, found, _ = call("app", "a.mat+b.track", "c.nwb", "--json")
    assert code == 0
    assert opened == [[["a.mat", "b.track"], "c.nwb"]]
    assert found == {"opened": ["a.mat+b.track", "c.nwb"]}


def test_app_without_a_display_says_so(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in cli.SCREENS:
        monkeypatch.delenv(name, raising=False)
    code, _, err = call("app")
    assert (code, err) == (1, "neurofm: there is no display to open a window on; set DISPLAY, or use xvfb-run\n")


def test_version_is_told(call: Call) -> None:
    from neurofm import __version__

    assert call("--version") == (0, f"neurofm {__version__}\n", "")


def test_help_is_quick_and_exits_with_zero() -> None:
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "neurofm", "--help"], capture_output=True, text=True, check=True)
    assert time.perf_counter() - start < 2  # 0.2 s on a machine at rest
    assert "correspond" not in done.stdout
    for name in ("info", "list", "train", "finetune", "predict", "embed", "bench", "app"):
        assert f" {name} " in done.stdout
