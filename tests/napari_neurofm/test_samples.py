"""Samples of napari's File menu."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from napari_neurofm import samples


def test_three_mice_are_a_video_and_poses_on_one_clock(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_args: str(tmp_path))
    monkeypatch.setattr(samples, "FRAMES", 40)
    monkeypatch.setattr("napari_neurofm.docks.has_window", lambda: False)
    pairs: list[Any] = []
    monkeypatch.setattr(samples, "_added", lambda sources: pairs.append(sources) or [])
    samples.mice()
    samples.mice()  # the film is there by now
    for film, tracks in pairs:
        assert film.clock == tracks.clock
        np.testing.assert_array_equal(film.times, tracks.times)
        x, y = tracks.points[20].reshape(-1, 2).round().astype(int).T
        assert film.frames[20][y, x].mean() > 150 > film.frames[20].mean()


def test_beside_a_window_they_are_filmed_in_a_thread_and_added_once_they_are_there(monkeypatch: Any) -> None:
    asked: list[Any] = []
    added: list[Any] = []
    session = SimpleNamespace(add=added.append)
    desk = SimpleNamespace(session=session, arrange=lambda: added.append("arranged"), later=lambda *a: asked.append(a))
    monkeypatch.setattr("napari_neurofm.docks.has_window", lambda: True)
    monkeypatch.setattr("napari_neurofm.docks.desk", lambda: desk)
    monkeypatch.setattr(samples, "_filmed", lambda: ["film", "tracks"])
    assert samples.mice() == [(None,)]
    ((work, words, done),) = asked
    assert (added, words) == ([], "Filming three mice")
    done(work())
    assert added == ["film", "tracks", "arranged"]


def test_the_phantom_is_a_volume_with_labels(monkeypatch: Any) -> None:
    monkeypatch.setattr(samples, "SIZE", (8, 40, 64))
    monkeypatch.setattr("napari_neurofm.docks.has_window", lambda: False)
    layers = samples.brain()
    assert [kind for _, _, kind in layers] == ["image", "labels", "labels", "labels"]
    assert {tuple(options["scale"]) for _, options, _ in layers} == {(1.17, 1.17, 1.17)}
