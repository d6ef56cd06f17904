"""Correspond: units of two animals or more are matched by what they do, with how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurofm import checks
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.results import show
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs import close as closing
from neurofm.app.verbs import open as opening
from neurofm.app.verbs._work import Paths, Plain, Step
from neurofm.checks import check_choice, number
from neurofm.data.embedding import Embedding
from neurofm.data.graph import NODE, SUBJECT, Graph
from neurofm.data.ids import unpack
from neurofm.data.matches import LEVEL, Matches
from neurofm.data.recording import UNIT, Recording
from neurofm.errors import NeuroFMError
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

Known = Sequence[Sequence[str]]  # pairs of names
SPACE = {Recording.kind: UNIT, Graph.kind: NODE}  # what is matched, by kind


def begin(
    session: Catalog,
    *names: str,
    by: str = "",
    method: str = "",
    level: float = LEVEL,
    known: Known = (),
    only: str = "",
    seed: int = 0,
    **options: Any,
) -> Job:
    """Match the units of animals in the background, and open what comes of it.

    Parameters
    ----------
    names : of recordings, of graphs or of their subjects ("worms/N2 1"), two animals at least; all that are open, of
        the kind of the first, if there is none
    by : how distances come about, such as "rates" or "wiring" (`neurofm.analysis.likeness.WAYS`); what each animal
        finds itself by best, between halves of its own data, if ""
    method : how pairs are chosen (`neurofm.analysis.matching.METHODS`); those that are each other's nearest if ""
    level : false-discovery rate up to which a pair is called a match
    known : pairs of names of units that are the same for sure, such as ("a/unit 3", "b/unit 7"); two of one animal are
        a cell that was sorted twice, and are taken together
    only : a filter of the units that take part, such as `group == "good"`; all if ""
    options : of the way, such as `conditions`, a column of the trials, and `bin` (s)

    Raises
    ------
    LookupError
        If fewer than two animals are there, they are of two kinds, or there is no such way, method or option.
    ValueError
        If the level is no share.
    FilterError
        If the filter cannot be read.
    """
    seed = checks.seed(seed)
    asked = list(names) or _usual(session)
    sources = _sources(session, asked)
    by, method, options = chosen(sources, by, method, level, options)
    kept = {"animals": asked, "by": by, "method": method, "level": level, "known": [list(pair) for pair in known]}
    kept |= {"only": only} if only else {}
    gone = left_out(session, sources, only)
    action = session.actions.add("correspond", ", ".join(asked), seed=seed, **kept, **options)
    files = session.files([source.session for source in sources])
    arguments = {"data": files, "called": [source.session for source in sources], "seed": seed, **kept, **options}
    arguments |= {"left_out": gone} if gone else {}
    return session.jobs.submit("correspond", arguments, f"Match {', '.join(asked)}", action=action)


def chosen(
    sources: Sequence[Any], by: str, method: str, level: float, options: Mapping[str, Any]
) -> tuple[str, str, dict[str, Any]]:
    """The way, the method and the options that are meant, checked."""
    from neurofm.analysis.likeness import AND, WAYS
    from neurofm.analysis.matching import METHODS

    if len({source.kind for source in sources}) > 1:
        raise LookupError(f"units of {sources[0].kind}s are matched with one another; name animals of one kind")
    ways = {name: way for name, way in WAYS.items() if sources and isinstance(sources[0], way.takes)}
    if not ways:
        raise LookupError("nothing that is open can be matched; open two recordings, or a graph of two animals")
    given = [name.strip() for name in by.split(AND.strip()) if name.strip()]
    for name in given:
        check_choice("way to match", name, ways)
    if method:
        check_choice("method", method, METHODS)
    if not 0 < number("level", level, "a share") < 1:
        raise ValueError(f"level must be a share between 0 and 1, got {level}")
    there = {option: usual for name in given or ways for option, usual in ways[name].options.items()}
    there |= {"weights": ()} if len(given) > 1 else {}
    for option, value in options.items():
        check_choice("option", option, there)
        if isinstance(there[option], int | float) and number(option, value, "a number") < 0:
            raise ValueError(f"{option} must be a number from 0 on, got {value}")
    return by, method, dict(options)


def left_out(session: Catalog, sources: Sequence[Any], only: str) -> list[str]:
    """Names of units or nodes of these that a filter does not let through.

    Raises
    ------
    FilterError
        If it cannot be read, or asks for a column that is not there.
    """
    if not only.strip():
        return []
    table = session.table(SPACE[sources[0].kind])
    own = table[table["session"].isin([source.session for source in sources])]
    passing = session.passing(only, SPACE[sources[0].kind], own.index.to_numpy(np.int64))
    return [str(label) for label in own["label"][~passing]]


def work(
    step: Step,
    folder: Path,
    *,
    data: list[Paths],
    animals: list[str],
    called: Sequence[str] = (),
    by: str = "",
    method: str = "",
    level: float = LEVEL,
    known: Known = (),
    only: str = "",
    left_out: Sequence[str] = (),
    seed: int = 0,
    out: str = "",
    **options: Any,
) -> Plain:
    """The matches in a file of their own kind."""
    from neurofm import io
    from neurofm.analysis import animals as found
    from neurofm.analysis.correspond import correspond
    from neurofm.app.verbs._work import read

    step(0.0, "reading")
    sources = read(data)
    sources = [one if one.session == name else io.renamed(one, name) for one, name in zip(sources, called)] or sources
    pairs = [(str(one), str(other)) for one, other in known]
    try:
        matches = correspond(
            found.animals(sources, animals),
            by=by,
            method=method,
            level=level,
            known=pairs,
            left_out=left_out,
            seed=seed,
            step=step,
            **options,
        )
    except (ValueError, LookupError) as error:  # of the data
        raise NeuroFMError(str(error)) from error
    file = io.write(matches, Path(out) if out else folder / "matches.matches.h5")
    return {"out": str(file), "pairs": len(matches.pairs), "matches": int(matches.matched.sum())}


def took(session: Catalog, job: Job) -> None:
    """Open the matches, with a map of what units do in all animals; those of the same animals before make way."""
    from neurofm import io

    if job.state != "done":
        return _jobs.give_up(session, job)
    matches: Any = io.read_native(job.result["out"], Matches.kind)
    for name, one in list(session.sources.items()):  # of a file they stay
        if isinstance(one, Matches) and not one.paths and set(one.animals["label"]) == set(matches.animals["label"]):
            closing.begin(session, name)
    names = (matches.session, *(f"{matches.session} {k}" for k in range(2, len(session.sources) + 3)))
    free = next(name for name in names if name not in session.sources)
    name = opening.add(session, replace(matches, session=free, paths=()))
    joint = profiles(session, session.sources[name])
    if joint is not None:
        show(session, joint)
    again = all(
        asked.split("/")[0] in session.sources or asked in session.sources for asked in job.action.options["animals"]
    )
    session.actions.drop(session.actions.last("open", name) if again else job.action)
    return None


def profiles(session: Catalog, matches: Any) -> Embedding | None:
    """What the units of all animals do, in one space; None where distances are of nothing that could be drawn."""
    from neurofm.projection import pca

    if matches.profiles.shape[1] < 2 or matches.space not in session.tables():
        return None
    table = session.table(matches.space)
    ids = dict(zip(table["label"], table.index))
    rows = [k for k, label in enumerate(matches.units["label"]) if label in ids]
    values = np.nan_to_num(matches.profiles[rows])
    if len(rows) < 3:
        return None
    own = np.array([ids[matches.units["label"].iloc[k]] for k in rows], np.int64)
    return Embedding(
        name=f"{matches.session} profiles", space=matches.space, ids=own, values=values, xy=pca(values),
        labels=tuple(matches.units["label"].iloc[rows]), sessions=(), method="PCA",
    )  # fmt: skip


def code(action: Action, script: Script) -> list[str]:
    options = {name: value for name, value in action.options.items() if name != "animals" and value not in ("", [])}
    given = [*map(repr, action.options["animals"]), *(f"{name}={value!r}" for name, value in options.items())]
    return [f"session.correspond({', '.join(given)}).wait()"]


def _usual(session: Catalog) -> list[str]:
    """All recordings, or the first graph that holds several animals."""
    recordings = [name for name, one in session.recordings.items() if len(one.units)]
    graphs = [n for n, one in session.sources.items() if isinstance(one, Graph) and len(one.subjects) > 1]
    return recordings if len(recordings) > 1 else graphs[:1] or recordings


def _sources(session: Catalog, names: Sequence[str]) -> list[Any]:
    """Sources of which these are the names, or that hold subjects of these names."""
    subjects = session.table(SUBJECT) if SUBJECT in session.tables() else None
    held = {} if subjects is None else dict(zip(subjects["label"], unpack(subjects.index.to_numpy(np.int64))[0]))
    there = {name: one for name, one in session.sources.items() if isinstance(one, Recording | Graph)}
    numbered = session.numbered()
    sources = {}
    for name in names:
        check_choice("animal", name, {**there, **held})
        source = there[name] if name in there else numbered[int(held[name])]
        sources[source.session] = source
    animals = sum(len(one.subjects) if isinstance(one, Graph) else 1 for one in sources.values())
    if animals < 2 or (len(names) == 1 and names[0] in held):
        raise LookupError("matching takes two animals or more; open another recording, or a graph of several animals")
    return list(sources.values())


OPTIONS: dict[str, Any] = {
    "animals": _options.names, "by": Field.text, "method": Field.text, "level": Field.number,
    "known": _options.several(_options.names), "only": Field.text, "seed": _options.whole,
    "conditions": Field.text, "event": Field.text,
    "bin": Field.number, "bins": _options.whole, "before": Field.number, "after": Field.number, "cost": Field.text,
    "successive": _options.whole, "share": Field.number, "run": Field.text, "weights": _options.several(Field.number),
}  # fmt: skip
SPEC = VerbSpec(begin=begin, options=OPTIONS, optional=tuple(OPTIONS), code=code, work=work, took=took)
