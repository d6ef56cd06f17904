"""The table has every decoder, and what was chosen among ours."""

import numpy as np
import pytest

from neurofm.analysis import decoders
from neurofm.analysis.decode import NINE, ONE, TWO, WHOLE
from neurofm.bench import decode
from neurofm.errors import DataError
from neurofm.synthetic import reaching

STEPS = {"steps": 3}


def test_the_table_has_every_decoder(reaches, monkeypatch):
    monkeypatch.setattr(decoders, "QUICK", STEPS)
    table = decode.table(reaches, quick=True)
    names = {line["system"] for line in table if line["metric"] == "accuracy"}
    assert {"mean", "logistic", "LDA", "MLP", "GRU", "POYO", "MtM, read out", decoders.CHOSEN} <= names
    for line in table:
        assert line["mean"] is None or np.isfinite(line["mean"])
    best = {line["system"]: line for line in table if line.get("note", "").startswith(f"{WHOLE};")}
    assert best["LDA"]["mean"] == 1.0
    assert best["LDA"]["cpu_s"] > 0
    gains = [line for line in table if line["system"] == "ours, chosen - MLP" and line["note"] == WHOLE]
    assert gains[0]["mean"] == pytest.approx(best[decoders.CHOSEN]["mean"] - best["MLP"]["mean"])


def test_a_behaviour_is_decoded_where_there_are_no_trials(monkeypatch):
    poyo = {**decoders.settings()["poyo"], **STEPS}
    monkeypatch.setattr(decoders, "settings", lambda: {"poyo": poyo})
    monkeypatch.setattr(decoders, "choice", lambda *_: {})
    table = decode.table(reaching.sessions(1, units=6, duration=40.0, seed=3)[0], quick=True)
    shown = {line["note"].split(";")[0] for line in table if line["system"] == "POYO"}
    assert shown == {ONE, TWO, NINE}
    assert next(line["mean"] for line in table if line["system"] == "ridge" and NINE in line["note"]) > 0.2
    assert {line["metric"] for line in table if line["system"] == "ridge"} == {"R2"}


def test_rates_that_are_filled_in_come_last(reaches, monkeypatch):
    asked = []
    monkeypatch.setattr(decode, "read_recording", lambda path: reaches)
    monkeypatch.setattr(decode, "table", lambda recording, **_: [{"system": "LDA"}])
    monkeypatch.setattr(decode, "filled_in", lambda *given, **how: asked.append((given, how)) or [{"system": "MtM"}])
    assert [line["system"] for line in decode.run(["a.h5"], True, 3, "")] == ["LDA", "MtM"]
    assert asked == [((reaches, 3), {"quick": True, "sizes": (0,)})]


def test_a_recording_must_be_named():
    with pytest.raises(DataError, match="PATH"):
        decode.run([], quick=True, seed=0, peer="")
