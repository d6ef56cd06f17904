"""What is open, as the short list that every front shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurofm.data.spans import duration
from neurofm.words import counted, outcome, things

if TYPE_CHECKING:
    from neurofm.app.session import Session

TITLES = {
    "recording": "Recordings", "run": "Runs", "embedding": "Maps", "group": "Groups", "table": "Tables",
    "decoder": "Decoders",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that is open.

    Parameters
    ----------
    kind, name : as in `command.Context`
    words : about it, beyond its name
    notes : to be read when asked for
    """

    kind: str
    name: str
    words: str
    notes: tuple[str, ...] = ()


def opened(session: Session) -> list[Row]:
    """A row for each thing that is open, kind by kind."""
    return [*_recordings(session), *_runs(session), *_maps(session), *_groups(session), *_others(session)]


def minutes(seconds: float) -> str:
    """How long something is: "33 min", "90 s"."""
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"


def _recordings(session: Session) -> Iterator[Row]:
    for name, recording in list(session.recordings.items()):
        words = f"{counted(len(recording.units), 'unit')} · {minutes(duration(recording.domain))}"
        yield Row(kind="recording", name=name, words=words, notes=tuple(recording.notes))


def _runs(session: Session) -> Iterator[Row]:
    for name, run in list(session.runs.items()):
        yield Row(kind="run", name=name, words=outcome(run.metrics))


def _maps(session: Session) -> Iterator[Row]:
    for name, embedding in list(session.embeddings.items()):
        words = " · ".join(filter(None, (counted(len(embedding.ids), embedding.space), embedding.method)))
        yield Row(kind="embedding", name=name, words=words)


def _groups(session: Session) -> Iterator[Row]:
    for place, (name, group) in enumerate(list(session.groups.items()), 1):
        notes = (f"Press {place} to pick it",) if place < 10 else ()
        yield Row(kind="group", name=name, words=counted(len(group.ids), group.space), notes=notes)


def _others(session: Session) -> Iterator[Row]:
    for name, table in list(session.joined.items()):
        yield Row(kind="table", name=name, words=f"columns of {things(table.space)}", notes=(str(table.path),))
    for name, compared in list(session.decoders.items()):
        folds = f"{compared.folds} folds" if compared.folds > 1 else "one fold"
        yield Row(kind="decoder", name=name, words=f"{len(compared.rows)} on {folds}")
