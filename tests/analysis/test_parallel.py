"""Folds in processes of their own say how far they are, and can be stopped and killed."""

from __future__ import annotations

import multiprocessing
import queue
import time

import pytest

from neurofm.analysis import decoders, parallel
from neurofm.errors import NeuroFMError, Stopped
from tests.analysis.conftest import Told


def test_while_no_fold_says_anything_the_last_words_stay():
    said, told, done = queue.Queue(), Told(), [0.0, 0.0]
    said.put((1, 0.5, "EIT, one bin"))
    text = "2 folds begin"
    for _ in range(2):
        text = parallel._listen(said, told, done, text)
    assert told == [(0.25, "fold 2 of 2: EIT, one bin")] * 2


@pytest.mark.parametrize(
    ("first", "words"),
    [("fold", "a fold was killed, most likely because memory ran out"), ("2 folds", "as they began")],
)
def test_a_fold_that_is_killed_is_told_in_a_sentence(reaches, monkeypatch, first, words):
    monkeypatch.setattr(decoders, "settings", dict)
    monkeypatch.setattr("os.cpu_count", lambda: 1)

    def kill(fraction, text, **_):
        if text.startswith(first):
            for child in multiprocessing.active_children():
                child.kill()

    with pytest.raises(NeuroFMError, match=words):
        decoders.compare(reaches, folds=2, step=kill)


def test_folds_in_other_processes_say_how_far_they_are_and_can_be_stopped(reaches, monkeypatch):
    monkeypatch.setattr(decoders, "settings", dict)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    told = Told()
    folds = decoders.compare(reaches, folds=2, step=told)
    alone = decoders.compare(reaches, folds=1)
    assert folds[0].scores == pytest.approx(alone[0].scores)
    assert {text.split(":")[0] for _, text in told} >= {"fold 1 of 2", "fold 2 of 2"}
    mine = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    mine.start()
    with pytest.raises(Stopped):
        decoders.compare(reaches, folds=2, step=Told(most=2))
    end = time.monotonic() + 10  # until it is known here, too, that the killed ones ended
    while multiprocessing.active_children() != [mine] and time.monotonic() < end:
        time.sleep(0.01)
    assert multiprocessing.active_children() == [mine]
    mine.kill()
    mine.join()
