"""Shuffle: the things of a source in an order that chance makes, in the background."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neurofm.app.verbs import _options
from neurofm.app.verbs._jobs import give_up
from neurofm.app.verbs._work import read
from neurofm.checks import check_choice
from neurofm.specs import ResultSpec, RowSpec, VerbSpec

VERB = "shuffle"


def begin(session, name, *, seed=0):
    check_choice("source", name, session.sources)
    (data,) = session.files([name])
    action = session.actions.add(VERB, name, names=[name], seed=seed)
    return session.jobs.submit(VERB, {"name": name, "data": data, "seed": seed}, f"Shuffle {name}", action=action)


def work(step, folder, *, name, data, seed):
    (source,) = read([data])
    space, held = next(iter(source.spaces().items()))
    step(0.5, f"Shuffling each {space}")
    return {"name": name, "order": np.random.default_rng(seed).permutation(held.count).tolist()}


def took(session, job):
    if job.state != "done":
        return give_up(session, job)
    return session.put_result(VERB, job.result["name"], tuple(job.result["order"]))


def code(action, script):
    call = f"session.shuffle({action.name!r}, seed={action.options['seed']!r})"
    return [f"job = {call}", "job.wait()", f"print(session.results[{VERB!r}][{action.name!r}][:3])"]


def frame(state, session):
    rows = [{"shuffled": name, "first": order[0]} for name, order in session.results.get(VERB, {}).items()]
    return pd.DataFrame(rows)


SPEC = VerbSpec(
    begin=begin,
    options={"names": _options.one_name, "seed": _options.whole},
    code=code,
    work=work,
    took=took,
    result=ResultSpec(
        title="Orders",
        words=lambda order: f"from {order[0]} to {order[-1]}",
        write=lambda order: {"order": list(order)},
        read=lambda name, item: tuple(field.whole() for field in item["order"].items()),
    ),
    rows={
        "order": RowSpec(
            title="orders", frame=frame, missing=lambda state, session: ("Shuffle something to see it here", "open")
        )
    },
)
