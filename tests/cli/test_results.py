"""Files that the command line leaves: what is in them leads back to the recordings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.cli.results import embed_each
from neurofm.data import store
from neurofm.errors import NeuroFMError
from neurofm.synthetic.demo import demo
from tests.cli.conftest import Call


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_predictions_hold_times_and_ids(call: Call, home: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"decoded{suffix}"
    code, report, _ = call("predict", home / "run", home / "a.h5", "--out", out, "--json")
    times = io.read(home / "a.h5").series["velocity"].times
    columns = np.load(out) if suffix == ".npz" else pd.read_parquet(out)
    assert (code, report["out"], report["rows"], report["space"]) == (0, str(out), len(times), "time")
    assert "r2" in report["metrics"]
    np.testing.assert_allclose(columns["time"], times)
    assert len(np.unique(columns["ids"])) == len(times)


def test_predictions_of_one_recording_read_back(call: Call, home: Path, tmp_path: Path) -> None:
    _, report, _ = call("predict", home / "run", home / "a.h5", "--out", tmp_path / "p.npz", "--json")
    prediction = store.load(tmp_path / "p.npz")
    assert prediction.metrics == report["metrics"]
    assert prediction.session == io.read(home / "a.h5").session


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_predictions_of_several_recordings_are_one_table(call: Call, home: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"decoded{suffix}"
    _, report, _ = call("predict", home / "run", home / "a.h5", home / "b.h5", "--out", out, "--json")
    columns = np.load(out) if suffix == ".npz" else pd.read_parquet(out)
    assert len(np.unique(columns["ids"])) == len(columns["time"]) == report["rows"]
    assert set(np.unique(columns["session"])) == set(report["metrics"])


def test_predictions_as_nwb_are_a_series(call: Call, home: Path, tmp_path: Path) -> None:
    code, report, _ = call("predict", home / "run", home / "a.h5", "--out", tmp_path / "p.nwb", "--json")
    series = io.read(tmp_path / "p.nwb").series
    assert code == 0
    assert [len(s.times) for name, s in series.items() if "velocity_decoded" in name] == [report["rows"]]


@pytest.mark.parametrize("of", ["unit", "session", "time"])
def test_latents_lead_back_to_recordings(call: Call, home: Path, tmp_path: Path, of: str) -> None:
    out = tmp_path / "latents.npz"
    code, summary, _ = call("embed", home / "run", home / "a.h5", home / "b.h5", "--out", out, "--of", of, "--json")
    columns, embedding = np.load(out), store.load(out)
    assert (code, summary["space"], summary["rows"]) == (0, of, len(columns["ids"]))
    assert embedding.method == "PCA"
    assert columns["xy"].shape == (summary["rows"], 2)
    recordings = [io.read(home / f"{name}.h5") for name in "ab"]
    assert list(dict.fromkeys(columns["session"].tolist())) == [r.session for r in recordings]
    if of == "unit":
        assert columns["label"].tolist() == [n for r in recordings for n in r.unit_names]
    if of == "time":
        assert (np.diff(columns["time"][columns["session"] == recordings[1].session]) > 0).all()


@pytest.mark.parametrize("of", ["unit", "time"])
def test_latents_go_to_anndata_and_csv_with_what_is_known_of_each_row(
    call: Call, home: Path, tmp_path: Path, of: str
) -> None:
    import anndata

    paths = (home / "a.h5", home / "b.h5")
    for name in ("e.npz", "e.csv", "e.h5ad"):
        assert call("embed", home / "run", *paths, "--out", tmp_path / name, "--of", of)[0] == 0
    latents, table = np.load(tmp_path / "e.npz"), pd.read_csv(tmp_path / "e.csv")
    annotated = anndata.read_h5ad(tmp_path / "e.h5ad")
    np.testing.assert_allclose(annotated.X, latents["values"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(table[["xy_0", "xy_1"]], latents["xy"], rtol=1e-4, atol=1e-5)
    assert table["id"].tolist() == annotated.obs["id"].tolist() == latents["ids"].tolist()
    assert annotated.obs["session"].tolist() == table["session"].tolist() == latents["session"].tolist()
    assert (annotated.uns["run"], annotated.uns["space"]) == ("run", of)
    assert {"unit": "rate", "time": "time"}[of] in annotated.obs


def test_each_animal_is_embedded_with_the_sources_that_have_it(tracks):
    asked = []
    run = SimpleNamespace(embed=lambda sources, of, part: asked.append(([s.session for s in sources], of, part)))
    alone = replace(tracks.only("bo"), session="alone")
    embed_each(run, [tracks, alone], "frame", "short")
    assert asked == [(["box"], "frame", "short of ada"), (["box", "alone"], "frame", "short of bo")]
    with pytest.raises(NeuroFMError, match="does not tell animals apart"):
        embed_each(run, [demo(duration=5.0)[0]], "time", "")
