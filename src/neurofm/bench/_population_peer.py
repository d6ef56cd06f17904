"""Runs in the peers' environment: networks of reference repositories and ours, measured in turns; JSON in, JSON out."""

from __future__ import annotations

import copy
import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import neurofm
from neurofm.bench._population_pairs import Arrays, Pair, Side, eit_pair, mtm_pair, swap_vae_pair

PAIRS: dict[str, tuple[Any, dict[str, Any]]] = {
    "swap_vae": (swap_vae_pair, {}), "eit": (eit_pair, {}), "eit, every sequence": (eit_pair, {"once": False}),
    "mtm": (mtm_pair, {}), "mtm, causal": (mtm_pair, {"kind": "causal", "trials": 2}),
}  # fmt: skip
PARTS = ("forward", "backward", "optimiser", "training step")


def equal(pair: Pair) -> None:
    """Give ours the weights of theirs."""
    theirs = {n: x for n, x in pair.theirs.net.state_dict().items() if not n.endswith("num_batches_tracked")}
    wanted, net = pair.weights(theirs), pair.ours.net
    silent = {"weight", "bias", "mean", "middle", "spread", "ready", "num_batches_tracked"}  # ours alone
    rest = [n for n in net.state_dict() if n not in wanted and n.split(".")[-1] not in silent]
    if rest or set(wanted) - set(net.state_dict()):
        raise SystemExit(f"weights that have no partner: {rest}, {sorted(set(wanted) - set(net.state_dict()))}")
    net.load_state_dict(net.state_dict() | wanted)


def differences(pair: Pair, seed: int) -> dict[str, float]:
    """Largest difference in float64 of outputs, loss and gradients, relative to the largest of them in theirs.

    Without dropout and with stored means and variances; what else is random is drawn alike.
    """
    theirs, ours = (_said(side, seed) for side in (pair.theirs, pair.ours))
    wanted = pair.weights(theirs[2])
    return {
        "outputs": _apart(theirs[0], ours[0].reshape(-1, *theirs[0].shape)[-1]),
        "loss": _apart(theirs[1], ours[1] + _left_out(pair)),
        "gradients": _apart(*(torch.cat([g[n].flatten() for n in ours[2]]) for g in (wanted, ours[2]))),
    }


def _said(side: Side, seed: int) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    net = copy.deepcopy(side.net).double().train()
    for module in net.modules():
        if isinstance(module, nn.Dropout | nn.modules.batchnorm._BatchNorm):
            module.eval()
        elif isinstance(getattr(module, "attn_dropout", None), float):
            module.attn_dropout = 0.0
        elif isinstance(getattr(module, "rate", None), float):
            module.rate = 0.0
    torch.manual_seed(seed)
    output, loss = side.say(net, _cast(side.arrays))
    loss.backward()
    gradients = {n: p.grad if p.grad is not None else torch.zeros_like(p) for n, p in net.named_parameters()}
    return output.detach(), loss.detach(), gradients


def _cast(arrays: Arrays) -> dict[str, Tensor]:
    return {name: x.double() if x.is_floating_point() else x for name, x in arrays.items()}


def _left_out(pair: Pair) -> Tensor:
    """Terms of the Poisson likelihood that hang on the counts alone, which our Swap-VAE leaves out."""
    x = pair.ours.arrays.get("views", torch.zeros(1, 1)).double()
    return 2 * (x - torch.xlogy(x, x)).sum(-1).mean()


def _apart(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max() / a.abs().max().clamp(min=1e-12))


def speeds(pair: Pair, blocks: int, repeats: int) -> dict[str, list[list[float]]]:
    """Seconds of ours and theirs by part of a training step, each the median of a block; blocks take turns."""
    ours = _optim().optimizer(pair.ours.net, pair.ours.net.tables, pair.schedule)
    optimizers = {True: ours, False: pair.make(pair.theirs.net.parameters())}
    times: dict[bool, list[Any]] = {True: [], False: []}
    for k in range(-1, blocks):  # the first is to warm up
        for mine in (True, False) if k % 2 else (False, True):
            side = pair.ours if mine else pair.theirs
            side.net.train()
            seconds = np.median([_step(side, optimizers[mine]) for _ in range(repeats)], 0)
            times[mine] += [seconds] if k >= 0 else []
    return {part: [np.array(times[mine])[:, k].tolist() for mine in (True, False)] for k, part in enumerate(PARTS)}


def _step(side: Side, optimizer: torch.optim.Optimizer) -> list[float]:
    """Seconds of forward pass with loss, backward pass, optimiser and all."""
    marks = [time.perf_counter()]
    loss = side.say(side.net, side.arrays)[1]
    marks.append(time.perf_counter())
    optimizer.zero_grad()
    loss.backward()
    marks.append(time.perf_counter())
    optimizer.step()
    marks.append(time.perf_counter())
    return [*np.diff(marks), marks[-1] - marks[0]]


def _optim() -> Any:
    """Our optimisers; the package around them wants libraries that are not here."""
    path = Path(neurofm.__file__).parent / "training/optim.py"
    spec: Any = importlib.util.spec_from_file_location("optim", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Answer what stdin wishes."""
    wish = json.load(sys.stdin)
    torch.manual_seed(wish["seed"])
    make, more = PAIRS[wish["pair"]]
    more |= wish.get("more", {})
    pair = make(Path(wish["folder"]).resolve(), np.random.default_rng(wish["seed"]), **more)
    equal(pair)
    answer: dict[str, Any] = {"apart": differences(pair, wish["seed"])}
    if wish["blocks"]:
        answer["times"] = speeds(pair, wish["blocks"], wish["repeats"])
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
