"""What napari asks us for: docks, commands and the window that opens with all of them.

Every viewer has one desk, which holds its session. Neither a view nor a command needs code here: `latent` is the dock
of `neurofm.app.views.latent`, and `undo` the command of that name in `neurofm.app.commands`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm import registry
from neurofm.errors import NeuroFMError

if TYPE_CHECKING:
    from napari_neurofm.qt.desk import Desk

VIEWS = "neurofm.app.views"
PANELS = ("explorer", "train", "jobs", "welcome", "tour")


def desk(viewer: Any = None) -> Desk:
    """The desk of a viewer, the current one unless given, made when it is first asked for."""
    import napari

    Desk = _window()
    viewer = getattr(viewer, "__wrapped__", viewer) or napari.current_viewer() or napari.Viewer()
    return viewer.window._qt_window.findChild(Desk) or Desk(viewer)


def has_window() -> bool:
    """True inside napari, False where its readers are used without a window."""
    import napari

    return napari.current_viewer() is not None


def open_app(paths: Sequence[str | Path] = ()) -> None:
    """Open napari with the docks arranged and `paths` in them, and stay until the window is closed."""
    _window()
    import napari

    viewer = napari.Viewer(title="NeuroFM", show_welcome_screen=False)
    viewer.window.resize(1600, 1000)
    here = desk(viewer)
    here.arrange()
    for path in paths:
        here.open(path)
    napari.run()


def _window() -> type[Desk]:
    """What is made with Qt, which those who use notebooks and the command line need not have."""
    try:
        from napari_neurofm.qt.desk import Desk
    except ModuleNotFoundError as error:
        words = f'the window needs {error.name}; install it with: pip install "napari-neurofm[all]"'
        raise NeuroFMError(words) from error
    return Desk


def __getattr__(name: str) -> Any:
    """The dock of a panel or of a view under its name, or a command under its own."""
    docks = (*PANELS, *registry.names(VIEWS))
    if name in docks:
        return _dock(name)
    from neurofm.app.commands import BY_NAME

    if name in BY_NAME:
        return _command(name)
    raise AttributeError(f"module '{__name__}' has no '{name}'; docks are {', '.join(docks)}")


def _dock(name: str) -> Callable[..., Any]:
    def dock(napari_viewer: Any = None) -> Any:
        return desk(napari_viewer).widget(name)

    dock.__name__ = name
    return dock


def _command(name: str) -> Callable[..., None]:
    def command(viewer: Any = None) -> None:
        desk(viewer).do(name)

    command.__name__ = name
    return command
