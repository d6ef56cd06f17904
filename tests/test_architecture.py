"""docs/architecture.md holds: all that it names is there, and "How to add", followed to the letter, adds it.

Of the other pages the names and links are looked up, too.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurofm as nf
from neurofm import registry

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf8")
FENCED = re.compile(r"^```.*?^```", re.M | re.S)
BLOCK = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```', re.M | re.S)
BLOCKS = [(match[1], match[2]) for match in BLOCK.finditer(PAGE)]
MENTIONED = sorted(set(re.findall(r"`([^`\n]+)`", FENCED.sub("", PAGE))))
PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
NAME = re.compile(r"`((?:neurofm|napari_neurofm)(?:\.\w+)+)[`(]")
NAMES = sorted({match[1] for page in PAGES for match in NAME.finditer(page.read_text("utf8"))})
ASKED = sorted({m[1] for text in MENTIONED if (m := re.match(r"session((\.\w+)+)", text)) and m[1] != ".json"})
PATHS = [m for m in MENTIONED if re.fullmatch(r"[\w.]+(/[\w.]+)+|pyproject\.toml|napari\.yaml", m)]

POINTS: dict[str, dict[str, str]] = {}  # of the distribution that the page describes: names and modules, by group
for title, text in BLOCKS:
    if title == "pyproject.toml":
        POINTS |= tomllib.loads(text)["project"]["entry-points"]
LISTED = {
    "readers": "neurofm.io",
    "views": "neurofm.app.views",
    "models": "neurofm.models",
    "benches": "neurofm.bench",
}
NIGHT = "sleep of rat\nstart,stop,stage\n0,60,wake\n60,90,REM\n90,100,wake\n"


# ---- what the page names


def resolved(name: str) -> Any:
    """What a dotted name stands for, its longest part that is a module being imported."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        module = ".".join(parts[:count])
        try:
            return reduce(getattr, parts[count:], importlib.import_module(module))
        except ModuleNotFoundError as error:
            if not module.startswith(str(error.name)):  # something that is there misses something else
                raise
    raise LookupError(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_can_be_had(name: str) -> None:
    assert resolved(name) is not None


@pytest.mark.parametrize("name", ASKED)
def test_a_session_has_what_is_asked_of_it(name: str) -> None:
    session = nf.Session()
    try:
        assert reduce(getattr, name.strip(".").split("."), session) is not None
    finally:
        session.jobs.close()


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_there_or_is_where_the_example_would_go(path: str) -> None:
    ours = {name for points in POINTS.values() for name in points}
    assert (ROOT / path).exists() or ((ROOT / path).parent.is_dir() and Path(path).stem in ours)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", FENCED.sub("", page.read_text("utf8")))
    drawn = {f"{view}.png" for view in registry.names("neurofm.app.views")}  # by examples/view_pictures.py
    assert [link for link in links if not (page.parent / link).exists() and link not in drawn] == []


def test_the_page_is_read_as_it_is_meant() -> None:
    assert min(len(NAMES), len(PATHS)) > 15
    assert len(ASKED) > 3
    assert {title for title, _ in BLOCKS} > {"pyproject.toml", "lab_sleep/napari.yaml", "lab_sleep/source.py"}
    assert set(POINTS) == {*LISTED.values(), "neurofm.app.verbs", "napari.manifest"}


def test_each_folder_of_the_product_is_described() -> None:
    folders = {p.parent.relative_to(ROOT).as_posix() for p in (ROOT / "src" / "neurofm").glob("*/__init__.py")}
    assert folders <= set(MENTIONED)


# ---- how to add


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution of the page as pip would leave it, and a night in a file."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "lab_sleep").mkdir()
    (folder / "lab_sleep" / "__init__.py").write_text("")
    for title, text in BLOCKS:
        if title != "pyproject.toml":
            (folder / title).write_text(text, "utf8")
    about = folder / "lab_sleep-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-sleep\nVersion: 1.0\n")
    groups = ["\n".join([f"[{group}]", *(f"{k} = {v}" for k, v in points.items())]) for group, points in POINTS.items()]
    (about / "entry_points.txt").write_text("\n".join(groups))
    (folder / "rat.sleep").write_text(NIGHT)
    return folder


def ran(lab: Path, *call: str) -> str:
    """What Python prints with the distribution installed and a cache of its own."""
    path = os.pathsep.join([str(lab), *sys.path])
    environment = os.environ | {"PYTHONPATH": path, "XDG_CACHE_HOME": str(lab / "cache"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *call], capture_output=True, text=True, cwd=lab, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def reader() -> None:
    """Opens its file; a session keeps what has no file, and its script opens it again."""
    from dataclasses import replace

    from neurofm.data.source import Source

    night = nf.read("rat.sleep")
    assert isinstance(night, Source)
    assert night.summary()["bouts"] == 3
    session = nf.Session([replace(night, session="made", paths=())])
    session.open("rat.sleep")
    restored = nf.Session.restore(session.save("work.neurofm"))
    assert list(restored.sources) == ["made", "rat"]
    assert list(restored.table("bout")["stage"]) == 2 * ["wake", "REM", "wake"]
    scope: dict[str, Any] = {}
    exec(restored.script(), scope)
    assert list(scope["session"].sources) == ["made", "rat"]


def view() -> None:
    """Shows a mark for each bout; what is hit is picked, and coloured by its stage."""
    from neurofm.app.arrangement import layout
    from neurofm.app.pane import Pane
    from neurofm.app.pictures.scene import Points, Shape, Viewport

    session, spec = nf.Session(), registry.get("neurofm.app.views", "hypnogram")
    pane = Pane(spec, session, session.view("hypnogram"))
    assert (pane.space, pane.scene(Viewport()).message) == ("bout", spec.invitation)
    assert any("hypnogram" in tabs for tabs in layout().right)
    session.open("rat.sleep")
    scene = pane.scene(Viewport())
    (bouts,) = [mark for mark in scene.marks if isinstance(mark, Points)]
    assert len(bouts.ids) == 3
    assert [words for words, _ in scene.legend] == ["REM", "wake"]
    shape = Shape("box", np.array([[70.0, 0.0], [80.0, 1.0]]))
    assert pane.hover(shape) == "rat/bout 1 · REM"
    assert pane.pick(shape)
    assert list(session.where("bout", "stage", "REM")) == list(session.selection.picked("bout"))


def manifest() -> None:
    """Napari finds dock and reader where the manifest says."""
    from npe2 import PluginManifest

    read_manifest = PluginManifest.from_file(Path("lab_sleep", "napari.yaml"))
    read_manifest.validate_imports()
    assert read_manifest.contributions.readers[0].filename_patterns == ["*.sleep"]


def verb() -> None:
    """Runs in a worker, is listed and saved, and leaves its line in the script."""
    from neurofm.app.opened import opened

    session = nf.Session()
    session.open("rat.sleep")
    try:
        job = session.stages("rat")
        assert job.wait(120), job.text
        assert not job.error, job.error
    finally:
        session.jobs.close()
    assert session.results["stages"] == {"rat": {"REM": 30.0, "wake": 70.0}}
    assert ("stages", "rat", "most of it wake") in [(row.kind, row.name, row.words) for row in opened(session)]
    assert nf.Session.restore(session.save("stages.neurofm")).results == session.results
    assert "session.stages('rat').wait()" in session.recipe
    session.close("rat")
    assert not session.results["stages"]


def model() -> None:
    """Learns three steps, decodes, and gives a latent space."""
    from neurofm.synthetic.reaching import sessions

    (recording,) = sessions(1, units=6, duration=30.0)
    run = nf.train("linear", [recording], "run", settings={"steps": 3, "target": "velocity"})
    assert run.metrics["steps"] == 3
    assert np.isfinite(run.predict(recording).values).all()
    assert run.embed(recording, of="time").values.shape[1] == 4


def benched() -> None:
    """Gives a row that the table shows."""
    from neurofm import bench

    (line,) = bench.run("nights", ["rat.sleep"], quick=True)["rows"]
    assert (line["bench"], line["system"], line["n"]) == ("nights", "lab_sleep", 1)


@pytest.mark.parametrize("what", LISTED)
def test_what_was_added_is_listed(lab: Path, what: str) -> None:
    lines = json.loads(ran(lab, "-m", "neurofm", "list", what, "--json"))
    assert set(POINTS[LISTED[what]]) <= {line["name"] for line in lines}


@pytest.mark.parametrize("check", [reader, view, manifest, verb, model, benched], ids=lambda check: check.__name__)
def test_what_was_added_works(lab: Path, check: Any) -> None:
    call = f"import runpy; runpy.run_path({__file__!r})[{check.__name__!r}]()"
    ran(lab, "-c", call)
