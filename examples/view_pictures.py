"""A picture of every view, of two simulated animals and models trained on them: those in docs/views.

Run it with ``python examples/view_pictures.py [FOLDER]``; it takes about a minute on two cores. Other pictures that are
named behind the folder are put into it, too, as small as they can be. ``make pictures`` draws all that docs show.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

import neurofm as nf
from neurofm import registry
from neurofm.analysis.bouts import ethograms
from neurofm.app.pictures import figure
from neurofm.app.session import Session
from neurofm.projection import align, umap
from neurofm.synthetic.demo import demo

SETTINGS = {"target": "velocity", "steps": 300, "dim": 32, "depth": 1, "window": 0.5}
FILL = {"bin": 0.05, "dim": 64, "stitch": 64, "depth": 1, "steps": 400, "lr": 3e-3}
HIDDEN = [3, 8, 25, 30, 33, 42]  # place units, units of M1 and a cue unit of the first animal
COLORS = 128  # in a file
SIZE = {"width_mm": 120, "height_mm": 70, "font_pt": 7, "dpi": 200}


def main(folder: Path) -> None:
    """Train, embed, pick, and draw each view."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        session = trained(Path(place))
        running = session.table("unit").query("kind == 'direction' and session == 'ada'")
        angle = running["preferred"].to_numpy()
        session.group("right", "unit", running.index[np.abs(angle) < np.pi / 4])
        session.group("left", "unit", running.index[np.abs(angle) > 3 * np.pi / 4])
        draw(session, "latent", folder, color_by="preferred", filter="kind == 'direction'")
        draw(session, "training", folder)
        session.pick_group("right")
        draw(session, "tuning", folder)
        draw(session, "raster", folder, ranges=((20.0, 40.0), (0.0, 48.0)), order="region")
        session.selection.clear()
        draw(session, "trace", folder, ranges=((230.0, 260.0), None))
        draw(session, "table", folder, of="comparison")
        session.selection.clear()
        draw(session, "ethogram", folder, ranges=((100.0, 200.0), None), ethogram="ada bouts")
        line_up(session)
        draw(session, "aligned", folder, units="right")
        session.selection.clear()
        fill(session, Path(place))
        draw(session, "hide", folder, ranges=((132.0, 157.0), None))


def trained(place: Path) -> Session:
    """A session with a run, its latent space of units and its decoding."""
    recordings = demo()
    run = nf.train("poyo", recordings, out=place / "poyo", settings=SETTINGS, seed=0, device="cpu")
    session = nf.Session(recordings, folder=place)
    session.add(run)
    units = run.embed(recordings, of="unit")
    session.add(replace(units, umap=align(umap(units.values), units.xy)))
    session.add(run.predict(recordings[0]))
    for bouts in ethograms(run.embed(recordings, of="time"), recordings, count=6):
        session.add(bouts)
    return session


def line_up(session: Session) -> None:
    """Pick the bouts of two clusters of the first animal."""
    bouts = session.table("bout").query("session == 'ada bouts' and behavior in ('cluster 1', 'cluster 2')")
    session.selection.pick("bout", bouts.index)


def fill(session: Session, place: Path) -> None:
    """Add a run that fills in what is hidden, and pick units that were hidden from it."""
    recording = session.recordings["ada"]
    run = nf.train("mtm", recording, out=place / "mtm", settings=FILL, seed=0, device="cpu")
    session.add(run)
    session.add(run.hide(recording, units=HIDDEN))
    session.selection.pick("unit", HIDDEN)


def draw(
    session: Session, name: str, folder: Path, ranges: tuple[object, object] | None = None, **state: object
) -> None:
    """One view with these choices."""
    spec = registry.get("neurofm.app.views", name)
    for key, value in state.items():
        setattr(session.view(name), key, value)
    figure.render(spec, session.view(name), session, folder / f"{name}.png", ranges=ranges, **SIZE)
    small(folder / f"{name}.png", folder)


def small(picture: Path, folder: Path) -> None:
    """A picture of few colours, in a folder."""
    Image.open(picture).convert("RGB").quantize(COLORS).save(folder / picture.name, optimize=True)


if __name__ == "__main__":
    place = Path(sys.argv[1] if sys.argv[1:] else "docs/views")
    main(place)
    for other in sys.argv[2:]:
        small(Path(other), place)
