"""A Dataset of xarray as `Recording.to_xarray` makes it is that recording again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from neurofm.data.recording import Recording
from neurofm.data.series import Series, Spikes
from neurofm.io._binned import Bins

SPIKES, WHOSE, COUNTS = "spike_time", "spike_unit", "counts"


def of_dataset(thing: Any) -> Recording | None:
    """The recording; None of anything else."""
    held = getattr(thing, "data_vars", {})
    counted = COUNTS in held and set(held[COUNTS].dims) == {"time", "unit"}
    if not (counted or {SPIKES, WHOSE} <= set(held)):
        return None
    coords = {str(n): c.values for n, c in thing.coords.items() if c.dims == ("unit",) and n != "unit"}
    columns = {name.removeprefix("unit_"): values for name, values in coords.items()}
    units = pd.DataFrame({"label": thing.coords["unit"].values.astype(str), **columns})
    series = {
        str(name): Series(one.coords[one.dims[0]].values, one.values, tuple(map(str, one.coords[one.dims[1]].values)),
                          str(one.attrs.get("unit", "")))
        for name, one in thing.data_vars.items() if one.dims == (f"{name}_time", f"{name}_feature")
    }  # fmt: skip
    tables: dict[str, dict[str, Any]] = {}
    for full, column in thing.data_vars.items():
        name, _, own = str(full).rpartition(".")
        if column.dims == (f"{name}_row",):
            tables.setdefault(name, {})[own] = column.values
    domain = thing["domain"].values if "domain" in thing else np.zeros((0, 2))
    if counted:
        bins = Bins(thing[COUNTS], None, None, None, {})
        spikes, domain, series = bins.spikes(), bins.domain, series | {COUNTS: bins.series()}
    else:
        spikes = Spikes(thing[SPIKES].values.astype(float), thing[WHOSE].values.astype(np.int32))
    about = {name: str(thing.attrs.get(name, "")) for name in ("session", "subject")}
    return Recording(
        session=about["session"] or "recording", subject=about["subject"], spikes=spikes, units=units, series=series,
        intervals={name: pd.DataFrame(table) for name, table in tables.items()}, domain=domain,
    )  # fmt: skip
