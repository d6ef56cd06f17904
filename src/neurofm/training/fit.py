"""Train a model on sources, or adapt a trained one to new ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, fields, replace
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any, ParamSpec

import numpy as np
import torch
from lightning_fabric.utilities.rank_zero import rank_zero_only

from neurofm import checks, progress, registry
from neurofm.data.plausible import about
from neurofm.data.split import Split
from neurofm.data.store import save
from neurofm.errors import RunError
from neurofm.io import call, origin
from neurofm.process import peak_mb
from neurofm.runs import FORMAT, RunFolder, claim, clear
from neurofm.specs import ModelSpec, Schedule
from neurofm.training import asked, checkpoint, choosing, given
from neurofm.training.course import Course, Domains, Plan, Settled, Step
from neurofm.training.loop import Loop, check_device
from neurofm.training.network import Network
from neurofm.training.run import Run
from neurofm.training.settings import fingerprint, settle, versions

Data = Any  # sources, files or folders of them, patterns of files, or a session; one or several
Splits = Mapping[str, Split]
USAGE = "give a model (or a run), what it learns from, and the folder of the run to make"
P = ParamSpec("P")


def _alone(write: Callable[P, Run]) -> Callable[P, Run]:
    """Let a function hold the folder `out` that it writes; of several processes of one training the first does."""

    @wraps(write)
    def held(*args: P.args, **options: P.kwargs) -> Run:
        try:
            given = signature(write).bind(*args, **options).arguments
        except TypeError as error:
            way = "settings of the model go into settings={'steps': 100}" if "unexpected" in str(error) else USAGE
            raise TypeError(f"{write.__name__}: {error}; {way}") from None
        out = given["out"]
        if not isinstance(out, str | Path) or not str(out):
            raise ValueError(f"out must be the folder of the run, such as 'runs/a', got {out!r:.80}")
        with nullcontext() if rank_zero_only.rank else claim(Path(out), anew=bool(given.get("exist_ok"))):
            return write(*args, **options)

    return held


@_alone
def train(
    model: str,
    recordings: Data,
    out: str | Path,
    *,
    seed: int = 0,
    device: str = "auto",
    settings: Mapping[str, Any] | None = None,
    resume: bool = False,
    exist_ok: bool = False,
    step: Step | None = None,
    splits: Splits | None = None,
    domains: Domains | None = None,
) -> Run:
    """A run folder with a model (its name as in `neurofm list models`) trained on the recordings.

    Parameters
    ----------
    recordings : recordings, or what else the model learns from, or their paths, or patterns of these ("*.nwb"); a list
        in the list is the parts of one; or a session, of which all that the model takes
    out : folder to make; one that holds a run is only touched with `resume` or `exist_ok`
    seed : of the split, the weights, the sampling and the dropout
    settings : fields of the model's Config and of Schedule in place of their defaults
    resume : go on from the last checkpoint, to the same numbers, and give a run that is finished as it is; refused
        where it was begun with something else
    exist_ok : train anew in place of the run that the folder holds, which is deleted once all is checked
    step : called as step(fraction, text, preview, metrics); may raise Stopped. Without it, a terminal and a cell of a
        notebook show how far it is
    splits : by session name, in place of the file's own or a random one
    domains : by session name, (k, 2) seconds in which windows may lie, in place of the training time

    Returns
    -------
    Run
        The folder, opened, as `neurofm.load(out)` opens it again: `metrics` on what was held out, with simple decoders
        beside them, `predict(recording)` and `embed(recording, of="time")`.

    Raises
    ------
    DataError, RunError, LookupError, ValueError
        If what is given cannot be used.

    Examples
    --------
    >>> import neurofm as nf
    >>> run = nf.train("poyo", "monday.nwb", "runs/monday", settings={"steps": 2_000})  # doctest: +SKIP
    >>> run.predict("monday.nwb").to_frame()  # doctest: +SKIP
    """
    model = registry.called("neurofm.models", model)
    wished, device = asked.settings(model, settings), _check(seed, device)
    spec = registry.get("neurofm.models", model)
    data = given.sources(recordings, spec)
    begun = {"model": model, "seed": seed, "base": None, **_given(spec, wished)}
    run = None if exist_ok and not resume else _existing(Path(out), data, resume, device, begun)
    if run is None:
        planned = _plan(spec, data, wished, seed, splits or {}, domains or {})
        run = _begin(Path(out), *planned, model, seed, device)
    with progress.told(f"train {model}", step=step) as tell:
        return _fit(run, data, tell, domains or {})


@_alone
def finetune(
    run: Run | str | Path,
    recordings: Data,
    out: str | Path,
    *,
    units_only: bool = False,
    choose: bool = False,
    seed: int = 0,
    device: str = "auto",
    settings: Mapping[str, Any] | None = None,
    resume: bool = False,
    exist_ok: bool = False,
    step: Step | None = None,
    splits: Splits | None = None,
    domains: Domains | None = None,
) -> Run:
    """A run folder with a trained model adapted to new recordings.

    With `units_only` (unit identification) only the vectors of units and sessions are learned, and the core stays as it
    was, to the bit. Otherwise the core follows once these are learned. With `choose` parts of the labels of the one
    recording choose how much of what the core learns is kept, and how much ridge regression is mixed into the answers,
    all of them where it does better. Other arguments as in `train`.
    """
    device = _check(seed, device)
    base = run if isinstance(run, Run) else Run(run, device)
    wished = asked.settings(base.config["model"], settings)
    _check_apart(Path(out).resolve(), base.path.resolve())
    spec = base.spec
    data = [base.as_learned(source) for source in given.sources(recordings, spec)]
    if choose:
        choosing.check(base, data, units_only=units_only)
    wanted = {"seed": seed, "base": str(base.path.resolve()), "choose": choose} | _given(spec, wished)
    adapted = None if exist_ok and not resume else _existing(Path(out), data, resume, device, wanted)
    if adapted is None:
        divided, sizes = _splits(spec, data, seed, splits or {}), base.config["config"]
        usual = choosing.schedule(base, list(divided.values()), units_only=units_only, choose=choose)
        _, schedule = settle(spec, usual | {"target": base.target.series} | wished)
        plan = Plan(
            spec=spec, data=data, sizes=sizes, given=set(sizes), target=schedule.target, base=base, splits=divided,
            domains=domains or {}, chooses=choose,
        )  # fmt: skip
        adapted = _begin(Path(out), plan, schedule, base.config["model"], seed, device)
    with progress.told(f"adapt {base.path.name}", step=step) as tell:
        return _fit(adapted, data, tell, domains or {})


def _check(seed: int, device: str) -> str:
    """The device, in small letters; what is wrong on this machine is refused before a folder is made."""
    checks.seed(seed)
    device = asked.device(device)
    check_device(device)
    return device


def _check_apart(out: Path, base: Path) -> None:
    """Refuse to write a run over the one that it begins with."""
    if base in (out, *out.parents):
        raise RunError(out, "", "is the folder of the run that is adapted, or inside it; give another folder as out")


def _given(spec: ModelSpec, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are not left to their defaults, as a run writes them."""
    config, schedule = settle(spec, settings)
    return {name: value for name, value in (asdict(config) | asdict(schedule)).items() if name in settings}


def _course(spec: ModelSpec) -> Course[Any, Any]:
    course: Course[Any, Any] = registry.get("neurofm.training.courses", spec.course)
    return course


def _splits(spec: ModelSpec, data: Sequence[Any], seed: int, given: Splits) -> Splits:
    """What each source is split into."""
    course = _course(spec)
    return {
        source.session: given.get(source.session) or course.split(source, np.random.default_rng([seed, k]))
        for k, source in enumerate(data)
    }


def _plan(
    spec: ModelSpec, data: Sequence[Any], wished: Mapping[str, Any], seed: int, splits: Splits, domains: Domains
) -> tuple[Plan, Schedule]:
    """Sizes and schedule as they were asked for, or as suit how much there is to learn from."""
    config, schedule = settle(spec, wished)
    divided = _splits(spec, data, seed, splits)
    advice = _course(spec).advise(spec.effort, asdict(config) | asdict(schedule), data, set(wished)).settings
    learns = {f.name for f in fields(Schedule)}
    plan = Plan(
        spec=spec, data=data, sizes=asdict(config) | {k: v for k, v in advice.items() if k not in learns},
        given=set(wished), target=schedule.target, splits=divided, domains=domains,
    )  # fmt: skip
    return plan, replace(schedule, **{k: v for k, v in advice.items() if k in learns})


def _existing(folder: Path, data: list[Any], resume: bool, device: str, wanted: Mapping[str, Any]) -> Run | None:
    """The run to go on with, if the folder holds one."""
    if not (folder / "config.json").exists():
        return None
    if not resume:
        raise RunError(
            folder, "", "holds a run already; give resume=True to go on with it, or to have it as it is where it is "
            "finished, exist_ok=True to train anew in its place, or another folder",
        )  # fmt: skip
    run = Run(folder, device)
    trained, given = sorted(d["session"] for d in run.config["data"]), sorted(source.session for source in data)
    if trained != given:
        raise RunError(folder, "data", f"was begun on {', '.join(trained)}, not on {', '.join(given)}; open these")
    begun = {**run.config["config"], **run.config["schedule"], "model": run.config["model"], "seed": run.config["seed"]}
    begun |= {"base": (run.config["base"] or {}).get("path"), "choose": run.config.get("chooses", False)}
    for name, value in wanted.items():
        if begun.get(name) != value:
            raise RunError(folder, name, f"the run was begun with {begun.get(name)}, not {value}; name another folder")
    _check_same_files(run, data)
    return run


def _check_same_files(run: Run, data: list[Any]) -> None:
    """Refuse to go on with a run once its data are others."""
    before = {d["session"]: d["sha256"] for d in run.config["data"]}
    for session, now in ((source.session, fingerprint(source)["sha256"]) for source in data):
        if now and before[session] and now != before[session]:
            raise RunError(run.path, "data", f"{session} has changed since the run was begun; name another folder")


def _begin(folder: Path, plan: Plan, schedule: Schedule, model: str, seed: int, device: str) -> Run:
    """Check everything that can be checked before training, then write what the run is."""
    settled = _course(plan.spec).settle(plan)
    clear(folder)
    checkpoint.write_json(folder / "vocab.json", settled.vocab)
    checkpoint.write_text(folder / "recipe.py", _recipe(plan, model, seed, {**settled.sizes, **asdict(schedule)}))
    header = {
        "format": FORMAT, "model": model, "config": settled.sizes, "schedule": asdict(schedule), "seed": seed,
        **_facts(plan, settled), "data": [fingerprint(source) for source in plan.data],
        "splits": {name: {k: np.asarray(v).tolist() for k, v in asdict(s).items()} for name, s in plan.splits.items()},
        "base": {"path": str(plan.base.path.resolve())} if plan.base else None, "chooses": plan.chooses,
        "versions": versions(),
    }  # fmt: skip
    checkpoint.write_json(folder / "config.json", header)  # last: a folder without it is no run
    return Run(folder, device)


def _facts(plan: Plan, settled: Settled) -> dict[str, Any]:
    """What can be asked of the run, so that nobody needs its model to know."""
    spec = plan.spec
    return {
        "target": asdict(settled.target), "notes": [*settled.notes, *about(plan.data, settled.target.series)],
        "targets": [asdict(target) | {"sessions": list(sessions)} for target, sessions in settled.targets],
        "spaces": list(spec.spaces), "parts": list(spec.parts), "takes": spec.takes.kind,
        "fills": spec.fills, "reads_new_units": spec.reads_new_units,
    }  # fmt: skip


def _fit(run: Run, data: list[Any], step: Step, domains: Domains) -> Run:
    """All steps that are left, then weights, scores and a Run that holds them."""
    if run.metrics:
        return run  # it was finished already
    began = time.monotonic()
    schedule, seed, course = Schedule(**run.config["schedule"]), run.config["seed"], run.course
    net = _network(run, data)
    batches = course.batches(run, net, data, domains)

    def watch(net: Network) -> tuple[Mapping[str, float], str]:
        return _preview(run, net, data)

    loop = Loop(net, batches, schedule, run.path, tables=net.tables, seed=seed, device=run.device, watch=watch)
    loop.resume()
    for note in run.config.get("notes", ()):
        step(0.0, note)
    chosen = dict[str, float]()
    try:
        if run.config.get("chooses"):
            chosen = choosing.learn(run, loop, data[0], _network, step)
        else:
            loop.run(step)
    finally:  # one that was stopped predicts, too, as well as it can
        course.finish(run, net, data)
        checkpoint.write_tensors(run.path / checkpoint.WEIGHTS, net.state_dict())
    run.__dict__["model"] = net.eval()  # no need to read it back
    scores = course.scores(run, net, data, step)
    took = {"steps": loop.step, "seconds": round(time.monotonic() - began, 2), "peak_mb": round(peak_mb(), 1)}
    checkpoint.write_json(run.path / "metrics.json", scores | chosen | took)
    return run


def _network(run: Run, data: list[Any]) -> Network:
    """The network to begin with: fresh, or that of the run it is adapted from with rows for what is new."""
    torch.manual_seed(run.config["seed"])
    base = run.config["base"]
    net: Network = Run(base["path"], "cpu").model if base else run.blank()
    if base:
        net.adapt(run.vocab)
        core = [p for p in net.parameters() if not any(p is t for t in net.tables)]
        for p in core:
            p.requires_grad_(run.config["schedule"]["freeze"] < 1)
    run.course.prepare(run, net, data)
    return net


def _preview(run: Run, net: Network, data: list[Any]) -> tuple[dict[str, float], str]:
    """Scores on some of what is for choosing, and what a front can draw of the model as it is now."""
    folder = run.path / "preview"
    run.course.finish(run, net, data[:1])
    preview = run.course.preview(run, net, data[0])
    for name, shown in preview.shown.items():
        save(shown, folder / f"{name}.npz")
    return {f"{name}_valid": score for name, score in preview.scores.items()}, str(folder)


def _recipe(plan: Plan, model: str, seed: int, settings: Mapping[str, Any]) -> str:
    """A script that makes the run again."""
    base: RunFolder | None = plan.base
    held = [(source, origin(source)) for source in plan.data]
    reads = ["..." if file is None else call(file.path, file.reader, file.how) for _, file in held]
    made = [source.session for source, file in held if file is None]
    once = f", once what was made or changed in Python stands in place of `...`: {', '.join(made)}" if made else ""
    begin = f"nf.finetune({str(base.path)!r}" if base else f"nf.train({model!r}"
    more = ", choose=True" if plan.chooses else ""
    return (
        f'"""Makes this run again{once}."""\n\nimport neurofm as nf\n\n'
        f"recordings = [{', '.join(reads)}]\n"
        f"settings = {dict(settings)!r}\n"
        f'run = {begin}, recordings, "again", seed={seed}, settings=settings{more})\n'
    )
