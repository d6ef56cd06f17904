"""Runs in the peers' environment: POYO of torch_brain and ours on equal weights and windows; JSON in, JSON out."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch_brain.models import POYO

from neurofm.batch import Batch, collate, pad
from neurofm.models.poyo import PAPER, Poyo, from_torch_brain

UNITS, SESSIONS, QUERIES, SIZE = 300, 5, 100, PAPER["single"]


def windows(count: int, ragged: bool, seed: int) -> Batch:
    """Simulated windows of a second, as our tokenizer gives them."""
    rng = np.random.default_rng(seed)
    return collate([_window(k, ragged, rng) for k in range(count)])


def _window(number: int, ragged: bool, rng: np.random.Generator) -> dict[str, Any]:
    units = rng.integers(30, UNITS + 1) if ragged else 100
    names = rng.choice(UNITS, units, replace=False) + 1
    spikes = rng.poisson(np.exp(rng.normal(np.log(8), 0.8, units))) if ragged else np.full(units, 10)
    unit = rng.permutation(names.repeat(spikes))
    return {
        "unit": np.r_[names.repeat(2), unit],
        "time": np.r_[np.tile([0.0, 1.0], units), np.sort(rng.uniform(0, 1, len(unit)))],
        "kind": np.r_[np.tile([1, 2], units), np.zeros(len(unit), int)],
        "session": np.int64(number % SESSIONS + 1),
        "query": np.arange(QUERIES) / QUERIES,
    }


def pair() -> tuple[nn.Module, Poyo]:
    """Both networks with the same weights; unit and session vectors are spread as after training."""
    units, sessions = [f"u{k}" for k in range(UNITS)], [f"s{k}" for k in range(SESSIONS)]
    theirs = POYO(
        sequence_length=SIZE.window, latent_step=SIZE.step, num_latents_per_step=SIZE.latents, dim_out=2, dim=SIZE.dim,
        depth=SIZE.depth, dim_head=SIZE.head_dim, cross_heads=SIZE.cross_heads, self_heads=SIZE.self_heads,
        ffn_dropout=SIZE.inner_dropout, lin_dropout=SIZE.block_dropout, atn_dropout=SIZE.attention_dropout,
    )  # fmt: skip
    theirs.unit_emb.initialize_vocab(units)
    theirs.session_emb.initialize_vocab(sessions)
    for table in (theirs.unit_emb.weight, theirs.session_emb.weight):
        nn.init.normal_(table)
    ours = Poyo(SIZE, units, sessions, 2)
    weights = from_torch_brain(dict(theirs.named_parameters()))
    ours.load_state_dict(weights | {"scale": ours.scale})
    return theirs, ours


def padded(batch: Batch, dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """The same windows as torch_brain wants them: padded to the next multiple of eight."""
    lengths = batch.lengths["unit"]
    more = -max(lengths) % 8
    grid = torch.arange(SIZE.step / 2, SIZE.window, SIZE.step, dtype=torch.float64).repeat_interleave(SIZE.latents)
    kind = torch.arange(SIZE.latents).repeat(len(grid) // SIZE.latents)
    unit, when, token = (nn.functional.pad(pad(batch[n], lengths), (0, more)) for n in ("unit", "time", "kind"))
    mask = torch.arange(unit.shape[1]) < torch.tensor(lengths)[:, None]
    many = len(lengths)
    return {
        "input_unit_index": unit, "input_timestamps": when.to(dtype), "input_token_type": token, "input_mask": mask,
        "latent_index": kind.expand(many, -1), "latent_timestamps": grid.expand(many, -1).to(dtype),
        "session_index": batch["session"],
        "output_timestamps": pad(batch["query"], batch.lengths["query"]).to(dtype),
    }  # fmt: skip


def differences(theirs: nn.Module, ours: Poyo, batch: Batch) -> tuple[float, float]:
    """Largest relative difference of outputs and of gradients, in float64 without dropout."""
    theirs.double().eval()
    ours.double().eval()
    exact = 2 * np.pi * np.array(ours.rotary.rates)  # theirs were rounded to float32
    dict(theirs.named_buffers())["rotary_emb.omega"][: len(exact)] = torch.from_numpy(exact)
    a, b = theirs(**padded(batch, torch.float64)).flatten(0, 1), ours(batch).prediction
    weight = torch.randn_like(a)
    (a * weight).sum().backward()
    (b * weight).sum().backward()
    wanted, got = from_torch_brain(_gradients(theirs)), _gradients(ours)
    output, gradient = _apart(a, b), max(_apart(wanted[n], got[n]) for n in got)
    theirs.float()
    ours.float()
    return output, gradient


def _gradients(model: nn.Module) -> dict[str, Tensor]:
    return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def _apart(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max() / a.abs().max())


def timed(call: Callable[[nn.Module], None], model: nn.Module) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    call(model)
    return time.perf_counter() - began


def speeds(theirs: nn.Module, ours: Poyo, batch: Batch, blocks: int) -> dict[str, Any]:
    """Seconds of ours and theirs in blocks that take turns."""
    inputs = padded(batch)
    seconds: dict[str, Any] = {"tokens": int(sum(batch.lengths["unit"]))}

    def answer(model: nn.Module) -> Tensor:
        return ours(batch).prediction if model is ours else model(**inputs)

    def forward(model: nn.Module) -> None:
        model.eval()
        with torch.inference_mode():
            answer(model)

    def train(model: nn.Module) -> None:
        model.train()
        model.zero_grad()
        answer(model).square().mean().backward()

    for name, call in (("forward", forward), ("training step", train)):
        times: dict[bool, list[float]] = {True: [], False: []}
        for k in range(-1, blocks):  # the first is to warm up
            for mine in (True, False) if k % 2 else (False, True):
                took = timed(call, ours if mine else theirs)
                times[mine] += [took] if k >= 0 else []
        seconds[name] = [times[True], times[False]]
    return seconds


def main() -> None:
    """Answer what stdin wishes."""
    wish = json.load(sys.stdin)
    torch.manual_seed(wish["seed"])
    theirs, ours = pair()
    output, gradient = differences(theirs, ours, windows(4, True, wish["seed"]))
    times = {
        case: speeds(theirs, ours, windows(count, ragged, wish["seed"]), wish["blocks"])
        for case, (count, ragged) in wish["cases"].items()
    }
    sys.stdout.write(json.dumps({"output": output, "gradient": gradient, "times": times}) + "\n")


if __name__ == "__main__":
    main()
