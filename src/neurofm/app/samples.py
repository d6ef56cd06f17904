"""Samples: simulated data that are made in seconds, and what is worth doing with each."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from neurofm.app.command import Command, Context, Host
from neurofm.data.source import Source
from neurofm.errors import DataError

FRAMES = 300  # of the film
SIZE = (32, 160, 384)  # voxels of the phantom
PEOPLE = 300  # who choose


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Data to try things with.

    Parameters
    ----------
    name : as in napari's manifest
    title : in lists and menus
    about : a sentence on what is in it
    making : what is told while it is made
    make : its sources
    does : commands that are worth a click, and what stands on their buttons
    offered : whether it can be had here
    """

    name: str
    title: str
    about: str
    making: str
    make: Callable[[], list[Source]]
    does: Mapping[str, str] = field(default_factory=dict)
    offered: Callable[[], bool] = lambda: True

    def command(self, verb: str = "") -> str:
        """The name of the command that opens it and goes on with a verb."""
        return "_".join(filter(None, ("open", self.name, verb)))


def commands(get: Callable[[str], Command]) -> list[Command]:
    """What opens each sample, alone and with what is worth doing; `get` gives the commands for that."""
    verbs = [(sample, verb) for sample in SAMPLES for verb in ("", *sample.does)]
    return [
        Command(
            name=sample.command(verb),
            title=sample.does.get(verb, sample.title),
            do=partial(_open, sample, verb, get),
            offered=partial(_offered, sample),
        )
        for sample, verb in verbs
    ]


def _offered(sample: Sample, context: Context) -> bool:
    return sample.offered()


def _open(sample: Sample, verb: str, get: Callable[[str], Command], context: Context, host: Host) -> None:
    """Make it beside the window, show it, and go on with what was asked for."""

    def add() -> list[str]:
        return [host.session.add(source) for source in sample.make()]

    def show(names: list[str]) -> None:
        host.arrange()
        if verb:
            _go_on(get(verb), names, host)

    host.later(add, sample.making, show)


def _go_on(command: Command, names: list[str], host: Host) -> None:
    """Do a command with the first source that offers it, or with all that is open where it is about none."""
    at = Context(session=host.session)
    sources = [Context(session=host.session, kind="source", name=name) for name in names]
    for context in sources if "source" in command.on else [at]:
        for entry in command.entries(context):
            return entry.do(host)


# ---- what they are


def _demo() -> list[Any]:
    from neurofm.synthetic.demo import demo

    return list(demo())


def _mice() -> list[Any]:
    """A film, kept in the cache, and the poses that it shows."""
    import numpy as np

    from neurofm.io import read, write
    from neurofm.io._copies import cache_folder
    from neurofm.synthetic.filmed import filmed
    from neurofm.synthetic.triplets import triplets

    tracks = triplets(1, np.random.default_rng(5), frames=FRAMES, session="mice")
    path = cache_folder("samples") / f"mice {FRAMES}.mp4"
    video: Any = read(path if path.exists() else write(filmed(tracks), path))
    return [video, tracks.timed(video.times, clock=video.clock)]


def _brain() -> list[Any]:
    from neurofm.synthetic.phantoms import Plan, phantom

    return [phantom(Plan(shape=SIZE, seed=1)).loaded()]


def _connections() -> list[Any]:
    from neurofm.synthetic.graphs import Ranges, community

    return [community(1, ranges=Ranges(classes=(5, 5), homophily=(0.8, 0.8)))]


def _clones() -> list[Any]:
    from neurofm.synthetic.clones import pair

    return list(pair(seed=1))


def _people() -> list[Any]:
    from neurofm.synthetic.bandits import population

    return [population(PEOPLE, seed=1, session="people")]


def _slices() -> list[Path]:
    folder = Path(os.environ.get("NEUROFM_DATA", "")).expanduser()
    return sorted((folder / "xray_slice").glob("*.npz"))


def _slice() -> list[Any]:
    """That of the folder that NEUROFM_DATA names.

    Raises
    ------
    DataError
        If it is not there.
    """
    from neurofm.io import read

    files = _slices()
    if not files:
        remedy = "name the folder that has xray_slice by NEUROFM_DATA, or open the file itself"
        raise DataError(Path(os.environ.get("NEUROFM_DATA", "")), "xray_slice", f"has no slice; {remedy}")
    return [read(files[0])]


SAMPLES = (
    Sample(
        name="demo",
        title="Two simulated animals",
        about="They fetch rewards in an arena while about fifty units of three regions each are recorded.",
        making="Simulating two animals",
        make=_demo,
        does={"train": "Train a decoder…", "compare_decoders_quickly": "Compare decoders"},
    ),
    Sample(
        name="clones",
        title="Two simulated animals with units alike",
        about="Sixty of a hundred units are tuned as one of the other animal's: see which are found.",
        making="Making two animals",
        make=_clones,
        does={"correspond": "Match units", "carry": "Carry a decoder"},
    ),
    Sample(
        name="mice",
        title="Three simulated mice on video",
        about="They chase and huddle; a film and the poses that it shows, on one clock.",
        making="Filming three mice",
        make=_mice,
        does={"train": "Train on poses…"},
    ),
    Sample(
        name="people",
        title="Simulated people who choose",
        about="Three hundred people choose three hundred times among three arms that drift.",
        making="Simulating choices",
        make=_people,
        does={"train": "Train on choices…"},
    ),
    Sample(
        name="brain",
        title="A simulated X-ray volume of four areas",
        about="Cells, vessels and bundles of axons, and a label for every voxel.",
        making="Making an X-ray phantom",
        make=_brain,
        does={"train": "Train on labels…", "cells": "Measure cells…", "paint": "Paint labels…"},
    ),
    Sample(
        name="connections",
        title="A simulated graph of communities",
        about="Nodes of five classes that seek their own, with features that tell little of them.",
        making="Making a graph",
        make=_connections,
        does={"train": "Train on the graph…", "lay_out": "Lay out"},
    ),
    Sample(
        name="slice",
        title="A real X-ray slice (where NEUROFM_DATA has it)",
        about="One plane of a mouse brain with its areas.",
        making="Reading an X-ray slice",
        make=_slice,
        does={"train": "Train on areas…"},
        offered=lambda: bool(_slices()),
    ),
)
BY_NAME = {sample.name: sample for sample in SAMPLES}
