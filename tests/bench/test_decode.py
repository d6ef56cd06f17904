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
    drawn = {line["system"] for line in table if line["system"].endswith(", untrained")}
    assert drawn == {f"{name}, untrained" for name in ("POYO", "EIT", "MtM, read out", "Swap-VAE, read out")}


BIN_BY_BIN = f"{WHOLE}, bin by bin"


@pytest.mark.parametrize(
    ("strongest", "note"),
    [
        (("LDA", WHOLE), f"{WHOLE}; LDA, {WHOLE},"),
        (("LDA", BIN_BY_BIN), f"{WHOLE}; LDA, {BIN_BY_BIN},"),
        (("MLP", f"{WHOLE}, two by two"), f"{WHOLE}; MLP, {WHOLE}, two by two,"),
        (("GRU", WHOLE), f"{WHOLE}; GRU, {WHOLE},"),
        (("logistic", BIN_BY_BIN), f"{WHOLE}; logistic, {BIN_BY_BIN},"),
    ],
)
def test_what_was_chosen_stands_beside_the_best_of_the_simple_however_it_sees_a_trial(strongest, note):
    keys = [(name, how) for name in decode.SIMPLE for how in (WHOLE, BIN_BY_BIN, f"{WHOLE}, two by two")]
    ours = {("MtM, read out", WHOLE): 0.95, ("MtM, read out, untrained", WHOLE): 0.99, ("LDA", ONE): 1.0}
    scores = dict.fromkeys(keys, 0.5) | ours
    folds = [
        decoders.Fold(scores | {strongest: 0.97 + by}, {}, {WHOLE: ("MtM, read out", WHOLE)}, {})
        for by in (-0.01, 0.01)
    ]
    (line,) = [
        x for x in decode.rows("case", folds, classes=True) if x["system"] == "ours, chosen - best of the simple"
    ]
    assert line["mean"] == pytest.approx(0.95 - 0.97)
    assert line["note"].startswith(note)


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
