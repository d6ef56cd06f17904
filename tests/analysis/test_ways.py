"""No model is shown a bin that it is not to see, and every way that a SPEC can name is there."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args, get_type_hints

import numpy as np
import pytest

from neurofm.analysis import ours, ways
from neurofm.analysis.binned import binned
from neurofm.analysis.decode import ONE, TWO, WHOLE
from neurofm.analysis.fits import Plan
from neurofm.data import Spikes, spans
from neurofm.specs import Compared
from neurofm.training.loop import quiet
from tests.analysis.conftest import LEARN, STEPS


def silent(data, time, bins):
    """The same without spikes in the trial of this moment, but for its bin and as many before as make `bins`."""
    recording = data.trials.recording
    trial = data.spans[2]
    times = recording.spikes.times
    shown = (times > time + 0.05 - 0.1 * bins) & (times < time + 0.05)
    left = shown | ~spans.inside(times, [trial])
    spikes = Spikes(times[left], recording.spikes.unit[left])
    return binned(replace(recording, spikes=spikes))


def test_no_model_sees_a_bin_that_it_is_not_shown(data):
    row = int(np.flatnonzero(data.trial == 2)[3])
    settings = {name: {**usual, **STEPS} for name, usual in ours.settings().items()}
    whole = {key: call(quiet) for key, call in ours.models(data, LEARN, Plan(settings))}
    for shown, bins in ((ONE, 1), (TWO, 2)):
        blind = dict(ours.models(silent(data, data.times[row], bins), LEARN, Plan(settings)))
        for key in (k for k in whole if k[1] == shown):
            np.testing.assert_allclose(whole[key][row], blind[key](quiet)[row], atol=1e-6, err_msg=str(key))
        assert not np.allclose(whole["POYO", WHOLE][row], blind["POYO", WHOLE](quiet)[row], atol=1e-6)


def test_the_ways_are_those_that_a_spec_can_name():
    assert tuple(ways.WAYS) == get_args(get_type_hints(Compared)["way"])


@pytest.mark.parametrize("shown", [ONE, TWO])
def test_a_readout_says_the_class_that_its_bins_tell(data, shown):
    latents = data.answer + np.random.default_rng(0).normal(0, 0.05, data.answer.shape)
    said = ways.read_out(latents, data, LEARN, shown)
    assert said.shape == data.answer.shape
    np.testing.assert_array_equal(said.argmax(1), data.answer.argmax(1))


def test_what_is_trained_once_is_trained_when_it_is_first_asked_for():
    asked = []
    call = ways._once(lambda step: asked.append(step) or np.ones(4))
    assert asked == []
    assert call(quiet) is call(quiet)
    assert asked == [quiet]
