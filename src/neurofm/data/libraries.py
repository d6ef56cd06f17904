"""Libraries that not everybody has, and values over time as these want them."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

WAYS = {"pynwb": '"napari-neurofm[nwb]"'}  # how a library is installed, where that is not its own name
TIME, FEATURE, COUNTS = "time", "feature", "counts"
NAME = "name"  # the attribute of a variable of xarray that could not have its own name


def library(name: str) -> Any:
    """A library, loaded.

    Raises
    ------
    ImportError
        If it is not installed; says how it is.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ImportError(f"{name} is not installed; install it with: pip install {WAYS.get(name, name)}") from error


def data_array(times: ArrayLike, values: ArrayLike, names: Sequence[str], unit: str = "", prefix: str = "") -> Any:
    """(time, feature) values over time for xarray."""
    coords = {f"{prefix}{TIME}": np.asarray(times), f"{prefix}{FEATURE}": list(names)}
    return library("xarray").DataArray(np.asarray(values), coords, tuple(coords), attrs={"unit": unit})


def tsd_frame(times: ArrayLike, values: ArrayLike, names: Sequence[str]) -> Any:
    """(time, feature) values over time for pynapple."""
    return library("pynapple").TsdFrame(t=np.asarray(times, float), d=np.asarray(values), columns=list(names))
