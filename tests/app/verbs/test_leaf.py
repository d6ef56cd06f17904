"""A small copy of a video is made in a job, and shown from then on while one leafs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

import neurofm as nf
from neurofm.app.verbs import leaf
from neurofm.io import _proxy, write
from neurofm.synthetic import videos


@pytest.fixture
def session(tmp_path: Path, fake_jobs: None) -> nf.Session:
    return nf.Session([write(videos.numbered(12), tmp_path / "cam.mp4")])


def test_a_copy_is_made_and_taken(session: nf.Session, tmp_path: Path) -> None:
    film = session.sources["cam"].frames
    film[0]
    job = session.leaf("cam")
    told: list[float] = []
    result = leaf.work(lambda done, words: told.append(done), tmp_path, **job.arguments)
    assert result == {"out": str(_proxy.place(tmp_path / "cam.mp4"))}
    assert told[-1] == 1.0
    leaf.took(session, SimpleNamespace(state="done", arguments=job.arguments))
    number, picture = film.at_once(11)
    assert (number, videos.number(picture)) == (11, 11)
    assert list(film._kept) == [0]


def test_what_is_no_video_or_in_no_file_is_told(session: nf.Session) -> None:
    session.add(videos.numbered(3))
    with pytest.raises(LookupError, match="no video 'rat'"):
        session.leaf("rat")
    with pytest.raises(ValueError, match="are in memory and need no copy"):
        session.leaf("numbered")
