"""What models of behaviour share: scales, sequences to learn from, and a linear readout of what is done next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.data.stretches import Stretches
from neurofm.data.target import Target

FAR, CLIP = 99.9, 3.0  # percentile of what is given that becomes 1; what is further is cut off there
CHUNK, TOGETHER, MOST = 8192, 1 << 16, 64  # frames of a stretch read in one go, of several, and how many these are
SHOWN = 60_000  # frames from which scales are taken and to which the readout is fitted; more are thinned out
PENALTIES = np.logspace(-2, 5, 8)
Floats = NDArray[np.float32]


class Drawn(NamedTuple):
    """Sequences of single animals.

    Parameters
    ----------
    given : (sequence, frame, feature), NaN where nothing was seen and behind the end
    done : of each sequence (frame, action), with what comes after its last frame
    told : of each sequence the frames that may be asked for: seen, and late enough to say something
    """

    given: Floats
    done: list[Floats]
    told: list[NDArray[np.int64]]


class Read(NamedTuple):
    """What was made of some frames.

    Parameters
    ----------
    first, last : frame, and the one after the last
    seen : (frame, individual) whether anything was seen of it
    latent : (frame, individual, dim)
    """

    first: int
    last: int
    seen: NDArray[np.bool_]
    latent: Floats


class Frames(nn.Module):
    """A network that reads what an animal does frame by frame.

    Parameters
    ----------
    config : with `sequence` and `burn` (s)
    vocab : names of `features` and `actions`, and the `rate` of frames
    target : names of those actions that are read out
    widths : of each part of its latents, by name
    horizon : seconds ahead that are read out
    """

    centre: Tensor
    scale: Tensor
    weight: Tensor
    bias: Tensor
    ready: Tensor
    past: int  # frames that a latent is made of, its own among them

    def __init__(
        self, config: Any, vocab: Mapping[str, Any], target: Target, widths: Mapping[str, int], horizon: float
    ) -> None:
        super().__init__()
        self.config, self.target, self.horizon = config, target, horizon
        self.names, self.rate = tuple(vocab["features"]), float(vocab["rate"])
        actions, ends = len(vocab["actions"]), np.cumsum([*widths.values()]).tolist()
        self.parts = {name: slice(end - width, end) for (name, width), end in zip(widths.items(), ends)}
        for name, shape in (("centre", len(self.names)), ("scale", len(self.names)), ("bias", actions)):
            self.register_buffer(name, torch.zeros(shape))
        self.told = [k for k, name in enumerate(vocab["actions"]) if name in target.names]
        self.register_buffer("weight", torch.zeros(actions, ends[-1]))
        self.register_buffer("ready", torch.tensor(False))

    @property
    def tables(self) -> Sequence[nn.Parameter]:
        """None: nothing belongs to one session alone."""
        return ()

    def adapt(self, vocab: Mapping[str, Any]) -> None:
        """Nothing is new: sessions share all there is."""

    def frames(self, seconds: float) -> int:
        """So many, and one at least."""
        return max(round(seconds * self.rate), 1)

    def encode(self, x: Tensor) -> list[Tensor]:
        """Latents (batch, time, dim) of each part, of what `see` gave."""
        raise NotImplementedError

    def draw(self, every: Sequence[Stretches], size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Something random to learn from in one step, by name."""
        raise NotImplementedError

    def prepare(self, every: Sequence[Stretches]) -> None:
        """Take scales from what is learned from, unless they are known already."""
        if not self.ready:
            given = np.concatenate([x.reshape(-1, x.shape[-1]) for x, _ in some(every)])
            given = given[np.isfinite(given).any(1)]
            with np.errstate(invalid="ignore"):
                centre = np.nan_to_num(_percentile(given, 50))
                scale = np.nan_to_num(_percentile(np.abs(given - centre), FAR))
            self.centre.copy_(torch.as_tensor(centre))
            self.scale.copy_(torch.as_tensor(np.where(scale > 0, scale, 1.0)))
            self.ready.fill_(True)

    def see(self, given: Tensor) -> Tensor:
        """Scaled (batch, time, feature + 1): 0 for what is missing, and last the share of it."""
        missing = given.isnan()
        scaled = ((given - self.centre) / self.scale).clamp(-CLIP, CLIP).masked_fill(missing, 0.0)
        return torch.cat([scaled, missing.float().mean(-1, keepdim=True)], -1)

    def sequences(self, every: Sequence[Stretches], size: int, rng: np.random.Generator) -> Drawn:
        """Random ones, an animal each; all frames of all animals come equally often."""
        length, burn = self.frames(self.config.sequence), self.frames(self.config.burn)
        ahead = self.frames(self.horizon)
        weight = np.array([s.lengths.sum() * len(s.tracks.individuals) for s in every], float)
        given = np.full((size, length, len(self.names)), np.nan, np.float32)
        done, told = [], []
        for k, which in enumerate(rng.choice(len(every), size, p=weight / weight.sum())):
            stretches = every[which]
            row = rng.choice(len(stretches), p=stretches.lengths / stretches.lengths.sum())
            first, end = stretches.rows[row]
            first += rng.integers(max(end - first - length, 0) + 1)
            seen, acts = stretches.seen(first, min(first + length + ahead, end))
            animal = rng.integers(seen.shape[1])
            done.append(acts[:, animal])
            seen = seen[:length, animal]
            given[k, : len(seen)] = seen
            frames = np.flatnonzero(np.isfinite(seen).any(1))
            told.append(next((late for late in (frames[frames >= burn], frames) if len(late)), np.zeros(1, np.int64)))
        return Drawn(given, done, told)

    def pairs(self, told: Sequence[NDArray[np.int64]], count: int, near: int, rng: np.random.Generator) -> Any:
        """(sequence, pair, 2) frames, the second up to `near` frames behind the first; anywhere if that is 0."""
        one = np.stack([rng.choice(frames, count) for frames in told])
        if not near:
            return np.stack([one, np.stack([rng.choice(frames, count) for frames in told])], -1)
        last = np.array([frames[-1] for frames in told])
        return np.stack([one, np.minimum(one + rng.integers(0, near + 1, one.shape), last[:, None])], -1)

    def follow(self, stretches: Stretches, progress: Callable[[float], None] | None = None) -> Iterator[Read]:
        """All latents of the stretches, in pieces, the shortest first.

        A piece is read with what lies before it in its stretch, so that nothing depends on how it is cut.
        """
        pieces = [
            (max(first, a - self.past + 1), a, min(a + CHUNK, last))
            for first, last in stretches.rows.tolist()
            for a in range(first, last, CHUNK)
        ]
        pieces.sort(key=lambda piece: piece[2] - piece[0])
        done, animals = 0, len(stretches.tracks.individuals)
        while done < len(pieces):
            some = pieces[done : done + MOST]
            a, _, c = some[-1]
            some = some[: max(TOGETHER // ((c - a) * animals), 1)]
            given = [stretches.given(a, c) for a, _, c in some]
            for (a, b, c), x, latent in zip(some, given, self._latent(given)):
                yield Read(b, c, np.asarray(np.isfinite(x[b - a :]).any(-1)), latent[b - a : c - a])
            done += len(some)
            if progress:
                progress(done / len(pieces))

    def _latent(self, given: Sequence[Floats]) -> list[Floats]:
        """(frame, individual, dim) of several (frame, individual, feature), without dropout and gradients."""
        most, animals = max(len(x) for x in given), given[0].shape[1]
        x = np.full((len(given), animals, most, len(self.names)), np.nan, np.float32)
        for k, one in enumerate(given):
            x[k, :, : len(one)] = one.swapaxes(0, 1)
        latent = self._read(torch.as_tensor(x).flatten(0, 1)).unflatten(0, (len(given), animals))
        return list(latent.transpose(1, 2).numpy())

    def _read(self, given: Tensor) -> Tensor:
        """(batch, frame, dim) of all parts, on the CPU, of what is given (batch, frame, feature)."""
        mode = self.training
        self.eval()
        try:
            with torch.inference_mode():
                return torch.cat(self.encode(self.see(given.to(self.centre.device))), -1).cpu()
        finally:
            self.train(mode)

    def finish(self, every: Sequence[Stretches]) -> None:
        """Fit the readout of what is done next, by ridge regression, to what was learned from."""
        from sklearn.linear_model import RidgeCV

        x, y = [], []
        for stretches in every:
            few = stretches.thinned(SHOWN // len(every))
            for read in self.follow(few):
                after = few.next(read.first, read.last, self.frames(self.horizon))[..., self.told]
                told = np.isfinite(after).all(-1) & read.seen
                x.append(read.latent[told])
                y.append(after[told])
        latent, after = np.concatenate(x).astype(float), np.concatenate(y).astype(float)
        if len(latent) > 1 and np.isfinite(latent).all():
            mean, sd = latent.mean(0), latent.std(0) + 1e-6
            model = RidgeCV(PENALTIES).fit((latent - mean) / sd, after)
            weight = np.atleast_2d(model.coef_) / sd
            self.weight[self.told] = torch.as_tensor(weight).to(self.weight)
            self.bias[self.told] = torch.as_tensor(np.atleast_1d(model.intercept_ - weight @ mean)).to(self.bias)

    def answer(self, latent: Floats) -> Floats:
        """(..., action) in its unit, from latents of all parts."""
        said: Floats = latent @ self.weight[self.told].T.cpu().numpy() + self.bias[self.told].cpu().numpy()
        return said


def some(every: Sequence[Stretches]) -> Iterator[tuple[Floats, Floats]]:
    """What is given and done in some of the stretches."""
    for stretches in every:
        few = stretches.thinned(SHOWN // len(every))
        for first, last in few.rows:
            yield few.seen(first, last)


def _percentile(values: NDArray[np.floating], q: float) -> NDArray[np.floating]:
    """Of each column; 0 where nothing is known."""
    known = np.isfinite(values).any(0)
    return np.nanpercentile(np.where(known, values, 0), q, axis=0) if len(values) else np.zeros(values.shape[1])
