"""Very many points in JupyterLab: what is measured there and beside what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from napari_neurofm.bench import page


@pytest.mark.parametrize("cells", [page._ours(1000, 3), page._theirs(1000, 3)])
def test_both_notebooks_get_data_ready_before_they_are_timed(cells: tuple[str, ...]) -> None:
    data, show = cells
    compile(data, "data", "exec")
    compile(show, "show", "exec")
    assert data.endswith("print('ready')")
    assert "1000" in data
    assert "3" in data


def test_our_data_cell_runs() -> None:
    space: dict[str, object] = {}
    exec(page._ours(1000, 0)[0], space)
    here = space["here"]
    assert [len(e.ids) for e in here.embeddings.values()] == [1000]  # type: ignore[attr-defined]
    assert here.view("latent").of == "time"  # type: ignore[attr-defined]


def test_the_peers_kernel_runs_its_own_python(tmp_path: Path) -> None:
    page._add_kernel(tmp_path / "peer", "/else/python")
    kernel = json.loads((tmp_path / "peer" / "kernel.json").read_text())
    assert kernel["argv"] == ["/else/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
