"""Samples of napari's File menu."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from napari_neurofm import samples
from neurofm.errors import DataError


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


def test_the_graph_has_classes_that_edges_tell(monkeypatch: Any) -> None:
    monkeypatch.setattr("napari_neurofm.docks.has_window", lambda: False)
    graphs: list[Any] = []
    monkeypatch.setattr(samples, "_added", lambda sources: graphs.extend(sources) or [])
    samples.connections()
    kind = graphs[0].nodes["class"].to_numpy()
    assert len(set(kind)) == 5
    assert (kind[graphs[0].edges[0]] == kind[graphs[0].edges[1]]).mean() > 0.7


def test_the_real_slice_is_that_of_the_users_folder(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("napari_neurofm.docks.has_window", lambda: False)
    monkeypatch.setenv("NEUROFM_DATA", str(tmp_path))
    with pytest.raises(DataError, match="NEUROFM_DATA"):
        samples.real_slice()
    (tmp_path / "xray_slice").mkdir()
    np.savez(tmp_path / "xray_slice" / "slice.npz", image=np.arange(900, dtype=np.uint8).reshape(30, 30))
    ((scales, _, kind),) = samples.real_slice()
    assert (kind, scales[0].shape) == ("image", (1, 30, 30))


def test_two_animals_share_clones(monkeypatch: Any) -> None:
    monkeypatch.setattr("napari_neurofm.docks.has_window", lambda: False)
    pair: list[Any] = []
    monkeypatch.setattr(samples, "_added", lambda sources: pair.extend(sources) or [])
    samples.clones()
    one, other = (set(recording.units["clone"]) - {-1} for recording in pair)
    assert len(one) == 60
    assert one == other
