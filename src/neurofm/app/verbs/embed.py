"""Embed: things of sources are placed in the latent space of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.results import Result
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.data.embedding import Embedding, embedding_name
from neurofm.data.ids import SPACES
from neurofm.data.source import SESSION
from neurofm.specs import VerbSpec
from neurofm.words import thing, things

if TYPE_CHECKING:
    from neurofm.app.jobs import Job


def begin(session: Catalog, run: str, names: Sequence[str] = (), of: str = "", *, part: str = "") -> Job:
    """Place everything of a space of sources in the latent space of a run, or in a part of it.

    Parameters
    ----------
    names : of the sources; all that are open and of its kind if none
    of : what is placed ("unit", "time", ...); the first that the run can place if ""
    part : of its latents, for runs that have several; all of them if ""

    Raises
    ------
    LookupError
        If there is no such run, space or source, or nothing is open that the run knows how to place.
    """
    check_choice("run", run, session.runs)
    spaces, names = session.runs[run].spaces, list(names) or session.suiting(run)
    if not spaces:
        raise LookupError(f"nothing can be placed in {run}, which tells no spaces; name a run that was trained whole")
    of = of or spaces[0]
    check_choice("space", of, spaces)
    if not names:
        raise LookupError(f"open the {session.runs[run].takes} that is to be placed in {run}")
    what = {"of": of} | ({"part": part} if part else {})
    arguments = {"run": str(session.runs[run].path), "data": session.files(names), **what}
    action = session.actions.add("embed", embedding_name(run, of, part), run=run, names=names, **what)
    title = f"Embed {things(of)} by {run}" + (f", {part}" if part else "")
    return session.jobs.submit("embed", arguments, title, action=action)


def work(step: Step, folder: Path, *, run: str, data: Sequence[Paths], of: str, part: str = "", out: str = "") -> Plain:
    """Latents of the sources (or a part of them), as `.npz`."""
    from neurofm import training
    from neurofm.data import store

    def progress(done: float) -> None:
        step(done, f"Embedding each {thing(of)}")

    embedding = training.load(run).embed(read(data), of, part=part, progress=progress)
    return {"out": str(store.save(embedding, out or folder / "embedding.npz"))}


def code(action: Action, script: Script) -> list[str]:
    options, run = action.options, script.variable(action.options["run"])
    if run is None:
        return []
    name, data = script.new(action.name), script.several(options["names"])
    how = ", ".join(f"{key}={options[key]!r}" for key in ("of", "part") if key in options)
    return [f"{name} = {run}.embed({data}, {how})", f"session.add({name})"]


def traced(session: Catalog, name: str, result: Result) -> bool:
    if not isinstance(result, Embedding):
        return False
    names = [n for n in result.sessions if n in session.sources]
    part = {"part": result.part} if result.part else {}
    session.actions.add("embed", name, run=Path(result.run).name, names=names, of=result.space, **part)
    return True


# ---- what can be placed where


def all_spaces(session: Catalog, run: str, names: Sequence[str]) -> None:
    """Place what sources have in each space of a run; sessions only where there are several to compare."""
    for of in session.runs[run].spaces:
        having = those_with(session, of, names)
        if len(having) > (of == SESSION):
            all_parts(session, run, having, of)


def all_parts(session: Catalog, run: str, names: Sequence[str], of: str) -> None:
    """Place what sources have in a space of a run, each part of its latents on its own."""
    for part in session.runs[run].parts_of(of) or ("",):
        begin(session, run, names, of, part=part)


def newest(session: Catalog, of: str) -> tuple[str, list[str]]:
    """The newest run with a space of these things, and what is open that it knows and that has them, if any."""
    for name, run in reversed(list(session.runs.items())):
        having = those_with(session, of, run.sessions) if of in run.spaces else []
        if len(having) > (of == SESSION):
            return name, having
    return "", []


def space_of(session: Catalog, of: str = "") -> str:
    """What is meant: as was chosen, else the first space that has a map, else the first that could have one."""
    spaces, mapped = session.spaces(), {e.space for e in maps(session)}
    return of or next((space for space in spaces if space in mapped), spaces[0])


def maps(session: Catalog) -> list[Embedding]:
    """Embeddings in which the current source is, in the order in which they came; all of them where none has it."""
    every, current = list(session.embeddings.values()), session.current
    return [e for e in every if current in e.sources] or every


def begin_newest(session: Catalog, of: str = "") -> None:
    """Place what is open in the newest run that can.

    Raises
    ------
    LookupError
        If there is none.
    """
    of = space_of(session, of)
    run, names = newest(session, of)
    if not run:
        raise LookupError(f"no run that is open can place {things(of)}; train a model first")
    all_parts(session, run, names, of)
    session.changed.emit("job", of)  # the view says so


def those_with(session: Catalog, of: str, names: Iterable[str]) -> list[str]:
    """Of open sources those that have such things."""
    there = dict(session.sources)  # others may close one meanwhile
    return [name for name in names if name in there and (of == SESSION or _has(there[name].spaces().get(of)))]


def job_of(session: Catalog, run: str, of: str) -> Job | None:
    """The newest job that places things in a space of a run."""
    return _jobs.newest(session, "embed", run=str(session.runs[run].path), of=of)


def _has(space: object) -> bool:
    """Whether a space holds anything, and where it lasts, for any time."""
    import numpy as np

    from neurofm.data.source import Space

    if not isinstance(space, Space) or space.count == 0:
        return False
    times = None if space.times is None else space.times()
    return times is None or times.ndim < 2 or bool((np.diff(times, axis=1) > 0).any())


SPEC = VerbSpec(
    begin=begin,
    options={
        "run": Field.text, "names": _options.names, "of": _options.choice(*SPACES), "part": Field.text,
    },
    optional=("part",),
    code=code,
    work=work,
    took=_jobs.take_file,
    traced=traced,
)  # fmt: skip
