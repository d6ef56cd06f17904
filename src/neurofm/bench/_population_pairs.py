"""Networks of reference repositories beside ours: equal weights, equal batches, and how each is asked.

Of a reference repository only the file of the model is imported; libraries that it names for other purposes are
replaced by empty modules.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.batch import Batch
from neurofm.data.target import CLASSES, RATES, Target
from neurofm.models import eit, mtm, swap_vae
from neurofm.specs import Schedule

UNITS, WAYS = 162, 8
MTM_UNITS = 300
SESSION = "5dcee0eb-b34d-4652-acc3-d10afc6eae68"  # the first one that their file lists

Arrays = Mapping[str, Tensor]
Said = tuple[Tensor, Tensor]  # outputs and loss


@dataclass(frozen=True)
class Side:
    """One of both networks: `say(net, arrays)` gives its outputs and its loss."""

    net: Any
    arrays: Arrays
    say: Callable[[Any, Arrays], Said]


@dataclass(frozen=True)
class Pair:
    """Both, with equal weights.

    Parameters
    ----------
    weights : what belongs to their weights, by name -> the same under our names
    make : parameters -> the optimiser of their script
    schedule : of our optimiser
    """

    theirs: Side
    ours: Side
    weights: Callable[[Arrays], dict[str, Tensor]]
    make: Callable[[Any], torch.optim.Optimizer]
    schedule: Schedule


def rates(units: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(unit,) spikes a bin of 100 ms, as unequal as those of the reaching monkeys' units."""
    return rng.lognormal(np.log(0.05), 2, units).clip(max=5)


def swap_vae_pair(folder: Path, rng: np.random.Generator) -> Pair:
    """Paper sizes: hidden layers of 162 and 128, 64 + 64 latents, 256 pairs of bins."""
    wide = {"s_dim": 64, "l_dim": 128, "input_size": UNITS, "hidden_dim": [UNITS, 128]}
    theirs = _module(folder, "vae_kits.model").swapVAE_neural(**wide)
    theirs.decoder[-2].weight.data.mul_(0.1)  # no rate below 1e-7, where we clamp as the paper means to
    for name, stored in theirs.named_buffers():
        if name.endswith("running_mean"):
            stored.copy_(torch.as_tensor(rng.normal(size=stored.shape)))
        elif name.endswith("running_var"):
            stored.copy_(torch.as_tensor(rng.uniform(0.5, 2, stored.shape)))
    ours = swap_vae.SwapVae(swap_vae.Config(kl=10.0, align=1.0), ["s"], [UNITS], Target(kind=RATES))
    views = torch.as_tensor(rng.poisson(rates(UNITS, rng), (2, 256, UNITS))).float()
    given = {"views": views, "session": torch.tensor(0)}
    return Pair(
        Side(theirs, {"views": views}, _swap_vae_theirs),
        Side(ours, given, _say),
        lambda weights: {f"own.0.{n.replace('coder', 'code', 1)}": value for n, value in weights.items()},
        lambda parameters: torch.optim.Adam(parameters, 5e-4),
        swap_vae.SPEC.schedule,
    )


def eit_pair(folder: Path, rng: np.random.Generator, *, once: bool = True) -> Pair:
    """The published form: 162 units, 16 windows of two bins; `once` looks at equal sequences of a unit once."""
    module = _module(folder, "neural_kits.neural_models")
    sizes = {"num_classes": WAYS, "single_dim": 16, "depth": 2, "heads": 6, "neuron": UNITS, "neuron_dropout": 0.5}
    theirs = module.Neural_ViT_S(MT=module.Neural_ViT_T(**sizes), embed_dim=16, **sizes)
    ours = eit.Eit(eit.Config(), ["s"], [UNITS], Target(series="way", names=tuple("abcdefgh"), kind=CLASSES))
    counts = rng.poisson(rates(UNITS, rng), (16, 2, UNITS))
    windows = torch.as_tensor(counts - counts.mean((0, 1))).float()
    way = torch.as_tensor(rng.integers(0, WAYS, (16, 1))).expand(-1, 2)
    every = np.arange(16 * UNITS)
    first, which = eit._distinct(counts.transpose(0, 2, 1)) if once else (every, every.reshape(16, UNITS))
    sequences = windows.transpose(1, 2).flatten(0, 1)[torch.as_tensor(first)]
    given = {
        "rates": sequences[..., None], "seen": torch.ones(sequences.shape, dtype=torch.bool),
        "which": torch.as_tensor(which), "session": torch.tensor(0), "truth": F.one_hot(way, WAYS).float(),
    }  # fmt: skip
    return Pair(
        Side(theirs, {"windows": windows, "way": way.flatten()}, _eit_theirs),
        Side(ours, given, _say),
        _eit_weights,
        lambda parameters: torch.optim.Adam(parameters, 1e-4),
        eit.SPEC.schedule,
    )


def mtm_pair(
    folder: Path, rng: np.random.Generator, *, kind: str = "neuron", trials: int = 16, bins: int = 100
) -> Pair:
    """The paper's network with learned positions, told that `kind` is hidden: 300 units, of which 30 % are hidden."""
    theirs = _ndt1(folder, bins)
    ours = mtm.Mtm(replace(mtm.PAPER, position="learned", bins=bins), ["s"], [MTM_UNITS])
    counts = torch.as_tensor(rng.poisson(rates(MTM_UNITS, rng) / 5, (trials, bins, MTM_UNITS))).float()
    hidden = torch.as_tensor(rng.random((trials, 1, MTM_UNITS)) < 0.3).expand(counts.shape).contiguous()
    seen, told = torch.ones(trials, bins, dtype=torch.int64), mtm.PROMPTS.index(kind)
    given = {
        "counts": counts, "hidden": hidden, "asked": hidden, "seen": seen.bool(), "prompt": torch.full((trials,), told),
        "session": torch.tensor(0), "bins": torch.tensor(torch.inf), "mean": torch.tensor(1.0),
    }  # fmt: skip # of so many bins that what is thought of units beforehand is nothing, as in theirs

    def say(net: Any, arrays: Arrays) -> Said:
        place = torch.arange(bins).expand(trials, -1)
        words = {"masking_mode": kind, "num_neuron": MTM_UNITS, "eid": SESSION, "spikes_lengths": seen.sum(1)}
        output = net(arrays["counts"].clone(), seen, seen, place, place, **words)
        return output.preds, output.loss / output.n_examples  # they add up what we take the mean of

    theirs.encoder.masker = _Hides(hidden)
    make = torch.optim.AdamW
    return Pair(
        Side(theirs, {"counts": counts}, say),
        Side(ours, given, _say),
        _mtm_weights,
        lambda parameters: make(parameters, lr=1e-4, weight_decay=0.01, eps=1e-8),
        mtm.SPEC.schedule,
    )


def _say(net: Any, arrays: Arrays) -> Said:
    batch = Batch(dict(arrays), {})
    output = net(batch)
    return output.prediction, net.loss(output, batch)


def _swap_vae_theirs(net: Any, arrays: Arrays) -> Said:
    x = arrays["views"]
    apart, swapped, normal, own, images = net(x[0], x[1])
    return images.view(2, 2, *x.shape[1:])[:, 1], swapped + own + 10 * normal.sum() + apart


def _eit_theirs(net: Any, arrays: Arrays) -> Said:
    heads, _ = net(arrays["windows"])
    loss = F.cross_entropy(heads["S"], arrays["way"]) + 0.5 * F.cross_entropy(heads["T"], arrays["way"])
    return heads["S"], loss


class _Hides(nn.Module):
    """In place of their masker: hides what ours hides."""

    def __init__(self, hidden: Tensor) -> None:
        super().__init__()
        self.hidden = hidden

    def forward(self, spikes: Tensor, regions: Any) -> tuple[Tensor, Tensor]:
        return spikes.masked_fill(self.hidden, 0), self.hidden.long()


def _ndt1(folder: Path, bins: int) -> Any:
    activations = ModuleType("transformers.activations")
    activations.__dict__["ACT2FN"] = _Fresh(gelu=nn.GELU, relu=nn.ReLU)
    sys.modules |= {"transformers": ModuleType("transformers"), "transformers.activations": activations}
    here = Path.cwd()
    os.chdir(folder)  # their module opens its files from there
    try:
        config = {"encoder": {"embedder": {"max_F": bins}}}
        module, own = _module(folder / "src", "models.ndt1"), "src/configs/ndt1_stitching_prompting.yaml"
        words = {"method_name": "ssl", "loss": "poisson_nll", "use_lograte": True, "num_neurons": [MTM_UNITS]}
        return module.NDT1(module.update_config(own, config), **words)
    finally:
        os.chdir(here)


class _Fresh(dict[str, Any]):
    """Classes by name, each asked for as an object: what their `ACT2FN` is."""

    def __getitem__(self, name: str) -> Any:
        return super().__getitem__(name)()


def _module(folder: Path, name: str) -> Any:
    sys.path.insert(0, str(folder))
    out, sys.stdout = sys.stdout, sys.stderr  # they print
    try:
        return importlib.import_module(name)
    finally:
        sys.stdout = out


def _rename(weights: Arrays, names: tuple[tuple[str, str], ...]) -> dict[str, Tensor]:
    renamed = {}
    for name, value in weights.items():
        for theirs, ours in names:
            name = re.sub(theirs, ours, name)
        renamed[name] = value
    return renamed


def _eit_weights(weights: Arrays) -> dict[str, Tensor]:
    block = (
        (r"layers\.(\d+)\.0\.norm", r"\1.norm"), (r"layers\.(\d+)\.0\.fn\.to_qkv", r"\1.qkv"),
        (r"layers\.(\d+)\.0\.fn\.to_out\.0", r"\1.out"), (r"layers\.(\d+)\.1\.norm", r"\1.think.0"),
        (r"layers\.(\d+)\.1\.fn\.net\.0", r"\1.think.1"), (r"layers\.(\d+)\.1\.fn\.net\.3", r"\1.think.4"),
    )  # fmt: skip
    names = (
        (r"^MT\.single_embed", "embed"), (r"^MT\.T_transformer", "individual"), (r"^S_transformer", "interaction"),
        (r"^MT\.mlp_head_bottolneck\.0", "narrow_alone"), (r"^MT\.mlp_head_bottom\.1", "own.0.alone"),
        (r"^neuron_embed", "own.0.unit"), (r"^bottolneck\.0", "narrow"), (r"^mlp_head\.0", "own.0.norm"),
        (r"^mlp_head\.2", "own.0.together"),
    )  # fmt: skip
    renamed = _rename(weights, block + names)
    return renamed | {"own.0.unit": renamed["own.0.unit"][0]}


def _mtm_weights(weights: Arrays) -> dict[str, Tensor]:
    names = (
        (r"^encoder\.stitcher\.stitcher_dict\.\d+", "read.0"), (r"^stitch_decoder\.\w+\.\d+", "write.0"),
        (r"^encoder\.embedder\.embed_spikes", "embed.0"), (r"^encoder\.embedder\.projection", "embed.2"),
        (r"^encoder\.embedder\.embed_pos\.weight", "place"), (r"^encoder\.embedder\.embed_prompt\.weight", "prompts"),
        (r"^encoder\.embedder\.embed_session\.weight", "names.0"), (r"^encoder\.out_norm", "norm"),
        (r"^encoder\.layers\.(\d+)\.", r"blocks.\1."), (r"\.ln1\.", ".norm."), (r"\.attn\.out_proj\.", ".out."),
        (r"\.ln2\.", ".think.0."), (r"\.mlp\.up_proj\.", ".think.1."), (r"\.mlp\.down_proj\.", ".think.4."),
    )  # fmt: skip
    renamed = {n: value for n, value in _rename(weights, names).items() if not n.startswith("decoder")}
    for name in [n for n in renamed if ".attn.query." in n]:
        parts = [renamed.pop(name.replace("query", part)) for part in ("query", "key", "value")]
        renamed[name.replace("attn.query", "qkv")] = torch.cat(parts)
    return renamed | {"names.0": renamed["names.0"][0]}
