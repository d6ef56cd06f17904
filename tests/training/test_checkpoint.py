"""Files of a run are replaced in one go, and say what is wrong with them."""

from __future__ import annotations

import pytest
import torch

from neurofm.errors import RunError
from neurofm.training import checkpoint


def trained(seed, steps=0):
    torch.manual_seed(seed)
    net = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(net.parameters(), 0.1)
    for k in range(steps):
        optimizer.zero_grad()
        net(torch.full((4, 3), float(k + 1))).square().mean().backward()
        optimizer.step()
    return net, optimizer


def test_what_was_saved_comes_back_exactly(tmp_path):
    net, optimizer = trained(0, steps=3)
    average = {"weight": torch.rand(2, 3)}
    checkpoint.save(tmp_path, net, optimizer, average, 3)
    other, empty = trained(1)
    step, restored = checkpoint.restore(tmp_path, other, empty)
    assert step == 3
    assert torch.equal(restored["weight"], average["weight"])
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), other.state_dict().values()))
    for one, two in zip(optimizer.state_dict()["state"].values(), empty.state_dict()["state"].values()):
        assert one.keys() == two.keys()
        assert all(torch.equal(torch.as_tensor(one[k]), torch.as_tensor(two[k])) for k in one)


@pytest.mark.parametrize(("text", "words"), [(None, "is missing; resume the run"), ("half", "cannot be read")])
def test_tensors_that_cannot_be_read_are_told(tmp_path, text, words):
    path = tmp_path / checkpoint.WEIGHTS
    if text:
        path.write_text(text)
    with pytest.raises(RunError, match=words):
        checkpoint.read_tensors(path)


@pytest.mark.parametrize("weights", [{}, {"weight": torch.zeros(5)}], ids=["none", "others"])
def test_weights_of_another_network_are_refused(tmp_path, weights):
    with pytest.raises(RunError, match=r"does not fit config\.json; both must come from one run"):
        checkpoint.load_weights(tmp_path, trained(0)[0], weights)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: checkpoint.write_json(path, {"a": float("nan")}),
        lambda path: checkpoint.write_tensors(path / "is no folder", {}),
    ],
    ids=["json", "tensors"],
)
def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else(tmp_path, write):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises((ValueError, OSError)):
        write(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
