"""What is given to the commands, and what they make of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from neurofm import registry
from neurofm.errors import every
from neurofm.settings import plain

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...", help="Files or folders; A+B are parts of one recording, or an image and its labels."
    ),
]
MaybePaths = Annotated[list[str] | None, typer.Argument(metavar="[PATH...]", help="Files or folders.")]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]
Out = Annotated[Path, typer.Option(help="Where the result goes.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting; may be repeated.")]
As = Annotated[
    list[str] | None,
    typer.Option(
        "--as", metavar="KEY=VALUE",
        help="How files are read: reader; of bare arrays and tables holds, time, unit, time_in, rate_hz, values, rows,"
        " dt; of an image and its labels, which file is labels.",
    ),
]  # fmt: skip
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")]
ExistOk = Annotated[bool, typer.Option("--exist-ok", help="Train anew in place of the run that the folder holds.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Device = Annotated[Literal["auto", "cpu", "cuda", "mps"], typer.Option(help="What computes.")]
Conditions = Annotated[
    Path | None,
    typer.Option(help="Table (.csv) of sessions or subjects and which of two conditions each was in: what differs."),
]
ConditionsPath = Annotated[Path, typer.Argument(metavar="CONDITIONS", help="Table of who was in which condition.")]
By = Annotated[str, typer.Option(help="Its column that holds the condition.")]
Seed = Annotated[int, typer.Option(min=0, help="Equal seeds give equal numbers.")]


@contextmanager
def usage() -> Iterator[None]:
    """Whatever is wrong here was typed wrong."""
    try:
        yield
    except (LookupError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error


def read_settings(model: str, pairs: Sequence[str] | None) -> dict[str, Any]:
    """The settings with the types that the model wants."""
    from neurofm.training import asked

    with usage():
        return asked.settings(registry.called("neurofm.models", model), _pairs("set", pairs))


def read_plain(pairs: Sequence[str] | None) -> dict[str, Any]:
    """Numbers and words by name."""
    with usage():
        return {name: plain(text) for name, text in _pairs("set", pairs).items()}


def _pairs(option: str, pairs: Sequence[str] | None) -> dict[str, str]:
    for pair in pairs or ():
        if "=" not in pair:
            raise ValueError(f"--{option} {pair} must be --{option} key=value")
    return dict(pair.split("=", 1) for pair in pairs or ())


def read_numbers(name: str, text: str) -> list[float] | None:
    """Numbers between commas, None if there are none."""
    with usage():
        try:
            return [float(part) for part in text.split(",")] if text else None
        except ValueError:
            raise ValueError(f"--{name} {text} must be a number, or several between commas") from None


def read_box(text: str) -> list[list[int]] | None:
    """First voxel and the one after the last along z, y and x, of Z0:Z1,Y0:Y1,X0:X1; None if there is none."""
    with usage():
        try:
            spans = [[int(edge) for edge in part.split(":")] for part in text.split(",")] if text else None
        except ValueError:
            spans = []
        if spans is not None and [len(span) for span in spans] != [2, 2, 2]:
            raise ValueError(f"--box {text} must be like 0:64,0:256,100:356, along z, y and x")
        return spans


def open_source(path: str, as_: Sequence[str] | None = None) -> Any:
    """A recording, or source of another kind, from what was given as PATH, read as --as says."""
    return next(iter(open_every([path], as_)))


def open_every(paths: Iterable[str], as_: Sequence[str] | None = None) -> list[Any]:
    """Several by the names that they have; what --as says is of those that do not say it themselves."""
    from neurofm import io

    with usage():
        pairs = _pairs("as", as_)
        by = {"reader": registry.called("neurofm.io", pairs.pop("reader"))} if "reader" in pairs else {}
        labels = {name: pairs.pop(name) for name in ("labels",) if name in pairs}
        how = io.layout(pairs)
    named = list(paths)
    given = [parts(path) for path in named]
    meant = io.told(given) if how else [False] * len(given)
    if how and not any(meant):
        told = f"--as {next(iter(as_ or ()))} is of no use: {named[0]} says itself how it is read"
        raise typer.BadParameter(f"{told}; leave it out, or name a reader (--as reader=NAME, neurofm list readers)")
    if labels and not any(isinstance(one, list) for one in given):
        raise typer.BadParameter(f"--as labels={labels['labels']} is of no use: give an image and its labels as A+B")
    each = [(how if one else {}) | (labels if isinstance(path, list) else {}) for path, one in zip(given, meant)]
    return every(lambda one: io.read(one[0], **by, **one[1]), zip(given, each))


def open_sources(paths: Iterable[str], as_: Sequence[str] | None = None) -> list[Any]:
    """Several, each by a name of its own."""
    from neurofm import io

    return io.apart(open_every(paths, as_))


def parts(path: str) -> str | list[str]:
    """A file or an address as it is; the parts of A+B where there is no file of that name."""
    from neurofm import io

    names = io.parts(path)
    if not all(part.strip() for part in names):  # an empty path would be the current folder
        raise typer.BadParameter(f"PATH '{path}' is empty or has an empty part; name a file or folder")
    return names if len(names) > 1 else path


def check_suffix(out: Path, suffixes: Sequence[str]) -> None:
    if out.suffix not in suffixes:
        raise typer.BadParameter(f"--out {out} must end in {' or '.join(suffixes)}")
