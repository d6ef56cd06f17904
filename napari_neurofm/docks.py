"""What napari asks us for: docks, commands and the window that opens with all of them.

Every viewer has one desk, which holds its session. A view needs no code here: `latent` is the dock of
`neurofm.app.views.latent`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm import registry

if TYPE_CHECKING:
    from napari_neurofm.qt.desk import Desk

VIEWS = "neurofm.app.views"


def desk(viewer: Any = None) -> Desk:
    """The desk of a viewer, the current one unless given, made when it is first asked for."""
    import napari

    from napari_neurofm.qt.desk import Desk

    viewer = getattr(viewer, "__wrapped__", viewer) or napari.current_viewer() or napari.Viewer()
    return viewer.window._qt_window.findChild(Desk) or Desk(viewer)


def has_window() -> bool:
    """True inside napari, False where its readers are used without a window."""
    import napari

    return napari.current_viewer() is not None


def open_app(paths: Sequence[str | Path] = ()) -> None:
    """Open napari with the docks arranged and `paths` in them, and stay until the window is closed."""
    import napari

    viewer = napari.Viewer(title="NeuroFM", show_welcome_screen=False)
    viewer.window.resize(1600, 1000)
    here = desk(viewer)
    here.arrange()
    for path in paths:
        here.open(path)
    napari.run()


def arrange(viewer: Any = None) -> None:
    """Command: put every dock where it belongs."""
    desk(viewer).arrange()


def open_files(viewer: Any = None) -> None:
    """Command: choose recordings to open."""
    desk(viewer).ask_open()


def export_script(viewer: Any = None) -> None:
    """Command: write what was done as a Python script."""
    desk(viewer).ask_script()


def save(viewer: Any = None) -> None:
    """Command: choose where to keep the session."""
    desk(viewer).ask_save()


def open_session(viewer: Any = None) -> None:
    """Command: choose a session that was kept."""
    desk(viewer).ask_folder()


def show_keys(viewer: Any = None) -> None:
    """Command: list what the mouse and the keys do."""
    desk(viewer).show_keys()


def group(viewer: Any = None) -> None:
    """Command: make what is picked a group."""
    desk(viewer).name_pick()


def clear(viewer: Any = None) -> None:
    """Command: pick nothing."""
    desk(viewer).session.selection.clear()


def undo(viewer: Any = None) -> None:
    """Command: take back the last pick or edit."""
    desk(viewer).session.undo()


def redo(viewer: Any = None) -> None:
    """Command: take back the last undo."""
    desk(viewer).session.redo()


def adapt(viewer: Any = None) -> None:
    """Command: choose a run and the recording that it is adapted to."""
    desk(viewer).ask_adapt()


def compare(viewer: Any = None) -> None:
    """Command: show what differs between the two newest groups."""
    desk(viewer).compare_groups()


def compare_decoders(viewer: Any = None) -> None:
    """Command: decoders of all kinds on the same folds of the first recording."""
    desk(viewer).compare_decoders()


def join(viewer: Any = None) -> None:
    """Command: choose a table whose columns are added to units, trials or sessions."""
    desk(viewer).ask_table()


def another_latent(viewer: Any = None) -> None:
    """Command: a second latent space beside the first, for two runs side by side."""
    desk(viewer).open_view("latent")


def explorer(napari_viewer: Any = None) -> Any:
    """Dock: what is open."""
    return desk(napari_viewer).widget("explorer")


def train(napari_viewer: Any = None) -> Any:
    """Dock: train a model on recordings."""
    return desk(napari_viewer).widget("train")


def jobs(napari_viewer: Any = None) -> Any:
    """Dock: what runs in the background."""
    return desk(napari_viewer).widget("jobs")


def __getattr__(name: str) -> Any:
    """The dock of each view, under the view's name."""
    if name not in registry.names(VIEWS):
        raise AttributeError(f"module '{__name__}' has no '{name}'; views are {', '.join(registry.names(VIEWS))}")

    def view(napari_viewer: Any = None) -> Any:
        return desk(napari_viewer).widget(name)

    view.__name__ = name
    return view
