"""Where this front does things: on the kernel's loop, late when a cell is busy, but always."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from napari_neurofm.jupyter.loop import Loop, Once


def in_thread(call: Callable[[], None]) -> None:
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()


def test_without_a_loop_all_is_done_at_once() -> None:
    done: list[int] = []
    loop = Loop()
    loop.do(done.append, 1)
    loop.later(done.append, 2)
    Once(loop, lambda: done.append(3)).ask()
    assert done == [1, 2, 3]
    assert loop.after(0.0, lambda: done.append(4)) is None


def test_what_comes_from_the_loops_own_thread_is_done_at_once() -> None:
    async def cell() -> list[str]:
        done: list[str] = []
        loop = Loop()
        loop.do(done.append, "now")
        loop.later(done.append, "later")
        assert done == ["now"]
        await asyncio.sleep(0)
        return done

    assert asyncio.run(cell()) == ["now", "later"]


def test_a_busy_cell_delays_other_threads_and_loses_nothing() -> None:
    async def cell() -> tuple[list[int], list[int]]:
        done: list[int] = []
        threads: list[int] = []
        loop = Loop()

        def note(number: int) -> None:
            done.append(number)
            threads.append(threading.get_ident())

        for number in range(100):
            in_thread(lambda: loop.do(note, number))  # noqa: B023
        assert done == []  # this cell has not ended
        await asyncio.sleep(0)
        return done, threads

    done, threads = asyncio.run(cell())
    assert done == list(range(100))
    assert set(threads) == {threading.get_ident()}


def test_many_askings_are_answered_once_and_a_late_one_again() -> None:
    async def cell() -> int:
        done: list[Any] = []
        once = Once(Loop(), lambda: done.append(None))
        for _ in range(50):
            once.ask("whatever", "a signal says")
        in_thread(once.ask)
        assert not done
        await asyncio.sleep(0)
        assert len(done) == 1
        in_thread(once.ask)
        await asyncio.sleep(0)
        return len(done)

    assert asyncio.run(cell()) == 2


def test_what_could_not_be_asked_for_can_be_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def cell() -> list[int]:
        done: list[int] = []
        once = Once(Loop(), lambda: done.append(1))
        with monkeypatch.context() as patch:
            patch.setattr(asyncio.get_running_loop(), "call_soon_threadsafe", _closed)
            with pytest.raises(RuntimeError, match="closed"):
                once.ask()
        once.ask()
        await asyncio.sleep(0)
        return done

    assert asyncio.run(cell()) == [1]


def _closed(*_: Any) -> None:
    raise RuntimeError("Event loop is closed")


def test_what_is_asked_while_it_is_done_is_done_after() -> None:
    async def cell() -> int:
        done: list[Any] = []

        def work() -> None:
            done.append(None)
            if len(done) == 1:
                once.ask()

        once = Once(Loop(), work)
        once.ask()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return len(done)

    assert asyncio.run(cell()) == 2


def test_after_the_loop_has_ended_all_is_done_at_once() -> None:
    async def cell() -> Loop:
        return Loop()

    done: list[int] = []
    asyncio.run(cell()).do(done.append, 1)
    assert done == [1]


@pytest.mark.parametrize("fails", [False, True])
def test_work_beside_the_loop_ends_on_it(fails: bool) -> None:
    def work() -> int:
        if fails:
            raise OSError("no room")
        return threading.get_ident()

    async def cell() -> list[Any]:
        ended: list[Any] = []
        Loop().beside(work, lambda value: ended.extend([value, threading.get_ident()]), ended.append)
        while not ended:
            await asyncio.sleep(0.01)
        return ended

    ended = asyncio.run(cell())
    if fails:
        assert str(ended[0]) == "no room"
    else:
        assert ended[0] != ended[1] == threading.get_ident()
