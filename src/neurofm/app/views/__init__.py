"""Pictures of the session, as data: each module has one SPEC, every front draws any of them."""

from __future__ import annotations


def warm() -> None:
    """Load the compiled loops; fronts call it from a thread while their window opens."""
    from neurofm.app.views import _edges, _kernels

    _kernels.warm()
    _edges.warm()
