"""Hide part of a recording from a model, and see what it fills in: units, a region, all other regions, or seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm import registry
from neurofm.checks import check_choice
from neurofm.data import Prediction, Recording
from neurofm.data.given import ids_given
from neurofm.data.ids import moments as moment_ids
from neurofm.data.prediction import HIDDEN
from neurofm.data.recording import UNIT
from neurofm.data.regions import neighbours
from neurofm.data.spans import SpanArray, check_spans, inside, tidy
from neurofm.data.target import RATES
from neurofm.data.trials import Trials
from neurofm.errors import NeuroFMError
from neurofm.metrics import bits_per_spike, pooled_bits
from neurofm.runs import RunFolder
from neurofm.training.course import Progress
from neurofm.training.network import Fills, TrialNetwork
from neurofm.training.trials import all_trials, held_out, in_batches

PROMPTS = {"units": "neuron", "region": "inter", "rest": "intra", "time": "causal"}  # what a model is told of each
ACTIVE = 12  # units that are judged where seconds are hidden and nobody says whose

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Hiding:
    """What is hidden, and of which units it is asked for.

    Parameters
    ----------
    units : (unit,) True for those that are hidden
    spans : (k, 2) seconds in which they are; None for always
    judged : rows of the units that are asked for
    """

    units: Mask
    spans: SpanArray | None
    judged: Rows

    def when(self, trials: Trials) -> Mask:
        """(trial, bin) True where something is hidden."""
        return trials.seen if self.spans is None else trials.seen & inside(trials.times, self.spans)

    def mask(self, trials: Trials) -> Mask:
        """(trial, bin, unit) True where a count is hidden."""
        return self.when(trials)[..., None] & self.units


def hide(
    run: RunFolder,
    net: TrialNetwork,
    recording: Recording,
    *,
    units: Any = (),
    spans: ArrayLike = (),
    what: str = "units",
    progress: Progress | None = None,
) -> Prediction:
    """What a model fills in where part of a recording is hidden from it; see `Run.hide`."""
    check_choice("way to hide", what, PROMPTS)
    if not isinstance(net, Fills):
        raise NeuroFMError(f"{run.name} cannot fill in what is hidden; train {_fillers()}")
    trials = all_trials(run, recording)
    rows = np.unique(ids_given(units, UNIT, pd.Series(recording.unit_names)))
    hiding = _hiding(trials, rows, spans, what)
    when = hiding.when(trials)
    if not when.any():
        raise ValueError(f"no bin of a trial of {recording.session} lies in these seconds; choose some within trials")

    def fill(some: Trials) -> Any:
        return net.fill(some, hiding.mask(some), PROMPTS[what])[..., hiding.judged]

    expected, counts = in_batches(net, fill, trials, progress), trials.counts[..., hiding.judged]
    names = tuple(recording.units["label"].map(str).iloc[hiding.judged])
    metrics = _scores(names, expected[when], counts[when])
    apart = when & held_out(run, trials)[:, None]
    metrics |= {f"held_out_{name}": bits for name, bits in _scores(names, expected[apart], counts[apart]).items()}
    times, first = np.unique(trials.times[trials.seen], return_index=True)
    values, truth = (np.asarray(x[trials.seen][first] / trials.width, np.float32) for x in (expected, counts))
    return Prediction(
        session=recording.session, target=HIDDEN + what, times=times, ids=moment_ids(times, recording.start),
        values=values, truth=truth, held_out=when[trials.seen][first], names=names, unit="Hz", kind=RATES,
        metrics=metrics, run=str(run.path),
    )  # fmt: skip


def _fillers() -> str:
    """Titles of the models that can."""
    names = [n for n in registry.names("neurofm.models") if registry.said("neurofm.models", n, "fills", False)]
    return " or ".join(str(registry.said("neurofm.models", n, "title", n)) for n in names)


def _hiding(trials: Trials, given: Rows, spans: ArrayLike, what: str) -> _Hiding:
    """What is hidden, once it is clear that there is something to hide."""
    count = trials.counts.shape[2]
    check_spans(spans)
    if what == "time":
        active = np.sort(np.argsort(-trials.counts.sum((0, 1), dtype=np.int64), kind="stable")[:ACTIVE])
        return _Hiding(np.ones(count, bool), tidy(spans), given if len(given) else active)
    if not len(given):
        raise ValueError("no unit is given to be hidden; name at least one")
    named = np.isin(np.arange(count), given)
    if what == "units":
        return _Hiding(named, None, given)
    here = neighbours(trials.recording, given)
    return _Hiding(here, None, np.flatnonzero(here)) if what == "region" else _Hiding(~here | named, None, given)


def _scores(names: Sequence[str], expected: NDArray[Any], counts: NDArray[Any]) -> dict[str, float]:
    """Bits per spike of each unit that fired, and before them of all; `expected` and `counts` are (bin, unit)."""
    each = zip(names, bits_per_spike(expected, counts.astype(float)).tolist())
    fired = {f"bits_{name}": bits for name, bits in each if np.isfinite(bits)}
    return {"bits_per_spike": pooled_bits(expected, counts.astype(float))} | fired if fired else {}
