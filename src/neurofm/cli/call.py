"""One call of the command line: its options, its exit code, and what it prints."""

from __future__ import annotations

import inspect
import json
import math
import os
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from glob import glob
from pathlib import Path
from typing import Annotated, Any

import typer

from neurofm.cli.arguments import Device, Json, Seed
from neurofm.errors import NeuroFMError

REFUSED = (NeuroFMError, OSError, ValueError, RuntimeError, MemoryError, LookupError, ImportError)
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _tell_version(asked: bool) -> None:
    if asked:
        from neurofm import __version__

        typer.echo(f"neurofm {__version__}")
        raise typer.Exit


@app.callback()
def _any(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Decode, embed and explore neural recordings."""


def run(arguments: Sequence[str]) -> int:
    """Exit code of one call: 0 done, 2 wrong usage, 1 what the files or the machine refused."""
    try:
        return app(spread(arguments), prog_name="neurofm", standalone_mode=False) or 0
    except typer.TyperException as error:
        words = " ".join(error.format_message().replace("Value error, ", "").split())
        _say(f"{words} (see neurofm --help)" if words else "")
        return 2


def spread(arguments: Sequence[str]) -> list[str]:
    """Files in the place of patterns that they fit, as shells other than Windows have it; options stay as they are."""
    every = list[str]()
    for one in arguments:
        every += (sorted(glob(one)) if not one.startswith("-") and not Path(one).exists() else []) or [one]
    return every


def command(display: Callable[[Any], Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a call of a function that gives what `--json` prints; `display` draws the same for people.

    Every call takes --json, --device, --seed and --debug; the function gets those of them that it names.
    """

    def common(json: Json = False, device: Device = "auto", seed: Seed = 0, debug: Debug = False) -> None: ...

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        own = inspect.signature(function, eval_str=True).parameters
        shared = inspect.signature(common, eval_str=True).parameters

        def call(**given: Any) -> int:
            taken = {name: value for name, value in given.items() if name in own}
            return _call(lambda: function(**taken), display, as_json=given["json"], debug=given["debug"])

        call.__doc__ = inspect.getdoc(function)
        call.__signature__ = inspect.Signature(list({**own, **shared}.values()))  # type: ignore[attr-defined]
        app.command(function.__name__.strip("_").replace("_", "-"))(call)
        return function

    return register


def _call(function: Callable[[], Any], display: Callable[[Any], Any], *, as_json: bool, debug: bool) -> int:
    """Exit code of a call, once its result or what went wrong was shown."""
    try:
        with _chatter_on_stderr(debug):
            result = function()
    except REFUSED as error:
        if debug:
            traceback.print_exc()
        for one in getattr(error, "errors", (error,)):
            _say(_sentence(one))
        return 1
    except KeyboardInterrupt:
        _say("stopped")
        return 1
    if as_json:
        typer.echo(json.dumps(_plain(result), indent=2))
    else:
        from rich.console import Console

        Console(highlight=False).print(display(result))
    return 0


@contextmanager
def _chatter_on_stderr(debug: bool) -> Iterator[None]:
    """What libraries print, in Python or below it, stays out of the result."""
    sys.stdout.flush()
    stdout = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr), warnings.catch_warnings():
            if not debug:
                warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return ": ".join(str(part) for part in (error.filename, error.strerror) if part)
    if isinstance(error, MemoryError):
        return "the memory is full; choose a smaller batch or model with --set"
    return _typed(" ".join(str(error).split())) or type(error).__name__


def _typed(sentence: str) -> str:
    """With what is given to a function as it is typed here: "--resume" for "resume=True"."""
    return re.sub(r"\b([a-z_]+)=True\b", lambda given: f"--{given[1].replace('_', '-')}", sentence)


def _say(sentence: str) -> None:
    if sentence:
        typer.echo(f"neurofm: {sentence}", err=True)


def _plain(value: Any) -> Any:
    """As JSON has it: text for paths, null for what is no number."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) or hasattr(value, "item"):
        value = value.item() if hasattr(value, "item") else value
        return value if not isinstance(value, float) or math.isfinite(value) else None
    return str(value) if isinstance(value, Path) else value
