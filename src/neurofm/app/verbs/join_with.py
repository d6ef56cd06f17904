"""Join with: what other files hold of a source becomes part of it, as its trajectory or its labels; can be undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.verbs import _edits, _options
from neurofm.app.verbs import open as opening
from neurofm.checks import check_choice
from neurofm.data.ids import unpack
from neurofm.data.plausible import misfits
from neurofm.data.recording import TIME, Recording, merge
from neurofm.data.source import Source, start
from neurofm.data.spans import intersect
from neurofm.data.volume import Volume
from neurofm.errors import DataError
from neurofm.specs import VerbSpec
from neurofm.words import a_kind, things


@dataclass(frozen=True)
class Partner:
    """A recording or volume that a part may belong to.

    Parameters
    ----------
    name : of it
    doubt : why it may belong to another, in words after the part's name; "" if it is plain
    ways : how they can be joined, with what `begin` is to be told, by the words that a user is offered
    """

    name: str
    doubt: str
    ways: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def begin(session: Catalog, name: str, path: Any, *, reader: str = "", labels: str = "", **how: Any) -> None:
    """Join a recording with what other files hold of it (its trajectory, its trials, the units of another probe), or an
    image with the labels of its voxels.

    It keeps its name and its units theirs, and what was made of it stays; what both hold is taken from the first.

    Parameters
    ----------
    name : of a recording or volume that is open
    path : a file, several, or a source, with times on the clock of its own, or as many voxels
    labels : of two volumes, the name or file of the one that is the labels; told from names and numbers if ""
    reader, how : how files are read, as `neurofm.read` takes it

    Raises
    ------
    LookupError
        If there is no such recording or volume.
    DataError
        If the file cannot be used, is of another kind, is part of it already, or does not fit.
    """
    from neurofm import io

    check_choice("recording or volume", name, joinable(session))
    part = path if isinstance(path, Source) else io.read(path, reader=reader, **how)
    join(session, name, part, labels=labels)


def joinable(session: Catalog) -> dict[str, Source]:
    """Sources that can be joined with what other files hold."""
    return {name: one for name, one in list(session.sources.items()) if isinstance(one, Recording | Volume)}


def join(session: Catalog, name: str, part: Source, *, labels: str = "") -> None:
    """The same with what was read already."""
    from neurofm import io

    before, given = session.sources[name], part
    part = io.as_behaviour(part) if isinstance(before, Recording) else part
    where = "+".join(part.paths) or part.session
    if part.kind != before.kind:
        alone = f"{a_kind(before.kind)} is joined with {things(before.kind)} alone"
        problem = f"holds {a_kind(part.kind)}; {alone}, so open it by itself"
        raise DataError(where, "", problem)
    if is_part(part, before):
        raise DataError(where, "", f"is part of '{name}' already")
    after = io.together([before, part], name, labels=labels)
    if isinstance(after, Recording) and after.start < start(before) and _moments_count(session, name):  # from its start
        after = replace(after, domain=intersect(after.domain, np.array([[start(before), np.inf]])))
    held = io.origin(given)
    options = {"path": io.file_of(given)} if held is None else dict(held.options)
    options |= {"labels": labels}
    done = _edits.action(session, "join_with", name, **{key: options[key] for key in OPTIONS if options.get(key)})
    _edits.put(session, name, before, after, done)
    for beside in io.parts_of(given)[1]:
        opening.add(session, beside)


def is_part(part: Source, whole: Source) -> bool:
    """Whether all its files are among those of another."""
    return bool(part.paths) and set(part.paths) <= set(whole.paths)


def partners(session: Catalog, part: Source) -> list[Partner]:
    """Sources that lack what a part has, and have what it lacks: the one that it plainly belongs to, else all.

    Tracks and choices with times, which are sources of their own, may be part of the recordings beside which they lie.
    """
    if isinstance(part, Volume):
        volumes = [one for one in session.sources.values() if isinstance(one, Volume)]
        found = [partner(one, part) for one in volumes if _image_and_labels(one, part)]
    elif isinstance(part, Recording):
        lacking = [one for one in session.recordings.values() if _complete_each_other(one, part)]
        found = [partner(one, part) for one in lacking]
    else:
        return _of_another_kind(session, part)
    plain = [one for one in found if not one.doubt]
    return plain if len(plain) == 1 else found


def _of_another_kind(session: Catalog, part: Source) -> list[Partner]:
    from neurofm import io

    beside = [one for one in session.recordings.values() if _near(one, part)]
    made = io.as_behaviour(part) if beside else part
    if not isinstance(made, Recording):
        return []
    own = f"can be opened by itself, too, as {things(part.kind)}"
    found = [partner(one, made, chosen=True) for one in beside if _complete_each_other(one, made)]
    return [replace(one, doubt=one.doubt or own) for one in found]


def partner(one: Recording | Volume, part: Source, *, chosen: bool = False) -> Partner:
    """What a part may belong to.

    Parameters
    ----------
    chosen : whether the user chose the one for the other, so that it does not matter where they lie, or how called
    """
    if isinstance(one, Volume) and isinstance(part, Volume):
        return _of_volume(one, part, chosen=chosen)
    if isinstance(one, Recording) and isinstance(part, Recording):
        return Partner(one.session, doubt(one, part, chosen=chosen))
    return Partner(one.session, "")


def _of_volume(one: Volume, part: Volume, *, chosen: bool) -> Partner:
    from neurofm.io._volume_parts import alike, fits, surely

    name, own = one.session, part.session
    if not surely([one, part]):
        either = {f"{own} is the labels of {name}": own, f"{name} is the labels of {own}": name}
        doubt = f"and {name} are not called so that it is plain which is the labels"
        return Partner(name, doubt, {words: {"labels": labels} for words, labels in either.items()})
    if not fits(one, part):
        labels = _labels_of(one, part)
        doubt = f"has voxels of another size than {name}"
        return Partner(name, doubt, {f"Join with {name}, voxel by voxel": {"labels": labels}})
    return Partner(name, "" if chosen or alike(one, part) else f"is called otherwise than {name}")


def _labels_of(one: Volume, part: Volume) -> str:
    """Which of the two is the labels."""
    from neurofm.io._volume_parts import told_apart

    (labels,) = told_apart([one, part])[1]
    return labels.session


def _image_and_labels(one: Volume, part: Volume) -> bool:
    """Whether two volumes of one folder and size are an image without labels, and labels, or look so."""
    from neurofm.io._volume_parts import told_apart

    both = any(each.image is not None and each.labels for each in (one, part))
    if both or one.whole.shape != part.whole.shape or _homes(one) != _homes(part):
        return False
    try:
        told_apart([one, part])
    except DataError:
        return False
    return True


def _complete_each_other(one: Recording, other: Recording) -> bool:
    """Whether the units are in one of the two and nothing is in both."""
    names = [name for part in (one, other) for name in (*part.series, *part.intervals)]
    return bool(len(one.units)) != bool(len(other.units)) and len(names) == len(set(names))


def doubt(one: Recording, part: Recording, *, chosen: bool = False) -> str:
    """Why a part may not belong to a recording, in words after the part's name; "" if it plainly does.

    Parameters
    ----------
    chosen : whether the user chose the one for the other, so that it does not matter where they lie
    """
    if one.subject and part.subject and one.subject != part.subject:
        return f"is of {part.subject}, and {one.session} of {one.subject}"
    if len(one.domain) and len(part.domain) and not len(intersect(one.domain, part.domain)):
        spans = (f"from {each.start:,.1f} to {each.stop:,.1f} s" for each in (part, one))
        return f"runs {next(spans)}, and {one.session} {next(spans)}"
    for name, (misfit, _) in misfits(merge([one, part])).items():
        return f"has times of {name} that look {misfit.looks}"
    if chosen or one.session == part.session:
        return ""
    if not _near(one, part):
        return f"lies in another folder than {one.session}"
    others = [file.name for file in _recordings_in(_homes(one)) if str(file) not in (*one.paths, *part.paths)]
    return f"lies beside other recordings ({others[0]})" if others else ""


def _near(one: Source, part: Source) -> bool:
    """Whether a part lies beside a source, or in the folder that it is."""
    return bool(part.paths) and all(home in (*_homes(one), *map(Path, one.paths)) for home in _homes(part))


def _homes(source: Source) -> set[Path]:
    return {Path(path).parent for path in source.paths}


def _recordings_in(folders: set[Path]) -> Iterator[Path]:
    """Files that may be recordings, by their names."""
    from neurofm import io

    return (file for folder in folders for file in sorted(folder.iterdir()) if io.may_be_recording(file))


def _moments_count(session: Catalog, name: str) -> bool:
    """Whether anything is kept of its moments, which are counted from its start."""
    things = (session.embeddings, session.predictions, session.groups)
    ids = [one.ids for kept in things for one in kept.values() if one.space == TIME]
    ids.append(session.selection.picked(TIME))
    return any((unpack(each)[0] == session.number(name)).any() for each in ids)


def code(action: Any, script: Script) -> list[str]:
    o = action.options
    how = {name: o[name] for name in ("reader", "labels") if name in o} | o.get("how", {})
    more = "".join(f", {name}={value!r}" for name, value in how.items())
    lines = [f"session.join_with({action.name!r}, {o['path']!r}{more})"]
    variable = script.variable(action.name)
    return [*lines, f"{variable} = session.sources[{action.name!r}]"] if variable else lines


OPTIONS = {"path": _options.paths, "reader": Field.text, "labels": Field.text, "how": _options.settings}
SPEC = VerbSpec(begin=begin, options=OPTIONS, optional=("reader", "labels", "how"), edits=True, code=code)
