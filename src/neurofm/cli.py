"""The command line. Each call gives one thing: for people as text, with `--json` as one object on stdout."""

from __future__ import annotations

import inspect
import json
import math
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from neurofm import registry, show
from neurofm.checks import check_choice
from neurofm.errors import NeuroFMError, Stopped
from neurofm.process import share_cores
from neurofm.settings import typed
from neurofm.specs import Schedule

if TYPE_CHECKING:
    from neurofm.data import Embedding, Prediction, Recording
    from neurofm.training import Run

REFUSED = (NeuroFMError, OSError, ValueError, RuntimeError, MemoryError, LookupError, ImportError)
KINDS = {
    "models": ("neurofm.models", "model"),
    "readers": ("neurofm.io", "reader"),
    "views": ("neurofm.app.views", "view"),
    "benches": ("neurofm.bench", "bench"),
}
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
TABLES = (".npz", ".parquet")
EMBEDDINGS = (*TABLES, ".csv", ".h5ad")

Paths = Annotated[
    list[str], typer.Argument(metavar="PATH...", help="Files or folders; A+B are parts of one recording.")
]
MaybePaths = Annotated[list[str] | None, typer.Argument(metavar="[PATH...]", help="Files or folders.")]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]
Out = Annotated[Path, typer.Option(help="Where the result goes.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting; may be repeated.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Device = Annotated[Literal["auto", "cpu", "cuda", "mps"], typer.Option(help="What computes.")]
Seed = Annotated[int, typer.Option(min=0, help="Equal seeds give equal numbers.")]
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


def main() -> None:
    """Entry point of `neurofm`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Exit code of one call: 0 done, 2 wrong usage, 1 what the files or the machine refused."""
    try:
        return app(list(arguments), prog_name="neurofm", standalone_mode=False) or 0
    except typer.TyperException as error:
        words = " ".join(error.format_message().replace("Value error, ", "").split())
        _say(f"{words} (see neurofm --help)" if words else "")
        return 2


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
        app.command(function.__name__.strip("_"))(call)
        return function

    return register


@command(show.info)
def info(paths: Paths) -> Any:
    """What a file is: units, spans, behaviour, and what to beware of."""
    from neurofm.data.summary import summary

    recordings = {path: _open(path) for path in paths}
    found = [summary(r) | {"path": path, "ids": r.units["label"].tolist()} for path, r in recordings.items()]
    return found[0] if len(found) == 1 else {"files": found}


@command(show.choices)
def list_(what: Annotated[Literal["models", "readers", "views", "benches"], typer.Argument()]) -> Any:
    """What there is, one line each."""
    package, kind = KINDS[what]
    return [{"name": n, "title": registry.get(package, n).title, "kind": kind} for n in registry.names(package)]


@command(show.run)
def train(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Its name: neurofm list models.")],
    paths: Paths,
    out: Out,
    set_: Set = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")] = False,
    device: Device = "auto",
    seed: Seed = 0,
) -> Any:
    """Train a model on recordings; leaves a run folder."""
    share_cores()
    settings = _settings(model, set_)
    recordings = [_open(path) for path in paths]
    from neurofm import training

    options: dict[str, Any] = {"seed": seed, "device": device, "settings": settings, "resume": resume}
    return _run(lambda step: training.train(model, recordings, out, step=step, **options), out)


@command(show.run)
def finetune(
    run: RunPath,
    paths: Paths,
    out: Out,
    set_: Set = None,
    units_only: Annotated[
        bool, typer.Option("--units-only", help="Learn only who the new units are; quick, for POYO.")
    ] = False,
    device: Device = "auto",
    seed: Seed = 0,
) -> Any:
    """Adapt a run to new recordings; leaves a run folder of its own."""
    share_cores()
    from neurofm import training

    base = training.load(run)
    settings = _settings(base.config["model"], set_)
    recordings = [_open(path) for path in paths]
    options: dict[str, Any] = {"seed": seed, "device": device, "settings": settings, "units_only": units_only}
    return _run(lambda step: training.finetune(base, recordings, out, step=step, **options), out)


@command(show.written)
def predict(run: RunPath, paths: Paths, out: Out, device: Device = "auto") -> Any:
    """Decode recordings: values with their times and ids."""
    _check_suffix(out, (*TABLES, ".nwb"))
    from neurofm import training

    loaded = training.load(run, device)
    recordings = [_open(path) for path in paths]
    with _progress("decoding") as step:
        found = [loaded.predict(recording, progress=lambda f: step(f, "decoding")) for recording in recordings]
    if out.suffix == ".nwb":
        _write_nwb(found, recordings, out)
    else:
        _save_predictions(found, out)
    metrics = found[0].metrics if len(found) == 1 else {p.session: dict(p.metrics) for p in found}
    return {"out": str(out), "rows": sum(len(p.ids) for p in found), "space": "time", "metrics": dict(metrics)}


@command(show.written)
def embed(
    run: RunPath,
    paths: Paths,
    out: Out,
    of: Annotated[str, typer.Option(help="What a row is: unit, time, trial, session, ...")] = "unit",
    part: Annotated[str, typer.Option(help="Of the latents of models that have several: content, style.")] = "",
    umap: Annotated[bool, typer.Option("--umap", help="Draw the map by UMAP instead of PCA.")] = False,
    dims: Annotated[int, typer.Option(min=2, max=3, help="Of the map.")] = 2,
    device: Device = "auto",
    seed: Seed = 0,
) -> Any:
    """Latents of recordings and a map of them, with the ids that lead back."""
    _check_suffix(out, EMBEDDINGS)
    from dataclasses import replace

    from neurofm import projection, training

    trained = training.load(run, device)
    with _usage():
        check_choice("space", of, trained.spec.spaces)
    recordings = [_open(path) for path in paths]
    found = trained.embed(recordings, of, part=part)
    if umap:
        with _progress("UMAP") as step:
            found = replace(found, xy=projection.umap(found.values, dims, seed, step=step), method="UMAP")
    elif dims == 3:
        found = replace(found, xy=projection.pca(found.values, dims))
    _save_embedding(found, recordings, out)
    return {"out": str(out), "rows": len(found.ids), "space": found.space, "metrics": {}}


@command(show.bench)
def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of a table (neurofm list benches); speed or all.")],
    paths: MaybePaths = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few repetitions, to see that it works.")] = False,
    peer: Annotated[Path | None, typer.Option(help="Environment or folder of the peers; else .peers.")] = None,
    seed: Seed = 0,
) -> Any:
    """Measure a table now, against peers where they are installed."""
    with _usage():
        check_choice("bench", name, ["all", "speed", *registry.names("neurofm.bench")])
    from neurofm import bench

    return bench.run(name, paths or [], quick=quick, seed=seed, peer=peer)


@command(show.closed)
def app_(paths: MaybePaths = None) -> Any:
    """napari with the docks open."""
    from importlib.metadata import entry_points

    found = list(entry_points(group="neurofm.fronts", name="napari"))
    if not found:
        raise NeuroFMError("the napari front is not installed; install it with: pip install napari-neurofm[all]")
    if sys.platform == "linux" and not any(name in os.environ for name in SCREENS):
        raise NeuroFMError("there is no display to open a window on; set DISPLAY, or use xvfb-run")
    found[0].load()([_parts(path) for path in paths or []])
    return {"opened": paths or []}


def _call(function: Callable[[], Any], display: Callable[[Any], Any], *, as_json: bool, debug: bool) -> int:
    """Exit code of a call, once its result or what went wrong was shown."""
    try:
        with _chatter_on_stderr(debug):
            found = function()
    except REFUSED as error:
        if debug:
            traceback.print_exc()
        _say(_sentence(error))
        return 1
    except KeyboardInterrupt:
        _say("stopped")
        return 1
    if as_json:
        typer.echo(json.dumps(_plain(found), indent=2))
    else:
        from rich.console import Console

        Console(highlight=False).print(display(found))
    return 0


def _run(work: Callable[[Callable[..., None]], Run], out: Path) -> dict[str, Any]:
    """A run, how good it is and what it took."""
    try:
        with _progress("starting") as step:
            made = work(step)
    except Stopped as error:
        raise Stopped(f"stopped; {out} keeps the last checkpoint, and the same call with --resume goes on") from error
    metrics = dict(made.metrics)
    took = {name: metrics.pop(name) for name in ("steps", "seconds", "peak_mb")}
    return {"run": str(made.path), "model": made.config["model"], "metrics": metrics, **took}


def _settings(model: str, pairs: Sequence[str] | None) -> dict[str, Any]:
    """The settings with the types that the model wants."""
    with _usage():
        check_choice("model", model, registry.names("neurofm.models"))
        for pair in pairs or ():
            if "=" not in pair:
                raise ValueError(f"--set {pair} must be --set key=value")
        if not pairs:
            return {}
        config = registry.get("neurofm.models", model).config
        return typed(dict(pair.split("=", 1) for pair in pairs), config, Schedule)


def _open(path: str) -> Recording:
    from neurofm import io

    return io.read_recording(_parts(path))


def _parts(path: str) -> str | list[str]:
    """A file as it is; the parts of A+B where there is no file of that name."""
    parts = path.split("+") if "+" in path and not Path(path).exists() else [path]
    if not all(part.strip() for part in parts):  # an empty path would be the current folder
        raise typer.BadParameter(f"PATH '{path}' is empty or has an empty part; name a file or folder")
    return parts if len(parts) > 1 else path


def _places(found: Embedding, recordings: Sequence[Recording]) -> dict[str, Any]:
    """Of each row the recording it is of and, for moments, its seconds there."""
    import numpy as np

    from neurofm.data.ids import seconds, unpack

    number, local = unpack(found.ids)
    session = np.array([r.session for r in recordings])[number]
    starts = np.array([r.start for r in recordings])[number]
    return {"session": session} | ({"time": seconds(local, 0.0) + starts} if found.space == "time" else {})


def _save_embedding(found: Embedding, recordings: Sequence[Recording], out: Path) -> None:
    """Latents, map and ids; for people and for anndata with all that is known of each row."""
    from neurofm.data import store

    if out.suffix in TABLES:
        store.save(found, out, **_places(found, recordings))
        return
    from neurofm.app import export
    from neurofm.app.session import Session

    session = Session(recordings)
    export.embedding(session, session.add(found), out)


def _save_predictions(found: Sequence[Prediction], out: Path) -> None:
    """One as it is; several as one table that says of each row which recording it is of."""
    from dataclasses import replace

    import numpy as np

    from neurofm.data import store
    from neurofm.data.ids import pack, unpack

    if len(found) == 1:
        store.save(found[0], out)
        return
    rows: dict[str, Any] = {
        n: np.concatenate([getattr(p, n) for p in found]) for n in ("times", "values", "truth", "held_out")
    }
    ids = np.concatenate([pack(k, unpack(p.ids)[1]) for k, p in enumerate(found)])
    session = np.repeat([p.session for p in found], [len(p.ids) for p in found])
    kind = {"kind": "predictions"} if out.suffix == ".npz" else {}
    store.save(replace(found[0], ids=ids, metrics={}, **rows), out, session=session, **kind)


def _write_nwb(found: Sequence[Prediction], recordings: Sequence[Recording], out: Path) -> None:
    """The decoded series of one recording, on its clock."""
    from neurofm import io
    from neurofm.data import Recording, Series

    if len(found) > 1:
        raise NeuroFMError(f"{out} can hold one recording and there are {len(found)}; predict them one by one")
    (p,), (recording,) = found, recordings
    series = {f"{p.target}_decoded": Series(p.times, p.values, p.names, p.unit)}
    about: dict[str, Any] = {"session": p.session, "subject": recording.subject, "domain": recording.domain}
    io.write(Recording(series=series, **about), out)


def _check_suffix(out: Path, known: Sequence[str]) -> None:
    if out.suffix not in known:
        raise typer.BadParameter(f"--out {out} must end in {' or '.join(known)}")


@contextmanager
def _usage() -> Iterator[None]:
    """Whatever is wrong here was typed wrong."""
    try:
        yield
    except (LookupError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error


@contextmanager
def _chatter_on_stderr(debug: bool) -> Iterator[None]:
    """What libraries print, in Python or below it, stays out of the result."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr), warnings.catch_warnings():
            if not debug:
                warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


@contextmanager
def _progress(title: str) -> Iterator[Callable[..., None]]:
    """A `step` for long work: a bar with the time left; Ctrl-C ends the work at its next step, twice at once."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    asked: list[int] = []

    def interrupt(number: int, frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = signal.signal(signal.SIGINT, interrupt)
    console = Console(stderr=True)
    columns = (BarColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(title, total=1.0)

            def step(fraction: float, text: str, preview: object = None, metrics: object = None) -> None:
                if asked:
                    raise Stopped("stopped; nothing was written")
                bar.update(task, completed=fraction, description=text)
                if preview is not None:
                    bar.console.print(text, highlight=False)

            yield step
    finally:
        signal.signal(signal.SIGINT, before)


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return ": ".join(str(part) for part in (error.filename, error.strerror) if part)
    if isinstance(error, MemoryError):
        return "the memory is full; choose a smaller batch or model with --set"
    return " ".join(str(error).split()) or type(error).__name__


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
