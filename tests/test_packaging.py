"""What is shipped: wheel, sdist, their metadata, and that napari finds the plugin in an installed wheel."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
WINDOW = {"magicgui", "napari", "pyqtgraph", "qtpy", "superqt"}
BINDINGS = {"pyqt5", "pyqt6", "pyside2", "pyside6"}

pytestmark = pytest.mark.packaging


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel (made from the sdist, as an index would) and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def metadata(built: tuple[Path, Path]) -> Message:
    with zipfile.ZipFile(built[0]) as wheel:
        name = next(n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
        return Parser().parsestr(wheel.read(name).decode())


def test_wheel_holds_both_packages_and_nothing_else(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        names = wheel.namelist()
        manifest = wheel.getinfo("napari_neurofm/napari.yaml")
        assert wheel.read(manifest) == (ROOT / "napari.yaml").read_bytes()
    assert manifest.external_attr >> 28 != 0o12  # a real file, not the link it is in the repository
    assert {n.split("/")[0] for n in names if ".dist-info/" not in n} == {"neurofm", "napari_neurofm"}
    assert {"neurofm/py.typed", *page_files()} <= set(names)
    assert any(n.endswith("licenses/LICENSE") for n in names)
    modules = {str(p.relative_to(ROOT / "src")) for p in (ROOT / "src").rglob("*.py")}
    assert modules <= set(names)


def test_sdist_holds_what_a_reader_needs(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[1]) as sdist:
        names = {name.split("/", 1)[1] for name in sdist.getnames() if "/" in name}
        top = sdist.getnames()[0].split("/")[0]
        link = sdist.getmember(f"{top}/napari_neurofm/napari.yaml")
        assert link.isfile() or link.linkname == "../napari.yaml"
    assert {"pyproject.toml", "napari.yaml", "README.md", "CHANGELOG.md", "LICENSE", "CITATION.cff"} <= names
    assert {"tests/test_packaging.py", *page_files()} <= names
    assert "src/neurofm/cli/__init__.py" in names


def page_files() -> set[str]:
    """What the notebook's page is made of."""
    files = {path for kind in ("js", "css") for path in (ROOT / "napari_neurofm").rglob(f"*.{kind}")}
    assert {"view.js", "view.css"} <= {path.name for path in files}
    return {str(path.relative_to(ROOT)) for path in files}


def test_only_the_window_needs_napari_and_qt(metadata: Message) -> None:
    needs = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    extras = metadata.get_all("Provides-Extra", [])
    named = {extra: {r.name.lower() for r in needs if r.marker and r.marker.evaluate({"extra": extra})}
             for extra in ("", *extras)}  # fmt: skip
    assert {extra for extra in named if named[extra] & WINDOW} == {"napari", "all"}
    assert {extra for extra in named if named[extra] & BINDINGS} == {"all"}
    assert named["all"] >= named["napari"] >= WINDOW


def test_metadata_meets_the_conventions_of_napari(metadata: Message) -> None:
    manifest = yaml.safe_load((ROOT / "napari.yaml").read_text())
    assert metadata["Name"] == manifest["name"] == "napari-neurofm"
    assert 3 <= len(manifest["display_name"]) <= 90
    assert manifest["categories"]
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert "Framework :: napari" in metadata.get_all("Classifier", [])
    assert not [c for c in metadata.get_all("Classifier", []) if c.startswith("License ::")]
    urls = dict(line.split(", ", 1) for line in metadata.get_all("Project-URL", []))
    assert urls.keys() == {"Homepage", "Documentation", "Source Code", "Bug Tracker", "User Support"}
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "# NeuroFM" in metadata.get_payload()


def test_installed_wheel_shows_the_plugin(built: tuple[Path, Path], tmp_path: Path) -> None:
    """Installed beside everything else, with the editable install out of the way."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path), str(built[0])]
    subprocess.run(pip, check=True)
    code = """
import sys, importlib.metadata
from npe2 import PluginManager
import neurofm, napari_neurofm
manager = PluginManager()
manager.discover()
manifest = manager.get_manifest("napari-neurofm")
places = [neurofm.__file__, napari_neurofm.__file__]
where = importlib.metadata.distribution("napari-neurofm").locate_file("")
sys.stdout.write("\\n".join([*places, str(where), *(w.display_name for w in manifest.contributions.widgets)]))
"""
    done = subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{code}"],
                          capture_output=True, text=True, check=True, cwd=tmp_path)  # fmt: skip
    neurofm, front, where, *docks = done.stdout.splitlines()
    assert all(Path(place).is_relative_to(tmp_path) for place in (neurofm, front, where))
    assert {"Explorer", "Train", "Jobs", "Raster", "Latent space", "Trace", "Tuning"} <= set(docks)


@pytest.mark.parametrize(
    "point",
    [
        "neurofm = neurofm.cli:main",
        "napari-neurofm = napari_neurofm:napari.yaml",
        "napari = napari_neurofm.docks:open_app",
        "notebook = napari_neurofm.jupyter",
    ],
)
def test_the_wheel_has_the_entry_point(built: tuple[Path, Path], point: str) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        name = next(n for n in wheel.namelist() if n.endswith("entry_points.txt"))
        assert point in wheel.read(name).decode().splitlines()


def test_constraints_pin_what_is_declared() -> None:
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.M))
    names = {name.lower().replace("_", "-") for name in pinned}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["all"]]
    declared += [need for group in project["dependency-groups"].values() for need in group]
    assert {Requirement(need).name.lower().replace("_", "-") for need in declared} - names == set()
    assert pinned["torch"] == "2.13.0"
    assert not [version for version in pinned.values() if "+" in version]


@pytest.mark.parametrize(
    ("file", "line"),
    [("pyproject.toml", 'version = "{}"'), ("CHANGELOG.md", "## [{}]"), ("CITATION.cff", "version: {}")],
)
def test_the_version_is_the_same_wherever_it_is_told(file: str, line: str) -> None:
    import neurofm

    assert line.format(neurofm.__version__) in (ROOT / file).read_text()
