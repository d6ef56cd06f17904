"""How what is open comes, changes and goes: all of it is told, and written down so that it can be done again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from neurofm import registry
from neurofm.app import _hide
from neurofm.app._hide import Hiding
from neurofm.app._run import RunCard
from neurofm.app.catalog import Catalog
from neurofm.app.history import History
from neurofm.app.script import Action
from neurofm.app.selection import Selection
from neurofm.checks import check_choice
from neurofm.data.embedding import Embedding
from neurofm.data.ids import pack, unpack
from neurofm.data.prediction import Prediction
from neurofm.data.recording import Recording

if TYPE_CHECKING:
    from neurofm.training import Run

Source = str | list[str]


class Ledger(Catalog):
    """What is open, what is picked and which time it is; every change is told, and written down as an action.

    Parameters
    ----------
    recordings : to begin with
    folder : where runs go; the user's data folder unless given

    Attributes
    ----------
    changed : signal (kind, name) of what came, changed or went; kind is recording, embedding, prediction, run, group,
        table, decoder or view, or "job" for something of a view that began or failed
    time_changed : signal (seconds) of the one time
    views : states of the views that were opened, by name ("latent", "latent 2")
    selection : what is picked
    history : what can be undone, picks and edits alike
    actions : what was done, for `script`
    """

    changed = Signal(str, str)
    time_changed = Signal(float)

    def __init__(self, recordings: Iterable[Recording] = (), *, folder: str | Path | None = None) -> None:
        super().__init__()
        self.views: dict[str, Any] = {}
        self.history = History()
        self.selection = Selection(self.history)
        self.actions: list[Action] = []
        self.saved = ""  # what was last saved or restored, in a form that tells whether anything has changed
        self._folder = None if folder is None else Path(folder)
        self._time: float | None = None
        self._sources: dict[str, Source] = {}
        for recording in recordings:
            self.add(recording)

    def add(self, thing: Recording | Embedding | Prediction | Run | RunCard) -> str:
        """Take something made in Python; gives the name it goes by.

        An embedding or prediction of the same name, and a run, replace the older one.

        Raises
        ------
        ValueError
            If another recording of that name is open.
        LookupError
            If none of an embedding's or a prediction's recordings is open.
        """
        if isinstance(thing, Recording):
            return self._add_recording(thing)
        if isinstance(thing, Embedding | Prediction):
            name = self.show(thing)
            self._trace_back(name, thing)
            return name
        name = Path(thing.path).name
        if not any(a.name == name and a.kind in ("train", "finetune", "load") for a in self.actions):
            self.actions.append(Action(kind="load", name=name, options={"path": str(thing.path)}))
        return self._keep("run", name, thing)

    def show(self, thing: Embedding | Prediction) -> str:
        """Take what a job made: as `add`, but how it came about is written already."""
        if isinstance(thing, Embedding):
            return self._keep("embedding", thing.name, self._numbered(thing))
        ids = pack(self.number(thing.session), unpack(thing.ids)[1])
        run = Path(thing.run).name
        name = _hide.hidden_name(run, thing.session) if thing.hides else f"{run} {thing.session}".strip()
        return self._keep("prediction", name, replace(thing, ids=ids))

    def close(self, name: str) -> None:
        """Let go of a recording and of what is about it only."""
        check_choice("recording", name, self.recordings)
        number = self.number(name)
        with suppress(OSError):  # a full disk must not keep it open
            self._data([name])  # where the script finds it
        del self.recordings[name]
        self.actions.append(Action(kind="close", name=name))
        for key in [k for k, p in self.predictions.items() if p.session == name]:
            del self.predictions[key]
        self.decoders.pop(name, None)
        for key, embedding in list(self.embeddings.items()):
            rest = unpack(embedding.ids)[0] != number
            if not rest.any():
                del self.embeddings[key]
            elif not rest.all():
                self.embeddings[key] = _rows(embedding, rest)
        self._names[number] = ""
        self._tell("recording", name)
        self.selection.forget(number)

    def view(self, name: str) -> Any:
        """The state of a view, made at its first use; "latent 2" is a second latent space."""
        if name not in self.views:
            kind = name.split(" ")[0]
            check_choice("view", kind, registry.names("neurofm.app.views"))
            self.views[name] = registry.get("neurofm.app.views", kind).state()
            self.changed.emit("view", name)
        return self.views[name]

    def undo(self) -> bool:
        """Take back the last pick or edit; False if there is none."""
        return self.history.undo()

    def redo(self) -> bool:
        """Take back the last undo; False if there is none."""
        return self.history.redo()

    # ---- the one time

    @property
    def time(self) -> float:
        """The one time (s)."""
        return self._time or 0.0

    @time.setter
    def time(self, seconds: float) -> None:
        self.set_time(seconds)

    def set_time(self, seconds: float) -> None:
        """Move the one time everywhere."""
        if float(seconds) != self._time:
            self._time = float(seconds)
            self.time_changed.emit(self._time)

    # ---- how

    def _add_recording(self, recording: Recording, source: Source = "", reader: str = "") -> str:
        name = recording.session
        if name in self.recordings:
            if self.recordings[name] is recording or (
                recording.paths and self.recordings[name].paths == recording.paths
            ):
                return name
            raise ValueError(f"another recording called '{name}' is open; close it first")
        source = source or _paths(recording)
        self._sources[name] = "" if reader else source  # workers find readers on their own
        self.recordings[name] = recording
        self._names.append(name)
        self._did("open", name, path=source, reader=reader)
        if self._time is None:
            self._time = recording.start
        self._tell("recording", name)
        return name

    def _data(self, names: Sequence[str]) -> list[Source]:
        """Where other processes read recordings: their own files, or a copy in the cache of what has none."""
        from neurofm import io

        for name in names:
            check_choice("recording", name, self.recordings)
            if not self._sources[name]:
                self._sources[name] = str(io.save_cached(self.recordings[name]))
            for action in self.actions:
                if action.kind == "open" and action.name == name and not action.options["path"]:
                    action.options["path"] = self._sources[name]
        return [self._sources[name] for name in names]

    def _numbered(self, embedding: Embedding) -> Embedding:
        """The embedding with this session's numbers in its ids."""
        if not embedding.sessions:
            return embedding
        table = np.array([self._names.index(n) if n in self.recordings else -1 for n in embedding.sessions])
        number, local = unpack(embedding.ids)
        new = table[number] if len(number) else number
        if len(new) and (new < 0).all():
            raise LookupError(f"embedding '{embedding.name}' is of {', '.join(embedding.sessions)}, which is not open")
        kept = _rows(replace(embedding, ids=pack(np.maximum(new, 0), local)), new >= 0)
        return replace(kept, sessions=tuple(self._names))

    def _keep(self, kind: str, name: str, thing: Any) -> str:
        place: dict[str, Any] = getattr(self, f"{kind}s")
        place.pop(name, None)  # the newest stands last
        place[name] = thing
        self._tell(kind, name)
        return name

    def _trace_back(self, name: str, thing: Embedding | Prediction) -> None:
        """Write how something made in Python came about, if a run made it."""
        run = Path(thing.run)
        if not thing.run or not (run / "config.json").is_file():
            return
        if not any(a.name == run.name and a.kind in ("train", "finetune", "load") for a in self.actions):
            self._did("load", run.name, path=str(run))
        if isinstance(thing, Embedding):
            names = [n for n in thing.sessions if n in self.recordings]
            self._did("embed", name, run=run.name, names=names, of=thing.space)
        elif thing.hides:
            self._hid(_hide.told(self, thing))
        else:
            self._did("predict", name, run=run.name, names=[thing.session])

    def _hid(self, hiding: Hiding) -> None:
        """Write what was hidden, in place of what was hidden before of the same recording from the same run."""
        self.actions = [a for a in self.actions if (a.kind, a.name) != ("hide", hiding.name)]
        self._did("hide", hiding.name, run=hiding.run, names=[hiding.recording], **hiding.arguments)

    def _set_view(self, name: str, state: Any) -> None:
        """Let the state that a dock may hold become another, value by value."""
        held = self.view(name)
        for field in fields(state):
            setattr(held, field.name, getattr(state, field.name))

    def _edit(self, place: str, kind: str, name: str, thing: Any) -> None:
        """Put `thing` under `name`, or take it away (None), so that it can be undone."""
        before = getattr(self, place)
        self._edit_all(
            place,
            kind,
            name,
            {k: v for k, v in before.items() if k != name} | ({} if thing is None else {name: thing}),
        )

    def _edit_all(self, place: str, kind: str, name: str, after: dict[str, Any]) -> None:
        before = dict(getattr(self, place))
        there = partial(self._replace, place, kind, name)
        there(after)
        self.history.did(partial(there, before), partial(there, after))

    def _replace(self, place: str, kind: str, name: str, things: dict[str, Any]) -> None:
        setattr(self, place, dict(things))
        self._tell(kind, name)

    def _did(self, kind: str, name: str, **options: Any) -> None:
        self.actions.append(Action(kind=kind, name=name, options=options))

    def _tell(self, kind: str, name: str) -> None:
        columns = kind in ("recording", "group", "table")  # these change what is known of things
        self._known = {} if columns else {k: v for k, v in list(self._known.items()) if k[0] == "table"}
        self.version += columns
        self.selection.relink(self._links())
        self.changed.emit(kind, name)


def _rows(embedding: Embedding, keep: NDArray[np.bool_]) -> Embedding:
    if keep.all():
        return embedding
    labels = tuple(label for label, k in zip(embedding.labels, keep) if k)
    return replace(
        embedding, ids=embedding.ids[keep], values=embedding.values[keep], xy=embedding.xy[keep], labels=labels
    )


def _paths(recording: Recording) -> Source:
    """The files it came from, "" if any of them is not there."""
    if not recording.paths or not all(Path(p).exists() for p in recording.paths):
        return ""
    return list(recording.paths) if len(recording.paths) > 1 else recording.paths[0]
