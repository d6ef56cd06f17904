"""A Dataset of xarray as `Recording.to_xarray` makes it is that recording again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from neurofm.data.libraries import COUNTS, NAME
from neurofm.data.recording import Recording
from neurofm.data.series import Series, Spikes
from neurofm.io._binned import Bins

SPIKES, WHOSE = "spike_time", "spike_unit"


def of_dataset(thing: Any) -> Recording | None:
    """The recording; None of anything else."""
    held = getattr(thing, "data_vars", {})
    counted = COUNTS in held and set(held[COUNTS].dims) == {"time", "unit"}
    if not (counted or {SPIKES, WHOSE} <= set(held)):
        return None
    coords = {str(n): c.values for n, c in thing.coords.items() if c.dims == ("unit",) and n != "unit"}
    columns = {name.removeprefix("unit_"): values for name, values in coords.items()}
    units = pd.DataFrame({"label": thing.coords["unit"].values.astype(str), **columns})
    measured = (n for n, one in thing.data_vars.items() if one.dims == (f"{n}_time", f"{n}_feature"))
    series = dict(_series(str(name), thing[name]) for name in measured)
    tables: dict[str, dict[str, Any]] = {}
    for full, column in thing.data_vars.items():
        name = str(column.dims[0]).removesuffix("_row") if column.ndim == 1 else ""
        if column.dims == (f"{name}_row",) and str(full).startswith(f"{name}."):
            tables.setdefault(name, {})[str(full).removeprefix(f"{name}.")] = column.values
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


def _series(name: str, held: Any) -> tuple[str, Series]:
    """Its name and values; one that could not have its own name in the Dataset has it as an attribute."""
    times, features = (held.coords[dim].values for dim in held.dims)
    return str(held.attrs.get(NAME, name)), Series(
        times, held.values, tuple(map(str, features)), str(held.attrs.get("unit", ""))
    )
