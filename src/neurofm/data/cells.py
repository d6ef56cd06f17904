"""Cells: where each is in a volume, how large, how bright and in which region, and what each region holds of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.ids import Ids
from neurofm.data.plausible import Finding
from neurofm.data.shown import Shown, several
from neurofm.data.source import Space, Tie
from neurofm.data.volume import AXES, MICRON, UNSCALED
from neurofm.words import counted

CELL, REGION = "cell", "region"  # its spaces
NEEDED = ("number", *AXES)  # columns of cells that are there in each
DISTANCES = ("nearest", "third")  # columns that are distances, as places are
MANY = 0.5  # share of cells at the border from which sizes say little


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Cells(Shown):
    """Cells that were found in a volume.

    Parameters
    ----------
    session : name, unique among what is open
    cells : a row a cell: `number` (unique) by which the labels say that a voxel is of it, `z`, `y`, `x` of its centroid
        and, where known, `size` (um^3, um^2 in a plane), `voxels`, `intensity`, `region`, whether it touches the
        `border`, um to the `nearest` and `third` neighbour, and any others
    boxes : (cell, 2, 3) low and high corner of each, z y x; NaN unless given
    regions : a row a region: `region`, `cells`, and what else is known of it
    volume, labels : file of the volume that they lie in, and which of its labels numbers them; "" if unknown
    unit : of distances: "um", or "voxels" where the volume's file does not say
    paths, notes : files they came from; what the reader had to mend

    Raises
    ------
    ValueError
        If a column is missing or holds no numbers, a number comes twice, or counts of rows differ.
    """

    kind: ClassVar[str] = "cells"
    clock: ClassVar[str] = ""
    domain: ClassVar[NDArray[np.float64]] = np.zeros((0, 2))

    session: str
    cells: pd.DataFrame
    boxes: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2, 3)))
    regions: pd.DataFrame = field(default_factory=pd.DataFrame)
    volume: str = ""
    labels: str = ""
    unit: str = MICRON
    subject: str = ""
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        missing = [name for name in NEEDED if name not in self.cells]
        if missing:
            raise ValueError(f"cells of {self.session} have no column '{missing[0]}'; they need {', '.join(NEEDED)}")
        places = self.cells[list(NEEDED)].apply(pd.to_numeric, errors="coerce").to_numpy(float)
        if not np.isfinite(places).all():
            row, column = np.argwhere(~np.isfinite(places))[0]
            raise ValueError(f"'{NEEDED[column]}' of {self.session} is no number in row {row + 1}; give each cell one")
        numbers = places[:, 0]
        if (numbers % 1).any() or (numbers < 1).any() or len(np.unique(numbers)) < len(numbers):
            raise ValueError(f"numbers of cells of {self.session} must be whole, from 1 on, and each there once")
        boxes = np.asarray(self.boxes, float)
        boxes = boxes if len(boxes) else np.full((len(numbers), 2, 3), np.nan)
        if boxes.shape != (len(numbers), 2, 3):
            raise ValueError(
                f"boxes of {self.session} must be (cell, 2, 3) for {len(numbers)} cells, got {boxes.shape}"
            )
        object.__setattr__(self, "boxes", boxes)
        object.__setattr__(self, "cells", self.cells.astype({"number": np.int64}).reset_index(drop=True))

    @property
    def numbers(self) -> NDArray[np.int64]:
        """(cell,) the number of each in the labels."""
        return self.cells["number"].to_numpy(np.int64)

    @property
    def places(self) -> NDArray[np.float64]:
        """(cell, 3) centroids, z y x."""
        return self.cells[list(AXES)].to_numpy(float)

    def placed(
        self, order: Sequence[int], factor: NDArray[np.float64], before: NDArray[np.float64],
        after: NDArray[np.float64], unit: str, *, flat: bool,
    ) -> Cells:  # fmt: skip
        """The same where their volume lies otherwise: axes in another `order`, voxels `factor` times as far apart.

        Its first voxel was at `before`, in that order, and is at `after`; of a `flat` one sizes are areas. Distances to
        neighbours and densities, which do not follow from that, are left out, as a note says.
        """

        def moved(places: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(after + (places[..., list(order)] - before) * factor)

        cells = self.cells.drop(columns=[name for name in DISTANCES if name in self.cells])
        cells = cells.assign(**dict(zip(AXES, moved(self.places).T)))
        if "size" in cells:
            cells["size"] = cells["size"] * float(np.prod(factor[1:] if flat else factor))
        axes = {"mm2": factor[1:], "mm3": factor}
        extents = {name: self.regions[name] * float(np.prod(axes[name])) for name in axes if name in self.regions}
        kept = [name for name in self.regions if name in (REGION, "cells", "voxels") or str(name).endswith(" share")]
        regions = self.regions[kept].assign(**extents)
        note = "the volume was placed since: measure cells again to know their distances and densities"
        return replace(
            self, cells=cells, boxes=np.sort(moved(self.boxes), 1), regions=regions, unit=unit,
            notes=(*(one for one in self.notes if one != note), note),
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Their count in a few words."""
        return {
            "": self.session,
            "subject": self.subject,
            "cells": f"{len(self.cells):,}",
            "regions": several(self.regions[REGION]) if len(self.regions) else "",
            "labels": self.labels,
            "files": several(Path(path).name for path in self.paths),
        }

    def spaces(self) -> Mapping[str, Space]:
        """Cells and, where they are told apart, regions."""
        return self._spaces

    @cached_property
    def _spaces(self) -> dict[str, Space]:
        unit = "µm" if self.unit == MICRON else UNSCALED
        numbered: dict[str, Any] = (
            {"boxes": self._boxes, "numbers": lambda local: self.numbers[local]} if self._placed else {}
        )
        power = "" if unit == UNSCALED else "²" if self.flat else "³"
        words = {"region": "{}", "size": f"{{:.4g}} {unit}{power}", "intensity": "grey {:.3g}"}
        told = {name: line for name, line in words.items() if name in self.cells}
        units = dict.fromkeys((*AXES, *DISTANCES), unit) | {"size": f"{unit}{power}"}
        there = {
            CELL: Space(
                count=len(self.cells), table=self._table, telling=("region", "size"), volume=self.volume,
                labels=self.labels, told=told, units=units, **numbered,
            )
        }  # fmt: skip
        if len(self.regions):
            told = {"cells": "{} cells", "density": f"{{:.4g}} per {'mm²' if self.flat else 'mm³'}"}
            told = {name: line for name, line in told.items() if name in self.regions}
            there[REGION] = Space(count=len(self.regions), table=self._region_table, telling=("density",), told=told)
        return there

    @property
    def flat(self) -> bool:
        """Whether they lie in a single plane, so that sizes are areas."""
        return bool(len(self.cells)) and "mm3" not in self.regions and len(np.unique(self.places[:, 0])) == 1

    @property
    def _placed(self) -> bool:
        return bool(np.isfinite(self.boxes).all())

    def ties(self) -> Iterable[Tie]:
        """Regions and the cells in them."""
        if not len(self.regions) or REGION not in self.cells:
            return ()
        row = pd.Index(self.regions[REGION]).get_indexer(pd.Index(self.cells[REGION]))
        known = np.flatnonzero(row >= 0)
        return (Tie(REGION, CELL, row[known].astype(np.int64), known.astype(np.int64)),)

    def summary(self) -> dict[str, Any]:
        """What `neurofm info` tells."""
        from neurofm.data import summary

        spread = {name: summary.spread(self._known(name)) for name in ("size", "nearest") if name in self.cells}
        return {
            "path": "+".join(self.paths),
            "kind": self.kind,
            "session": self.session,
            "subject": self.subject,
            "cells": len(self.cells),
            "unit": self.unit,
            **{name: told for name, told in spread.items() if told},
            "regions": {str(row[REGION]): int(row["cells"]) for row in self.regions.to_dict("records")},
            "warnings": [*map(str, self.findings()), *self.notes],
        }

    def findings(self) -> Sequence[Finding]:
        """No cells, and many of which a part may be missing."""
        told = []
        if not len(self.cells):
            remedy = "is it the right class, and is the least size not too large?"
            told.append(Finding(code="none", field="cells", sentence="are none", remedy=remedy))
        cut = int(self.cells["border"].sum()) if "border" in self.cells else 0
        if cut > MANY * len(self.cells):
            sentence = (
                f"touch the border in {counted(cut, CELL)} of {len(self.cells):,}, so that their sizes say little"
            )
            told.append(
                Finding(
                    code="cut",
                    field="cells",
                    sentence=sentence,
                    remedy="measure a larger part of the volume, if there is more of it",
                )
            )
        return tuple(told)

    def _known(self, column: str) -> NDArray[np.float64]:
        values = self.cells[column].to_numpy(float)
        return values[np.isfinite(values)]

    def _boxes(self, local: Ids) -> NDArray[np.float64]:
        return self.boxes[local]

    def _table(self) -> pd.DataFrame:
        label = [f"{self.session}/cell {number}" for number in self.numbers]
        return self.cells.assign(label=label, session=self.session)

    def _region_table(self) -> pd.DataFrame:
        return self.regions.assign(
            label=[f"{self.session}/{name}" for name in self.regions[REGION]], session=self.session
        )
