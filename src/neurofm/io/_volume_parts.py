"""Volumes in several files as one: which of them is the image, and which say what its voxels are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.volume import UNSCALED, Pyramid, Turned, Volume, Voxels
from neurofm.data.voxel_truth import EDGE, LOOKED, boxes
from neurofm.errors import DataError
from neurofm.io._images import LABELS, TAKEN, looks_grey, name_of
from neurofm.io._levels import looked
from neurofm.io._place import absolute
from neurofm.io._voxels import Where

GREY = re.compile(
    r"im|img|ima?ges?|raw|gr[ae]y|intensity|input|train|volume|stack", re.IGNORECASE
)  # images are so called
WORDS = re.compile(r"[a-z]+|[0-9]+", re.IGNORECASE)
SURE, NAMED, LOOKS = 100, 4, 1  # how much a format says, a name, and neighbours of voxels
CLOSE = 1e-2  # share by which voxels may differ in size, as files round it


def merge(parts: Sequence[Volume], labels: str = "", session: str = "") -> Volume:
    """One volume of an image and of what says what its voxels are.

    Parameters
    ----------
    labels : name or file of the part that is labels, however it looks; its voxels are those of the image, whatever
        size the files say; told from names and numbers if ""
    session : name of what comes of it; that of the image if ""

    Raises
    ------
    DataError
        If sizes differ, labels are no whole numbers or all the same, or it cannot be told which part is the image.
    """
    image, others = told_apart(parts, labels)
    known, names = dict(image.labels), dict(image.names)
    notes = list(dict.fromkeys(note for part in parts for note in part.notes if note != TAKEN))
    for part in others:
        _check(image, part, labels)
        for name, pyramid in part.labels.items():
            free = name if name not in known else f"{part.session} {name}"
            known[free], names[free] = _laid(pyramid, image.whole), part.names.get(name, {})
        notes.append(_note(image, part, parts, labels))
    whole = replace(
        image, session=session or image.session, subject=next((part.subject for part in parts if part.subject), ""),
        labels=known, names=names, paths=tuple(path for part in parts for path in part.paths), notes=tuple(notes),
    )  # fmt: skip
    scaled = next((part for part in others if part.unit != UNSCALED), image)
    if image.unit != UNSCALED or scaled is image:
        return whole
    told = f"{_file(image)} does not say how large its voxels are; they are those of {_file(scaled)}"
    return replace(whole.scaled(scaled.spacing, scaled.whole.origin), notes=(*notes, told))


def told_apart(parts: Sequence[Volume], labels: str = "") -> tuple[Volume, list[Volume]]:
    """Which of several volumes is the image, and all others as labels.

    Raises
    ------
    DataError
        If that cannot be told, or one that must be labels holds no whole numbers.
    """
    meant = [part for part in parts if labels and _is(part, labels)]
    if labels and len(meant) != 1:
        names = ", ".join(_file(part) for part in parts)
        raise DataError(_where(parts), "labels", f"'{labels}' is not one of {names}; name one of them")
    scores = {id(part): _score(part, parts) + 2 * SURE * (part in meant) for part in parts}
    image, *others = sorted(parts, key=lambda part: scores[id(part)])
    for part in others:
        _check_numbers(part)
        if scores[id(part)] <= max(0, scores[id(image)]):
            kind = "labels" if scores[id(image)] > 0 else "images"
            remedy = f"say which is labels (labels='{_file(part)}'), or open each by itself"
            raise DataError(_where(parts), "", f"{'both' if len(parts) == 2 else 'several'} look like {kind}; {remedy}")
    return as_image(image), [as_labels(part) for part in others]


def surely(parts: Sequence[Volume]) -> bool:
    """Whether names or formats say which part is the image, not only what its voxels look like."""
    scores = sorted(_score(part, parts) for part in parts)
    return scores[1] - scores[0] >= NAMED


def fits(one: Volume, other: Volume) -> bool:
    """Whether voxels are of one size in both, or nobody knows that of one."""
    if UNSCALED in (one.unit, other.unit):
        return True
    return bool(np.allclose(one.spacing, other.spacing, rtol=CLOSE) and _begins_alike(one, other))


def alike(one: Volume, other: Volume) -> bool:
    """Whether two are called alike but for a word that says image or labels, as img_1 and mask_1 are."""
    first, second = (set(_words(_name(each))) for each in (one, other))
    return all(GREY.fullmatch(word) or LABELS.search(word) for word in first ^ second)


def as_labels(volume: Volume) -> Volume:
    """What was taken for an image as labels called as its file; the finest scale of it, since others are means."""
    if volume.image is None or volume.labels:
        return volume
    name = _name(volume)
    labels = {name: _finest(volume.image, name)}
    return replace(volume, image=None, labels=labels, notes=(*volume.notes, TAKEN))


def as_image(volume: Volume) -> Volume:
    """What was taken for labels by its name alone as an image."""
    if volume.image is not None or not _either(volume):
        return volume
    (pyramid,) = volume.labels.values()
    notes = tuple(note for note in volume.notes if note != TAKEN)
    return replace(volume, image=_finest(pyramid, ""), labels={}, names={}, notes=notes)


def as_part(volume: Volume, part: str) -> Pyramid | None:
    """Labels of this name, or the image if "", of a file that holds them, or one array that was taken for them."""
    if part:
        return as_labels(volume).labels.get(part)
    return as_image(volume).image


# ---- what is told from names and numbers


def _score(part: Volume, parts: Sequence[Volume]) -> int:
    """How much speaks for labels, below 0 for an image."""
    if not _either(part):
        return -SURE if part.image is not None else SURE
    words = _own(part, parts)
    named = NAMED * (any(map(LABELS.search, words)) - any(map(GREY.fullmatch, words)))
    voxels = part.whole.levels[0]
    if voxels.dtype.kind not in "iub":
        return named - LOOKS
    if getattr(voxels, "remote", False):
        return named
    return named + (-LOOKS if looks_grey(voxels) else LOOKS)


def _either(part: Volume) -> bool:
    """Whether it is one array that its file may hold as an image or as labels."""
    return TAKEN in part.notes and len(part.labels) == 1 if part.image is None else not part.labels


def _own(part: Volume, parts: Sequence[Volume]) -> list[str]:
    """Words of its name that not all the others have."""
    shared = set.intersection(*(set(_words(_name(one))) for one in parts))
    return [word for word in _words(_name(part)) if word not in shared]


def _note(image: Volume, part: Volume, parts: Sequence[Volume], labels: str) -> str:
    """What was taken for what, and why, with the way out where that may be wrong."""
    taken = f"{_file(part)} is taken for labels of {_file(image)}"
    if not _either(part) or not _either(image):
        return taken
    if labels:
        return f"{taken}, as was said"
    named = any(map(LABELS.search, _own(part, parts)))
    why = "by its name" if named else "since neighbouring voxels of it are alike"
    return f"{taken}, {why}; say labels='{_file(image)}' if it is the other way round"


def _words(name: str) -> list[str]:
    return WORDS.findall(name.lower())


def _name(part: Volume) -> str:
    """What its file is called, whatever it goes by."""
    return name_of(part.paths[0]) if part.paths else part.session


def _is(part: Volume, called: str) -> bool:
    """Whether a part is called so, or is of a file that is."""
    return called in (part.session, *part.paths, *(Path(path).name for path in part.paths)) or (
        absolute(called) in part.paths
    )


def _file(part: Volume) -> str:
    return Path(part.paths[0]).name if part.paths else part.session


def _where(parts: Sequence[Volume]) -> str:
    return "+".join(path for part in parts for path in part.paths) or parts[0].session


# ---- what must be so


def _check_numbers(part: Volume) -> None:
    if part.image is None or part.labels or part.image.dtype.kind in "iub":
        return
    remedy = "write them as such, as numpy does by astype('uint16')"
    raise DataError(_where([part]), "", f"is {part.image.dtype}, where labels must be whole numbers; {remedy}")


def _check(image: Volume, part: Volume, labels: str) -> None:
    where = _where([part])
    if part.whole.shape != image.whole.shape:
        own, other = (" x ".join(map(str, each.whole.shape)) for each in (part, image))
        problem = f"is {own} voxels (z, y, x), and {_file(image)} is {other}; labels need the size of their image"
        raise DataError(where, "", problem)
    if not labels and not fits(image, part):
        own, other = (f"{_rounded(each.spacing)} um from {_rounded(each.whole.origin)}" for each in (part, image))
        problem = f"has voxels of {own} (z, y, x), and {_file(image)} of {other}"
        remedy = f"say labels='{_file(part)}' if its voxels are those of {_file(image)}, else put one right by place"
        raise DataError(where, "", f"{problem}; {remedy}")
    for name, pyramid in part.labels.items():
        only = _only(pyramid.levels[0])
        if only is not None:
            problem = (
                f"is {only} in every voxel, so that it tells nothing apart; labels need two numbers, 0 for nothing"
            )
            raise DataError(where, name if name != part.session else "", problem)


def _rounded(numbers: NDArray[np.float64]) -> str:
    return " x ".join(f"{number:.4g}" for number in numbers)


def _only(voxels: Voxels) -> int | None:
    """The one number of labels that have but one; None where there are others, or too many voxels to look at all."""
    every = boxes(voxels.shape, (EDGE,) * 3, LOOKED + 1)
    if getattr(voxels, "remote", False) or len(every) > LOOKED:
        return None
    first: NDArray[Any] | None = None
    for box in islice(every, LOOKED):
        part = voxels[box]
        first = part.ravel()[:1] if first is None else first
        if (part != first).any():
            return None
    return None if first is None else int(first[0])


def _begins_alike(one: Volume, other: Volume) -> bool:
    """Whether both begin at one place, or one at none that was said."""
    begins = [each.whole.origin / one.spacing for each in (one, other)]
    return any(np.abs(place).max() <= 0.5 for place in (*begins, begins[1] - begins[0]))


# ---- how it lies


def _laid(pyramid: Pyramid, whole: Pyramid) -> Pyramid:
    """Labels whose voxels lie on those of an image."""
    return pyramid.moved(whole.spacing[0] / pyramid.spacing[0], whole.origin)


def _finest(pyramid: Pyramid, part: str) -> Pyramid:
    """The finest scale, which says that it is another part of its file, with levels that were made of that part."""
    return looked(Pyramid((_as_part(pyramid.levels[0], part),), pyramid.spacing[:1], pyramid.origin))


def _as_part(voxels: Voxels, part: str) -> Voxels:
    if isinstance(voxels, Turned):
        return Turned(_as_part(voxels.voxels, part), voxels.order)
    held: Any = copy(voxels)
    if getattr(held, "where", None) is not None:
        held.where = Where(held.where.path, part)
    return held
