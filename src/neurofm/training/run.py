"""A run with its network: a folder with a trained model in it, and what the model says about sources."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch
from numpy.typing import ArrayLike

from neurofm import registry
from neurofm.checks import check_choice
from neurofm.data import Embedding, Prediction, Recording
from neurofm.data.embedding import apart
from neurofm.data.source import each
from neurofm.errors import RunError, every
from neurofm.io import renamed
from neurofm.runs import RunFolder
from neurofm.specs import ModelSpec
from neurofm.training import checkpoint, given, hiding
from neurofm.training.course import Course, Progress, Rows
from neurofm.training.latents import embedding


class Run(RunFolder):
    """What `neurofm.train` leaves behind.

    Parameters
    ----------
    path : folder
    device : where the model computes: auto, cpu, cuda, mps

    Raises
    ------
    RunError
        If the folder is no run, or was written by a newer neurofm.
    """

    def __init__(self, path: str | Path, device: str = "auto") -> None:
        super().__init__(path)
        self.device = device

    @property
    def spec(self) -> ModelSpec:
        """Of its kind of model."""
        spec: ModelSpec = registry.get("neurofm.models", self.config["model"])
        return spec

    @property
    def course(self) -> Course[Any, Any]:
        """How its kind of model learns and answers."""
        course: Course[Any, Any] = registry.get("neurofm.training.courses", self.spec.course)
        return course

    @cached_property
    def model(self) -> Any:
        """The trained torch module, in eval mode."""
        model = self.blank()
        checkpoint.load_weights(self.path, model, checkpoint.read_tensors(self.path / checkpoint.WEIGHTS))
        return model.eval().to(place(self.device))

    def hold(self) -> None:
        """Read everything that is read when it is needed, so that it goes on without its folder."""
        _ = self.metrics, self.vocab, self.target, self.targets, self.model

    def blank(self) -> Any:
        """The same network with fresh weights."""
        try:
            targets = [target for target, _ in self.targets]
            return self.spec.build(self.spec.config(**self.config["config"]), self.vocab, *targets)
        except (TypeError, KeyError) as error:
            raise RunError(self.path, "config.json", f"does not fit this neurofm ({error}); train again") from error

    def predict(self, source: Any, *, progress: Progress | None = None, **options: Any) -> Prediction:
        """What the model says about a source, or its file: decoded behaviour, classes or rates, with times and ids.

        Behaviour comes at the times where it was measured, else every 20 ms; rates and classes in the model's bins.

        Raises
        ------
        DataError
            If the model learns from another kind of source.
        UnknownUnits
            If the model has never seen this recording's units: adapt it first.
        """
        source = given.one(source, self.spec)
        said = self.course.predict(self, self.model, self.as_learned(source), progress=progress, **options)
        return replace(said, session=source.session)

    def hide(
        self,
        recording: Recording,
        *,
        units: Any = (),
        spans: ArrayLike = (),
        what: str = "units",
        progress: Progress | None = None,
    ) -> Prediction:
        """What the model fills in where part of a recording is hidden from it, in Hz, beside what was measured.

        Parameters
        ----------
        units : rows or names of the units that it is about, or a mask
        spans : (k, 2) seconds that are hidden, for "time"
        what : is hidden: these "units" at all times; the "region" they are in; the "rest", which is all but their
            region and they themselves; or all units in some "time", where `units` are judged or else the 12 most active

        Returns
        -------
        Prediction
            Of the hidden units; `held_out` says where it was hidden. Its metrics are bits per spike there, of all
            `bits_per_spike` and `bits_LABEL` of each unit; with `held_out_` before the name, in held-out trials alone.

        Raises
        ------
        NeuroFMError
            If the model cannot fill in what is hidden.
        UnknownUnits
            If the model has never seen this recording's units: adapt it first.
        ValueError
            If there is nothing to hide, or the region of the units is not known or the only one.
        """
        recording = given.one(recording, self.spec)
        learned = self.as_learned(recording)
        said = hiding.hide(self, self.model, learned, units=units, spans=spans, what=what, progress=progress)
        return replace(said, session=recording.session)

    def embed(self, sources: Any, of: str = "", *, part: str = "", progress: Progress | None = None) -> Embedding:
        """Latents of one of the model's spaces, with ids that lead back.

        Of recordings these are units, sessions, moments ("time") or trials (means of moments).

        Parameters
        ----------
        sources : one, or several, or their files
        of : the space; the first that the model has if ""
        part : of the latents ("content", "style"), for models that have several; all of them if "". Of one animal of
            those that are in a source: "of ada", "short of ada"

        Raises
        ------
        DataError
            If the model learns from another kind of source.
        LookupError
            If the model has no such space or part, or has never seen this recording's units: adapt it first.
        """
        several = every(partial(given.one, spec=self.spec), each(sources))
        of = of or self.spec.spaces[0]
        check_choice("space", of, self.spec.spaces)
        own, individual = apart(part)
        if own:
            check_choice("part of its latents", own, self.spec.parts)
        parts = [_only(source, individual) for source in several] if individual else several
        rows = [self._embed(source, of, own, progress) for source in parts]
        return embedding(self, several, rows, of, part)

    def _embed(self, source: Any, of: str, part: str, progress: Progress | None) -> Rows:
        learned = self.as_learned(source)
        rows = self.course.embed(self, self.model, learned, of, part, progress)
        return Rows(*rows[:2], [source.session + label.removeprefix(learned.session) for label in rows.labels])

    def as_learned(self, source: Any) -> Any:
        """A source by the name under which the run knows it."""
        name = self.called(source)
        return source if name == source.session else renamed(source, name)


def _only(source: Any, individual: str) -> Any:
    """A source of one of its animals."""
    if not hasattr(source, "only"):
        raise LookupError(f"'{source.session}' is of one animal; leave 'of {individual}' out")
    return source.only(individual)


def load(path: str | Path, device: str = "auto") -> Run:
    """Open a run folder."""
    if not isinstance(path, str | Path):
        raise TypeError(f"load needs the folder of a run, such as 'runs/a', got {type(path).__name__}")
    return Run(path, device)


def place(device: str) -> torch.device:
    """The torch device that a user's word means."""
    if device == "auto":
        return torch.device(
            "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        )
    return torch.device(device)
