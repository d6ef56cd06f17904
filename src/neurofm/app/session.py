"""What is open, what is picked, which time it is, and what was done: everything a front shows and asks for.

Signals speak in the thread that made the change; what a job brings comes from the job's thread, so fronts connect with
``thread="main"``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm import registry
from neurofm.app.script import notebook, script
from neurofm.app.state.catalog import VERBS, Catalog
from neurofm.app.state.log import Action, Log
from neurofm.app.state.results import add as _add
from neurofm.app.summary import summary
from neurofm.app.verbs import adapt as _adapt
from neurofm.app.verbs import bouts as _bouts
from neurofm.app.verbs import carry as _carry
from neurofm.app.verbs import cells as _cells
from neurofm.app.verbs import close as _close
from neurofm.app.verbs import coarsen as _coarsen
from neurofm.app.verbs import compare as _compare
from neurofm.app.verbs import compare_bouts as _compare_bouts
from neurofm.app.verbs import compare_choosers as _compare_choosers
from neurofm.app.verbs import compare_decoders as _compare_decoders
from neurofm.app.verbs import connect as _connect
from neurofm.app.verbs import correct as _correct
from neurofm.app.verbs import correspond as _correspond
from neurofm.app.verbs import embed as _embed
from neurofm.app.verbs import export as _export
from neurofm.app.verbs import figure as _figure
from neurofm.app.verbs import finetune as _finetune
from neurofm.app.verbs import group as _group
from neurofm.app.verbs import hide as _hide
from neurofm.app.verbs import join as _join
from neurofm.app.verbs import join_with as _join_with
from neurofm.app.verbs import lay_out as _lay_out
from neurofm.app.verbs import leaf as _leaf
from neurofm.app.verbs import learn as _learn
from neurofm.app.verbs import load as _load
from neurofm.app.verbs import locate as _locate
from neurofm.app.verbs import map_regions as _map_regions
from neurofm.app.verbs import movie as _movie
from neurofm.app.verbs import open as _open
from neurofm.app.verbs import overwrite as _overwrite
from neurofm.app.verbs import paint as _paint
from neurofm.app.verbs import place as _place
from neurofm.app.verbs import predict as _predict
from neurofm.app.verbs import relabel as _relabel
from neurofm.app.verbs import segment as _segment
from neurofm.app.verbs import share_clock as _share_clock
from neurofm.app.verbs import time_frames as _time_frames
from neurofm.app.verbs import train as _train
from neurofm.app.verbs import umap as _umap
from neurofm.app.verbs.compare_decoders import Decoders
from neurofm.data.embedding import Embedding
from neurofm.data.prediction import Prediction
from neurofm.data.shown import Shown, several
from neurofm.data.source import Source, each, start
from neurofm.errors import every
from neurofm.runs import RunFolder, is_run

if TYPE_CHECKING:
    from neurofm.app.saved.reader import Saved

PLACES = {
    "source": "sources", "run": "runs", "embedding": "embeddings", "prediction": "predictions",
    "group": "groups", "table": "user_tables",
}  # fmt: skip


class Session(Shown, Catalog):
    """Recordings and other sources and what came of them, in files and out of them, and what users say of things.

    Parameters
    ----------
    sources : recordings (or others), or their files, to begin with; one or several
    folder : where runs go; the user's data folder unless given

    Attributes
    ----------
    changed, time_changed, sources, recordings, embeddings, predictions, runs, groups, ... : as in `Catalog`
    """

    train = _train.begin
    resume = _train.resume
    finetune = _finetune.begin
    adapt = _adapt.begin
    predict = _predict.begin
    embed = _embed.begin
    umap = _umap.begin
    bouts = _bouts.begin
    relabel = _relabel.begin
    cells = _cells.begin
    segment = _segment.begin
    map_regions = _map_regions.begin
    learn = _learn.begin
    share_clock = _share_clock.begin
    hide = _hide.begin
    compare_choosers = _compare_choosers.begin
    compare_decoders = _compare_decoders.begin
    open_decoder = _compare_decoders.open_decoder
    connect = _connect.begin
    lay_out = _lay_out.begin
    correspond = _correspond.begin
    carry = _carry.begin
    locate = _locate.begin
    correct = _correct.begin
    overwrite = _overwrite.begin
    time_frames = _time_frames.begin
    leaf = _leaf.begin
    coarsen = _coarsen.begin
    paint = _paint.begin
    merge_labels = _paint.merge
    split_label = _paint.split
    place = _place.begin
    movie = _movie.begin
    close = _close.begin
    group = _group.begin
    ungroup = _group.ungroup
    rename_group = _group.rename
    pick_group = _group.pick
    join = _join.begin
    join_with = _join_with.begin
    unjoin = _join.unjoin
    compare = _compare.begin
    contrast = _compare.contrast
    compare_bouts = _compare_bouts.begin
    figure = _figure.begin
    export = _export.begin
    show = _add

    def __init__(self, sources: Any = (), *, folder: str | Path | None = None) -> None:
        super().__init__(folder=folder)
        names = every(self.add, _matching(each(sources)))
        opened = [name for name in names if name in self.sources]
        for name in opened[:1]:  # of several in one go the first is the current one
            self.current = name
        for source in [self.sources[name] for name in opened if self.sources[name].clock][:1]:
            self.time = start(source)

    def __dir__(self) -> list[str]:
        """Its own names, and verbs that other distributions add."""
        return sorted({*super().__dir__(), *(name for name in registry.names(VERBS) if not name.startswith("_"))})

    def facts(self) -> dict[str, Any]:
        """What is open, what came of it and what is picked."""
        places = ("runs", "embeddings", "predictions", "groups", "user_tables")
        return {"": summary(self), **{name.replace("_", " "): several(getattr(self, name)) for name in places}}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Verbs that other distributions add are methods, too."""
        if name.startswith("_") or name not in registry.names(VERBS):
            near = get_close_matches(name, () if name.startswith("_") else dir(self), 1)
            meant = "".join(f"; did you mean '{one}'?" for one in near)
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'{meant}")
        return partial(registry.get(VERBS, name).begin, self)

    @property
    def decoders(self) -> dict[str, Decoders]:
        """How well decoders do, by the name of the recording."""
        return _compare_decoders.of(self)

    def add(self, added: Any) -> str:
        """Take something made in Python or opened by another library, or a file; gives the name it goes by.

        An embedding or prediction of the same name, and a run, replace the older one; a source of the same name is
        called otherwise.

        Raises
        ------
        ValueError
            If rows of an embedding are no finite numbers.
        LookupError
            If none of an embedding's or a prediction's sources is open, or a row is of nothing in them.
        TypeError
            If it is nothing that can be open.
        """
        if isinstance(added, RunFolder):
            return _load.add(self, added)
        if isinstance(added, str | Path):
            return self.open(added)
        if not isinstance(added, Embedding | Prediction):
            return _open.add(self, _source(added))
        name = _add(self, added)
        self._trace_back(name, added)
        return name

    # ---- files

    def open(self, path: str | Path | Sequence[str | Path], *, reader: str = "", **how: Any) -> str:
        """Read a source (a list is the parts of one) or a run folder and add it; gives its name.

        `how` says what is what in arrays and tables that say nothing of themselves, as `neurofm.read` takes it.

        A session that was saved takes the place of all that is open.

        Raises
        ------
        DataError
            If it cannot be used; what was open stays as it was.
        """
        from neurofm.app.saved import folder as folders

        if folders.is_session(path):
            self._take_over(folders.read(path))  # type: ignore[arg-type]
            return Path(path).stem  # type: ignore[arg-type]
        paths = [_whole(p) for p in path] if isinstance(path, list | tuple) else _whole(path)
        return _load.begin(self, str(paths)) if is_run(paths) else _open.begin(self, paths, reader=reader, **how)

    @classmethod
    def restore(cls, path: str | Path, *, moved: Mapping[str, str | None] | None = None) -> Session:
        """A session as it was saved; what could be undone then cannot be any more.

        Parameters
        ----------
        path : the folder, an exported `.zip`, or `session.previous.json` in the folder
        moved : where files it refers to (or folders of them) are now, by where they were; None goes without them

        Raises
        ------
        MovedError
            If files are not where they were; its `paths` say which.
        DataError
            If anything in it is not as it must be.
        """
        from neurofm.app.saved import folder as folders

        session = cls()
        session._take_over(folders.read(path, moved))
        return session

    def save(self, path: str | Path) -> Path:
        """Keep all of this in a folder `NAME.neurofm`, to be restored; a name that ends in .zip makes one file.

        Where another session was saved there since it was opened here, this one goes to a folder beside, with a
        warning; gives the path that was written.
        """
        from neurofm.app.saved import folder as folders

        written = folders.keep(self, path)
        if written.name != Path(path).name:
            warnings.warn(folders.outcome(Path(path), written), stacklevel=2)
        return written

    # ---- the script

    @property
    def recipe(self) -> list[str]:
        """What was done, a line of Python each."""
        return self.script().splitlines()

    def script(self) -> str:
        """Python that does everything again and gets the same numbers."""
        return script(self._done(), self.selection.steps(), self._now())

    def notebook(self) -> str:
        """The script as a Jupyter notebook, a cell for each thing that was done."""
        return notebook(self._done(), self.selection.steps(), self._now())

    def _now(self) -> dict[str, Any]:
        """What a script sets last: which source is current, unless it opens that last, and the time."""
        current = {} if self.current in ("", *list(self.sources)[-1:]) else {"current": self.current}
        return current | ({} if self.time_or_none is None else {"time": self.time})

    # ---- how

    def _done(self) -> list[Action]:
        """All actions, with what is edited as it is now."""
        self.files(list(self.sources))
        edits = [action for verb in ("join", "group") for action in registry.get(VERBS, verb).current(self)]
        return [*self.actions, *edits]

    def _trace_back(self, name: str, result: Embedding | Prediction) -> None:
        """Write how something made in Python came about, if a run made it."""
        if not result.run or not is_run(result.run):
            return
        _load.wrote(self, Path(result.run))
        any(spec.traced(self, name, result) for spec in registry.specs(VERBS).values())

    def _take_over(self, saved: Saved) -> None:
        """Put what was saved in place of all that is open, and tell of it."""
        from neurofm.app.saved import folder as folders

        if any(not job.over and not job.idle for job in self.__dict__.get("jobs", ())):
            raise ValueError("a job is still at work; stop it or wait for it before another session is opened")
        if "jobs" in self.__dict__:
            self.jobs.make_way()
        before = self._names()
        for place in (*PLACES.values(), "results"):
            setattr(self, place, dict(getattr(saved, place)))
        self.numbers, self.places, self.actions = list(saved.numbers), dict(saved.places), Log(saved.actions)
        self.follow()
        self.selection.retell(saved.picks, self.selection.links)
        self.history.clear()
        for name, state in saved.views.items():
            self.set_view(name, state)
        for name in saved.left_out:
            self.close(name)
        for kind, name in dict.fromkeys([*before, *self._names()]):
            self.changed.emit(kind, name)
        if saved.current in self.sources:
            self.make_current(saved.current)
        self.retime(saved.time)
        self.seen, self.moved_aside = dict(saved.seen), {}
        self.saved = folders.state(self)

    def _names(self) -> list[tuple[str, str]]:
        """Kind and name of everything that is there."""
        there = [(kind, name) for kind, place in PLACES.items() for name in getattr(self, place)]
        return there + [(verb, name) for verb, results in self.results.items() for name in results]


for _name, _verb in vars(Session).items():
    if getattr(_verb, "__module__", "").startswith(VERBS):
        _verb.__qualname__ = f"Session.{_name}"  # so errors name what was called


def _matching(sources: Iterable[Any]) -> Iterator[Any]:
    """The sources, with the files that fit where one is a pattern of names."""
    for source in sources:
        if isinstance(source, str) and has_magic(source):
            from neurofm import io

            yield from io.matching(source) or [source]
        else:
            yield source


def _source(added: Any) -> Source:
    """A source, or what is one once it is read."""
    from neurofm import io

    try:
        return added if isinstance(added, Source) else io.read(added)
    except TypeError:
        kind, ways = type(added).__name__, "recordings (or their files), embeddings, predictions and runs"
        problem = f"a session takes {ways}, got {kind}; arrays become one by neurofm.recording(...)"
        raise TypeError(problem) from None


def _whole(path: Any) -> str:
    """The whole path, so that a script finds it from any folder."""
    return str(Path(path).resolve()) if Path(path).exists() else str(path)
