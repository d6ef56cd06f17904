"""Which sources can be probed, and by what: frames and trials of tracks, patches of volumes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from neurofm.data.labels import labels_of
from neurofm.data.patches import PATCH
from neurofm.data.source import Source
from neurofm.data.tracks import Tracks
from neurofm.data.volume import Volume

if TYPE_CHECKING:
    import pandas as pd

    from neurofm.training.run import Run


def _readouts(volume: Any) -> list[str]:
    from neurofm.analysis.readouts import names_of

    return names_of(volume) if volume.image is not None else []


@dataclass(frozen=True)
class Probed:
    """A kind of source that can be probed.

    Parameters
    ----------
    labels : what of a source
    space : that a run must have, such as patches; "" for any
    module : that has `table`
    """

    labels: Callable[[Any], Sequence[str]]
    space: str
    module: str


KINDS: Mapping[str, Probed] = {
    Tracks.kind: Probed(lambda tracks: list(labels_of(tracks)), "", "neurofm.analysis.probes"),
    Volume.kind: Probed(_readouts, PATCH, "neurofm.analysis.patch_probes"),
}


def labels(source: Source) -> list[str]:
    """What can be probed of a source; nothing of kinds that no run can be probed for."""
    return list(KINDS[source.kind].labels(source)) if source.kind in KINDS else []


def can(takes: str, spaces: Sequence[str]) -> bool:
    """Whether what a run learned from and the spaces it has can be probed."""
    return takes in KINDS and KINDS[takes].space in ("", *spaces)


def table(
    run: Run, source: Any, labels: Sequence[str] = (), *, seed: int = 0, step: Callable[..., None] | None = None
) -> pd.DataFrame:
    """What probes read of each label from each set of features, a row each; see `neurofm.analysis.probes.table`."""
    rows: pd.DataFrame = import_module(KINDS[run.spec.takes.kind].module).table(
        run, source, labels, seed=seed, step=step
    )
    return rows
