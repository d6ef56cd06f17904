"""What every model, reader and view of the registries keeps, whichever there are."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
import yaml
from torch.testing import assert_close

from neurofm import registry
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Points, Shape, Viewport
from neurofm.app.session import Session
from neurofm.batch import collate
from neurofm.data import Embedding, Prediction, Recording
from neurofm.data.ids import moments, unpack
from neurofm.data.target import Target
from neurofm.data.trials import Trials, cut
from neurofm.data.windows import Window
from neurofm.errors import DataError, UnknownUnits
from neurofm.settings import typed
from neurofm.synthetic import reaching
from tests import small

MODELS, READERS, VIEWS = (registry.names(f"neurofm.{p}") for p in ("models", "io", "app.views"))
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
TARGET = "velocity"


def by_course(course: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", [n for n in MODELS if registry.get("neurofm.models", n).course == course])


of_trials, of_windows = by_course("trials"), by_course("windows")
models = pytest.mark.parametrize("name", MODELS)
views = pytest.mark.parametrize("name", VIEWS)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return reaching.sessions(1, units=6, duration=20.0, seed=3)[0]


# ---- models


def build(name: str, recording: Recording) -> Any:
    """A model of recordings with its default sizes."""
    torch.manual_seed(0)
    spec = registry.get("neurofm.models", name)
    sizes, target = asdict(spec.config()), Target(series=TARGET, names=("vx", "vy"))
    if spec.course == "trials":
        sizes["bins"] = pieces(spec.config(), recording).counts.shape[1]
    vocab = {"units": recording.unit_names, "sessions": [recording.session], "sizes": [len(recording.units)]}
    model = spec.build(spec.config(**sizes), vocab, target)
    if spec.course == "trials":
        model.prepare(pieces(model.config, recording))
    else:
        series = recording.series[TARGET]
        model.set_scale(recording.session, series.values.mean(0), series.values.std(0))
    return model


def pieces(config: Any, recording: Recording) -> Trials:
    """The recording as a model of trials sees it."""
    found = cut(recording, config.bin)
    return replace(found, answer=found.values(TARGET))


def answer(model: Any, recording: Recording, *starts: float) -> torch.Tensor:
    """Of a model of windows, from these seconds on."""
    length = model.config.window
    windows = [model.tokenize(Window(recording, start, start + length), TARGET) for start in starts]
    with torch.no_grad():
        return model.eval()(collate(windows)).prediction


@pytest.fixture(scope="module", params=MODELS)
def begun(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What begins a training of a model: `begun(seed)` gives the run, a network, and what it learns from."""
    name, data = request.param, small.source(request.param)

    def begin(seed: int = 0) -> Any:
        return *small.begin(name, data, tmp_path_factory.mktemp(name) / "run", seed), data

    return begin


def said(run: Any, net: Any, data: Any) -> np.ndarray:
    return run.course.predict(run, net.eval(), data).values


@models
def test_settings_have_defaults_within_their_limits(name: str) -> None:
    spec = registry.get("neurofm.models", name)
    assert spec.title
    assert spec.paper
    for thing in (spec.config(), spec.schedule):
        given = {f.name: getattr(thing, f.name) for f in fields(thing)}
        assert typed(given, type(thing)) == given


@pytest.mark.parametrize("device", DEVICES)
def test_every_parameter_gets_a_finite_gradient(begun: Any, device: str) -> None:
    run, net, data = begun()
    given = run.course.batches(run, net, [data], {})(0).to(device)
    model = net.to(device)
    model.loss(model(given), given).backward()
    missing = [n for n, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert missing == []
    assert [n for n, p in model.named_parameters() if p.requires_grad and not p.grad.isfinite().all()] == []


def test_same_seed_gives_the_same_model(begun: Any) -> None:
    one, same, other = (said(*begun(seed)) for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert one.shape != other.shape or not np.allclose(one, other)


TWO_STEPS = """
import sys
from neurofm.training import train
from tests import small
for name in small.MODELS:
    net = train(name, small.source(name), f"{sys.argv[1]}/{name}", settings={"steps": 2}, device="cpu").model
    print(name, *(float(p.detach().double().abs().sum()) for p in net.parameters()))
"""


def test_numbers_are_the_same_in_every_process(tmp_path: Path) -> None:
    """Words of a set stand in another order in each."""
    lines = []
    for k in "12":
        environ = os.environ | {"PYTHONHASHSEED": k, "OMP_NUM_THREADS": "1"}
        command, home = [sys.executable, "-c", TWO_STEPS, str(tmp_path / k)], Path(__file__).parents[1]
        lines.append(subprocess.run(command, env=environ, cwd=home, capture_output=True, text=True, check=True).stdout)
    assert len(lines[0].splitlines()) == len(MODELS)
    assert lines[0] == lines[1]


@of_windows
def test_padding_is_inert(name: str, recording: Recording) -> None:
    model = build(name, recording)
    silent = replace(recording, spikes=recording.spikes.between(0.0, 6.0))
    alone = answer(model, silent, 5.5)  # half of its window has no spikes
    assert_close(answer(model, silent, 5.5, 1.0)[: len(alone)], alone, atol=1e-6, rtol=1e-5)


@of_trials
def test_bins_after_a_trial_are_inert(name: str, recording: Recording) -> None:
    model = build(name, recording)
    trials = pieces(model.config, recording).take([1, 3])
    bins = trials.seen.shape[1] // 2
    short = replace(trials, seen=trials.seen & (np.arange(trials.seen.shape[1]) < bins))
    short.counts[~short.seen] = 0
    noisy = replace(short, counts=short.counts + (~short.seen[..., None] * 3).astype(np.uint16))
    with torch.no_grad():
        one, other = (model.eval().answer(t)[:, :bins] for t in (short, noisy))
    assert_close(one, other, atol=1e-5, rtol=1e-5)


@of_trials
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: replace(t, recording=replace(t.recording, session="z")), "has never seen 'z'"),
        (lambda t: replace(t, counts=t.counts[..., :4]), "with 6 units, not 4"),
    ],
    ids=["session", "units"],
)
def test_what_a_model_of_trials_has_never_seen_is_refused(name: str, change: Any, words: str, recording: Any) -> None:
    model = build(name, recording)
    with pytest.raises(UnknownUnits, match=f"{words}; adapt it to this recording first"):
        model.eval().answer(change(pieces(model.config, recording)))


@of_windows
def test_order_of_units_changes_nothing(name: str, recording: Recording) -> None:
    model, order = build(name, recording), np.array([3, 0, 5, 1, 4, 2])
    spikes = replace(recording.spikes, unit=np.argsort(order).astype(np.int32)[recording.spikes.unit])
    shuffled = replace(recording, spikes=spikes, units=recording.units.iloc[order].reset_index(drop=True))
    assert_close(answer(model, shuffled, 1.0), answer(model, recording, 1.0), atol=1e-6, rtol=1e-5)


def test_weights_come_back_exactly(begun: Any, tmp_path: Path) -> None:
    (run, model, data), (_, other, _) = begun(), begun(1)
    safetensors.torch.save_file(model.state_dict(), tmp_path / "weights.safetensors")
    other.load_state_dict(safetensors.torch.load_file(tmp_path / "weights.safetensors"))
    assert np.array_equal(said(run, model, data), said(run, other, data))


@pytest.mark.parametrize("device", DEVICES)
def test_twenty_steps_lower_the_loss(begun: Any, device: str) -> None:
    run, net, data = begun()
    given, model = run.course.batches(run, net, [data], {})(0).to(device), net.to(device)
    optimizer = torch.optim.AdamW(model.parameters(), run.spec.schedule.lr)
    before = float(model.eval().loss(model(given), given).detach())
    model.train()
    for _ in range(20):
        optimizer.zero_grad()
        model.loss(model(given), given).backward()
        optimizer.step()
    assert float(model.eval().loss(model(given), given).detach()) < 0.95 * before


# ---- readers; each one's golden, truncated, empty and wrong files are in tests/io/test_read.py


def test_manifest_names_the_patterns_of_every_reader() -> None:
    here = Path(__file__).parents[1]
    manifest = yaml.safe_load((here / "napari.yaml").read_text(encoding="utf-8"))
    patterns = {p for reader in manifest["contributions"]["readers"] for p in reader["filename_patterns"]}
    specs = [registry.get("neurofm.io", name) for name in READERS]
    assert patterns == {pattern for spec in specs for pattern in spec.patterns} | {"*.neurofm"}
    assert (here / "napari_neurofm" / "napari.yaml").read_text(encoding="utf-8") == (here / "napari.yaml").read_text(
        encoding="utf-8"
    )
    assert len({spec.title for spec in specs}) == len(specs)


@pytest.mark.parametrize("name", READERS)
def test_bad_file_closes_nothing(name: str, recording: Recording, tmp_path: Path) -> None:
    spec = registry.get("neurofm.io", name)
    session, path = Session([recording]), tmp_path / spec.patterns[0].replace("*", "bad")
    if spec.folder:
        path.mkdir()
    else:
        path.write_bytes(b"no recording at all")
    with pytest.raises(DataError) as refused:
        session.open(path)
    assert refused.value.path == path
    assert list(session.recordings.values()) == [recording]


# ---- views


@pytest.fixture
def session(recording: Recording) -> Session:
    """A recording with a map of its units, one of its moments, and a prediction."""
    session, rng = Session([recording]), np.random.default_rng(0)
    times = np.arange(0.5, 20.0, 0.5)
    for space, ids in (("unit", np.arange(6)), ("time", moments(times, recording.start))):
        values = rng.normal(size=(len(ids), 4))
        about = {"name": space, "space": space, "sessions": (recording.session,), "run": "run"}
        session.add(Embedding(ids=ids, values=values, xy=values[:, :2], **about))  # type: ignore[arg-type]
    series = recording.series[TARGET]
    about = {"session": recording.session, "target": TARGET, "names": series.names, "run": "run"}
    truth, held_out = np.asarray(series.values, float), series.times > 10
    session.add(
        Prediction(
            times=series.times, ids=moments(series.times, recording.start), values=truth + 1, truth=truth,
            held_out=held_out, **about,
        )  # type: ignore[arg-type]
    )  # fmt: skip
    return session


@views
def test_view_of_nothing_says_what_to_do(name: str) -> None:
    spec = registry.get("neurofm.app.views", name)
    assert spec.title
    assert is_dataclass(spec.state)
    scene = draw(spec, spec.state(), Session(), Viewport())
    assert scene.marks == ()
    assert scene.message


def same(a: Any, b: Any) -> bool:
    """Equal all the way down."""
    if is_dataclass(a):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    return bool(a == b)


@views
def test_scene_is_pure(name: str, session: Session) -> None:
    spec = registry.get("neurofm.app.views", name)
    state, actions = spec.state(), len(session.actions)
    heard: list[Any] = []
    session.changed.connect(lambda *what: heard.append(what))
    session.selection.changed.connect(lambda *what: heard.append(what))
    one, two = (spec.scene(state, session, Viewport()) for _ in range(2))
    assert state == spec.state()
    assert (heard, len(session.actions)) == ([], actions)
    assert len(one.marks) == len(two.marks)
    for a, b in zip(one.marks, two.marks):
        assert same(a, b)


@views
def test_ids_are_unique_in_a_mark(name: str, session: Session) -> None:
    spec = registry.get("neurofm.app.views", name)
    session.selection.pick("unit", np.array([1, 2]))
    for mark in spec.scene(spec.state(), session, Viewport()).marks:
        if isinstance(mark, Points):
            assert len(np.unique(mark.ids)) == len(mark.ids) == len(mark.xy)


@views
def test_box_over_everything_hits_known_things_only(name: str, session: Session) -> None:
    spec = registry.get("neurofm.app.views", name)
    box = Shape("box", np.array([[-1e6, -1e6], [1e6, 1e6]]))
    space, ids = spec.hit(spec.state(), session, box)
    assert len(np.unique(ids)) == len(ids)
    assert set(unpack(ids)[0]) <= {0}
    for id in ids[:3]:
        assert spec.describe(spec.state(), session, space, int(id))


@views
def test_scene_survives_odd_viewports(name: str, session: Session) -> None:
    spec = registry.get("neurofm.app.views", name)
    for viewport in (Viewport(width=1, height=1), Viewport(x=(1e5, 2e5), y=(1e5, 2e5)), Viewport(dark=False)):
        assert spec.scene(spec.state(), session, viewport).title
