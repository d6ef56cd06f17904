"""The course of voxels: what is refused, learned, scored and said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from neurofm import registry
from neurofm.data.volume import UNSCALED, Held, Pyramid, Volume
from neurofm.errors import DataError
from neurofm.synthetic.phantoms import Plan, phantom
from neurofm.training import Run, finetune, train

COURSE = registry.get("neurofm.training.courses", "voxels")
MODEL = next(n for n in registry.names("neurofm.models") if registry.get("neurofm.models", n).course == "voxels")
SMALL = {"width": 8, "edge": 32}


@pytest.fixture(scope="module")
def volume():
    return phantom(Plan(shape=(24, 64, 160), areas=(1,), seed=3)).loaded()


@pytest.fixture(scope="module")
def run(volume, tmp_path_factory):
    settings = SMALL | {"steps": 80, "lr": 5e-3}
    return train(MODEL, volume, tmp_path_factory.mktemp("voxels") / "run", settings=settings, device="cpu")


def begin(data, tmp_path, **settings):
    return train(MODEL, data, tmp_path / "run", settings=SMALL | {"steps": 2} | settings, device="cpu")


def painted(volume, numbers, names=None):
    labels = {"structure": Pyramid((Held(np.asarray(numbers, np.uint8)),), volume.whole.spacing)}
    return replace(volume, labels=labels, names={"structure": names} if names else {})


def test_it_learns_and_is_scored_beside_a_forest(run, volume):
    scores = run.metrics
    assert scores["dice_axon"] > 0.7
    assert {"dice", "iou", "accuracy", "f1", "dice_cell", "iou_vessel", "forest_dice"} <= set(scores)
    assert scores["over"] == "held-out voxels"
    said = run.predict(volume)
    assert said.metrics["dice"] == pytest.approx(scores["dice"])
    np.testing.assert_allclose(said.values.sum(1), 1.0)
    own = volume.labels["structure"].levels[0].array.ravel()[said.ids]
    np.testing.assert_array_equal(said.truth.argmax(1), own)
    x = said.ids % 160
    test = run.spans(volume.session, "test")
    assert ((x[:, None] >= test[:, 0]) & (x[:, None] < test[:, 1])).any(1).all()


def test_a_network_of_a_run_says_what_its_predictions_say(run, volume):
    net, said = COURSE.network(run), run.predict(volume)
    image = torch.as_tensor(volume.image.levels[0].array.astype(np.float32))[None, None]
    with torch.inference_mode():
        shares = net(image).softmax(1)[0].flatten(1).T.numpy()
    assert COURSE.classes(run) == {0: "nothing", 1: "vessel", 2: "cell", 3: "axon"}
    assert np.mean(shares[said.ids].argmax(1) == said.values.argmax(1)) > 0.99


def test_what_it_learned_comes_back_from_its_folder(run, volume):
    again = Run(run.path, "cpu")
    np.testing.assert_array_equal(again.predict(volume).values, run.predict(volume).values)


def test_some_voxels_are_embedded_by_their_ids(run, volume):
    latent = run.embed(volume, "voxel")
    z, y, x = np.unravel_index(latent.ids[7], volume.whole.shape)
    assert latent.labels[7] == f"phantom/voxel {z} {y} {x}"
    assert len(np.unique(latent.ids)) == len(latent.ids) == len(latent.values)


def test_of_a_volume_it_never_saw_all_is_held_out_and_none_is_scored_without_labels(run):
    other = phantom(Plan(shape=(24, 64, 64), areas=(1,), seed=9), session="other")
    said = run.predict(other)
    assert said.held_out.all()
    assert "dice" in said.metrics
    bare = run.predict(replace(other, labels={}, names={}))
    assert bare.metrics == {}
    assert np.isnan(bare.truth).all()


def test_a_batch_depends_on_the_step_alone(run, volume):
    one, same = (COURSE.batches(run, run.model, [volume], {})(3) for _ in range(2))
    assert torch.equal(one["image"], same["image"])
    assert torch.equal(one["truth"], same["truth"])
    other = COURSE.batches(run, run.model, [volume], {})(4)
    assert not torch.equal(one["image"], other["image"])


def without_labels(volume):
    return replace(volume, labels={})


def without_image(volume):
    return replace(volume, image=None)


def black(volume):
    return replace(volume, image=Pyramid((Held(np.zeros(volume.whole.shape, np.uint8)),), volume.whole.spacing))


def of_another_size(volume):
    return painted(volume, np.ones((24, 64, 100)), {1: "a"})


def of_one_class(volume):
    return painted(volume, np.zeros(volume.whole.shape), {1: "cell"})


def of_one_class_where_learned(volume):
    numbers = np.zeros(volume.whole.shape)
    for low, high in COURSE.split(volume, np.random.default_rng([0, 0])).test.astype(int):
        numbers[..., low:high] = 1
    return painted(volume, numbers, {1: "cell"})


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (without_labels, "labels: are missing"),
        (without_image, "image: is missing; there are only labels"),
        (black, "image: is 0 everywhere"),
        (of_another_size, "labels 'structure': are 24 x 64 x 100 voxels, where the image is 24 x 64 x 160"),
        (of_one_class, "say only 'nothing'"),
        (of_one_class_where_learned, "say only 'nothing' where it is learned from"),
    ],
)
def test_what_could_only_end_in_nonsense_is_refused_before_training(broken, words, volume, tmp_path):
    with pytest.raises(DataError, match=words):
        begin(broken(volume), tmp_path)
    assert not (tmp_path / "run").exists()


def test_labels_of_another_name_are_asked_for(volume, tmp_path):
    with pytest.raises(DataError, match="labels: are not called 'bones'; there are structure, cell, region"):
        begin(volume, tmp_path, target="bones")


def test_a_class_without_examples_is_told_and_left_out(volume, tmp_path):
    numbers = np.minimum(volume.labels["structure"].levels[0].array, 2)
    run = begin(painted(volume, numbers, {1: "vessel", 2: "cell", 3: "axon"}), tmp_path)
    assert run.target.names == ("nothing", "vessel", "cell")
    assert any("'axon' has no example" in note for note in run.config["notes"])


def test_few_strokes_are_learned_where_the_rest_is_ignored(volume, tmp_path):
    truth = volume.labels["structure"].levels[0].array
    strokes = np.where(truth == 3, 2, 1) * (np.arange(24) % 8 == 0)[:, None, None] * (np.arange(160) % 5 == 0)
    source = painted(volume, strokes, {1: "other", 2: "axon"})
    run = begin(source, tmp_path, ignored=0, steps=120, lr=5e-3)
    assert run.target.names == ("other", "axon")
    with torch.inference_mode():
        net = COURSE.network(run)
        said = net(torch.as_tensor(source.image.levels[0][:, :, :].astype(np.float32))[None, None]).argmax(1)[0].numpy()
    said, truth = said == 1, truth == 3
    assert 2 * (said & truth).sum() > 0.6 * (said.sum() + truth.sum())  # Dice


def test_planes_that_lie_apart_are_learned_one_by_one(volume, tmp_path):
    stack = volume.scaled((35.0, 1.17, 1.17))
    run = begin(stack, tmp_path)
    assert run.vocab["planar"]
    assert run.model.net.grid[0] == 1
    assert run.config["config"]["levels"] == 4
    assert run.predict(stack).metrics
    flat = Volume(
        session="plane", image=Pyramid((Held(volume.image.levels[0].array[:1]),), volume.whole.spacing),
    )  # fmt: skip
    assert len(run.predict(flat).ids)


def test_a_size_that_nobody_tells_is_let_through(run, volume):
    assert len(run.predict(replace(volume.scaled(1.0), unit=UNSCALED)).ids)


def test_a_box_is_looked_at_where_it_lies(run, volume):
    half = volume.image.levels[0].array.copy()
    half[..., 80:] = 0
    dim = replace(volume, image=Pyramid((Held(half),), volume.spacing))
    for low, high in ((0, 80), (80, 160)):  # of what is nothing the chunks tell
        COURSE.check(run, dim, ((0, 24), (0, 64), (low, high)))
    bright = replace(volume, image=Pyramid((Held(half.astype(np.uint16) * 100),), volume.spacing))
    with pytest.raises(DataError, match="has grey values around"):
        COURSE.check(run, bright, ((0, 24), (0, 64), (0, 80)))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda v: v.scaled((35.0, 1.0, 1.0)), "is of single planes"),
        (lambda v: v.scaled(0.5), r"spacing: is \[0.5, 0.5, 0.5\], and run learned from \[1.17, 1.17, 1.17\]"),
        (lambda v: v.scaled((3.0, 1.17, 1.17)), "put size or axes right"),
        (lambda v: replace(v, image=Pyramid((Held(v.image.levels[0].array * 200.0),), 1.17)), "has grey values around"),
        (without_image, "is missing"),
    ],
)
def test_volumes_that_are_unlike_what_was_learned_are_refused(other, words, run, volume):
    for call in (run.predict, run.embed):
        with pytest.raises(DataError, match=words):
            call(other(volume))


def test_it_is_adapted_to_another_volume_with_the_same_classes(run, tmp_path):
    other = phantom(Plan(shape=(24, 64, 120), areas=(1,), seed=9, noise=20.0), session="noisy")
    adapted = finetune(run, other, tmp_path / "adapted", settings={"steps": 2}, device="cpu")
    assert 0 <= adapted.metrics["before_dice"] <= 1
    assert "before_dice" not in run.metrics
    assert adapted.target.names == run.target.names
    assert adapted.sessions == ["phantom", "noisy"]
    assert float(adapted.model.net.mean) == float(run.model.net.mean)
    two = phantom(Plan(shape=(24, 64, 120), areas=(0, 1), seed=9), session="two")
    with pytest.raises(DataError, match="say cortex, striatum, where the run knows nothing, vessel, cell, axon"):
        finetune(run, two, tmp_path / "region", settings={"steps": 2, "target": "region"}, device="cpu")


@pytest.mark.real
def test_membranes_of_a_real_volume_are_learned(shared_data, tmp_path):
    run = begin(str(shared_data("em_fibsem") / "medulla_128.npz"), tmp_path, steps=30, lr=5e-3)
    assert run.target.series == "neuron borders"
    assert run.target.names == ("nothing", "inside", "border")
    assert any("numbers single things" in note for note in run.config["notes"])
    assert run.metrics["dice_inside"] > 0.8
