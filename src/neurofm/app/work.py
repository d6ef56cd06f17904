"""Long work on what is open: every method sends a job to a worker process, and the ledger takes what it brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from neurofm import registry
from neurofm.app import _adapt, _hide, decoders
from neurofm.app._run import RunCard
from neurofm.app.ledger import Ledger
from neurofm.checks import check_choice
from neurofm.data.ids import SPACES

if TYPE_CHECKING:
    from neurofm.app.jobs import Job, Jobs


class Work(Ledger):
    """What is open, and the queue of long work on it."""

    @cached_property
    def jobs(self) -> Jobs:
        """The queue of long work."""
        from neurofm.app import _results
        from neurofm.app.jobs import Jobs

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
        return self.jobs.submit("train", arguments, f"Train {model}", fresh=True)

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
        return self.jobs.submit("finetune", arguments, f"Adapt {run}", fresh=True)

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
        return self.jobs.submit(job.task, {**job.arguments, "resume": True}, job.title, fresh=True)

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
        job = self.jobs.submit(decoders.TASK, arguments, f"Compare decoders on {recording}", fresh=True)
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

    def _place(self, name: str) -> Path:
        """A run folder that is not there yet."""
        taken = {a.name for a in self.actions}
        names = (f"{name}-{k}" for k in range(1, 1_000_000))
        return next(self.folder / n for n in names if n not in taken and not (self.folder / n).exists())
