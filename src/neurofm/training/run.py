"""A run: a folder with a trained model in it, and what the model says about recordings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neurofm import registry
from neurofm.checks import check_choice
from neurofm.data import Embedding, Prediction, Recording, Series, spans
from neurofm.data.ids import moments as moment_ids
from neurofm.data.ids import pack
from neurofm.errors import RunError
from neurofm.metrics import r2
from neurofm.projection import pca
from neurofm.training import checkpoint
from neurofm.training.evaluate import Progress, moments, stitch

FORMAT = 1  # of the folder; raised when an older neurofm could not read it
GRID = 0.02  # seconds between answers where nothing was measured


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

    @cached_property
    def model(self) -> Any:
        """The trained torch module, in eval mode."""
        model = self.blank()
        checkpoint.fill(self.path, model, checkpoint.read_tensors(self.path / checkpoint.WEIGHTS))
        return model.eval().to(place(self.device))

    def blank(self) -> Any:
        """The same network with fresh weights."""
        spec = registry.get("neurofm.models", self.config["model"])
        vocab = checkpoint.read_json(self.path / "vocab.json")
        try:
            config = spec.config(**self.config["config"])
            return spec.build(config, vocab["units"], vocab["sessions"], len(self.config["target"]["names"]))
        except (TypeError, KeyError) as error:
            raise RunError(self.path, "config.json", f"does not fit this neurofm ({error}); train again") from error

    def predict(self, recording: Recording, *, overlap: float = 0.5, progress: Progress | None = None) -> Prediction:
        """Decoded behaviour, at the times where it was measured, else every 20 ms.

        Raises
        ------
        LookupError
            If the model has never seen this recording's units: adapt it first.
        """
        target = self.config["target"]
        measured = recording.series.get(target["series"])
        usable = measured is not None and measured.values.shape[1] == len(target["names"])
        series = measured if measured is not None and usable else _grid(recording, len(target["names"]))
        values = stitch(self.model, recording, series.times, overlap=overlap, progress=progress)
        return decoded(self, recording, series, values)

    def embed(
        self, recordings: Recording | Sequence[Recording], of: str = "unit", *, progress: Progress | None = None
    ) -> Embedding:
        """Latents of units, sessions, moments ("time") or trials (means of moments), with ids that lead back."""
        recordings = [recordings] if isinstance(recordings, Recording) else list(recordings)
        check_choice("space", of, _EMBED)
        parts = [_EMBED[of](self, r, progress) for r in recordings]
        ids = np.concatenate([pack(k, local) for k, (local, _, _) in enumerate(parts)])
        values = np.concatenate([v for _, v, _ in parts])
        return Embedding(
            name=f"{self.name} {of}", space=of, ids=ids, values=values, xy=pca(values),
            labels=tuple(label for _, _, labels in parts for label in labels),
            sessions=tuple(r.session for r in recordings), run=str(self.path),
        )  # fmt: skip


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


def held_out(run: Run, recording: Recording, times: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which times no step of training or choosing has seen."""
    split = run.config["splits"].get(recording.session)
    return np.ones(len(times), bool) if split is None else spans.inside(times, np.array(split["test"], float))


def decoded(run: Run, recording: Recording, series: Series, values: NDArray[np.float64]) -> Prediction:
    apart = held_out(run, recording, series.times)
    scores = r2(series.values[apart], values[apart]) if apart.any() else np.full(values.shape[1], np.nan)
    metrics = {f"r2_{n}": float(s) for n, s in zip(series.names, scores) if np.isfinite(s)}
    if metrics:
        metrics = {"r2": float(np.mean(list(metrics.values())))} | metrics
    return Prediction(
        session=recording.session, target=run.config["target"]["series"], times=series.times,
        ids=moment_ids(series.times, recording.start), values=values, truth=np.asarray(series.values, float),
        held_out=apart, names=tuple(run.config["target"]["names"]), unit=run.config["target"]["unit"],
        metrics=metrics, run=str(run.path),
    )  # fmt: skip


def _grid(recording: Recording, features: int) -> Series:
    times = np.concatenate([np.arange(a, b, GRID) for a, b in recording.domain])
    return Series(times, np.full((len(times), features), np.nan), tuple(map(str, range(features))))


Part = tuple[NDArray[np.int64], NDArray[Any], Sequence[str]]


def _units(run: Run, recording: Recording, progress: Progress | None) -> Part:
    rows = run.model.units.rows(recording.unit_names)
    return np.arange(len(rows)), run.model.units.weight.detach().float().cpu().numpy()[rows], recording.unit_names


def _session(run: Run, recording: Recording, progress: Progress | None) -> Part:
    row = run.model.sessions.rows([recording.session])
    return np.zeros(1, np.int64), run.model.sessions.weight.detach().float().cpu().numpy()[row], [recording.session]


def _moments(run: Run, recording: Recording, progress: Progress | None) -> Part:
    times, values = moments(run.model, recording, progress=progress)
    return moment_ids(times, recording.start), values, []


def _trials(run: Run, recording: Recording, progress: Progress | None) -> Part:
    trials = recording.intervals.get("trials")
    if trials is None or not len(trials):
        raise LookupError(f"{recording.session} has no trials; embed its moments with of='time'")
    times, values = moments(run.model, recording, progress=progress)
    total = np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(0, dtype=float)])
    first, last = np.searchsorted(times, trials["start"]), np.searchsorted(times, trials["stop"])
    rows = np.flatnonzero(last > first)
    mean = (total[last[rows]] - total[first[rows]]) / (last - first)[rows, None]
    return rows, mean.astype(np.float32), [f"{recording.session}/trial {k}" for k in rows]


_EMBED = {"unit": _units, "session": _session, "time": _moments, "trial": _trials}
