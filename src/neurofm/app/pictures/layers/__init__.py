"""What napari shows of a source on its canvas, as data: (data, options, kind) as napari takes layers.

A kind that has a place on the canvas has a module here, called like the kind, whose SPEC gives its layers. Data that
take long can have a signal `ready`: made `live` they give what they have, and tell by it once there is better.
A layer that shows one moment says in its metadata `at`: a function of seconds that gives attributes of the layer.
"""

from __future__ import annotations

from typing import Any

from neurofm import registry
from neurofm.data.source import Source

Layer = tuple[Any, dict[str, Any], str]


def layers(source: Source) -> list[Layer]:
    """Layers of a source; none of a kind that has no place on the canvas."""
    if source.kind not in registry.names(__name__):
        return []
    return list(registry.get(__name__, source.kind)(source))
