"""The commands: each is a function that gives what `--json` prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from neurofm import registry, show
from neurofm.checks import check_choice
from neurofm.cli.arguments import (
    As,
    By,
    Conditions,
    ConditionsPath,
    Device,
    ExistOk,
    MaybePaths,
    Out,
    Paths,
    Resume,
    RunPath,
    Seed,
    Set,
    check_suffix,
    open_every,
    open_source,
    open_sources,
    parts,
    read_numbers,
    read_settings,
    usage,
)
from neurofm.cli.call import command
from neurofm.cli.conditions import differences
from neurofm.cli.progress import progress
from neurofm.cli.results import (
    EMBEDDINGS,
    TABLES,
    embed_each,
    read_embedding,
    save_bouts,
    save_embedding,
    save_predictions,
    write_nwb,
    written,
)
from neurofm.errors import NeuroFMError, Stopped
from neurofm.process import share_cores

if TYPE_CHECKING:
    from neurofm.training import Run

KINDS = {
    "models": ("neurofm.models", "model"),
    "readers": ("neurofm.io", "reader"),
    "views": ("neurofm.app.views", "view"),
    "benches": ("neurofm.bench", "bench"),
}
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@command(show.info)
def info(paths: Paths, as_: As = None) -> Any:
    """What a file is: units, spans, behaviour, and what to beware of."""
    summaries = [source.summary() | {"path": path} for source, path in zip(open_every(paths, as_), paths)]
    return summaries[0] if len(summaries) == 1 else {"files": summaries}


@command(show.written)
def convert(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A file or folder.")], out: Out, as_: As = None
) -> Any:
    """Write what is in a file in a format of ours, or in NWB; its suffix says which."""
    from neurofm import io

    source = open_source(path, as_)
    check_suffix(out, written(source.kind))
    space, held = next(iter(source.spaces().items()))
    notes = source.summary()["warnings"]
    return {"out": str(io.write(source, out)), "rows": held.count, "space": space, "metrics": {}, "notes": notes}


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
    as_: As = None,
    resume: Resume = False,
    exist_ok: ExistOk = False,
    device: Device = "auto",
    seed: Seed = 0,
) -> Any:
    """Train a model on recordings; leaves a run folder."""
    share_cores()
    settings = read_settings(model, set_)
    recordings = open_every(paths, as_)
    from neurofm import training

    options: dict[str, Any] = {"seed": seed, "device": device, "settings": settings}
    options |= {"resume": resume, "exist_ok": exist_ok}
    return _run(lambda step: training.train(model, recordings, out, step=step, **options), out)


@command(show.run)
def finetune(
    run: RunPath,
    paths: Paths,
    out: Out,
    set_: Set = None,
    as_: As = None,
    units_only: Annotated[
        bool, typer.Option("--units-only", help="Learn only who the new units are; quick, where the model can.")
    ] = False,
    choose: Annotated[
        bool,
        typer.Option("--choose", help="Labels left out choose what learns, and how much ridge is mixed in: Adapt."),
    ] = False,
    resume: Resume = False,
    exist_ok: ExistOk = False,
    device: Device = "auto",
    seed: Seed = 0,
) -> Any:
    """Adapt a run to new recordings; leaves a run folder of its own."""
    share_cores()
    from neurofm import training

    base = training.load(run)
    settings = read_settings(base.config["model"], set_)
    recordings = open_every(paths, as_)
    options: dict[str, Any] = {"seed": seed, "device": device, "settings": settings, "units_only": units_only}
    options |= {"choose": choose, "resume": resume, "exist_ok": exist_ok}
    return _run(lambda step: training.finetune(base, recordings, out, step=step, **options), out)


@command(show.run)
def import_(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="A .ckpt file of torch_brain.")],
    target: Annotated[str, typer.Option(help="Name of the behaviour that it decodes, in your recordings.")],
    out: Out,
    paths: MaybePaths = None,
    scale: Annotated[str, typer.Option(help="What values were divided by in training: 20, or 20,22.")] = "",
    mean: Annotated[str, typer.Option(help="What was subtracted before; else 0.")] = "",
    window: Annotated[float | None, typer.Option(help="Its sequence_length (s), where the file does not say.")] = None,
    step: Annotated[float | None, typer.Option(help="Its latent_step (s), where the file does not say.")] = None,
) -> Any:
    """Make a run of a torch_brain checkpoint, and score it on recordings that it was trained on."""
    scales = {name: read_numbers(name, text) for name, text in (("scale", scale), ("mean", mean))}
    recordings = open_every(paths or [])
    from neurofm.training.torch_brain import convert

    run = convert(checkpoint, out, target=target, window=window, step=step, recordings=recordings, **scales)
    return _report(run)


@command(show.written)
def predict(run: RunPath, paths: Paths, out: Out, as_: As = None, device: Device = "auto") -> Any:
    """Decode recordings: values with their times and ids."""
    check_suffix(out, (*TABLES, ".nwb"))
    from neurofm import training

    loaded = training.load(run, device)
    recordings = open_sources(paths, as_)
    with progress("decoding") as step:
        predictions = [loaded.predict(recording, progress=lambda f: step(f, "decoding")) for recording in recordings]
    if out.suffix == ".nwb":
        write_nwb(predictions, recordings, out)
    else:
        save_predictions(predictions, out)
    metrics = predictions[0].metrics if len(predictions) == 1 else {p.session: dict(p.metrics) for p in predictions}
    rows = sum(len(p.ids) for p in predictions)
    told = {"out": str(out), "rows": rows, "space": predictions[0].space, "metrics": dict(metrics)}
    return told | {"notes": [p.unscored for p in predictions if p.unscored]}


@command(show.written)
def embed(
    run: RunPath,
    paths: Paths,
    out: Out,
    of: Annotated[str, typer.Option(help="What a row is: unit, time, trial, session, ...; the model's first.")] = "",
    part: Annotated[str, typer.Option(help="Of the latents of models that have several: content, style.")] = "",
    umap: Annotated[bool, typer.Option("--umap", help="Draw the map by UMAP instead of PCA.")] = False,
    dims: Annotated[int, typer.Option(min=2, max=3, help="Of the map.")] = 2,
    as_: As = None,
    device: Device = "auto",
    seed: Seed = 0,
) -> Any:
    """Latents of recordings and a map of them, with the ids that lead back."""
    check_suffix(out, EMBEDDINGS)
    from dataclasses import replace

    from neurofm import projection, training

    loaded = training.load(run, device)
    of = of or loaded.spec.spaces[0]
    with usage():
        check_choice("space", of, loaded.spec.spaces)
    recordings = open_sources(paths, as_)
    embedding = loaded.embed(recordings, of, part=part)
    if umap:
        with progress("UMAP") as step:
            embedding = replace(embedding, xy=projection.umap(embedding.values, dims, seed, step=step), method="UMAP")
    elif dims == 3:
        embedding = replace(embedding, xy=projection.pca(embedding.values, dims))
    save_embedding(embedding, recordings, out)
    return {"out": str(out), "rows": len(embedding.ids), "space": embedding.space, "metrics": {}}


@command(show.probes)
def probe(
    run: RunPath,
    path: Annotated[str, typer.Argument(metavar="PATH", help="Tracks or a volume, with labels.")],
    label: Annotated[list[str] | None, typer.Option(help="What is read; may be repeated. All if none.")] = None,
    device: Device = "auto",
    seed: Seed = 0,
) -> Any:
    """What linear probes read of labels from a run, on what was held out, and without a network."""
    from neurofm import training
    from neurofm.analysis import probing

    source = open_source(path)
    loaded = training.load(run, device)
    with progress("probing") as step:
        table = probing.table(loaded, source, label or (), seed=seed, step=step)
    left_out = [name for name in label or probing.labels(source) if name not in set(table["label"])]
    return {"run": str(run), "session": source.session, "probes": table.to_dict("records"), "left_out": left_out}


@command(show.choosers)
def choosers(
    run: RunPath,
    path: Annotated[str, typer.Argument(metavar="PATH", help="Choices that it learned from.")],
    device: Device = "auto",
    seed: Seed = 0,
) -> Any:
    """Models of choosers beside a run: Q-learning, regressions and recurrent networks, on held-out subjects."""
    share_cores()
    from neurofm import training
    from neurofm.analysis import choosers as models

    choices = open_source(path)
    loaded = training.load(run, device)
    with progress("comparing") as step:
        table = models.table(loaded, choices, seed=seed, step=step)
    return {"run": str(run), "session": choices.session, "models": table.to_dict("records")}


@command(show.bouts)
def bouts(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, or an embedding (.npz).")],
    paths: Paths,
    out: Out,
    of: Annotated[str, typer.Option(help="What a row is: time, frame; the first of the run that has times.")] = "",
    part: Annotated[str, typer.Option(help="Of the latents of models that have several: short, long.")] = "",
    count: Annotated[int, typer.Option(min=0, help="Clusters; as many as tell rows apart best if 0.")] = 0,
    shortest: Annotated[float, typer.Option(min=0.0, help="Seconds that a bout lasts at least.")] = 0.5,
    each: Annotated[bool, typer.Option("--each", help="Of each animal of the tracks by itself.")] = False,
    conditions: Conditions = None,
    by: By = "condition",
    device: Device = "auto",
    seed: Seed = 0,
) -> Any:
    """Bouts of behaviour: clusters of latents over time, as BORIS events (.tsv), CSV, NWB or .ethogram."""
    check_suffix(out, written("ethogram"))
    from neurofm.analysis.bouts import ethograms, timed_space

    sources = open_sources(paths)
    if run.suffix == ".npz":
        embedding: Any = read_embedding(run)
    else:
        from neurofm import training

        loaded = training.load(run, device)
        with usage():
            of = of or timed_space(loaded.spec.spaces, sources)
            check_choice("space", of, loaded.spec.spaces)
        embedding = embed_each(loaded, sources, of, part) if each else loaded.embed(sources, of, part=part)
    with progress("bouts") as step:
        made = ethograms(embedding, sources, count=count, shortest=shortest, seed=seed, step=step)
    told = {} if conditions is None else differences([*sources, *made], conditions, by)
    return save_bouts(made, out) | told


@command(show.differences)
def compare(conditions: ConditionsPath, paths: Paths, by: By = "condition") -> Any:
    """What differs in bouts of behaviour between two conditions, animal by animal."""
    return differences(open_sources(paths), conditions, by)


@command(show.written)
def correct(
    path: Annotated[str, typer.Argument(metavar="PATH", help="Tracks of key points.")],
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="With columns frame, individual, keypoint, x, y.")],
) -> Any:
    """Put key points where a table says, in the file itself; as it was it is kept beside."""
    from neurofm.app.session import Session

    session = Session(path)
    (name,) = session.sources
    count = session.correct(name, table)
    kept = [f"as it was it is kept in {session.overwrite(name)}"] if count else ["holds all of these points already"]
    return {"out": path, "rows": count, "space": "point", "metrics": {}, "notes": kept}


@command(show.written)
def time_frames(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A video, or tracks of one.")],
    out: Out,
    times: Annotated[Path | None, typer.Option(help="File with the seconds of each frame.")] = None,
    rate: Annotated[float, typer.Option(min=0.0, help="Instead: frames a second.")] = 0.0,
) -> Any:
    """Say when frames were taken; leaves a file that opens as the video, or the tracks, with these times."""
    from neurofm import io
    from neurofm.app.session import Session

    session = Session(path)
    (name,) = session.sources
    check_suffix(out, written(session.sources[name].kind))
    with usage():
        session.time_frames(name, "" if times is None else times, rate=rate)
    source: Any = session.sources[name]
    io.write(source, out)
    return {"out": str(out), "rows": len(source.times), "space": "frame", "metrics": {}}


@command(show.written)
def leaf(video: Annotated[Path, typer.Argument(metavar="VIDEO", help="A file that is slow to leaf through.")]) -> Any:
    """Make a small copy of a video in the cache, so that any frame of it is shown at once."""
    from neurofm.data.video import Video
    from neurofm.io import _proxy

    source = open_source(str(video))
    if not isinstance(source, Video):
        raise NeuroFMError(f"{video} is no video")
    with progress("copying") as step:
        kept = _proxy.make(video, lambda done: step(done, "copying"))
    return {"out": str(kept), "rows": len(source.times), "space": "frame", "metrics": {}}


@command(show.bench)
def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of a table (neurofm list benches); speed or all.")],
    paths: MaybePaths = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few repetitions, to see that it works.")] = False,
    peer: Annotated[Path | None, typer.Option(help="Environment or folder of the peers; else .peers.")] = None,
    seed: Seed = 0,
) -> Any:
    """Measure a table now, against peers where they are installed."""
    with usage():
        check_choice("bench", name, ["all", "speed", *registry.names("neurofm.bench")])
    from neurofm import bench

    return bench.run(name, paths or [], quick=quick, seed=seed, peer=peer)


@command(show.closed)
def app_(paths: MaybePaths = None) -> Any:
    """napari with the docks open."""
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    fronts = list(entry_points(group="neurofm.fronts", name="napari"))
    if not fronts or find_spec("napari") is None:
        raise NeuroFMError('napari is not installed; install it with: pip install "napari-neurofm[all]"')
    if sys.platform == "linux" and not any(name in os.environ for name in SCREENS):
        raise NeuroFMError("there is no display to open a window on; set DISPLAY, or use xvfb-run")
    fronts[0].load()([parts(path) for path in paths or []])
    return {"opened": paths or []}


def _run(work: Callable[[Callable[..., None]], Run], out: Path) -> dict[str, Any]:
    """A run, how good it is and what it took."""
    try:
        with progress("starting") as step:
            trained = work(step)
    except Stopped as error:
        raise Stopped(f"stopped; {out} keeps the last checkpoint, and the same call with --resume goes on") from error
    return _report(trained)


def _report(run: Run) -> dict[str, Any]:
    metrics = dict(run.metrics)
    took = {name: metrics.pop(name) for name in ("steps", "seconds", "peak_mb")}
    notes = {"notes": list(run.config.get("notes", ()))}
    return {"run": str(run.path), "model": run.config["model"], "metrics": metrics, **took, **notes}
