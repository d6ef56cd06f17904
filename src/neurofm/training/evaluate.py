"""What a network of windows says about a whole recording: stitched predictions and latents over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from neurofm.batch import Batch, collate
from neurofm.data import Recording, spans
from neurofm.data.windows import Window, tile
from neurofm.training.course import Progress
from neurofm.training.network import WindowNetwork

WINDOWS = 32  # a batch


def stitch(
    model: WindowNetwork,
    recording: Recording,
    times: NDArray[np.float64],
    *,
    overlap: float = 0.5,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Predictions at `times`, each the mean of all windows that contain it.

    Parameters
    ----------
    times : (time,) seconds, ascending
    overlap : share of a window that the next one sees again

    Returns
    -------
    (time, feature) in the unit of the behaviour; NaN where no window could be laid
    """
    length = model.config.window
    starts = tile(recording.domain, length, length * (1 - overlap))
    first, last = np.searchsorted(times, starts), np.searchsorted(times, starts + length)
    asked = np.flatnonzero(last > first)
    total, count = np.zeros((len(times), model.scale.shape[1])), np.zeros((len(times), 1))
    for chosen in _batches(asked, progress):
        windows = [Window(recording, starts[k], starts[k] + length) for k in chosen]
        queries = [times[first[k] : last[k]] - starts[k] for k in chosen]
        values = _answers(model, windows, queries)
        for k, value in zip(chosen, values):
            total[first[k] : last[k]] += value
            count[first[k] : last[k]] += 1
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def moments(
    model: WindowNetwork, recording: Recording, *, progress: Progress | None = None, most: int = 200_000
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Latents over time: seconds (moment,) and the mean of the latents of that step (moment, dim).

    Windows lie back to back; of recordings with more than `most` moments, evenly spaced windows are taken.
    """
    length, steps = model.config.window, len(model.latent_times) // model.config.latents
    starts = tile(recording.domain, length, length)
    starts = starts[:: max(-(-len(starts) * steps // most), 1)]
    offsets = model.latent_times.reshape(steps, -1).mean(1)
    values_of = []
    for chosen in _batches(np.arange(len(starts)), progress):
        windows = [Window(recording, starts[k], starts[k] + length) for k in chosen]
        batch = collate([model.tokenize(w, times=np.zeros(0)) for w in windows]).to(model.scale.device)
        latent = _quiet(model, model.encode, batch)
        values_of.append(latent.unflatten(1, (steps, -1)).mean(2).flatten(0, 1).float().cpu().numpy())
    times = (starts[:, None] + offsets).ravel()
    values = np.concatenate(values_of) if values_of else np.zeros((0, model.config.dim), np.float32)
    new = np.r_[True, np.diff(times) > 0] & spans.inside(times, recording.domain) if len(times) else np.zeros(0, bool)
    return times[new], values[new]


def _answers(
    model: WindowNetwork, windows: list[Window], queries: list[NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    samples = [model.tokenize(w, times=q) for w, q in zip(windows, queries)]
    batch = collate(samples).to(model.scale.device)
    values = _quiet(model, lambda b: model.rescale(model(b).prediction.float(), b), batch)
    return np.split(values.double().cpu().numpy(), np.cumsum([len(q) for q in queries])[:-1])


def _quiet(model: WindowNetwork, call: Callable[[Batch], torch.Tensor], batch: Batch) -> torch.Tensor:
    """Without dropout and gradients; the model is left in the mode that it was in."""
    mode = model.training
    model.eval()
    try:
        with torch.inference_mode():
            return call(batch)
    finally:
        model.train(mode)


def _batches(chosen: NDArray[np.intp], progress: Progress | None) -> Iterator[NDArray[np.intp]]:
    for k in range(0, len(chosen), WINDOWS):
        yield chosen[k : k + WINDOWS]
        if progress:
            progress(min((k + WINDOWS) / len(chosen), 1.0))
