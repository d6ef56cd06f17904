"""A planted kind on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurofm import cli, io
from tests.kinds.conftest import NET, WAVE, Kind, file, kinds


@kinds
def test_info_tells_of_it(kind: Kind, trained: Any, capfd: pytest.CaptureFixture[str]) -> None:
    path = file(trained, kind)
    capfd.readouterr()
    assert cli.run(["info", str(path), "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["kind"], said["session"], said["path"]) == (kind.name, f"{kind.name} 1", str(path))
    assert cli.run(["info", str(path)]) == 0
    assert kind.told in capfd.readouterr().out


@kinds
@pytest.mark.parametrize("what", ["models", "readers", "views"])
def test_it_is_listed(kind: Kind, what: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["list", what]) == 0
    name = {"models": kind.model, "readers": kind.name, "views": "wave"}[what]
    assert name in capfd.readouterr().out


@kinds
@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
@pytest.mark.parametrize("verb", ["predict", "embed"])
def test_what_a_run_says_is_written(kind: Kind, verb: str, suffix: str, trained: Any, tmp_path: Path, capfd) -> None:
    out, source = tmp_path / f"out{suffix}", io.read(file(trained, kind))
    paths = [str(trained(kind) / "run"), str(file(trained, kind))]
    capfd.readouterr()
    assert cli.run([verb, *paths, "--out", str(out), "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    columns = np.load(out) if suffix == ".npz" else pd.read_parquet(out)
    assert (said["space"], said["rows"]) == (kind.space, source.spaces()[kind.space].count)
    np.testing.assert_array_equal(columns["ids"], np.arange(said["rows"]))
    if kind is WAVE:
        np.testing.assert_allclose(columns["time"], source.times)


@kinds
@pytest.mark.parametrize("suffix", [".csv", ".h5ad"])
def test_latents_are_written_for_others_with_what_is_known(kind: Kind, suffix: str, trained: Any, tmp_path) -> None:
    import anndata

    out = tmp_path / f"out{suffix}"
    assert cli.run(["embed", str(trained(kind) / "run"), str(file(trained, kind)), "--out", str(out)]) == 0
    table = pd.read_csv(out, index_col="label") if suffix == ".csv" else anndata.read_h5ad(out).obs
    assert {kind.column, "session"} <= set(table)
    assert table.index[1] == f"{kind.name} 1/{kind.space} 1"


@kinds
def test_only_what_has_a_time_goes_to_nwb(kind: Kind, trained: Any, tmp_path: Path, capfd) -> None:
    paths = [str(trained(kind) / "run"), str(file(trained, kind)), "--out", str(tmp_path / "out.nwb")]
    code = cli.run(["predict", *paths])
    if kind is NET:
        assert code == 1
        assert "holds a net, which has none" in capfd.readouterr().err
    else:
        assert list(io.read(tmp_path / "out.nwb").series) == ["wind_decoded"]
