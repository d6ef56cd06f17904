"""NeuroFM: recordings of brains and bodies become latent spaces that lead back to where they came from."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from neurofm.version import VERSION

__version__ = VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neurofm.analysis.estimators import NeuroFMDecoder, NeuroFMEmbedding
    from neurofm.app.session import Session
    from neurofm.data import Embedding, Prediction, Recording, Series, Spikes
    from neurofm.io import read
    from neurofm.io._arrays import recording
    from neurofm.training import Run, finetune, load, train

_PLACES = {
    "Embedding": "data",
    "NeuroFMDecoder": "analysis.estimators",
    "NeuroFMEmbedding": "analysis.estimators",
    "Prediction": "data",
    "Recording": "data",
    "Run": "training",
    "Series": "data",
    "Session": "app.session",
    "Spikes": "data",
    "finetune": "training",
    "load": "training",
    "read": "io",
    "recording": "io._arrays",
    "train": "training",
}

__all__ = [
    "Embedding", "NeuroFMDecoder", "NeuroFMEmbedding", "Prediction", "Recording", "Run", "Series", "Session", "Spikes",
    "explore", "finetune", "load", "read", "recording", "train", "view",
]  # fmt: skip


def __dir__() -> list[str]:
    """What can be had, for tab completion; the modules are there all the same."""
    return [*__all__, "__version__"]


def explore(
    session: Any = (),
    views: Sequence[Sequence[str]] | None = None,
    *,
    height: float | str | None = None,
    width: float | str = "100%",
) -> Any:
    """Linked views of a session in a notebook, a row of names each, with what trains models and shows jobs.

    Views are chosen by what is open, unless they are named. Recordings, or files of them, are opened in a session of
    their own, which is its attribute `session`; where nothing is open there are samples to begin with. Its `selection`
    is what is picked, ids by space; `to_html(path)` keeps it as a page.

    Parameters
    ----------
    height, width : of all rows together and across: pixels, or a length of CSS ("80vh"); each row has a height of its
        own unless it is given
    """
    return _notebook().explore(_session(session), views, height=height, width=width)


def view(name: str, session: Any, *, height: float | str = 380, width: float | str = "100%") -> Any:
    """One view of a session in a notebook: "latent", "raster", "trace", ...; "latent 2" is a second latent space.

    Parameters
    ----------
    height, width : pixels, or a length of CSS ("50vh")
    """
    if not isinstance(name, str):
        raise TypeError("view needs the name of a view, then a session: neurofm.view('latent', session)")
    return _notebook().view(name, _session(session), height=height, width=width)


def _session(given: Any) -> Session:
    """The session, or a new one in which what is given is open."""
    from neurofm.app.session import Session

    return given if isinstance(given, Session) else Session(given)


def _notebook() -> Any:
    """The front for notebooks, which the backend knows by its entry point only."""
    from importlib.metadata import entry_points

    try:
        (front,) = entry_points(group="neurofm.fronts", name="notebook")
        return front.load()
    except (ValueError, ModuleNotFoundError) as error:
        words = 'the notebook front is not installed; install it with: pip install "napari-neurofm[jupyter]"'
        raise ImportError(words) from error


def __getattr__(name: str) -> Any:
    """Each name loads its module when it is first used, so that `import neurofm` is instant."""
    if name not in _PLACES:
        raise AttributeError(f"module 'neurofm' has no attribute '{name}'; there are {', '.join(__all__)}{_near(name)}")
    found = getattr(importlib.import_module(f"neurofm.{_PLACES[name]}"), name)
    if name in ("train", "finetune"):
        from neurofm.app.options import tell

        tell(found)
    return found


def _offer() -> None:
    """In IPython and in notebooks, offer models, views, columns and settings while they are typed."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython and hasattr(ipython, "get_ipython") else None
    if shell is not None and hasattr(shell, "Completer"):
        from neurofm.app.completing import register

        register(shell)


def _near(name: str) -> str:
    from difflib import get_close_matches

    return "".join(f"; did you mean '{near}'?" for near in get_close_matches(name, __all__, 1))


_offer()
