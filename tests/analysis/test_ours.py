"""Nothing of the held-out trials, and no bin that it is not shown, reaches a model of ours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurofm import registry
from neurofm.analysis import ours
from neurofm.analysis.binned import binned
from neurofm.analysis.decode import ONE, TWO, WHOLE
from neurofm.analysis.ours import Plan
from neurofm.data import Spikes, spans
from neurofm.training.loop import quiet
from tests.analysis.conftest import HELD, LEARN, STEPS


def other(data):
    """The same with other classes and spikes in the trials that are held out."""
    recording, gone = data.trials.recording, data.spans[HELD]
    table = recording.intervals["trials"].copy()
    table.loc[HELD, "target"] = 1 - table.loc[HELD, "target"]
    unit = np.where(spans.inside(recording.spikes.times, gone), 5 - recording.spikes.unit, recording.spikes.unit)
    spikes = Spikes(recording.spikes.times, unit.astype(np.int32))
    return binned(replace(recording, spikes=spikes, intervals={"trials": table}))


def test_held_out_trials_change_nothing_that_a_model_learns(data):
    learned, settings = data.of(LEARN), {name: given | STEPS for name, given in ours.SETTINGS.items()}
    settings = {name: given for name, given in settings.items() if name in registry.names("neurofm.models")}
    one, two = (dict(ours.models(d, LEARN, Plan(settings))) for d in (data, other(data)))
    for key, call in one.items():
        a, b = call(quiet), two[key](quiet)
        assert np.isfinite(a).all(), key
        np.testing.assert_array_equal(a[learned], b[learned], err_msg=str(key))
        assert not np.array_equal(a[~learned], b[~learned]), key


def test_no_model_sees_a_bin_that_it_is_not_shown(data):
    row = int(np.flatnonzero(data.trial == 2)[3])
    models = [n for n in ours.SETTINGS if n in registry.names("neurofm.models")]
    settings = {name: ours.SETTINGS[name] | STEPS for name in models}
    whole = {key: call(quiet) for key, call in ours.models(data, LEARN, Plan(settings))}
    for shown, bins in ((ONE, 1), (TWO, 2)):
        blind = dict(ours.models(silent(data, data.times[row], bins), LEARN, Plan(settings)))
        for key in (k for k in whole if k[1] == shown):
            np.testing.assert_allclose(whole[key][row], blind[key](quiet)[row], atol=1e-6, err_msg=str(key))
        assert not np.allclose(whole["POYO", WHOLE][row], blind["POYO", WHOLE](quiet)[row], atol=1e-6)


def silent(data, time, bins):
    """The same without spikes in the trial of this moment, but for its bin and as many before as make `bins`."""
    recording = data.trials.recording
    trial = data.spans[2]
    times = recording.spikes.times
    shown = (times > time + 0.05 - 0.1 * bins) & (times < time + 0.05)
    left = shown | ~spans.inside(times, [trial])
    spikes = Spikes(times[left], recording.spikes.unit[left])
    return binned(replace(recording, spikes=spikes))
