"""What is not saved yet, kept every minute in the user's data folder, and offered again after a crash."""

from __future__ import annotations

import json
import logging
import shutil
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from uuid import uuid4

from neurofm.app.saved import folder as folders
from neurofm.errors import DataError
from neurofm.process import Hold, try_hold

if TYPE_CHECKING:
    from neurofm.app.session import Session

EVERY = 60.0  # seconds
MOST = 5  # sessions that are kept when others take their place
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Unsaved:
    """Work that was not saved when its program went, or another session took its place.

    Parameters
    ----------
    path : of the session
    when : seconds since 1970 at which it was kept
    recordings : what was open
    """

    path: Path
    when: float
    recordings: tuple[str, ...]

    def restore(self, session: Session, keeper: Autosave | None = None) -> None:
        """Open it in place of what is open; it counts as unsaved still, and is offered no more.

        What was kept stays with the session's `keeper`, so that another crash at once loses nothing.
        """
        session.open(self.path)
        session.saved = ""
        if keeper is None or not keeper.take(self):
            self.discard()

    def discard(self) -> None:
        """Offer it no more."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


class Autosave:
    """Keeps a session while it differs from what was saved.

    Parameters
    ----------
    session : to keep
    every : seconds between two looks at it

    A thread calls `tick`; nothing is written while nothing has changed. `close`, which a front calls when its window is
    closed in order, drops what was kept.
    """

    def __init__(self, session: Session, *, every: float = EVERY) -> None:
        self.session = session
        self._home = folder() / uuid4().hex
        self._held: Hold | None = None  # for as long as this program lives
        self._kept = folders.state(session)  # a session that was just made needs no rescue
        self._busy, self._closed = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(every,), name="neurofm autosave", daemon=True)

    def start(self) -> Autosave:
        """Look at the session again and again, in a thread."""
        self._thread.start()
        return self

    def tick(self) -> bool:
        """Keep the session now if it has changed; True if something was written."""
        with self._busy:
            if self._closed.is_set():
                return False
            state = folders.state(self.session)
            if state == self.session.saved:
                self._drop()
                self._kept = state
            elif state != self._kept:
                self._hold()
                folders.save(self.session, self._home / f"unsaved{folders.SUFFIX}")
                self._kept = state
                return True
        return False

    def take(self, work: Unsaved) -> bool:
        """Go on with work that was just restored, where it is kept; False if others have it."""
        with self._busy:
            held = None if self._closed.is_set() else try_hold(work.path.parent)
            if held is None:
                return False
            self._drop()
            self._home, self._held, self._kept = work.path.parent, held, folders.state(self.session)
        return True

    def close(self) -> None:
        """Stop looking, and drop what was kept."""
        self._closed.set()
        with self._busy:
            self._drop()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Autosave:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _watch(self, every: float) -> None:
        while not self._closed.wait(every):
            try:
                self.tick()
            except Exception as error:  # a full disk, a change in the middle, another's verb: next time
                log.warning("the session could not be kept: %s", error)

    def _hold(self) -> None:
        if self._held is None:
            self._home.mkdir(parents=True, exist_ok=True)
            self._held = try_hold(self._home)

    def _drop(self) -> None:
        if self._held is not None:
            shutil.rmtree(self._home / f"unsaved{folders.SUFFIX}", ignore_errors=True)  # or it were offered when let go
            self._held.release()
            self._held = None
            shutil.rmtree(self._home, ignore_errors=True)


def set_aside(session: Session) -> Unsaved | None:
    """Keep what is open and not saved before another session takes its place; None if there is nothing to keep.

    It is as if the program had gone: any program may offer it. Of all that is kept so only the newest stay.

    Raises
    ------
    DataError
        If it cannot be written.
    """
    if not session.sources or folders.state(session) == session.saved:
        return None
    home = folder() / uuid4().hex
    try:
        home.mkdir(parents=True)
        path = folders.save(session, home / f"unsaved{folders.SUFFIX}")
    except (DataError, OSError) as error:
        shutil.rmtree(home, ignore_errors=True)
        raise DataError(home, "", f"cannot keep what is open ({error}); save it first, or free some space") from error
    for old in unsaved()[MOST:]:
        old.discard()
    return Unsaved(path, time.time(), tuple(session.sources))


def unsaved() -> list[Unsaved]:
    """What was not saved and is no program's own any more, the newest first."""
    left = [one for home in (folder().iterdir() if folder().is_dir() else ()) if (one := _left(home)) is not None]
    return sorted(left, key=lambda one: one.when, reverse=True)


def folder() -> Path:
    """Where unsaved work is kept."""
    from platformdirs import user_data_path

    return user_data_path("neurofm") / "unsaved"


def _left(home: Path) -> Unsaved | None:
    """What is in a folder, unless its program is alive."""
    with suppress(OSError, ValueError, KeyError, TypeError):  # half written when the program went: nothing to offer
        if (held := try_hold(home)) is None:
            return None
        held.release()
        path = home / f"unsaved{folders.SUFFIX}"
        page = json.loads((path / folders.PAGE).read_text("utf-8"))
        names = tuple(str(source["name"]) for source in page["sources" if "sources" in page else "recordings"])
        return Unsaved(path, min((path / folders.PAGE).stat().st_mtime, time.time()), names)
    return None
