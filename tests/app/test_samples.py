"""Samples, and what opens them."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.app import commands, samples
from neurofm.app.command import Context
from neurofm.app.pictures.layers import layers
from neurofm.app.session import Session
from neurofm.errors import DataError


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_args: str(tmp_path))
    monkeypatch.setattr(samples, "FRAMES", 40)
    monkeypatch.setattr(samples, "SIZE", (8, 40, 64))
    monkeypatch.setattr(samples, "PEOPLE", 20)


def test_three_mice_are_a_video_and_poses_on_one_clock(small):
    for _ in range(2):  # the film is there by the second time
        film, tracks = samples.BY_NAME["mice"].make()
        assert film.clock == tracks.clock
        np.testing.assert_array_equal(film.times, tracks.times)
        x, y = tracks.points[20].reshape(-1, 2).round().astype(int).T
        assert film.frames[20][y, x].mean() > 150 > film.frames[20].mean()


def test_the_phantom_is_a_volume_with_labels(small):
    (volume,) = samples.BY_NAME["brain"].make()
    shown = layers(volume)
    assert [kind for _, _, kind in shown] == ["image", "labels", "labels", "labels"]
    assert {tuple(options["scale"]) for _, options, _ in shown} == {(1.17, 1.17, 1.17)}


def test_the_graph_has_classes_that_edges_tell():
    (graph,) = samples.BY_NAME["connections"].make()
    kind = graph.nodes["class"].to_numpy()
    assert len(set(kind)) == 5
    assert (kind[graph.edges[0]] == kind[graph.edges[1]]).mean() > 0.7


def test_two_animals_share_clones():
    one, other = (set(recording.units["clone"]) - {-1} for recording in samples.BY_NAME["clones"].make())
    assert len(one) == 60
    assert one == other


def test_the_real_slice_is_that_of_the_users_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROFM_DATA", str(tmp_path))
    real = samples.BY_NAME["slice"]
    assert not real.offered()
    with pytest.raises(DataError, match="NEUROFM_DATA"):
        real.make()
    (tmp_path / "xray_slice").mkdir()
    np.savez(tmp_path / "xray_slice" / "slice.npz", image=np.arange(900, dtype=np.uint8).reshape(30, 30))
    assert real.offered()
    (volume,) = real.make()
    assert volume.image is not None


@pytest.mark.parametrize("sample", [s for s in samples.SAMPLES if s.name != "slice"], ids=lambda sample: sample.name)
def test_what_is_worth_doing_with_a_sample_is_offered_once_it_is_open(sample, small):
    session = Session(sample.make())
    try:
        for verb in sample.does:
            command = commands.get(verb)
            sources = [Context(session=session, kind="source", name=name) for name in session.sources]
            at = sources if "source" in command.on else [Context(session=session)]
            assert any(list(command.entries(context)) for context in at), verb
    finally:
        session.jobs.close()


def test_one_click_opens_a_sample_and_goes_on(fake_jobs, host, tmp_path):
    host.session.folder = tmp_path / "runs"
    commands.do("open_clones_correspond", host)
    assert list(host.session.recordings) == ["rat", "clones a", "clones b"]
    assert host.session.jobs.jobs[0].task == "correspond"
    assert host.shown == ["arranged", "jobs"]
    commands.do("open_people_train", host)
    assert host.shown[2:] == ["arranged", "train"]
