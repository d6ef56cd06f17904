"""How well the distribution of what comes next is foreseen, beside what anybody could say of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.stretches import Stretches
from neurofm.nn import histogram

APART, AFTER = 0.33, 3.5  # seconds between frames, and from the start of a stretch to the first
SHARES = np.linspace(0, 1, 21)  # of the past, in the best mix with the marginal


def foreseen(net: Any, learned: Stretches, judged: Stretches) -> dict[str, float]:
    """How far below those of simple forecasts a network's distances to the true futures are: 0 as far, 1 none.

    "EMD" and "squared" are set against the marginal, which is the mean of the futures it learned from; "EMD, mix"
    against the best mix of it with what was done in the time before, the share chosen on what is judged.

    Parameters
    ----------
    net : with `futures`, `edges` and a `horizon`
    """
    marginal = _futures(net, learned, said=False)[0].mean(0, keepdims=True)
    truth, past, said = _futures(net, judged, said=True)
    own, simple = (histogram.mover(x, truth).mean() for x in (said, np.broadcast_to(marginal, truth.shape)))
    mixed = min(histogram.mover(share * past + (1 - share) * marginal, truth).mean() for share in SHARES)
    squared = [np.square((x - truth).cumsum(-1)).mean() for x in (said, marginal)]
    return {
        "EMD": float(1 - own / simple),
        "squared": float(1 - squared[0] / squared[1]),
        "EMD, mix": float(1 - own / mixed),
    }


def _futures(net: Any, every: Stretches, *, said: bool) -> tuple[NDArray[np.float64], ...]:
    """(frame, action, bin) true futures, the past, and what is said of them if asked for; whole futures alone."""
    import torch

    edges, ahead = net.edges.cpu().numpy(), net.frames(net.horizon)
    late, step = net.frames(AFTER), net.frames(APART)
    bins, parts = edges.shape[1] + 1, []
    for first, last in every.rows:
        given, done = every.seen(first, last)
        frames = np.arange(late, last - first - ahead, step)
        odds = None
        if said and len(frames):
            with torch.inference_mode():
                x = torch.as_tensor(given, device=net.edges.device).transpose(0, 1)
                odds = net.futures(x)[:, torch.as_tensor(frames, device=x.device)].cpu().numpy()
        for animal in range(done.shape[1]):
            of = histogram.bin_of(done[:, animal], edges)
            future, share = histogram.ahead(of, frames, ahead, bins)
            past, _ = histogram.ahead(of, frames - ahead, ahead, bins)
            whole = (share == 1).all(1)
            parts.append([x[whole] for x in (future, past, *(() if odds is None else (odds[animal],)))])
    return tuple(np.concatenate(x) for x in zip(*parts))
