"""Who may import whom, and how little `import neurofm` and `neurofm --help` load."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import neurofm

ROOT = Path(__file__).parents[1]
GUI = ("napari", "qtpy", "PyQt6", "PySide6", "pyqtgraph", "superqt", "magicgui.widgets")
HEAVY = (*GUI, "numpy", "torch", "pandas", "scipy", "sklearn", "umap", "numba", "h5py", "pynwb")


def loaded(code: str, names: tuple[str, ...]) -> list[str]:
    """Which of `names` a fresh Python has loaded once it has run `code`."""
    tell = f"\nimport sys\nsys.stdout.write(' '.join(n for n in {names!r} if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code + tell], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_import_contracts_are_kept() -> None:
    from importlinter.cli import lint_imports

    assert lint_imports(str(ROOT / "pyproject.toml"), no_cache=True) == 0, "run lint-imports to see which is broken"


@pytest.mark.parametrize("module", ["neurofm", "neurofm.cli", "napari_neurofm"])
def test_import_loads_nothing_heavy(module: str) -> None:
    assert loaded(f"import {module}", HEAVY) == []


def test_a_session_begins_without_what_it_may_never_need() -> None:
    later = ("torch", "scipy", "sklearn", "neurofm.io", "neurofm.app.saved.folder", "neurofm.app.jobs.queue")
    assert loaded("import neurofm; neurofm.Session()", (*later, *GUI)) == []


def test_readers_are_listed_without_torch() -> None:
    printed = loaded("from neurofm.cli import run; run(['list', 'readers'])", ("torch", *GUI))
    assert "nwb" in printed
    assert not {"torch", *GUI} & set(printed)


def test_backend_loads_no_gui() -> None:
    found = [m.name for m in pkgutil.walk_packages(neurofm.__path__, "neurofm.")]
    modules = [n for n in found if not n.endswith(("__main__", "_peer"))]  # peers run in an environment of their own
    assert len(modules) > 30
    code = "import importlib, sys\nfor name in " + repr(modules) + ":\n    importlib.import_module(name)"
    assert loaded(code, GUI) == []


def test_tab_completion_offers_what_can_be_had_and_loads_nothing() -> None:
    assert set(neurofm.__all__) <= set(dir(neurofm))
    assert [name for name in dir(neurofm) if name.startswith("_") and name != "__version__"] == []
    assert loaded("import neurofm; assert 'recording' in dir(neurofm)", HEAVY) == []
    verbs = dir(neurofm.Session())
    assert {"train", "group", "selection", "open", "recordings", "ids", "time"} <= set(verbs)


def test_every_public_name_can_be_had() -> None:
    assert [name for name in neurofm.__all__ if not callable(getattr(neurofm, name))] == []
    with pytest.raises(AttributeError, match="has no attribute 'trian'; there are"):
        neurofm.trian  # noqa: B018
