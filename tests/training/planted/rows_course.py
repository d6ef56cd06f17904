"""A course for tables: rows are split by their numbers, and a batch is some of them."""

from __future__ import annotations

import numpy as np
from rows_source import Table

from neurofm.data import Prediction
from neurofm.data.advice import Advice
from neurofm.data.split import Split
from neurofm.data.target import Target
from neurofm.metrics import r2
from neurofm.training.course import Preview, Rows, Settled
from neurofm.training.latents import embedding

Y = Target(series="y", names=("y",))


class RowsCourse:
    takes = Table

    def split(self, source, rng):
        order = rng.permutation(len(source.x))
        return Split(np.sort(order[20:]), np.sort(order[:10]), np.sort(order[10:20]))

    def advise(self, effort, sizes, data, given=()):
        return Advice({} if "dim" in given else {"dim": 3}, ["three are enough"])

    def settle(self, plan):
        names = [source.session for source in plan.data]
        before = list(plan.base.vocab["sessions"]) if plan.base else []
        features = {**plan.sizes, "features": plan.data[0].x.shape[1]}
        return Settled(
            sizes=features, target=Y, targets=[(Y, names)], notes=["rows, not seconds"],
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
            rows = rng.choice(run.split(source.session, "train"), 8)
            return Batch({"x": torch.as_tensor(source.x[rows]), "y": torch.as_tensor(source.y[rows])}, {})

        return batch

    def finish(self, run, net, data):
        pass

    def preview(self, run, net, source):
        rows = embedding(run, [source], [self.embed(run, net, source, "node", "", None)], "node")
        return Preview(shown={"rows": rows}, scores={"r2": self._r2(run, net, source, "valid")})

    def scores(self, run, net, data, step):
        each = {s.session: {"r2": self._r2(run, net, s, "test"), "mean_r2": 0.0} for s in data}
        return {"r2": float(np.mean([one["r2"] for one in each.values()])), "sessions": each}

    def predict(self, run, net, source, *, progress=None):
        rows = np.arange(len(source.x))
        held_out = np.isin(rows, run.split(source.session, "test"))
        return Prediction(
            session=source.session, target="y", times=rows.astype(float), ids=rows, values=self._said(net, source),
            truth=source.y, held_out=held_out, names=("y",), run=str(run.path),
        )  # fmt: skip

    def embed(self, run, net, source, of, part, progress):
        import torch

        with torch.no_grad():
            latent = net.read(torch.as_tensor(source.x)).numpy()
        return Rows(np.arange(len(latent)), latent, [f"{source.session}/{k}" for k in range(len(latent))])

    def _said(self, net, source):
        import torch

        with torch.no_grad():
            return net.answer(net.read(torch.as_tensor(source.x))).numpy()

    def _r2(self, run, net, source, name):
        rows = run.split(source.session, name)
        return float(r2(source.y[rows], self._said(net, source)[rows])[0])


SPEC = RowsCourse()
