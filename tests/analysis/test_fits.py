"""A model that is set beside other decoders: where it stays, what it is shown and what it learns from."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurofm import registry
from neurofm.analysis import fits
from neurofm.analysis.decode import ONE, TWO, WHOLE
from neurofm.analysis.fits import Fit, Plan
from tests.analysis.conftest import LEARN


@pytest.mark.parametrize(
    ("name", "place"), [("eit", "a-eit-two-bins"), ("mtm", "a-mtm-two-bins"), ("swap_vae", "a-swap_vae")]
)
def test_a_run_is_called_by_its_model_and_what_it_is_shown_unless_it_is_one_for_all(name, place):
    assert Plan({}, folder=Path("b/a")).run(name, TWO) == Path("b/a", place)
    assert Plan({}).run(name, TWO) is None


@pytest.mark.parametrize(
    ("name", "title"), [("poyo", "POYO"), ("eit", "EIT"), ("mtm", "MtM, read out"), ("swap_vae", "Swap-VAE, read out")]
)
def test_titles_say_what_is_read_out(name, title):
    assert fits.title(registry.get("neurofm.models", name)) == title


def test_a_model_is_shown_what_is_meant_for_the_target(data):
    fit = Fit("poyo", data, LEARN, Plan({"poyo": {"step": 0.5}}))
    assert [each.what for each in fit.shown] == [ONE, TWO, WHOLE]
    assert fit.sizes["step"] == 0.5
    assert fit.sizes["latents"] == fit.spec.config().latents
