"""A run: a folder with a trained model in it, and what the model says about recordings."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from neurofm import registry
from neurofm.checks import check_choice
from neurofm.data import Embedding, Prediction, Recording
from neurofm.data.ids import pack, seconds
from neurofm.data.target import Target
from neurofm.errors import RunError
from neurofm.projection import pca
from neurofm.specs import ModelSpec
from neurofm.training import checkpoint, hiding, vocab
from neurofm.training.evaluate import Progress

FORMAT = 1  # of the folder; raised when an older neurofm could not read it

Part = tuple[NDArray[np.int64], NDArray[Any], Sequence[str]]  # local ids, latents, labels


class Run:
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
        self.path, self.device = Path(path), device
        self.config: dict[str, Any] = checkpoint.read_json(self.path / "config.json")
        if not isinstance(self.config, dict) or not {"format", "model", "config", "target"} <= set(self.config):
            raise RunError(self.path, "config.json", "is not that of a run; name the folder that `neurofm train` wrote")
        if self.config["format"] != FORMAT:
            made = self.config.get("versions", {}).get("neurofm", "another version")
            raise RunError(self.path, "format", f"was written by neurofm {made}; update neurofm to open this run")

    @property
    def name(self) -> str:
        """What the run is called: its folder."""
        return self.path.name

    @property
    def metrics(self) -> dict[str, Any]:
        """Scores of the finished run; empty while it is not finished."""
        path = self.path / "metrics.json"
        return checkpoint.read_json(path) if path.exists() else {}

    @property
    def spec(self) -> ModelSpec:
        """Of its kind of model."""
        found: ModelSpec = registry.get("neurofm.models", self.config["model"])
        return found

    @property
    def course(self) -> Any:
        """The module that knows how its kind of model learns and answers."""
        return importlib.import_module(f"neurofm.training.{self.spec.course}")

    @cached_property
    def target(self) -> Target:
        """What it decodes."""
        return Target(**self.config["target"] | {"names": tuple(self.config["target"]["names"])})

    @cached_property
    def targets(self) -> list[tuple[Target, list[str]]]:
        """What it decodes of which sessions, where that differs; of sessions that are not named the first."""
        found = self.config.get("targets") or [self.config["target"] | {"sessions": []}]
        return [(Target(**{**t, "names": tuple(t["names"])}), s) for t, s in map(_apart, found)]

    @cached_property
    def units(self) -> dict[str, list[str]]:
        """Names of the units of each session, for a model that has maps from and to all of them."""
        return vocab.units(self._vocab)

    def target_of(self, session: str) -> tuple[Target, int]:
        """What it decodes of a session, and the first of its features among those of all targets."""
        first = 0
        for target, sessions in self.targets:
            if session in sessions:
                return target, first
            first += len(target.names)
        return self.targets[0][0], 0

    @cached_property
    def model(self) -> Any:
        """The trained torch module, in eval mode."""
        model = self.blank()
        checkpoint.fill(self.path, model, checkpoint.read_tensors(self.path / checkpoint.WEIGHTS))
        return model.eval().to(place(self.device))

    def blank(self) -> Any:
        """The same network with fresh weights."""
        try:
            targets = [target for target, _ in self.targets]
            return self.spec.build(self.spec.config(**self.config["config"]), self._vocab, *targets)
        except (TypeError, KeyError) as error:
            raise RunError(self.path, "config.json", f"does not fit this neurofm ({error}); train again") from error

    @cached_property
    def _vocab(self) -> dict[str, list[Any]]:
        return checkpoint.read_json(self.path / "vocab.json")

    def spans(self, session: str, name: str) -> NDArray[np.float64]:
        """(k, 2) seconds of a session's "train", "valid" or "test" time; none for one it was not trained on."""
        return np.array(self.config["splits"].get(session, {}).get(name, []), float).reshape(-1, 2)

    def predict(self, recording: Recording, *, progress: Progress | None = None, **options: Any) -> Prediction:
        """What the model says about a recording: decoded behaviour, classes or rates, with times and ids.

        Behaviour comes at the times where it was measured, else every 20 ms; rates and classes in the model's bins.

        Raises
        ------
        LookupError
            If the model has never seen this recording's units: adapt it first.
        """
        made: Prediction = self.course.predict(self, recording, progress=progress, **options)
        return made

    def hide(
        self,
        recording: Recording,
        *,
        units: Sequence[int] = (),
        spans: ArrayLike = (),
        what: str = "units",
        progress: Progress | None = None,
    ) -> Prediction:
        """What the model fills in where part of a recording is hidden from it, in Hz, beside what was measured.

        Parameters
        ----------
        units : rows of the units that it is about
        spans : (k, 2) seconds that are hidden, for "time"
        what : is hidden: these "units" at all times; the "region" they are in; the "rest", which is all but their
            region and they themselves; or all units in some "time", where `units` are judged or else the 12 most active

        Returns
        -------
        Prediction
            Of the hidden units; `held_out` says where it was hidden. Its metrics are bits per spike there, the mean
            `bits_per_spike` and `bits_LABEL` of each unit; with `held_out_` before the name, in held-out trials alone.

        Raises
        ------
        NeuroFMError
            If the model cannot fill in what is hidden.
        LookupError
            If the model has never seen this recording's units: adapt it first.
        ValueError
            If there is nothing to hide, or the region of the units is not known or the only one.
        """
        return hiding.hide(self, recording, units=units, spans=spans, what=what, progress=progress)

    def embed(
        self,
        recordings: Recording | Sequence[Recording],
        of: str = "unit",
        *,
        part: str = "",
        progress: Progress | None = None,
    ) -> Embedding:
        """Latents of units, sessions, moments ("time") or trials (means of moments), with ids that lead back.

        Parameters
        ----------
        part : of the latents ("content", "style"), for models that have several; all of them if ""
        """
        recordings = [recordings] if isinstance(recordings, Recording) else list(recordings)
        check_choice("space", of, self.spec.spaces)
        if part:
            check_choice("part of its latents", part, self.spec.parts)
        one = _trials if of == "trial" else self.course.embed
        parts = [one(self, r, of, part, progress) for r in recordings]
        ids = np.concatenate([pack(k, local) for k, (local, _, _) in enumerate(parts)])
        values = np.concatenate([v for _, v, _ in parts])
        return Embedding(
            name=" ".join(word for word in (self.name, of, part) if word), space=of, ids=ids, values=values,
            xy=pca(values), labels=tuple(label for _, _, labels in parts for label in labels),
            sessions=tuple(r.session for r in recordings), run=str(self.path),
        )  # fmt: skip


def _apart(found: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    return {k: v for k, v in found.items() if k != "sessions"}, found["sessions"]


def load(path: str | Path, device: str = "auto") -> Run:
    """Open a run folder."""
    return Run(path, device)


def place(device: str) -> torch.device:
    """The torch device that a user's word means."""
    if device == "auto":
        return torch.device(
            "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        )
    return torch.device(device)


def _trials(run: Run, recording: Recording, of: str, part: str, progress: Progress | None) -> Part:
    """Means of the moments of each trial."""
    trials = recording.intervals.get("trials")
    if trials is None or not len(trials):
        raise LookupError(f"{recording.session} has no trials; embed its moments with of='time'")
    local, values, _ = run.course.embed(run, recording, "time", part, progress)
    times = seconds(local, recording.start)
    total = np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(0, dtype=float)])
    first, last = np.searchsorted(times, trials["start"]), np.searchsorted(times, trials["stop"])
    rows = np.flatnonzero((last > first) & np.isfinite(trials["stop"]))
    if not len(rows):
        raise LookupError(f"no trial of {recording.session} holds a moment that the run sees; embed of='time'")
    mean = (total[last[rows]] - total[first[rows]]) / (last - first)[rows, None]
    return rows, mean.astype(np.float32), [f"{recording.session}/trial {k}" for k in rows]
