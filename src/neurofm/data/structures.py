"""What the numbers of published masks of brain tissue stand for: each source has another coding of the same classes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from neurofm.checks import check_choice

NOTHING, VESSEL, CELL, AXON = range(4)
KINDS = {VESSEL: "vessel", CELL: "cell", AXON: "axon"}  # as MTNeuro and the phantoms number them
CODINGS: Mapping[str, Mapping[int, int]] = {  # number there: number here
    "MTNeuro": {0: NOTHING, 1: VESSEL, 2: CELL, 3: AXON},
    "xray-thc": {0: NOTHING, 1: CELL, 2: VESSEL, 3: AXON},
    "xray-thc masks": {0: NOTHING, 1: AXON, 2: VESSEL, 3: CELL},  # "white matter" there
}


def recoded(numbers: NDArray[np.integer], source: str) -> NDArray[np.uint8]:
    """Numbers of a source in our own coding.

    Raises
    ------
    LookupError, ValueError
        If there is no such source, or it has no such number.
    """
    check_choice("coding", source, CODINGS)
    coding = CODINGS[source]
    there = np.unique(numbers).tolist()
    strange = [number for number in there if number not in coding]
    if strange:
        raise ValueError(f"{source} has no class {strange[0]}; it numbers {', '.join(map(str, coding))}")
    return np.array([coding[n] for n in there], np.uint8)[np.searchsorted(there, numbers)]
