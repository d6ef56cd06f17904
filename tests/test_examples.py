"""Every example runs; each asserts what it shows."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))


@pytest.mark.slow
@pytest.mark.gui
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(example, tmp_path):
    argument = tmp_path / ("tour.png" if "napari" in example.stem else "run")
    ran = subprocess.run([sys.executable, example, argument], capture_output=True, text=True, timeout=500)
    assert ran.returncode == 0, ran.stderr
    assert argument.exists()
