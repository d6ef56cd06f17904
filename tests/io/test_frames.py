"""Decoded frames: within a bounded memory, latest wish first, and ahead of who plays."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from neurofm.io import _frames, read
from neurofm.io._encode import Coding, encode
from neurofm.io._frames import Film
from neurofm.synthetic import videos

COUNT = 120
EACH = 96 * 128 * 3 // 2  # bytes of a frame as it is decoded


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long groups with B-frames."""
    path = tmp_path_factory.mktemp("frames") / "long.mp4"
    return encode(path, videos.numbered(COUNT).frames, np.arange(COUNT) / 30, Coding(group=50))


@pytest.fixture
def film(path: Path) -> Film:
    return read(path).frames


def awaited(film: Film, number: int) -> int:
    """The frame that is shown once a wish is fulfilled."""
    there = threading.Event()

    def told(_: int) -> None:
        if film.now(number)[0] == number:
            there.set()

    film.ready.connect(told)
    if film.now(number)[0] != number:
        assert there.wait(20)
    film.ready.disconnect(told)
    return videos.number(film.now(number)[1])


@pytest.mark.parametrize("megabytes", [1, 0.2])
def test_memory_is_bounded_by_the_setting(film: Film, megabytes: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(_frames.SETTING, str(megabytes))
    monkeypatch.setattr(_frames, "_open", {film})
    for k in (*range(COUNT), 3, 110, 49, 50):
        assert videos.number(film[k]) == k
        assert film.nbytes <= megabytes * 2**20
    assert film.nbytes >= EACH


def test_what_was_decoded_is_not_decoded_again(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    film[49], film[41]  # who steps back again is given more
    monkeypatch.setattr(film, "_reader", None)
    assert [videos.number(film[k]) for k in range(49, 9, -1)] == list(range(49, 9, -1))


def test_before_anything_is_decoded_there_is_nothing_and_it_is_told_so(film: Film) -> None:
    number, picture = film.now(77)
    assert (number, picture.max(), picture.shape) == (_frames.NOTHING, 0, film.shape[1:])
    assert awaited(film, 77) == 77


def test_a_far_frame_is_the_nearest_there_is_until_it_is_ready(film: Film) -> None:
    film[10]
    number, picture = film.now(99)
    assert number == videos.number(picture) != 99
    assert awaited(film, 99) == 99


def test_of_many_wishes_the_last_is_fulfilled(film: Film) -> None:
    film[0]
    for k in (110, 30, 80, 5, 119, 64):
        film.now(k)
    assert awaited(film, 64) == 64


@pytest.mark.parametrize(("begin", "step"), [(20, 1), (80, -1)])
def test_frames_are_decoded_ahead_in_the_direction_of_play(
    film: Film, begin: int, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_frames, "IDLE", 0.05)
    for k in (begin, begin + step):
        awaited(film, k)
        while thread := film._thread:  # until it has taken the wish, so that it knows which way it goes
            thread.join(20)
    assert set(range(begin, begin + 10 * step, step)) <= set(film._kept)


def test_many_threads_get_what_they_ask_for(film: Film) -> None:
    wrong: list[int] = []

    def ask(seed: int) -> None:
        for k in np.random.default_rng(seed).integers(0, COUNT, 30).tolist():
            film.now((k + 50) % COUNT)
            if videos.number(film[k]) != k:
                wrong.append(k)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_thread_ends_where_nothing_is_wanted(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_frames, "IDLE", 0.3)
    film[0]
    film.now(3)
    thread = film._thread
    assert thread is not None
    thread.join(20)
    assert not thread.is_alive()
    assert awaited(film, 4) == 4
