"""What is open, what is picked, which time it is, and what was done: everything a front shows and asks for.

Signals speak in the thread that made the change; what a job brings comes from the job's thread, so fronts connect with
``thread="main"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from psygnal import Signal

from neurofm.app import _moments, _tables, colors
from neurofm.app._run import RunCard
from neurofm.app.link import Link
from neurofm.app.script import Action, script
from neurofm.app.selection import Selection
from neurofm.checks import check_choice
from neurofm.data.embedding import Embedding
from neurofm.data.ids import Ids, pack, seconds, unpack
from neurofm.data.prediction import Prediction
from neurofm.data.recording import Recording
from neurofm.data.spans import SpanArray

if TYPE_CHECKING:
    from neurofm.app.job import Job, Jobs
    from neurofm.training import Run

Source = str | list[str]


class Session:
    """Recordings and what came of them.

    Parameters
    ----------
    recordings : to begin with
    folder : where runs go; the user's data folder unless given

    Attributes
    ----------
    changed : signal (kind, name) of what came, changed or went; kind is recording, embedding, prediction or run
    time_changed : signal (seconds) of the one time
    recordings, embeddings, predictions, runs : by name, in the order they came
    selection : what is picked
    actions : what was done, for `script`
    """

    changed = Signal(str, str)
    time_changed = Signal(float)

    def __init__(self, recordings: Iterable[Recording] = (), *, folder: str | Path | None = None) -> None:
        self.recordings: dict[str, Recording] = {}
        self.embeddings: dict[str, Embedding] = {}
        self.predictions: dict[str, Prediction] = {}
        self.runs: dict[str, Run | RunCard] = {}
        self.selection = Selection()
        self.actions: list[Action] = []
        self._folder = None if folder is None else Path(folder)
        self._time: float | None = None
        self._names: list[str] = []  # of every recording that ever was open; its place is its number
        self._sources: dict[str, Source] = {}
        self._known: dict[Any, Any] = {}  # tables and moments, until something changes
        for recording in recordings:
            self.add(recording)

    # ---- what is open

    def open(self, path: str | Path | Sequence[str | Path], *, reader: str = "") -> str:
        """Read a recording (a list is the parts of one) or a run folder and add it; gives its name.

        Raises
        ------
        DataError
            If it cannot be used; what was open stays as it was.
        """
        from neurofm import io

        source: Source = [_whole(p) for p in path] if isinstance(path, list | tuple) else _whole(path)
        if isinstance(source, str) and (Path(source) / "config.json").is_file():
            return self.add(RunCard(source))
        recording = io.read(source, reader=reader)
        self._add_recording(recording, source, reader)
        return str(recording.session)

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
        name = f"{Path(thing.run).name} {thing.session}".strip()
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
        for key, embedding in list(self.embeddings.items()):
            rest = unpack(embedding.ids)[0] != number
            if not rest.any():
                del self.embeddings[key]
            elif not rest.all():
                self.embeddings[key] = _rows(embedding, rest)
        self._names[number] = ""
        self._tell("recording", name)
        self.selection.forget(number)

    def number(self, name: str) -> int:
        """The number that ids of this recording carry."""
        check_choice("recording", name, self.recordings)
        return self._names.index(name)

    def recording(self, name: str = "") -> Recording | None:
        """The recording of that name, or the first that is open; None if there is none."""
        return self.recordings.get(name) or next(iter(self.recordings.values()), None)

    def numbered(self) -> dict[int, Recording]:
        """Open recordings by number."""
        return {self._names.index(name): recording for name, recording in list(self.recordings.items())}

    # ---- what is known of each thing

    def table(self, space: str) -> pd.DataFrame:
        """Names and columns of every unit, trial or session, indexed by id."""
        makers = {"unit": _tables.units, "trial": _tables.trials, "session": _tables.sessions}
        check_choice("table", space, makers)
        return self._remember(("table", space), lambda: makers[space](self.numbered()))

    def columns(self, space: str) -> list[str]:
        """What things of a space can be coloured by."""
        if space in ("unit", "trial", "session"):
            return [str(name) for name in self.table(space) if name != "label"]
        return _tables.moment_columns(self.numbered()) if space == "time" else []

    def values(self, space: str, column: str, ids: Ids) -> NDArray[Any]:
        """(id,) values of a column, words or numbers."""
        if space == "time":
            return _tables.of_moments(self.numbered(), column, ids)
        check_choice(f"column of {space}", column, self.columns(space))
        return _tables.look_up(self.table(space), column, ids)

    def label(self, space: str, id: int) -> str:
        """What a user calls one thing: `rat/17`, or `rat 12.345 s` for a moment."""
        number, local = (int(part) for part in unpack(id))
        recording = self.numbered().get(number)
        if recording is None:
            return ""
        if space == "time":
            return f"{recording.session} {seconds(local, recording.start):.3f} s"
        table = self.table(space) if space in ("unit", "trial", "session") else pd.DataFrame()
        return str(table.at[id, "label"]) if id in table.index else f"{recording.session}/{space} {local}"

    def colors(self, column: str, space: str, ids: Ids, *, dark: bool = True) -> colors.Coloring:
        """Colours of things by one of their columns, the same in every picture; ink where there is no such column."""
        if column not in self.columns(space):
            return colors.plain(len(ids), dark=dark)
        values = self.values(space, column, ids)
        if values.dtype.kind in "fiub":
            return colors.by_kind(column, column)(values)
        known = self.table("session")["session"] if space == "time" else self.table(space)[column]
        return colors.categories(values, known, dark=dark)

    # ---- moments and the one time

    def moments(self, name: str, start: float, stop: float) -> Ids:
        """Ids of the moments in [start, stop) seconds that anything shown of a recording has: latents, else samples."""
        number = self.number(name)
        return _moments.between(number, self.recordings[name], self._moments(number)[0], (start, stop))

    def moment(self, name: str, time: float, reach: float) -> Ids:
        """The moment nearest to `time`, none if it is further than `reach` seconds."""
        start = self.recordings[name].start
        near = self.moments(name, time - reach, time + reach)
        far = np.abs(seconds(unpack(near)[1], start) - time)
        return near[[far.argmin()]] if len(near) else near

    def spans_of(self, ids: Ids, name: str = "") -> SpanArray:
        """(k, 2) seconds around moments of one recording, each as long as the spacing of moments like it."""
        recording = self.recording(name)
        if recording is None or not len(ids):
            return np.zeros((0, 2))
        last: tuple[Ids, SpanArray] | None = self._known.get(("spans", recording.session))
        if last is None or last[0] is not ids:
            number = self.number(recording.session)
            last = (ids, _moments.around(number, recording, self._moments(number)[1:], ids))
            self._known[("spans", recording.session)] = last
        return last[1]

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

    # ---- work

    @cached_property
    def jobs(self) -> Jobs:
        """The queue of long work."""
        from neurofm.app import _results
        from neurofm.app.job import Jobs

        jobs = Jobs()
        jobs.preview.connect(lambda job, path: _results.preview(self, job, Path(path)))
        jobs.finished.connect(lambda job: _results.finished(self, job))
        return jobs

    def train(
        self,
        model: str,
        names: Sequence[str] = (),
        settings: Mapping[str, object] | None = None,
        *,
        seed: int = 0,
        device: str = "auto",
        out: str | Path | None = None,
    ) -> Job:
        """Train a model on recordings (all that are open) in the background; what it learns shows while it does."""
        names = list(names) or list(self.recordings)
        out = Path(out) if out else self._place(model)
        options = {"seed": seed, "device": device, "settings": dict(settings or {})}
        arguments = {"model": model, "data": self._data(names), "out": str(out), **options}
        self._did("train", out.name, model=model, names=names, **options)
        return self.jobs.submit("train", arguments, f"Train {model}")

    def finetune(
        self,
        run: str,
        names: Sequence[str],
        settings: Mapping[str, object] | None = None,
        *,
        units_only: bool = False,
        seed: int = 0,
        device: str = "auto",
        out: str | Path | None = None,
    ) -> Job:
        """Adapt a run to other recordings in the background."""
        check_choice("run", run, self.runs)
        out = Path(out) if out else self._place(run)
        options = {"units_only": units_only, "seed": seed, "device": device, "settings": dict(settings or {})}
        arguments = {"run": str(self.runs[run].path), "data": self._data(names), "out": str(out), **options}
        self._did("finetune", out.name, run=run, names=list(names), **options)
        return self.jobs.submit("finetune", arguments, f"Adapt {run}")

    def resume(self, job: Job) -> Job:
        """Go on with a training that was stopped or failed, from its last checkpoint."""
        for action in self.actions:
            if action.name == Path(job.arguments["out"]).name and action.kind == job.task:
                action.done = None
        return self.jobs.submit(job.task, {**job.arguments, "resume": True}, job.title)

    def predict(self, run: str, name: str) -> Job:
        """Decode a recording with a run."""
        check_choice("run", run, self.runs)
        (data,) = self._data([name])
        self._did("predict", f"{run} {name}", run=run, names=[name])
        return self.jobs.submit("predict", {"run": str(self.runs[run].path), "data": data}, f"Decode {name}")

    def embed(self, run: str, names: Sequence[str] = (), of: str = "unit") -> Job:
        """Place every unit (or moment, ...) of recordings in the latent space of a run."""
        check_choice("run", run, self.runs)
        names = list(names) or list(self.recordings)
        arguments = {"run": str(self.runs[run].path), "data": self._data(names), "of": of}
        self._did("embed", f"{run} {of}", run=run, names=names, of=of)
        return self.jobs.submit("embed", arguments, f"Embed {'moments' if of == 'time' else of + 's'}")

    def umap(self, embedding: str, *, dims: int = 2, seed: int = 0) -> Job:
        """Draw an embedding by UMAP as soon as that is computed."""
        from neurofm.data import store

        check_choice("embedding", embedding, self.embeddings)
        file = store.save(self.embeddings[embedding], self.folder / ".maps" / f"{embedding}.npz")
        self._did("umap", embedding, dims=dims, seed=seed)
        return self.jobs.submit("umap", {"embedding": str(file), "dims": dims, "seed": seed}, f"UMAP of {embedding}")

    @property
    def folder(self) -> Path:
        """Where runs go."""
        if self._folder is None:
            from platformdirs import user_data_path

            self._folder = user_data_path("neurofm") / "runs"
        return self._folder

    @property
    def recipe(self) -> list[str]:
        """What was done, a line of Python each."""
        return self.script().splitlines()

    def script(self) -> str:
        """Python that does everything again and gets the same numbers."""
        self._data(list(self.recordings))
        return script(self.actions, self.selection.steps(), self._time)

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
        else:
            self._did("predict", name, run=run.name, names=[thing.session])

    def _did(self, kind: str, name: str, **options: Any) -> None:
        self.actions.append(Action(kind=kind, name=name, options=options))

    def _tell(self, kind: str, name: str) -> None:
        kept = {} if kind == "recording" else {k: v for k, v in list(self._known.items()) if k[0] == "table"}
        self._known = kept
        self.selection.relink(self._links())
        self.changed.emit(kind, name)

    def _remember(self, key: Any, make: Any) -> Any:
        known = self._known  # a change puts another in its place, so that nothing stale is kept
        found = known.get(key)
        if found is None:
            found = known[key] = make()
        return found

    def _moments(self, number: int) -> list[Ids]:
        """Sorted moments of a recording: all that are shown, then those of each source."""
        sources = list(self.embeddings.values()), list(self.predictions.values())
        recording = self.numbered()[number]
        return self._remember(("moments", number), lambda: _moments.known(number, recording, *sources))

    def _links(self) -> tuple[Link, ...]:
        """Trials and the moments in them; sessions and the units in them where sessions have a map."""
        tried = [(number, r) for number, r in self.numbered().items() if len(r.intervals.get("trials", ()))]
        found = [_moments.in_trials(number, r, self._moments(number)[0]) for number, r in tried]
        if any(e.space == "session" for e in self.embeddings.values()):
            units = self.table("unit").index.to_numpy()
            found.append(Link("session", "unit", pack(unpack(units)[0], 0), units))
        return tuple(found)

    def _place(self, name: str) -> Path:
        """A run folder that is not there yet."""
        taken = {a.name for a in self.actions}
        names = (f"{name}-{k}" for k in range(1, 1_000_000))
        return next(self.folder / n for n in names if n not in taken and not (self.folder / n).exists())


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


def _whole(path: Any) -> str:
    """The whole path, so that a script finds it from any folder."""
    return str(Path(path).resolve()) if Path(path).exists() else str(path)
