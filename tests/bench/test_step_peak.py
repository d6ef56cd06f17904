"""Memory of one training step."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from neurofm.bench import _step_peak


@pytest.mark.parametrize("make", [_step_peak.poyo_step, _step_peak.mtm_step])
def test_steps_whose_memory_is_watched_have_so_many_tokens(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_step_peak, "SPIKES", 20)
    monkeypatch.setattr(_step_peak, "BINS", 5)
    once, twice = (make(times, np.random.default_rng(0)) for times in (1, 2))
    assert twice[2] == 2 * once[2]
    net, batch, _ = once
    loss = net.loss(net(batch), batch)
    loss.backward()
    assert np.isfinite(float(loss.detach()))


def test_the_peak_of_a_step_is_printed() -> None:
    call = [sys.executable, "-m", "neurofm.bench._step_peak", "mtm", "1", "0"]
    peak = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
    assert peak["tokens"] == 1600
    assert 10 < peak["mb"] < 1000
