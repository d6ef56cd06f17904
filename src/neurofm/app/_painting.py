"""What commands do with labels that users paint: labels to paint into, and numbers under picked voxels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.app.command import Command, Context, Host
from neurofm.app.options import Option
from neurofm.app.state.volumes import volumes
from neurofm.app.verbs.paint import STROKES
from neurofm.data.ids import unpack
from neurofm.data.painted import Painted, paint_of
from neurofm.data.volume import VOXEL, Pyramid

MOST = 64  # picked voxels
LABELLED, MARGIN = (
    1 << 24,
    (8, 128, 128),
)  # voxels that are labelled at once, and those around strokes in larger volumes
USUAL = "nothing, cell"  # what 1 and 2 mean


def is_volume(context: Context) -> bool:
    """Whether a volume was clicked."""
    return context.name in volumes(context.session)


def ask_paint(context: Context, host: Host) -> None:
    """Ask which labels are painted, new ones or those that there are, and what their numbers mean."""
    volume = volumes(context.session)[context.name]

    def paint(asked: dict[str, Any]) -> None:
        names = {k: name.strip() for k, name in enumerate(asked["names"].split(","), 1) if name.strip()}
        host.session.paint(context.name, label=asked["label"], names=names)
        told = ", ".join(f"{k} for {name}" for k, name in names.items()) or "1 for the first thing"
        host.tell(f"Paint with the layer's brush: label {told}")

    own = next(iter(volume.labels), "") if volume.image is None else ""
    asked = (
        Option(name="label", kind="str", default=own or STROKES, called="labels to paint",
               words="A name for new ones, or that of some that there are"),
        Option(name="names", kind="str", default="" if own else USUAL, called="what 1, 2, … mean",
               words="Names with commas between them"),
    )  # fmt: skip
    host.ask_form(f"Paint on {context.name}", asked, paint)


def can_learn(context: Context) -> bool:
    """Whether a volume with an image and strokes on it was clicked."""
    volume = volumes(context.session).get(context.name)
    return volume is not None and volume.image is not None and any(
        isinstance(label.levels[0], Painted) for label in volume.labels.values()
    )  # fmt: skip


def learn(context: Context, host: Host) -> None:
    """Learn from the strokes what the other voxels are; of a large volume around the strokes."""
    volume = volumes(context.session)[context.name]
    label = [name for name, one in volume.labels.items() if isinstance(one.levels[0], Painted)][-1]
    context.session.learn(context.name, label=label, box=_around(volume.labels[label]))


def _around(strokes: Pyramid) -> list[list[int]] | None:
    """The box around strokes, as large as is labelled in a minute; all where that is no larger."""
    at, shape = np.stack(np.unravel_index(paint_of(strokes).at, strokes.shape)), np.array(strokes.shape)
    if shape.prod(dtype=float) <= LABELLED or not at.size:
        return None
    low, high = (np.clip(ends, 0, shape) for ends in (at.min(1) - MARGIN, at.max(1) + np.add(MARGIN, 1)))
    return np.stack([low, high], 1).tolist()


def can_edit(context: Context) -> bool:
    """Whether a volume with labels was clicked, and some voxels are picked."""
    volume = volumes(context.session).get(context.name)
    return volume is not None and bool(volume.labels) and 0 < len(context.session.selection.picked(VOXEL)) <= MOST


def split(context: Context, host: Host) -> None:
    """Let the thing under the picked voxels be several, one around each; two, where one voxel is picked."""
    label, places = _picked(context)
    context.session.split_label(context.name, places.tolist(), label=label)


def merge(context: Context, host: Host) -> None:
    """Let the things under the picked voxels be one."""
    label, places = _picked(context)
    voxels = volumes(context.session)[context.name].labels[label].levels[0]
    numbers = [int(voxels[tuple(place)]) for place in places.tolist()]
    context.session.merge_labels(context.name, [number for number in numbers if number], label=label)


def _picked(context: Context) -> tuple[str, NDArray[np.int64]]:
    """The first labels of a volume, and which of their voxels (voxel, 3) are where voxels of any volume are picked."""
    session = context.session
    label, pyramid = next(iter(volumes(session)[context.name].labels.items()))
    numbers, local = unpack(session.selection.picked(VOXEL))
    sources = session.numbered()
    places = [sources[number].place(local[numbers == number]) for number in np.unique(numbers).tolist()]  # type: ignore[attr-defined]
    at = np.rint((np.concatenate(places) - pyramid.origin) / pyramid.spacing[0]).astype(np.int64)
    return label, at[((at >= 0) & (at < pyramid.shape)).all(1)]


# fmt: off
COMMANDS = (
    Command(name="paint", title="Paint labels…", on=("source",), offered=is_volume, do=ask_paint),
    Command(name="learn", title="Learn from strokes", on=("source",), offered=can_learn, do=learn),
    Command(name="split_label", title="Split the label at picked voxels", on=("source",), offered=can_edit, do=split),
    Command(name="merge_labels", title="Merge labels at picked voxels", on=("source",), offered=can_edit, do=merge),
)
# fmt: on
