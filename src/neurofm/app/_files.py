"""What commands read and write: the front asks for a path, and the rest is done beside its window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm.app import opening
from neurofm.app.command import Context, Host, Question
from neurofm.app.verbs import join_with
from neurofm.checks import check_choice

if TYPE_CHECKING:
    from neurofm.io import Asking


def ask_open(context: Context, host: Host) -> None:
    """Choose files; several at once are the parts of one recording."""
    asked = Question(title="Open", kinds=_kinds(), several=True)
    host.ask_path(asked, lambda paths: host.open(paths if len(paths) > 1 else paths[0]))


def _kinds() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Files that readers know by their names, and all."""
    from neurofm.io import _readers

    patterns = tuple(sorted({p for name in _readers.of_files() for p in _readers.patterns(name)}))
    return ("Recordings", patterns), ("All files", ("*",))


def can_join(context: Context) -> bool:
    """Whether other files can hold more of what was clicked."""
    return context.name in join_with.joinable(context.session)


def ask_part(context: Context, host: Host) -> None:
    """Choose files that hold more of a recording or volume: the one that was clicked, or that a view shows."""
    from neurofm.app import reading

    session, name = context.session, context.name
    if context.kind == "view":
        shown = session.recording(getattr(session.view(name), "recording", ""))
        name = "" if shown is None else shown.session
    check_choice("recording or volume", name, join_with.joinable(session))
    asked = Question(title=f"Join with {name}", kinds=_kinds(), several=True)

    def read(paths: list[Path]) -> None:
        host.later(partial(reading.asked, session, paths), f"Reading {paths[0].name}", partial(ask, paths))

    def ask(paths: list[Path], asking: Asking | None) -> None:
        if asking is None:
            join(paths, {})
        else:
            host.ask_reading(paths[0].name, asking, partial(join, paths))

    def join(paths: list[Path], how: Mapping[str, Any]) -> None:
        work = partial(opening.join, session, name, paths, **how)
        host.later(work, f"Joining {name} with {paths[0].name}", joined)

    def joined(done: str | opening.Unsure) -> None:
        if isinstance(done, opening.Unsure):
            host.ask_one(done.words, done.choices(session))
        else:
            host.arrange()

    host.ask_path(asked, read)


def ask_folder(context: Context, host: Host) -> None:
    """Choose a session, the folder of a recording, or a run."""
    host.ask_path(Question(title="Open folder"), lambda paths: host.open(paths[0]))


def type_path(context: Context, host: Host) -> None:
    """Type a path or an address; with + between them, several paths are the parts of one recording."""
    from neurofm.io import is_address, parts

    def read(text: str) -> None:
        if is_address(text):
            return host.open(text.strip())
        paths = [Path(part.strip()).expanduser() for part in parts(text)]
        return host.open(paths if len(paths) > 1 else paths[0])

    host.ask_name("A file, a folder, a run or an address", "", read)


def ask_save(context: Context, host: Host) -> None:
    """Choose where to keep the session; a name that ends in .zip makes one file to send."""
    kinds = (("Session", ("*.neurofm",)), ("One file to send", ("*.zip",)))

    def write(paths: list[Path]) -> None:
        path = paths[0] if paths[0].suffix in (".neurofm", ".zip") else paths[0].with_suffix(".neurofm")
        save(host, path)

    host.ask_path(Question(title="Save session", kinds=kinds, name="work.neurofm"), write)


def save(host: Host, path: Path) -> None:
    """Keep the session, beside the window."""
    from neurofm.app.saved.folder import keep, outcome

    def say(written: Path) -> None:
        host.tell(outcome(path, written))

    host.later(partial(keep, host.session, path), f"Saving {path.name}", say)


def ask_script(context: Context, host: Host) -> None:
    """Choose where to write the script of what was done."""
    asked = Question(title="Export script", kinds=(("Python", ("*.py",)),), name="session.py")
    host.ask_path(asked, lambda paths: export_script(host, paths[0]))


def export_script(host: Host, path: Path) -> None:
    """Write what was done as Python."""
    try:
        path.write_text(host.session.script(), "utf8")
    except OSError as error:
        host.refuse(OSError(f"{path}: cannot be written ({error.strerror}); choose another folder"))
    else:
        host.tell(f"Wrote {path}")


def ask_embedding(context: Context, host: Host) -> None:
    """Choose where to write an embedding."""
    session, name = context.session, context.name
    kinds = (("AnnData", ("*.h5ad",)), ("Table", ("*.csv", "*.parquet")), ("Arrays", ("*.npz",)))

    def write(paths: list[Path]) -> None:
        from neurofm.data import store

        arrays = partial(store.save, session.embeddings[name], paths[0])
        work = arrays if paths[0].suffix == ".npz" else partial(session.export, name, paths[0])
        _write(host, work, paths[0])

    host.ask_path(Question(title="Export embedding", kinds=kinds, name=f"{name}.h5ad"), write)


def can_write(context: Context) -> bool:
    """Whether there are files that a source's kind can be written to."""
    return bool(_formats(context))


def ask_source(context: Context, host: Host) -> None:
    """Choose where to write a source; the suffix says in which format."""
    formats, session, name = _formats(context), context.session, context.name
    kinds = tuple((title, (f"*{suffix}",)) for suffix, title in formats.items())
    asked = Question(title=f"Export {session.sources[name].kind}", kinds=kinds, name=f"{name}{next(iter(formats))}")
    host.ask_path(asked, lambda paths: _write(host, partial(session.export, name, paths[0]), paths[0]))


def _formats(context: Context) -> dict[str, str]:
    from neurofm.io import _readers

    return _readers.formats_of(context.session.sources[context.name])


def of_view(context: Context) -> str:
    """What stands in a view's menu for that."""
    return "Export table…" if _is_table(context) else "Export figure…"


def ask_export(context: Context, host: Host) -> None:
    """Choose where to write a view: a table as its rows, any other as a figure."""
    if not _is_table(context):
        return host.ask_figure(context.name)
    asked = Question(title="Export table", kinds=(("Tables", ("*.csv", "*.parquet")),), name=f"{context.name}.csv")
    return host.ask_path(asked, lambda paths: _write(host, partial(write_rows, context, paths[0]), paths[0]))


def write_rows(context: Context, path: Path) -> None:
    """Write the rows of a table view as they are sorted and filtered."""
    from neurofm.app import export
    from neurofm.app.views import table

    export.table(table.frame(context.session.view(context.name), context.session), path)


def _write(host: Host, work: Callable[[], Any], path: Path) -> None:
    host.later(work, f"Writing {path.name}", lambda _: host.tell(f"Wrote {path}"))


def ask_table(context: Context, host: Host) -> None:
    """Choose a table of the user's own whose columns are to be added."""

    def read(paths: list[Path]) -> None:
        host.later(partial(host.session.join, paths[0]), f"Reading {paths[0].name}", say)

    def say(table: Any) -> None:
        more = [c for c in table.table.columns if c not in table.key]
        host.tell(f"{table.name}: {len(more)} columns for each {table.space}, to colour by and to filter")

    kinds = (("Tables", ("*.csv", "*.tsv", "*.parquet")),)
    host.ask_path(Question(title="Add columns", kinds=kinds), read)


def _is_table(context: Context) -> bool:
    return context.name.split(" ")[0] == "table"
