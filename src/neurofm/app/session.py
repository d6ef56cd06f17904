"""What is open, what is picked, which time it is, and what was done: everything a front shows and asks for.

Signals speak in the thread that made the change; what a job brings comes from the job's thread, so fronts connect with
``thread="main"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from psygnal import Signal

from neurofm import registry
from neurofm.app import _adapt, _hide, decoders, groups, joined
from neurofm.app._hide import Hiding
from neurofm.app._run import RunCard
from neurofm.app.catalog import MAKERS, Catalog, is_run
from neurofm.app.groups import Group
from neurofm.app.history import History
from neurofm.app.joined import Joined
from neurofm.app.link import tidy
from neurofm.app.script import Action, notebook, script
from neurofm.app.selection import Selection
from neurofm.checks import check_choice
from neurofm.data.embedding import Embedding
from neurofm.data.ids import SPACES, pack, unpack
from neurofm.data.prediction import Prediction
from neurofm.data.recording import Recording

if TYPE_CHECKING:
    from neurofm.app.job import Job, Jobs
    from neurofm.app.keep import Kept
    from neurofm.training import Run

Source = str | list[str]


class Session(Catalog):
    """Recordings and what came of them.

    Parameters
    ----------
    recordings : to begin with
    folder : where runs go; the user's data folder unless given

    Attributes
    ----------
    changed : signal (kind, name) of what came, changed or went; kind is recording, embedding, prediction, run, group,
        table, decoder or view, or "job" for something of a view that began or failed
    time_changed : signal (seconds) of the one time
    recordings, embeddings, predictions, runs, groups, joined : by name, in the order they came
    decoders : how well decoders do, by the name of the recording
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

    # ---- what is open

    def open(self, path: str | Path | Sequence[str | Path], *, reader: str = "") -> str:
        """Read a recording (a list is the parts of one) or a run folder and add it; gives its name.

        A session that was saved takes the place of all that is open.

        Raises
        ------
        DataError
            If it cannot be used; what was open stays as it was.
        """
        from neurofm import io
        from neurofm.app import keep

        if keep.is_session(path):
            self._hold(keep.read(path))  # type: ignore[arg-type]
            return Path(path).stem  # type: ignore[arg-type]
        source: Source = [_whole(p) for p in path] if isinstance(path, list | tuple) else _whole(path)
        if is_run(source):
            return self.add(RunCard(str(source)))
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
        run = Path(thing.run).name
        name = _hide.hidden_name(run, thing.session) if thing.hides else f"{run} {thing.session}".strip()
        return self._keep("prediction", name, replace(thing, ids=ids))

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
        from neurofm.app import keep

        session = cls()
        session._hold(keep.read(path, moved))
        return session

    def save(self, path: str | Path) -> Path:
        """Keep all of this in a folder `NAME.neurofm`, to be restored; a name that ends in .zip makes one file."""
        from neurofm.app import keep

        state = keep.state(self)
        made = keep.export(self, path) if Path(path).suffix == ".zip" else keep.save(self, path)
        self.saved = state
        return made

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

    # ---- what users say of things

    def group(self, name: str = "", space: str = "", ids: ArrayLike | None = None) -> Group:
        """Give things a name, by which they keep their colour and can be picked again: those picked unless given.

        Raises
        ------
        ValueError
            If there is nothing to name.
        """
        space = space or self.selection.last
        found = self.selection.picked(space) if ids is None else tidy(ids)
        if not len(found):
            raise ValueError("nothing is picked; pick the units, moments or trials that are to be a group first")
        check_choice("space", space, SPACES)
        group = Group(name or groups.free_name(self.groups), space, found)
        self._edit("groups", "group", group.name, group)
        return group

    def ungroup(self, name: str) -> None:
        """Forget the name of a group."""
        check_choice("group", name, self.groups)
        self._edit("groups", "group", name, None)

    def rename_group(self, name: str, new: str) -> None:
        """Call a group by another name; it keeps its colour.

        Raises
        ------
        ValueError
            If the new name is taken.
        """
        check_choice("group", name, self.groups)
        if new in self.groups:
            raise ValueError(f"there is a group called '{new}' already; choose another name")
        after = {(new if k == name else k): replace(g, name=new) if k == name else g for k, g in self.groups.items()}
        self._edit_all("groups", "group", new, after)

    def pick_group(self, name: str) -> None:
        """Pick what is in a group."""
        check_choice("group", name, self.groups)
        self.selection.pick(self.groups[name].space, self.groups[name].ids)

    def join(self, table: pd.DataFrame | str | Path, *, name: str = "", on: str = "", space: str = "") -> Joined:
        """Add the columns of a user's table to the units, trials or sessions that its rows are about.

        Parameters
        ----------
        table : rows, or a `.csv`, `.tsv` or `.parquet` file
        on, space : the shared column and what it names, where several could be meant

        Raises
        ------
        DataError
            If it cannot be read, joins to nothing, or to several.
        """
        path = "" if isinstance(table, pd.DataFrame) else _whole(table)
        rows = table if isinstance(table, pd.DataFrame) else joined.read(path)
        name = name or (Path(path).stem if path else f"table {len(self.joined) + 1}")
        tables = {s: MAKERS[s](self.numbered()) for s in joined.SPACES}  # without columns that were joined
        found = joined.join(name, rows.rename(columns=str), tables, on=on, space=space, path=path)
        self._edit("joined", "table", name, found)
        return found

    def part(self, name: str) -> None:
        """Take the columns of a joined table away again."""
        check_choice("joined table", name, self.joined)
        self._edit("joined", "table", name, None)

    def compare(self, first: str, second: str) -> pd.DataFrame:
        """What differs between two groups of units, trials or moments, the surest first (see `analysis.compare`).

        Things in both groups are left out; of moments, each stretch of them counts once.
        """
        for name in (first, second):
            check_choice("group", name, self.groups)
        if not any(a.kind == "compare" and a.options == {"first": first, "second": second} for a in self.actions):
            self._did("compare", f"{first}, {second}", first=first, second=second)
        return self.contrast(first, second).copy()

    def contrast(self, first: str, second: str) -> pd.DataFrame:
        """The same for a picture of it, which leaves no line in the script; not to be changed."""
        return self._remember(("compare", first, second), lambda: self._compared(first, second))

    def figure(self, view: str, path: str | Path, **options: Any) -> Path:
        """Write a view as it is to `.svg`, `.pdf` or `.png`; the options are those of `app.figure.render`."""
        from neurofm import registry
        from neurofm.app import figure

        state = self.view(view)
        made = figure.render(registry.get("neurofm.app.views", view.split(" ")[0]), state, self, path, **options)
        picks = [[space, ids.tolist(), mode] for space, ids, mode in self.selection.steps()]
        how = {"path": str(path), "state": asdict(state), "picks": picks, "time": self._time}
        self._did("figure", view, **how, options=options)
        return made

    def export(self, what: str, path: str | Path) -> Path:
        """Write a table ("unit", "trial", "session") or an embedding, by its name, with labels and all columns.

        Tables go to `.csv` or `.parquet`, embeddings also to `.h5ad` (AnnData).
        """
        from neurofm.app import export

        check_choice("table or embedding", what, [*MAKERS, *self.embeddings])
        made = export.embedding(self, what, path) if what in self.embeddings else export.table(self.table(what), path)
        self._did("export", what, path=str(path))
        return made

    def view(self, name: str) -> Any:
        """The state of a view, made at its first use; "latent 2" is a second latent space."""
        if name not in self.views:
            from neurofm import registry

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
        check_choice("model", model, registry.names("neurofm.models"))
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

    def adapt(self, run: str = "", recording: str = "", *, device: str = "auto") -> Job:
        """Adapt a run to a recording that it has never seen: under a minute on two cores (see `app._adapt`).

        Of POYO only the vectors of its units and its session are learned, of other models all; `finetune` has choices.

        Parameters
        ----------
        run : its name; the newest if ""
        recording : its name; the newest that the run has never seen if ""

        Raises
        ------
        LookupError
            If there is no run, or no recording.
        """
        run, recording = _adapt.choose(self, run, recording)
        return self.finetune(run, [recording], device=device, **_adapt.how(self.runs[run]))

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

    def hide(self, run: str = "", recording: str = "", what: str = "units") -> Job:
        """Hide what is picked from a run that can fill it in, and see how well it does (see `Run.hide`).

        Parameters
        ----------
        run : its name; the newest that can and knows the recording if ""
        recording : its name; the one that something is picked in if ""
        what : the picked "units", the "region" they are in, the "rest" (all but that region, and they themselves), or
            all units in the "time" of the picked moments or trials

        Raises
        ------
        LookupError
            If no run can fill in what is hidden.
        ValueError
            If nothing is picked that could be hidden.
        """
        hiding = _hide.wanted(self, run, recording, what)
        if hiding.missing:
            raise ValueError(hiding.missing)
        title = f"Hide {hiding.words(self.recordings[hiding.recording])}"
        (data,) = self._data([hiding.recording])
        self._hid(hiding)
        arguments = {"run": str(self.runs[hiding.run].path), "data": data, **hiding.arguments}
        job = self.jobs.submit("hide", arguments, title)
        self.changed.emit("job", title)
        return job

    def compare_decoders(
        self, recording: str = "", *, quick: bool = False, seed: int = 0, out: str | Path | None = None
    ) -> Job:
        """Set decoders of all kinds and our models on the same five folds of a recording, in the background.

        What comes of it is `decoders[recording]`, whose `table` has a row for each, and our models of the first fold as
        runs that `open_decoder` opens.

        Parameters
        ----------
        recording : its name; the first if ""
        quick : one fold and few steps, which tells what it costs, not how good our models are
        out : the runs' folder

        Raises
        ------
        DataError, LookupError
            If no recording is open, or nothing in it can be decoded, or too few trials.
        """
        from neurofm.analysis.binned import binned

        if not self.recordings:
            raise LookupError("open a recording to compare decoders on it")
        recording = recording or next(iter(self.recordings))
        (data,) = self._data([recording])
        binned(self.recordings[recording])  # says what is missing
        place = Path(out) if out else self._place("decoders")
        options = {"quick": quick, "seed": seed}
        self._did(decoders.TASK, place.name, names=[recording], **options)
        arguments = {"recording": recording, "data": data, "out": str(place), **options}
        job = self.jobs.submit(decoders.TASK, arguments, f"Compare decoders on {recording}")
        self.changed.emit("job", job.title)
        return job

    def open_decoder(self, recording: str, row: int) -> str:
        """Open the run that a decoder left, and ask for what there is to see of the recording in it; gives its name.

        Parameters
        ----------
        row : of `decoders[recording].table`

        Raises
        ------
        DataError
            If the run is gone.
        LookupError
            If that decoder is none of our models.
        """
        from neurofm.app import _results

        check_choice("recording whose decoders were compared", recording, self.decoders)
        found = self.decoders[recording]
        name = found.rows[row]["run"]
        if not name:
            raise LookupError(f"{found.rows[row]['decoder']} is no model that can be opened; choose one with a run")
        path = found.folder / name
        if name not in self.runs or Path(self.runs[name].path).resolve() != path.resolve():
            self.add(RunCard(path))
            _results.see(self, name, [recording])
        return str(name)

    def embed(self, run: str, names: Sequence[str] = (), of: str = "unit", *, part: str = "") -> Job:
        """Place every unit (or moment, ...) of recordings in the latent space of a run, or in a part of it."""
        check_choice("run", run, self.runs)
        check_choice("space", of, self.runs[run].config.get("spaces", SPACES))
        names = list(names) or list(self.recordings)
        what = {"of": of} | ({"part": part} if part else {})
        arguments = {"run": str(self.runs[run].path), "data": self._data(names), **what}
        self._did("embed", " ".join([run, *what.values()]), run=run, names=names, **what)
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
        return script([*self.actions, *self._edits()], self.selection.steps(), self._time)

    def notebook(self) -> str:
        """The script as a Jupyter notebook, a cell for each thing that was done."""
        self._data(list(self.recordings))
        return notebook([*self.actions, *self._edits()], self.selection.steps(), self._time)

    # ---- how

    def _hold(self, kept: Kept) -> None:
        """Put what was kept in place of all that is open, and tell of it."""
        from neurofm.app import keep

        if any(not job.over for job in self.__dict__.get("jobs", ())):
            raise ValueError("a job is still at work; stop it or wait for it before another session is opened")
        before = [(kind, name) for kind, place in _PLACES.items() for name in getattr(self, place)]
        for place in _PLACES.values():
            setattr(self, place, dict(getattr(kept, place)))
        self._names, self._sources, self.actions = list(kept.names), dict(kept.sources), list(kept.actions)
        self._known = {}
        self.version += 1
        self.selection.retell(kept.picks, self._links())
        self.history.clear()
        for name, state in kept.views.items():
            self._set_view(name, state)
        for name in kept.left_out:
            self.close(name)
        after = [(kind, name) for kind, place in _PLACES.items() for name in getattr(self, place)]
        for kind, name in dict.fromkeys([*before, *after]):
            self.changed.emit(kind, name)
        self._time = None  # so that it is told
        if kept.time is not None:
            self.set_time(kept.time)
        self.saved = keep.state(self)

    def _set_view(self, name: str, state: Any) -> None:
        """Let the state that a dock may hold become another, value by value."""
        held = self.view(name)
        for field in fields(state):
            setattr(held, field.name, getattr(state, field.name))

    def _compared(self, first: str, second: str) -> pd.DataFrame:
        from neurofm.analysis.compare import compare
        from neurofm.app import _contrast

        return compare(*_contrast.tables(self, first, second))

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

    def _edits(self) -> list[Action]:
        """Joined tables and groups as they are now, for the script."""
        tables = [
            Action(kind="join", name=j.name, options={"path": _table(j), "on": j.key[-1], "space": j.space})
            for j in self.joined.values()
        ]
        named = [
            Action(kind="group", name=g.name, options={"space": g.space, "ids": g.ids}) for g in self.groups.values()
        ]
        return [*tables, *named]

    def _did(self, kind: str, name: str, **options: Any) -> None:
        self.actions.append(Action(kind=kind, name=name, options=options))

    def _tell(self, kind: str, name: str) -> None:
        columns = kind in ("recording", "group", "table")  # these change what is known of things
        self._known = {} if columns else {k: v for k, v in list(self._known.items()) if k[0] == "table"}
        self.version += columns
        self.selection.relink(self._links())
        self.changed.emit(kind, name)

    def _place(self, name: str) -> Path:
        """A run folder that is not there yet."""
        taken = {a.name for a in self.actions}
        names = (f"{name}-{k}" for k in range(1, 1_000_000))
        return next(self.folder / n for n in names if n not in taken and not (self.folder / n).exists())


_PLACES = {
    "recording": "recordings", "run": "runs", "embedding": "embeddings", "prediction": "predictions",
    "group": "groups", "table": "joined", "decoder": "decoders",
}  # fmt: skip


def _rows(embedding: Embedding, keep: NDArray[np.bool_]) -> Embedding:
    if keep.all():
        return embedding
    labels = tuple(label for label, k in zip(embedding.labels, keep) if k)
    return replace(
        embedding, ids=embedding.ids[keep], values=embedding.values[keep], xy=embedding.xy[keep], labels=labels
    )


def _table(table: Joined) -> str:
    """Where a script finds a joined table: its file, or a copy in the cache of what has none."""
    if table.path and Path(table.path).exists():
        return table.path
    from platformdirs import user_cache_path

    from neurofm.app._shelf import Shelf

    shelf = Shelf(user_cache_path("neurofm") / "tables")
    return str(shelf.folder / shelf.put(table))


def _paths(recording: Recording) -> Source:
    """The files it came from, "" if any of them is not there."""
    if not recording.paths or not all(Path(p).exists() for p in recording.paths):
        return ""
    return list(recording.paths) if len(recording.paths) > 1 else recording.paths[0]


def _whole(path: Any) -> str:
    """The whole path, so that a script finds it from any folder."""
    return str(Path(path).resolve()) if Path(path).exists() else str(path)
