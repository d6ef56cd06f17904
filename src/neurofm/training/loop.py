"""The training loop, the only one: any model, any device, exact resume."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from neurofm.batch import Batch
from neurofm.checks import check_choice
from neurofm.errors import NeuroFMError
from neurofm.specs import Schedule
from neurofm.training import checkpoint
from neurofm.training.asked import DEVICES
from neurofm.training.course import Step
from neurofm.training.network import Network
from neurofm.training.optim import optimizer as make_optimizer
from neurofm.training.optim import rate, thaw
from neurofm.words import main_score

SAVE_EVERY = 30.0  # seconds between checkpoints
LOOK_EVERY = 3.0  # seconds between looks at the held-out score; a look may take a tenth of the time

Watch = Callable[[Network], tuple[Mapping[str, float], str | None]]


def quiet(fraction: float, text: str, preview: str | None = None, metrics: Mapping[str, float] | None = None) -> None:
    """A `step` for those who do not watch."""


def check_device(device: str) -> None:
    """Refuse a device that does not exist, or not here."""
    check_choice("device", device, DEVICES)
    if device == "cuda" and not torch.cuda.is_available():
        raise NeuroFMError("there is no CUDA GPU here that torch can use; choose device 'auto' or 'cpu'")
    if device == "mps" and not torch.backends.mps.is_available():
        raise NeuroFMError("there is no Apple GPU here that torch can use; choose device 'auto' or 'cpu'")


def fabric(device: str, precision: str) -> Fabric:
    """One process on the named device; torchrun and SLURM settings in the environment make it several."""
    check_device(device)
    return Fabric(accelerator=device, devices="auto" if device == "cuda" else 1, precision=precision)


class Loop:
    """Gradient steps of one model, from the first or from where a checkpoint left off.

    Parameters
    ----------
    batches : step number -> Batch, the same for the same number
    tables : embedding tables among the parameters
    folder : of the run, for checkpoints and the log
    watch : model -> (metrics, path of a preview), looked at every few seconds
    """

    def __init__(
        self,
        model: Network,
        batches: Callable[[int], Batch],
        schedule: Schedule,
        folder: Path,
        *,
        tables: Sequence[Tensor] = (),
        seed: int = 0,
        device: str = "auto",
        watch: Watch | None = None,
    ) -> None:
        self.model, self.batches, self.schedule, self.folder = model, batches, schedule, folder
        self.seed, self.watch = seed, watch
        self.fabric = fabric(device, schedule.precision)
        self.optimizer = make_optimizer(model, tables, schedule)
        self.step, self.average = 0, dict[str, Tensor]()
        self._thaw = thaw(schedule)
        self._next_look, self._next_save = 0.0, time.monotonic() + SAVE_EVERY
        self._last_look: dict[str, float] = {}

    def resume(self) -> None:
        """Go on from the folder's checkpoint, if it holds one."""
        if (self.folder / checkpoint.TENSORS).exists():
            self.step, self.average = checkpoint.restore(self.folder, self.model, self.optimizer)
        self._cut_log()

    def run(self, step: Step = quiet) -> None:
        """All steps that are left; whatever stops it, a checkpoint is stored first."""
        self.model.train()
        try:
            with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
                for end in sorted({self._thaw, self.schedule.steps}):
                    self._act(min(end, self.schedule.until or end), log, step)
        finally:
            checkpoint.save(self.folder, self.model, self.optimizer, self.average, self.step)
        if self.average:
            self.model.load_state_dict(self.average, strict=False)

    def _act(self, end: int, log: Any, step: Step) -> None:
        """Steps in which the same part of the model learns."""
        if self.step >= end:
            return
        if self.step == self._thaw and self.average:  # all goes on from what vectors came to in the mean
            self.model.load_state_dict(self.average, strict=False)
            self.average = {}
        if self._thaw and any(group["rows"] for group in self.optimizer.param_groups):  # else nothing would learn
            for p in (p for group in self.optimizer.param_groups if not group["rows"] for p in group["params"]):
                p.requires_grad_(self.step >= self._thaw)
        wrapped, optimizer = self.fabric.setup(self.model, self.optimizer)
        self.average = {name: value.to(self.fabric.device) for name, value in self.average.items()}
        while self.step < end:
            self._one(wrapped, optimizer, log, step)

    def _one(self, wrapped: Any, optimizer: Any, log: Any, step: Step) -> None:
        torch.manual_seed((self.seed << 32) + self.step)  # dropout is a function of the step, too
        for group in optimizer.param_groups:
            frozen = self.step < self._thaw and not group.get("rows")
            group["lr"] = 0.0 if frozen else rate(self.schedule, self.step)
        batch = self.batches(self.step).to(self.fabric.device)
        loss = self.model.loss(wrapped(batch), batch)
        optimizer.zero_grad()
        self.fabric.backward(loss)
        if self.schedule.clip:
            nn.utils.clip_grad_norm_([p for p in self.model.parameters() if p.requires_grad], self.schedule.clip)
        optimizer.step()
        self.step += 1
        self._mean()
        self._tell(float(loss.detach()), log, step)

    def _mean(self) -> None:
        """Running mean of the weights, following closely at first."""
        if not self.schedule.average:
            return
        steps = self.step - self._thaw if self.step > self._thaw else self.step
        decay = min(self.schedule.average, steps / (steps + 9))
        learned = [(name, p) for name, p in self.model.named_parameters() if p.requires_grad]
        for name, p in [*learned, *_running(self.model)]:
            if name not in self.average:
                self.average[name] = p.detach().clone()
            self.average[name].lerp_(p.detach(), 1 - decay)

    def _tell(self, loss: float, log: Any, step: Step) -> None:
        now, preview = time.monotonic(), None
        if not torch.isfinite(torch.tensor(loss)):
            raise NeuroFMError(f"the loss became {loss} at step {self.step}; choose a smaller lr and train again")
        metrics = {"step": self.step, "loss": loss, "lr": rate(self.schedule, self.step - 1)}
        if self.watch and self.step >= 5 and now >= self._next_look and self.fabric.is_global_zero:
            metrics_of, preview = self.watch(self.model)
            self._last_look = dict(metrics_of)
            metrics |= self._last_look
            took = time.monotonic() - now
            self._next_look = time.monotonic() + max(LOOK_EVERY, 9 * took)
        log.write(json.dumps(metrics) + "\n")
        if now >= self._next_save:
            log.flush()
            checkpoint.save(self.folder, self.model, self.optimizer, self.average, self.step)
            self._next_save = now + SAVE_EVERY
        score = main_score(self._last_look, "_valid")
        validation = [f"{score} (validation)"] if score else []
        text = " · ".join([f"step {self.step} of {self.schedule.steps}", f"loss {loss:.3f}", *validation])
        step(self.step / self.schedule.steps, text, preview=preview, metrics=metrics)

    def _cut_log(self) -> None:
        """Drop lines beyond the step to go on from: they come again."""
        path = self.folder / "log.jsonl"
        if path.exists():
            lines = path.read_text(encoding="utf-8").splitlines()[: self.step]
            checkpoint.write_text(path, "".join(line + "\n" for line in lines))


def _running(model: Any) -> list[tuple[str, Tensor]]:
    """Means and variances of batches that a model keeps, which belong to its weights."""
    names = ("running_mean", "running_var")
    return [(name, value) for name, value in model.named_buffers() if name.rpartition(".")[2] in names]
