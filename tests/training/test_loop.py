"""One loop for all: it stops and goes on to the same numbers, averages, freezes, looks now and then, and says so."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from neurofm.batch import Batch, Output
from neurofm.errors import NeuroFMError, Stopped
from neurofm.specs import Schedule
from neurofm.training import checkpoint
from neurofm.training.loop import Loop, check_device

SCHEDULE = Schedule(steps=12, batch=4, lr=0.05, rise=0.0, hold=1.0, weight_decay=0.0)


class Net(torch.nn.Module):
    """A table of three rows, and a core that reads them."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.config, self.table, self.core = None, torch.nn.Parameter(torch.randn(3, 2)), torch.nn.Linear(2, 1)
        self.drop = torch.nn.Dropout(0.3)

    @property
    def tables(self):
        return [self.table]

    def forward(self, batch):
        latent = self.drop(self.table[batch["row"]])
        return Output(self.core(latent), latent)

    def loss(self, output, batch):
        return (output.prediction[:, 0] - batch["y"]).square().mean()


def batches(step):
    row = torch.randint(3, (4,), generator=torch.Generator().manual_seed(step))
    return Batch({"row": row, "y": row.float()}, {})


def loop(folder, net=None, schedule=SCHEDULE, **more):
    net = net or Net()
    folder.mkdir(exist_ok=True)
    return Loop(net, batches, schedule, folder, tables=net.tables, device="cpu", **more)


def stop_at(number):
    def step(fraction, text, preview=None, metrics=None):
        if metrics["step"] == number:
            raise Stopped("stopped")

    return step


@pytest.mark.parametrize("average", [0.0, 0.9])
@pytest.mark.parametrize("optimizer", ["adamw", "lamb"])
def test_it_goes_on_to_where_it_would_have_come(tmp_path, average, optimizer):
    schedule = replace(SCHEDULE, average=average, optimizer=optimizer)
    straight, stopped = (loop(tmp_path / name, schedule=schedule) for name in "ab")
    straight.run()
    with pytest.raises(Stopped):
        stopped.run(stop_at(5))
    resumed = loop(tmp_path / "b", schedule=schedule)
    resumed.resume()
    assert resumed.step == 5
    resumed.run()
    for name, value in straight.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name
    lines = (tmp_path / "b" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == list(range(1, 13))


@pytest.mark.parametrize(("freeze", "moved"), [(1.0, False), (0.5, True), (0.0, True)])
def test_the_core_may_wait_while_tables_learn(tmp_path, freeze, moved):
    net, fresh = Net(), Net()
    loop(tmp_path / "a", net, replace(SCHEDULE, freeze=freeze)).run()
    assert torch.equal(net.core.weight, fresh.core.weight) != moved
    assert not torch.equal(net.table, fresh.table)


@pytest.mark.parametrize("until", [0, 6])
@pytest.mark.parametrize("stopped", [3, 6, 9])
def test_what_learns_later_goes_on_from_the_mean_of_what_came_before(tmp_path, stopped, until):
    schedule = replace(SCHEDULE, freeze=0.5, average=0.9, vector_lr=0.1)
    straight, other = (loop(tmp_path / name, schedule=schedule) for name in "ab")
    straight.run()
    other.schedule = replace(schedule, until=min(stopped, until or stopped))
    other.run()
    resumed = loop(tmp_path / "b", schedule=schedule)
    resumed.resume()
    resumed.run()
    for name, value in straight.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name


def test_the_core_begins_where_the_mean_of_the_vectors_stands(tmp_path):
    schedule = replace(SCHEDULE, freeze=0.5, average=0.9, vector_lr=0.1, lr=1e-12)
    early, whole = (loop(tmp_path / name, schedule=replace(schedule, until=u)) for name, u in (("a", 6), ("b", 0)))
    early.run()
    whole.run()
    torch.testing.assert_close(whole.model.table, early.model.table, rtol=0, atol=1e-6)
    assert (early.optimizer.state[early.model.table]["exp_avg"].abs() > 0).any()


def test_the_core_has_no_part_in_what_is_clipped_while_it_waits(tmp_path):
    nets = {}
    for freeze, steps in ((1.0, 6), (0.5, 12)):
        nets[freeze] = Net()
        if freeze == 1:
            nets[freeze].core.requires_grad_(False)
        loop(tmp_path / str(freeze), nets[freeze], replace(SCHEDULE, steps=steps, until=6, freeze=freeze)).run()
    assert torch.equal(nets[1.0].table, nets[0.5].table)


def test_it_ends_early_where_it_is_told_to_and_keeps_a_checkpoint(tmp_path):
    early = loop(tmp_path / "a", schedule=replace(SCHEDULE, until=4))
    early.run()
    assert early.step == 4
    assert int(checkpoint.read_tensors(tmp_path / "a" / checkpoint.TENSORS)["step"]) == 4


def test_it_looks_and_tells_what_it_saw(tmp_path):
    told = []
    loop(tmp_path / "a", watch=lambda net: ({"r2_valid": 0.25}, "look")).run(
        lambda fraction, text, preview, metrics: told.append((fraction, text, preview))
    )
    assert [preview for *_, preview in told] == [None] * 4 + ["look"] + [None] * 7  # one look; the next is seconds away
    assert told[3][1].startswith("step 4 of 12 · loss")
    assert told[-1][1].endswith("R² 0.25 (validation)")
    assert told[-1][0] == 1.0


def test_a_loss_that_is_no_number_ends_it_in_words(tmp_path):
    net = Net()
    with torch.no_grad():
        net.core.bias.fill_(float("nan"))
    with pytest.raises(NeuroFMError, match="the loss became nan at step 1; choose a smaller lr and train again"):
        loop(tmp_path / "a", net).run()


@pytest.mark.parametrize(("device", "words"), [("mps", "no Apple GPU"), ("cuda", "no CUDA GPU")])
def test_a_device_that_is_not_here_is_refused(device, words, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(NeuroFMError, match=f"{words} here that torch can use; choose device 'auto' or 'cpu'"):
        check_device(device)


def test_a_device_that_does_not_exist_is_told_with_those_that_do():
    with pytest.raises(LookupError, match="no device 'gpu'; there are auto, cpu, cuda, mps"):
        check_device("gpu")


def test_the_mean_of_the_weights_has_the_mean_of_what_batch_norm_keeps(tmp_path):
    class Normed(Net):
        def __init__(self):
            super().__init__()
            self.norm = torch.nn.BatchNorm1d(2)

        def forward(self, batch):
            return Output(self.core(self.norm(self.table[batch["row"]])), self.table)

    averaged, last = Normed(), Normed()
    loop(tmp_path / "a", averaged, replace(SCHEDULE, average=0.99)).run()
    loop(tmp_path / "b", last).run()
    assert not torch.equal(averaged.norm.running_mean, last.norm.running_mean)
    assert averaged.norm.num_batches_tracked == last.norm.num_batches_tracked
