import json

import numpy as np
import pytest

from neurofm import io
from neurofm.app.verbs import compare_decoders, embed, finetune, predict, train, umap
from neurofm.data import Embedding, Prediction, store
from neurofm.errors import DataError, Stopped
from neurofm.synthetic.demo import demo

TINY = {"steps": 6, "batch": 4, "dim": 16, "depth": 0}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    return [str(io.write(recording, folder / f"{recording.session}.h5")) for recording in demo(duration=40.0)]


class Told:
    """A step that remembers what it was told."""

    def __init__(self):
        self.metrics = []

    def __call__(self, fraction, text, preview=None, metrics=None):
        self.metrics += [metrics] if metrics else []


@pytest.fixture(scope="module")
def run(files, tmp_path_factory):
    told, folder = Told(), tmp_path_factory.mktemp("job")
    result = train.work(told, folder, model="poyo", data=files[:1], settings=TINY, device="cpu")
    assert [metrics["step"] for metrics in told.metrics] == [1, 2, 3, 4, 5, 6]
    assert {k: v for k, v in json.loads(json.dumps(result)).items() if k != "metrics"} == {"run": str(folder / "run")}
    assert result["metrics"]["steps"] > 0
    return result["run"]


def test_predict_leaves_a_prediction_of_the_recording(run, files, tmp_path):
    found = store.load(predict.work(Told(), tmp_path, run=run, data=files[0])["out"])
    assert isinstance(found, Prediction)
    assert found.session == "ada"


def test_parts_of_a_recording_are_read_as_one(run, files, tmp_path):
    whole = store.load(predict.work(Told(), tmp_path, run=run, data=files[0])["out"])
    parts = store.load(predict.work(Told(), tmp_path, run=run, data=files[:1])["out"])
    np.testing.assert_array_equal(whole.values, parts.values)


def test_embed_leaves_a_row_for_each_unit(run, files, tmp_path):
    found = store.load(embed.work(Told(), tmp_path, run=run, data=files[:1], of="unit")["out"])
    assert isinstance(found, Embedding)
    assert (found.space, len(found.ids)) == ("unit", len(io.read(files[0]).units))


def test_long_decoding_can_be_stopped(run, files, tmp_path):
    def stop(*_, **__):
        raise Stopped("stopped")

    with pytest.raises(Stopped):
        predict.work(stop, tmp_path, run=run, data=files[0])


def test_finetune_adapts_the_run_to_another_recording(run, files, tmp_path):
    result = finetune.work(Told(), tmp_path, run=run, data=files[1:], settings={"steps": 2}, device="cpu")
    found = store.load(embed.work(Told(), tmp_path, run=result["run"], data=files[1:], of="unit")["out"])
    assert found.sessions == ("bo",)


def embedding(tmp_path):
    values = np.random.default_rng(0).normal(size=(60, 5))
    made = Embedding(name="units", space="unit", ids=np.arange(60), values=values, xy=values[:, :2])
    return made, store.save(made, tmp_path / "units.npz")


def test_umap_gives_the_same_rows_a_new_map(tmp_path):
    made, path = embedding(tmp_path)
    found = store.load(umap.work(Told(), tmp_path, embedding=str(path))["out"])
    assert found.method == "UMAP"
    assert found.xy.shape == (60, 2)
    np.testing.assert_array_equal(found.ids, made.ids)
    np.testing.assert_array_equal(found.values, made.values)
    assert not np.allclose(found.xy, made.xy)


def test_umap_of_a_prediction_is_refused(run, files, tmp_path):
    out = predict.work(Told(), tmp_path, run=run, data=files[0])["out"]
    with pytest.raises(DataError, match="is a prediction"):
        umap.work(Told(), tmp_path, embedding=out)


def test_decoders_leave_rows_that_travel_as_json(files, tmp_path, monkeypatch):
    from neurofm.analysis import decoders

    fold = decoders.Fold({("LDA", "one bin"): 0.5, ("POYO", "one bin"): np.nan}, {("LDA", "one bin"): 0.1}, {}, {})
    asked = []
    monkeypatch.setattr(decoders, "compare", lambda recording, **how: asked.append(how) or [fold])
    result = compare_decoders.work(Told(), tmp_path, recording="ada", data=files[0], quick=True)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert (asked[0]["folds"], asked[0]["quick"], asked[0]["folder"]) == (1, True, tmp_path / "decoders")
    assert (result["recording"], result["metric"], result["folder"]) == ("ada", "accuracy", str(tmp_path / "decoders"))
    assert [(r["decoder"], r["scores"], r["cpu_s"]) for r in result["rows"]] == [
        ("LDA", [0.5], 0.1), ("POYO", [None], None),
    ]  # fmt: skip
