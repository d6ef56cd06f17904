"""What a worker can do: plain functions that are handed `step` and a folder, and return what `result.json` holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

Source = str | Sequence[str]  # the path of a recording, or of its parts
Result = dict[str, Any]


class Step(Protocol):
    """Tells how far a job is; raises `errors.Stopped` once the user asked to stop, and blocks while paused."""

    def __call__(
        self,
        fraction: float,
        text: str,
        preview: str | Path | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> None: ...


Task = Callable[..., Result]  # (step, folder, **arguments)


def train(
    step: Step,
    folder: Path,
    *,
    model: str,
    data: Sequence[Source],
    out: str = "",
    settings: Mapping[str, object] | None = None,
    seed: int = 0,
    device: str = "auto",
    resume: bool = False,
) -> Result:
    """A run folder of `model` trained on the recordings."""
    from neurofm import training

    out = out or str(folder / "run")
    options: dict[str, Any] = {"seed": seed, "device": device, "settings": settings, "resume": resume}
    return _made(training.train(model, _read(data), out, step=step, **options))


def finetune(
    step: Step,
    folder: Path,
    *,
    run: str,
    data: Sequence[Source],
    out: str = "",
    units_only: bool = False,
    settings: Mapping[str, object] | None = None,
    seed: int = 0,
    device: str = "auto",
    resume: bool = False,
) -> Result:
    """A run folder of `run` adapted to new recordings."""
    from neurofm import training

    out = out or str(folder / "run")
    options: dict[str, Any] = {"seed": seed, "device": device, "settings": settings, "resume": resume}
    return _made(training.finetune(run, _read(data), out, units_only=units_only, step=step, **options))


def predict(step: Step, folder: Path, *, run: str, data: Source, out: str = "") -> Result:
    """A prediction of one recording, as `.npz`."""
    from neurofm import training
    from neurofm.data import store

    (recording,) = _read([data])
    made = training.load(run).predict(recording, progress=lambda done: step(done, "Decoding"))
    return {"out": str(store.save(made, out or folder / "prediction.npz"))}


def hide(
    step: Step,
    folder: Path,
    *,
    run: str,
    data: Source,
    units: Sequence[int] = (),
    spans: Sequence[Sequence[float]] = (),
    what: str = "units",
    out: str = "",
) -> Result:
    """What the run fills in where a part of one recording is hidden from it, as `.npz`."""
    from neurofm import training
    from neurofm.data import store

    (recording,) = _read([data])
    progress = lambda done: step(done, "Filling in")  # noqa: E731
    made = training.load(run).hide(recording, units=units, spans=spans, what=what, progress=progress)
    return {"out": str(store.save(made, out or folder / "prediction.npz"))}


def embed(
    step: Step, folder: Path, *, run: str, data: Sequence[Source], of: str = "unit", part: str = "", out: str = ""
) -> Result:
    """Latents of the recordings (or a part of them), as `.npz`."""
    from neurofm import training
    from neurofm.data import store

    progress = lambda done: step(done, f"Embedding each {of}")  # noqa: E731
    made = training.load(run).embed(_read(data), of, part=part, progress=progress)
    return {"out": str(store.save(made, out or folder / "embedding.npz"))}


def compare_decoders(
    step: Step, folder: Path, *, recording: str, data: Source, out: str = "", quick: bool = False, seed: int = 0
) -> Result:
    """How well decoders of all kinds do on one recording, by fold; ours of the first fold stay as runs in `out`."""
    from neurofm.analysis import binned, decoders

    (read,) = _read([data])
    place = Path(out or folder / "decoders")
    folds = decoders.compare(read, folds=1 if quick else binned.FOLDS, quick=quick, seed=seed, folder=place, step=step)
    known = lambda x: x if isfinite(x) else None  # noqa: E731  # JSON has no NaN
    rows = [
        asdict(line) | {"scores": [known(x) for x in line.scores], "cpu_s": known(line.cpu_s)}
        for line in decoders.lines(folds)
    ]
    metric = "accuracy" if binned.binned(read).classes else "R2"
    return {"recording": recording, "metric": metric, "folder": str(place), "rows": rows}


def umap(step: Step, folder: Path, *, embedding: str, dims: int = 2, seed: int = 0, out: str = "") -> Result:
    """The embedding in a file with a UMAP in place of its map, turned as the old map lies, as `.npz`."""
    from neurofm import projection as maps
    from neurofm.data import Embedding, store
    from neurofm.errors import DataError

    found = store.load(embedding)
    if not isinstance(found, Embedding):
        raise DataError(embedding, "kind", "is a prediction, which has no map; choose an embedding")
    xy = maps.umap(found.values, dims, seed=seed, step=step)
    if xy.shape == found.xy.shape:
        xy = maps.align(xy, found.xy)
    return {"out": str(store.save(replace(found, xy=xy, method="UMAP"), out or folder / "embedding.npz"))}


TASKS: dict[str, Task] = {
    "train": train, "finetune": finetune, "predict": predict, "hide": hide, "embed": embed, "umap": umap,
    "compare_decoders": compare_decoders,
}  # fmt: skip


def _read(data: Sequence[Source]) -> list[Any]:
    from neurofm import io

    return [io.read(source if isinstance(source, str) else list(source)) for source in data]


def _made(run: Any) -> Result:
    """The run, and how good it is in the mean of its sessions."""
    return {"run": str(run.path), "metrics": {k: v for k, v in run.metrics.items() if k != "sessions"}}
