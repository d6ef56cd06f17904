"""A course for anything with a vector and a number in each row: what the courses of both kinds share."""

from __future__ import annotations

import numpy as np

from neurofm.data import Prediction
from neurofm.data.advice import Advice
from neurofm.data.target import Target
from neurofm.metrics import r2
from neurofm.training.course import Preview, Rows, Settled
from neurofm.training.latents import embedding


class RowsCourse:
    """A kind's own course says what it takes, which space its rows are, what is told of them, and how they are split.

    Its `given`, `asked`, `rows_of` and `times` tell of a source the vectors, the numbers, the rows of a part of the
    split, and the seconds.
    """

    def advise(self, effort, sizes, data, given=()):
        return Advice({} if "dim" in given else {"dim": 3}, ["three are enough"])

    def settle(self, plan):
        names = [source.session for source in plan.data]
        before = list(plan.base.vocab["sessions"]) if plan.base else []
        features = {**plan.sizes, "features": self.given(plan.data[0]).shape[1]}
        target = Target(series=self.target, names=(self.target,))
        return Settled(
            sizes=features, target=target, targets=[(target, names)], notes=[self.note],
            vocab={"sessions": list(dict.fromkeys([*before, *names]))},
        )  # fmt: skip

    def prepare(self, run, net, data):
        pass

    def batches(self, run, net, data, domains):
        import torch

        from neurofm.batch import Batch

        def batch(step):
            rng = np.random.default_rng([run.config["seed"], step])
            source = data[step % len(data)]
            rows = rng.choice(self.rows_of(run, source, "train"), 8)
            x, y = self.given(source)[rows], self.asked(source)[rows, None]
            return Batch({"x": torch.as_tensor(x), "y": torch.as_tensor(y)}, {})

        return batch

    def finish(self, run, net, data):
        pass

    def preview(self, run, net, source):
        rows = embedding(run, [source], [self.embed(run, net, source, self.of, "", None)], self.of)
        return Preview(shown={"rows": rows}, scores={"r2": self._r2(run, net, source, "valid")})

    def scores(self, run, net, data, step):
        each = {s.session: {"r2": self._r2(run, net, s, "test"), "mean_r2": 0.0} for s in data}
        return {"r2": float(np.mean([one["r2"] for one in each.values()])), "sessions": each}

    def predict(self, run, net, source, *, progress=None):
        rows, truth = np.arange(len(self.given(source))), self.asked(source)[:, None]
        held_out = np.isin(rows, self.rows_of(run, source, "test"))
        scores = {"r2": self._r2(run, net, source, "test")} if held_out.any() else {}
        return Prediction(
            session=source.session, target=self.target, space=self.of, times=self.times(source), ids=rows,
            values=self._said(net, source), truth=truth, held_out=held_out, names=(self.target,), metrics=scores,
            run=str(run.path),
        )  # fmt: skip

    def embed(self, run, net, source, of, part, progress):
        import torch

        with torch.no_grad():
            latent = net.read(torch.as_tensor(self.given(source))).numpy()
        return Rows(np.arange(len(latent)), latent, [f"{source.session}/{of} {k}" for k in range(len(latent))])

    def _said(self, net, source):
        import torch

        with torch.no_grad():
            return net.answer(net.read(torch.as_tensor(self.given(source)))).numpy()

    def _r2(self, run, net, source, name):
        rows = self.rows_of(run, source, name)
        return float(r2(self.asked(source)[rows, None], self._said(net, source)[rows])[0])
