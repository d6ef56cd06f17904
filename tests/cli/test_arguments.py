"""What is given: paths, their parts, settings and suffixes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from neurofm.cli import arguments
from tests.cli.conftest import Call


def test_parts_joined_by_plus_are_one_recording(call: Call, shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("rat_ca1_linear_track")
    _, one, _ = call("info", f"{folder / 'spikes.mat'}+{folder / 'trajectory.videoPositionTracking'}", "--json")
    _, same, _ = call("info", folder, "--json")
    assert one["units"] == same["units"] == 31
    assert one["series"].keys() == same["series"].keys() == {"position"}


def test_file_with_a_plus_in_its_name_is_a_file(call: Call, home: Path, tmp_path: Path) -> None:
    (tmp_path / "a+b.h5").write_bytes((home / "a.h5").read_bytes())
    code, summary, _ = call("info", tmp_path / "a+b.h5", "--json")
    assert (code, summary["units"]) == (0, 5)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("a.h5", "a.h5"),
        ("a.mat+b.track", ["a.mat", "b.track"]),
        ("a+b+c", ["a", "b", "c"]),
        ("{tmp}/x+y", "{tmp}/x+y"),
        ("precomputed://https://a.org/b+c", "precomputed://https://a.org/b+c"),
    ],
)
def test_a_plus_parts_what_is_no_file_of_that_name(tmp_path: Path, path: str, names: str | list[str]) -> None:
    (tmp_path / "x+y").touch()
    wanted = names.format(tmp=tmp_path) if isinstance(names, str) else names
    assert arguments.parts(path.format(tmp=tmp_path)) == wanted


@pytest.mark.parametrize("path", ["", " ", "a+", "+a", "a++b"])
def test_an_empty_part_is_refused(path: str) -> None:
    with pytest.raises(typer.BadParameter, match="is empty or has an empty part"):
        arguments.parts(path)


@pytest.mark.parametrize(
    ("pairs", "settings"),
    [(None, {}), ([], {}), (["dim=16", "lr=0.5"], {"dim": 16, "lr": 0.5}), (["target=a=b"], {"target": "a=b"})],
)
def test_settings_have_the_types_that_the_model_wants(pairs: list[str] | None, settings: dict[str, Any]) -> None:
    assert arguments.read_settings("poyo", pairs) == settings


@pytest.mark.parametrize(("model", "pairs"), [("poyo", ["dim"]), ("poyo", ["dimm=3"]), ("poyoo", None)])
def test_wrong_settings_are_wrong_usage(model: str, pairs: list[str] | None) -> None:
    with pytest.raises(typer.BadParameter):
        arguments.read_settings(model, pairs)


@pytest.mark.parametrize(("suffix", "fits"), [(".npz", True), (".csv", False), ("", False)])
def test_only_suffixes_that_can_be_written_pass(suffix: str, fits: bool) -> None:
    with nullcontext() if fits else pytest.raises(typer.BadParameter, match=r"must end in \.npz or \.parquet"):
        arguments.check_suffix(Path(f"out{suffix}"), (".npz", ".parquet"))


def test_what_is_what_in_a_bare_file_is_said_on_the_command_line(call: Call, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "counts.npy"
    np.save(path, np.random.default_rng(0).poisson(1.0, (50, 4)))
    code, _, err = call("info", path)
    assert code == 1
    assert "--as dt=0.02" in err
    code, summary, _ = call("info", path, "--as", "dt=0.1", "--json")
    assert (code, summary["units"], round(summary["duration_s"], 6)) == (0, 4, 5.0)
    assert call("convert", path, "--as", "dt=0.1", "--out", tmp_path / "a.h5")[0] == 0
    code, _, err = call("info", path, "--as", "dtt=1")
    assert (code, "did you mean 'dt'?" in err) == (2, True)
    code, _, err = call("info", home / "a.h5", "--as", "dt=1")
    assert (code, "says itself how it is read" in err) == (2, True)


def test_a_reader_and_what_a_picture_holds_can_be_said(call: Call, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "grey.npy"
    np.save(path, np.random.default_rng(0).integers(0, 255, (40, 50)).astype(np.uint8))
    for how, kind in (("reader=image_arrays", "volume"), ("holds=image", "volume"), ("holds=counts", "")):
        code, summary, err = call("info", path, "--as", how, "--json")
        assert (code, summary["kind"] if code == 0 else "") == (int(not kind), kind)
    assert "--as dt=0.02" in err
    assert call("info", path, "--as", "holds=counts", "--as", "dt=0.1", "--json")[1]["units"] == 50
    assert call("info", home / "a.h5", "--as", "reader=brainsets")[0] == 0
    code, _, err = call("info", path, "--as", "reader=image_array")
    assert (code, "did you mean 'image_arrays'?" in err) == (2, True)
    code, summary, _ = call("info", path, home / "a.h5", "--as", "holds=counts", "--as", "dt=0.1", "--json")
    assert [one["kind"] for one in summary["files"]] == ["recording", "recording"]
