"""Films from the command line: exactly the frames that were asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.app.pictures.movie import WIDE
from neurofm.data import Recording
from neurofm.data.ethogram import Ethogram
from neurofm.synthetic import videos
from tests.cli.conftest import Call

COUNT = 60


@pytest.fixture
def folder(tmp_path: Path, reaches: Recording) -> Path:
    """A video of 2 s, bouts scored in it, and a recording on another clock."""
    cam = io.write(replace(videos.numbered(COUNT), session="cam"), tmp_path / "cam.mp4")
    bouts = pd.DataFrame({"start": [0.1, 0.5, 1.0], "stop": [0.2, 0.6, 1.2], "behavior": ["rear", "groom", "rear"]})
    ethogram = Ethogram(session="scored", bouts=bouts, domain=np.array([[0.0, 2.0]]), clock=str(cam))
    io.write(ethogram, tmp_path / "cam.ethogram")
    io.write(reaches, tmp_path / "rat.h5")
    return tmp_path


def numbers(path: Path) -> list[int]:
    left = (WIDE - 128) // 2
    return [videos.number(frame[:96, left : left + 128]) for frame in io.read(path).frames]


def test_from_a_second_to_a_second(call: Call, folder: Path) -> None:
    out = folder / "film.mp4"
    code, report, _ = call("movie", folder / "cam.mp4", "--start", 0.5, "--stop", 1.0, "--out", out, "--json")
    assert (code, report["out"], report["stretches"]) == (0, [str(out)], 1)
    assert numbers(out) == list(range(15, 30))


def test_the_video_itself_is_not_replaced(call: Call, folder: Path) -> None:
    before = (folder / "cam.mp4").read_bytes()
    code, _, error = call("movie", folder / "cam.mp4", "--stop", 0.2, "--out", folder / "cam.mp4")
    assert code == 1
    assert "choose another name" in error
    assert (folder / "cam.mp4").read_bytes() == before


def test_a_film_of_each_bout_of_a_behaviour(call: Call, folder: Path) -> None:
    paths = [folder / "cam.mp4", folder / "cam.ethogram"]
    how = ("--behavior", "rear", "--each", "--below", "ethogram", "--out", folder / "rear.mp4", "--json")
    code, report, error = call("movie", *paths, *how)
    assert code == 0, error
    assert [numbers(Path(path)) for path in report["out"]] == [[3, 4, 5], [30, 31, 32, 33, 34, 35]]
    assert io.read(report["out"][0]).size[0] > 96


def test_beside_a_recording_it_is_on_its_clock(call: Call, folder: Path) -> None:
    how = ("--out", folder / "film.mp4", "--stop", 5.2, "--json")
    code, _, error = call("movie", folder / "cam.mp4", folder / "rat.h5", *how)
    assert code == 1
    assert "say with --zero" in error
    assert call("movie", folder / "cam.mp4", folder / "rat.h5", "--zero", 5, *how)[0] == 0
    assert numbers(folder / "film.mp4") == [0, 1, 2, 3, 4, 5]
    assert io.read(folder / "film.mp4").size[0] > 96  # spikes


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("cam.mp4", "--out", "film.avi"), 2, "must end in .mp4"),
        (("rat.h5", "--out", "film.mp4"), 1, "name the video first"),
        (("cam.mp4", "--start", "7", "--out", "film.mp4"), 1, "a start and a later stop"),
        (("cam.mp4", "--start", "7", "--stop", "8", "--out", "film.mp4"), 1, "no frame of cam"),
        (("cam.mp4", "cam.ethogram", "--behavior", "sleep", "--out", "film.mp4"), 1, "there are groom, rear"),
        (("cam.mp4", "--behavior", "rear", "--out", "film.mp4"), 1, "name a file of bouts"),
        (("cam.mp4", "--below", "latent", "--out", "film.mp4"), 1, "is no view along time"),
    ],
)
def test_what_makes_no_film_is_told(
    call: Call, folder: Path, arguments: tuple[str, ...], code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert call("movie", *arguments)[::2][0] == code
    assert words in " ".join(call("movie", *arguments)[2].split())
    assert not list(folder.glob("film*"))
