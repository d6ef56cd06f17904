"""NeuroFM in a notebook: the same views of the same session, on a page. Needs neither napari nor Qt."""

from __future__ import annotations

from napari_neurofm.jupyter.explore import Explorer, explore, view
from napari_neurofm.jupyter.plot import Plot

__all__ = ["Explorer", "Plot", "explore", "view"]
