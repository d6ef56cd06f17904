"""What a computer does while nobody wants anything of it: maps by UMAP, layouts of graphs, copies of videos."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet, ref

from psygnal import Signal

from neurofm.app.views import graph, latent
from neurofm.data.video import Video
from neurofm.errors import NeuroFMError

if TYPE_CHECKING:
    from neurofm.app.jobs import Job
    from neurofm.app.session import Session

CALM = 1.0  # seconds without a change after which it begins
OFF = "; the preferences, or NEUROFM_VIDEO_COPIES=0, turn such copies off"
Wish = tuple[Any, Callable[[], "Job"], tuple[str, str]]  # the thing, what begins it, what is told once it is there
log = logging.getLogger(__name__)


class Idle:
    """Asks for one thing after the other that would help, while no other job runs or waits.

    That is the UMAP of what a latent space shows, a layout of a graph that is drawn, and a small copy of a video whose
    frames are far from a key frame.

    One that had to make way is begun again; one that failed, or that a user stopped, is not.

    Parameters
    ----------
    session : whose views are looked at; it is not kept alive
    unasked : whether runs get a UMAP by themselves, or only where a user chose it in the view

    Attributes
    ----------
    told : signal with a sentence once a picture becomes another, and of which kind of thing it is
    """

    told = Signal(str, str)

    def __init__(self, session: Session, *, unasked: bool = True) -> None:
        self._session, self.unasked = ref(session), unasked
        self._tried: WeakSet[Any] = WeakSet()
        self._thing: Callable[[], Any] = lambda: None  # that the job is about
        self._words = "", ""
        self._job: Job | None = None
        self._timer: threading.Timer | None = None
        self._busy, self._closed = threading.Lock(), False
        self.views = 0  # that share it

    def start(self) -> Idle:
        """Look whenever something has changed and a moment has passed, in a thread."""
        session = self._session()
        if session is not None:
            session.changed.connect(self._ask)
            session.jobs.finished.connect(self._ended)
            for name in list(session.views):
                self._follow(name)
            self._ask()
        return self

    def close(self) -> None:
        """Look no more, and follow nothing."""
        self._closed = True
        session = self._session()
        if session is not None:
            session.changed.disconnect(self._ask, missing_ok=True)
            session.jobs.finished.disconnect(self._ended, missing_ok=True)
            for state in session.views.values():
                state.events.disconnect(self._ask_again, missing_ok=True)

    def look(self) -> Job | None:
        """Begin what is wanted, if nothing else is to be done; gives the job."""
        with self._busy:
            session = self._session()
            if session is None or self._closed or any(not job.over for job in session.jobs):
                return None
            for thing, begin, words in self._wanted(session):
                if thing not in self._tried:
                    self._tried.add(thing)
                    self._thing, self._words = ref(thing), words
                    self._job = begin()
                    return self._job
        return None

    def _wanted(self, session: Session) -> Iterator[Wish]:
        yield from self._maps(session)
        yield from _layouts(session)
        yield from _copies(session)

    def _maps(self, session: Session) -> Iterator[Wish]:
        """Embeddings of which latent spaces would draw another map."""
        for name, state in list(session.views.items()):
            if name.split(" ")[0] == "latent" and (self.unasked or state.map == "UMAP"):
                wanted = latent.wanted(state, session)
                if wanted is not None:
                    of, dims = wanted
                    words = f"{of} is drawn by UMAP now; choose PCA as its map for the first picture"
                    begin = partial(session.umap, of, dims=dims, idle=True)
                    yield session.embeddings[of], begin, (words, "embedding")

    def _ended(self, job: Job) -> None:
        session, thing = self._session(), self._thing()
        if job is self._job and session is not None:
            if job.state == "done":
                self.told.emit(*self._words)
            elif job.state == "stopped" and any(not other.over for other in session.jobs):  # it made way
                self._tried.discard(thing)
        self._ask()

    def _ask(self, *change: Any) -> None:
        """Look soon; many calls give one look."""
        if change and change[0] == "view":
            self._follow(change[1])
        if self._timer is None and not self._closed and not sys.is_finalizing():  # an exit waits for no new thread
            self._timer = threading.Timer(CALM, self._look)
            self._timer.daemon = True
            self._timer.start()

    def _follow(self, name: str) -> None:
        """Follow what is chosen in a view."""
        session = self._session()
        if session is not None and name.split(" ")[0] in ("latent", "graph"):
            session.views[name].events.connect(self._ask_again, unique=True)

    def _ask_again(self, *_: Any) -> None:
        self._ask()

    def _look(self) -> None:
        self._timer = None
        try:
            self.look()
        except (
            NeuroFMError,
            ValueError,
            LookupError,
            OSError,
            RuntimeError,
        ) as error:  # a full disk, a window that closes
            log.warning("work that nobody asked for could not be begun: %s", error)


def _layouts(session: Session) -> Iterator[Wish]:
    """Graphs whose nodes lie nowhere, while they are drawn."""
    for name, state in list(session.views.items()):
        wanted = graph.wanted(state, session) if name.split(" ")[0] == "graph" else None
        if wanted is not None:
            words = f"{wanted.session} is laid out: joined nodes lie near each other"
            yield wanted, partial(session.lay_out, wanted.session, idle=True), (words, "embedding")


def _copies(session: Session) -> Iterator[Wish]:
    """Videos that would be leafed through more quickly by a small copy."""
    for name, source in list(session.sources.items()):
        if isinstance(source, Video) and getattr(source.frames, "wants_copy", False):
            words = f"a small copy of {name} shows every frame at once while you drag{OFF}"
            yield source.frames, partial(session.leaf, name, idle=True), (words, Video.kind)


def of(session: Session) -> Idle:
    """The one that looks at a session for all views of it, begun with the first; each takes its leave by `leave`."""
    if session not in _all:
        _all[session] = Idle(session).start()
    _all[session].views += 1
    return _all[session]


def leave(one: Idle) -> None:
    """A view looks no more; with the last of them ends what looked for all."""
    one.views -= 1
    session = one._session()
    if not one.views:
        one.close()
        if session is not None:
            _all.pop(session, None)


_all: WeakKeyDictionary[Session, Idle] = WeakKeyDictionary()
