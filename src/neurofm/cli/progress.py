"""How far long work is, for people, and how they end it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from neurofm.errors import Stopped


@contextmanager
def progress(title: str) -> Iterator[Callable[..., None]]:
    """A `step` for long work: a bar with the time left; Ctrl-C ends the work at its next step, twice at once."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    asked: list[int] = []

    def interrupt(number: int, frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = signal.signal(signal.SIGINT, interrupt)
    console = Console(stderr=True)
    columns = (BarColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(title, total=1.0)

            def step(fraction: float, text: str, preview: object = None, metrics: object = None) -> None:
                if asked:
                    raise Stopped("stopped; nothing was written")
                bar.update(task, completed=fraction, description=text)
                if preview is not None:
                    bar.console.print(text, highlight=False)

            yield step
    finally:
        signal.signal(signal.SIGINT, before)
