"""Locate: units of a new animal are placed into an atlas of others: groups of like units, or named nodes of graphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from neurofm import checks
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state import tables, user_tables
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs._work import Paths, Plain, Step
from neurofm.checks import check_choice
from neurofm.data.graph import NODE, SUBJECT, Graph
from neurofm.data.ids import unpack
from neurofm.data.matches import LEVEL, Matches
from neurofm.data.recording import Recording
from neurofm.errors import DataError, NeuroFMError
from neurofm.specs import ResultSpec, RowSpec, VerbSpec
from neurofm.words import a_kind, things

if TYPE_CHECKING:
    from neurofm.analysis.animals import Animal
    from neurofm.app.jobs import Job

VERB, SHARE = "locate", 0.2
LABEL, LIKE, DISTANCE, RATE, GIVEN = "label", "like", "distance", "q", "given"  # columns of what is joined


@dataclass(frozen=True)
class Located:
    """How an animal was placed into an atlas; where its units are stands in the joined table of the same name.

    Parameters
    ----------
    animal, atlas : names of a source or of a subject, and of matches or of a graph
    share, seed : of the names of nodes that were told
    space : of its units
    sure, count : how many units have a place at a false-discovery rate of 10 %, of how many that were placed
    notes : what was told, and what could not be placed
    """

    animal: str
    atlas: str
    share: float
    seed: int
    space: str
    sure: int
    count: int
    notes: tuple[str, ...]

    @property
    def said(self) -> str:
        """How many have a place that is sure, in words."""
        return f"{self.sure:,} of {self.count:,} {things(self.space)} at a false-discovery rate of {LEVEL:.0%}"


def begin(session: Catalog, animal: str, atlas: str, *, share: float = SHARE, seed: int = 0) -> Job:
    """Place the units of an animal into an atlas of others, in the background, and join where they are to their table.

    What comes of it is a joined table "ANIMAL in ATLAS", which `unjoin` takes away: of each unit the group that it is
    `like`, its `distance` to that, and `q`, the least false-discovery rate at which it is said to be of it.

    Parameters
    ----------
    animal : a recording, a graph of one animal, or a subject of a graph ("worms/N2 1"), which the atlas then leaves out
    atlas : matches, whose groups of like units are meant and whose animals are open; or a graph of several animals
        whose nodes have names that mean the same in all
    share : of a graph, which share of the names that the animal and the atlas have are told; all others stay hidden
    seed : of the names that are told, and of the parts in which these are placed blind

    Raises
    ------
    LookupError
        If there is no such animal or atlas, or an animal of the matches is not open.
    ValueError
        If the atlas has no groups or names, or holds the animal already, or the share is none.
    """
    seed = checks.seed(seed)
    arguments = asked(session, animal, atlas, share, seed)
    arguments["data"] = session.files(arguments["called"])
    return session.jobs.submit(VERB, arguments, f"Place {animal} into {atlas}")


def asked(session: Catalog, animal: str, atlas: str, share: float, seed: int) -> dict[str, Any]:
    """What `work` is asked for, checked, but for where it reads the sources that are `called` so."""
    into, own = _atlas(session, atlas), _source(session, animal)
    check(own, animal, into, share)
    names = [into.session, own.session]
    if isinstance(into, Matches):
        labels = [str(label) for label in into.animals["label"]]
        closed = [label for label in labels if label not in _animals(session)]
        if closed:
            raise LookupError(f"open {closed[0]} again; its units are needed to place others among those of {atlas}")
        names += [_source(session, label).session for label in labels]
    called = list(dict.fromkeys(names))
    return {"called": called, "animal": animal, "atlas": atlas, "share": share, "seed": seed}


def sure(rows: pd.DataFrame) -> int:
    """How many rows have a place that is sure."""
    return int((rows[RATE].astype(float) <= LEVEL).sum())


def fits(session: Catalog, animal: str, atlas: str) -> bool:
    """Whether an animal can be placed into an atlas."""
    try:
        asked(session, animal, atlas, SHARE, 0)
    except (ValueError, LookupError):
        return False
    return True


def check(own: Any, animal: str, into: Any, share: float) -> None:
    """Refuse what cannot be placed there, in one sentence."""
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, got {share}")
    if isinstance(own, Graph) and animal == own.session and len(own.subjects) > 1:
        one = f"{animal}/{own.subjects['label'].iloc[0]}"
        raise ValueError(f"{animal} holds {len(own.subjects)} animals; name one of them, such as '{one}'")
    if isinstance(into, Matches):
        if (Graph if into.space == NODE else Recording) is not type(own):
            raise ValueError(f"{into.session} is of {things(into.space)}, and {animal} holds {a_kind(own.kind)}")
        if animal in set(into.animals["label"].astype(str)):
            raise ValueError(f"{animal} is in {into.session} already; place another animal into it")
        if not (into.units["group"].fillna("") != "").any() or not into.profiles.shape[1]:
            raise ValueError(f"{into.session} has no groups of like units; match more units, or by a way with profiles")
        return
    if not isinstance(own, Graph):
        raise ValueError(f"{into.session} is an atlas of graphs, and {animal} holds {a_kind(own.kind)}")
    there = set(into.subjects["label"].astype(str))
    if not into.named or len(there) < 2:
        raise ValueError(f"{into.session} is no atlas; take a graph of several animals whose nodes share their names")
    if own.session != into.session and own.subject and own.subject in there:
        other = f"{into.session}/{own.subject}"
        raise ValueError(f"{own.subject} is in {into.session} already; place '{other}', which is left out of it then")


def work(
    step: Step, folder: Path, *, data: list[Paths], called: Sequence[str], animal: str, atlas: str,
    share: float = SHARE, seed: int = 0,
) -> Plain:  # fmt: skip
    """Where each unit is, as columns."""
    from neurofm import io
    from neurofm.app.verbs._work import read

    step(0.0, "reading")
    sources: list[Any] = [
        one if one.session == name else io.renamed(one, name) for one, name in zip(read(data), called)
    ]
    into = next(one for one in sources if one.session == atlas)
    others = [one for one in sources if isinstance(one, Recording | Graph)]
    try:
        if isinstance(into, Matches):
            table, notes = _into_groups(into, others, animal, step)
        else:
            table, notes = _into_names(into, others, animal, share, seed)
    except (ValueError, LookupError) as error:  # of the data
        raise NeuroFMError(str(error)) from error
    columns = {str(name): [_plain(value) for value in table[name].tolist()] for name in table}
    told = {"animal": animal, "atlas": atlas, "share": share, "seed": seed}
    return told | {"space": into.space if isinstance(into, Matches) else NODE, "columns": columns, "notes": notes}


def took(session: Catalog, job: Job) -> None:
    """Join where units are to their table, unless the animal was closed meanwhile, or is another under its name."""
    if job.state != "done":
        return _jobs.give_up(session, job)
    told = dict(job.result)
    data, called = job.arguments["data"], job.arguments["called"]
    if any(session.places.get(name) != paths or name not in session.sources for name, paths in zip(called, data)):
        return None
    rows, name = pd.DataFrame(told.pop("columns")), f"{told['animal']} in {told['atlas']}"
    space = told["space"]
    own = {space: tables.table(session.numbered(), space)}
    joined = user_tables.join(name, rows, own, on=LABEL, space=space)
    counts = {"sure": sure(rows), "count": len(rows)}
    session.put_result(VERB, name, Located(**told | counts | {"notes": tuple(told["notes"])}))
    others = {key: table for key, table in session.user_tables.items() if key != name}
    session.edit("table", "user_tables", name, {**others, name: joined})
    return None


def action_of(session: Catalog, name: str) -> Action | None:
    """What joined the table of that name, if it was this and can be done again."""
    located = session.results.get(VERB, {}).get(name)
    if located is None or not {LIKE, DISTANCE, RATE} <= set(session.user_tables[name].table):
        return None
    needed = [located.animal, *_members(session, located.atlas)]
    if located.atlas not in session.sources or not set(needed) <= set(_animals(session)):
        return None
    asked = {key: getattr(located, key) for key in ("animal", "atlas", "share", "seed")}
    return Action(kind=VERB, name=name, options=asked)


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    more = "".join(f", {key}={o[key]!r}" for key, usual in (("share", SHARE), ("seed", 0)) if o[key] != usual)
    return [f"session.locate({o['animal']!r}, {o['atlas']!r}{more}).wait()"]


# ---- how they are placed


def _into_groups(matches: Matches, sources: Sequence[Any], animal: str, step: Step) -> tuple[pd.DataFrame, list[str]]:
    """By profiles in the conditions and bins of the matches, taken anew of all animals together, so that they fit."""
    from neurofm.analysis.animals import animals
    from neurofm.analysis.atlas import of_profiles, place
    from neurofm.analysis.likeness import way_of

    each = animals(sources, [*matches.animals["label"].astype(str), animal])
    way = way_of(matches.by, each)
    options = {key: value for key, value in matches.options.items() if key in way.options and value not in ("", 0)}
    prepared = way.prepare(each, seed=matches.seed, step=step, **options)
    step(0.9, f"placing units of {animal}")
    group = dict(zip(matches.units[LABEL].astype(str), matches.units["group"].fillna("").astype(str)))
    profiles = [prepared.profile(k) for k in range(len(each))]
    groups = [[group.get(name, "") for name in one.names] for one in each[:-1]]
    new, used = profiles[-1], prepared.used(len(each) - 1) & np.isfinite(profiles[-1]).all(1)
    if not used.any():
        raise DataError(animal, "units", f"fire too little in the conditions of {matches.session} to be placed")
    placed = place(of_profiles(profiles[:-1], groups), new[used])
    rows = pd.DataFrame({LABEL: np.array(each[-1].names, object)[used], LIKE: placed["group"]})
    left = int((~used).sum())
    notes = [*prepared.notes, *([f"{left} of {len(used)} units of {animal} cannot be judged"] if left else [])]
    return rows.assign(**{name: placed[name] for name in (DISTANCE, RATE)}), notes


def _into_names(
    atlas: Graph, sources: Sequence[Any], animal: str, share: float, seed: int
) -> tuple[pd.DataFrame, list[str]]:
    """By wiring to nodes of which the names are told."""
    from neurofm.analysis import wiring
    from neurofm.analysis.animals import animals
    from neurofm.analysis.atlas import of_graphs, place

    each: dict[str, Animal] = {one.label: one for one in animals(sources)}
    new, graphs = each[animal], [one.source for name, one in each.items() if _is_of(name, atlas) and name != animal]
    graph: Any = new.source
    whole = of_graphs([one for one in graphs if isinstance(one, Graph)])
    told = wiring.draw([wiring.labels(graph), whole.groups[LABEL].tolist()], share, seed)
    if not told:
        raise DataError(animal, "nodes", f"have no name that nodes of {atlas.session} have; name some of them alike")
    placed = place(whole, graph, [(name, name) for name in told], seed=seed)
    rows = placed.assign(**{LABEL: new.names}).rename(columns={"group": LIKE})
    out = f" without {animal}" if len(graphs) < len(atlas.subjects) else ""
    notes = [f"an atlas of {len(graphs)} animals{out}; {len(told)} nodes were told by name, all other names not read"]
    return rows, notes


def _is_of(label: str, graph: Graph) -> bool:
    return label.startswith(f"{graph.session}/")


def _plain(value: Any) -> Any:
    """JSON has no NaN."""
    return None if isinstance(value, float) and not isfinite(value) else value


# ---- what is open


def _atlas(session: Catalog, name: str) -> Any:
    there = {key: one for key, one in session.sources.items() if isinstance(one, Matches | Graph)}
    if not there:
        raise LookupError("nothing that is open is an atlas; match units first, or open a graph of several animals")
    check_choice("atlas", name, there)
    return there[name]


def _animals(session: Catalog) -> dict[str, Any]:
    """Sources with units or nodes, and subjects of graphs, by name."""
    there: dict[str, Any] = {n: one for n, one in session.sources.items() if isinstance(one, Recording | Graph)}
    if SUBJECT in session.tables():
        subjects, numbered = session.table(SUBJECT), session.numbered()
        for label, number in zip(subjects[LABEL], unpack(subjects.index.to_numpy(np.int64))[0]):
            if isinstance(numbered[int(number)], Graph):
                there.setdefault(str(label), numbered[int(number)])
    return there


def _source(session: Catalog, animal: str) -> Any:
    """The source of an animal."""
    there = _animals(session)
    check_choice("animal", animal, there)
    return there[animal]


def _members(session: Catalog, atlas: str) -> list[str]:
    """Animals that must be open for an atlas to be used."""
    into = session.sources.get(atlas)
    return [str(label) for label in into.animals["label"]] if isinstance(into, Matches) else []


# ---- how the table shows it, and how it is kept


def _shown(state: Any, session: Catalog) -> tuple[str, Located | None]:
    """What is named, or the newest."""
    held = session.results.get(VERB, {})
    name = state.recording if state.recording in held else next(reversed(list(held)), "")
    return name, held.get(name)


def _frame(state: Any, session: Catalog) -> pd.DataFrame:
    joined = session.user_tables.get(_shown(state, session)[0])
    return pd.DataFrame() if joined is None else joined.table


def _missing(state: Any, session: Catalog) -> tuple[str, str]:
    job = _jobs.newest(session, VERB)
    if job is not None and not job.over:
        return "An animal is being placed …", "jobs"
    return "Place an animal into an atlas, from its menu, to see which units it is like", "open"


def _note(state: Any, session: Catalog) -> str:
    name, located = _shown(state, session)
    return "" if located is None else "; ".join([f" of {name}: {located.said}", *located.notes])


def _write(located: Located) -> dict[str, Any]:
    return {key: getattr(located, key) for key in Located.__dataclass_fields__}


def _read(name: str, item: Field) -> Located:
    item.only(("name", *Located.__dataclass_fields__))
    told: dict[str, Any] = {key: item[key].text() for key in ("animal", "atlas", "space")}
    told |= {key: item[key].whole(0, _options.LONGEST) for key in ("seed", "sure", "count")}
    told["notes"] = tuple(note.text() for note in item["notes"].items())
    return Located(**told, share=item["share"].number(0, 1))


SPEC = VerbSpec(
    begin=begin,
    options={"animal": Field.text, "atlas": Field.text, "share": Field.number, "seed": _options.whole},
    code=code,
    work=work,
    took=took,
    result=ResultSpec(
        title="Places in atlases", words=lambda located: located.said, write=_write, read=_read, of_source=False
    ),
    rows={
        "located": RowSpec(
            title="units in their places", frame=_frame, missing=_missing, note=_note,
            choices=lambda state, session: {"recording": ("", *session.results.get(VERB, {}))},
        )
    },
)  # fmt: skip
