"""Export: a table, an embedding or a source, in files that other programs read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.checks import check_choice
from neurofm.data.ids import SPACES
from neurofm.specs import VerbSpec


def begin(session: Catalog, what: str, path: str | Path) -> Path:
    """Write a table ("unit", "trial", "session") or an embedding, by its name, with labels and all columns.

    Tables go to `.csv` or `.parquet`, embeddings also to `.h5ad` (AnnData); a source goes to the formats of its kind
    (see `neurofm.io.write`).
    """
    from neurofm import io
    from neurofm.app import export

    check_choice("table, embedding or source", what, [*session.tables(), *session.embeddings, *session.sources])
    whole = what not in session.tables() and what not in session.embeddings
    if whole:
        written = io.write(session.sources[what], path)
    elif what in session.embeddings:
        written = export.embedding(session, what, path)
    else:
        written = export.table(session.table(what), path)
    session.actions.add("export", what, path=str(path), **({"source": True} if whole else {}))
    return written


def code(action: Action, script: Script) -> list[str]:
    if action.name not in SPACES and not action.options.get("source") and script.variable(action.name) is None:
        return []  # an embedding that no run of ours made
    return [f"session.export({action.name!r}, {'tables/' + PurePath(action.options['path']).name!r})"]


def stands(action: Action, later: Sequence[Action]) -> bool:
    """While all is open that it may hold."""
    return not any(other.kind == "close" for other in later)


SPEC = VerbSpec(
    begin=begin, options={"path": Field.text, "source": Field.flag}, optional=("source",), code=code, last=True,
    stands=stands,
)  # fmt: skip
