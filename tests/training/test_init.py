"""`neurofm.training` has its names without loading torch before one is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from neurofm import training


@pytest.mark.parametrize("name", training.__all__)
def test_each_name_is_there(name):
    assert callable(getattr(training, name))


@pytest.mark.parametrize("module", ["", ".courses.trials", ".courses.windows", ".course", ".network", ".scoring"])
def test_importing_it_loads_no_torch(module):
    code = f"import sys, neurofm.training{module}\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_other_names_are_told_with_those_there_are():
    with pytest.raises(AttributeError, match="has no attribute 'trian'; there are Run, finetune, load, train"):
        training.trian  # noqa: B018
