"""Where the docks go."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDockWidget, QTabBar

if TYPE_CHECKING:
    from napari_neurofm.qt.desk import Desk

TITLES = {
    "explorer": "Explorer",
    "train": "Train",
    "jobs": "Jobs",
    "latent": "Latent space",
    "tuning": "Tuning",
    "training": "Training",
    "raster": "Raster",
    "trace": "Trace",
    "table": "Table",
    "hide": "Hide and predict",
}
RIGHT: tuple[tuple[str, ...], ...] = (
    ("explorer", "train", "jobs"),
    ("latent",),
    ("tuning", "training"),
)  # from the top, tabs in each
BELOW: tuple[str, ...] = ("raster", "trace", "hide", "table")
SHARES = (26, 42, 32)  # percent of the right column's height
ROOMY = (44, 28, 28)  # the same while a form is open
WIDTH, HEIGHT = 0.32, 0.30  # of the window, for the right column and for what stands below


def dock(desk: Desk, name: str) -> Any:
    """The dock of a widget, made if it is missing; napari's own menu finds it by the same name."""
    window, title = desk.viewer.window, _title(name)
    if title not in window._wrapped_dock_widgets:
        area = "bottom" if name.split(" ")[0] in BELOW else "right"
        made = window.add_dock_widget(desk.widget(name), name=title, area=area)
        if name == "train":
            made.visibilityChanged.connect(partial(_make_room, desk))
    return window._wrapped_dock_widgets[title]


def arrange(desk: Desk) -> None:
    """The arrangement: what is open, latent space and tuning at the right, raster and trace below."""
    main = desk.window
    size = main.size()  # it grows while the docks still stand above each other
    docks = {name: dock(desk, name) for name in TITLES}
    main.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
    main.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
    for one in docks.values():
        one.setFloating(False)
        one.show()
    heads = [docks[tabs[0]] for tabs in RIGHT]
    for tabs in RIGHT:
        main.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, docks[tabs[0]], Qt.Orientation.Vertical)
    main.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, docks[BELOW[0]])
    for tabs in (*RIGHT, BELOW):
        for name in tabs[1:]:
            main.tabifyDockWidget(docks[tabs[0]], docks[name])
        docks[tabs[0]].raise_()
    main.resize(size)
    _resize(main, heads, docks[BELOW[0]])


def show(desk: Desk, name: str) -> None:
    """Bring one dock to the front."""
    one = dock(desk, name)
    first = desk.viewer.window._wrapped_dock_widgets.get(_title(name.split(" ")[0]))
    if first is not None and first is not one and not desk.window.tabifiedDockWidgets(one):
        desk.window.splitDockWidget(first, one, Qt.Orientation.Horizontal)  # two of a kind stand side by side
    one.show()
    one.raise_()


def tidy(main: Any) -> None:
    """Hide bars of tabs that Qt has left from arrangements in between: no dock is as wide and stands above them."""
    docks = [(d.x(), d.width()) for d in main.findChildren(QDockWidget) if d.isVisible() and not d.isFloating()]
    for bar in main.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if (bar.x(), bar.width()) not in docks:
            bar.hide()


def _title(name: str) -> str:
    kind, _, place = name.partition(" ")
    return f"{TITLES[kind]}{' ' * bool(place)}{place} (NeuroFM)"


def _make_room(desk: Desk, seen: bool) -> None:
    """The form needs more height than the list of what is open."""
    known = desk.viewer.window._wrapped_dock_widgets
    column = [known.get(_title(tabs[0])) for tabs in RIGHT]
    if all(column):  # not while docks are still made, or closed one by one
        _divide(desk.window, column, ROOMY if seen else SHARES)


def _resize(main: Any, column: list[Any], below: Any) -> None:
    main.resizeDocks(column[:1], [int(WIDTH * main.width())], Qt.Orientation.Horizontal)
    _divide(main, column, SHARES)
    main.resizeDocks([below], [int(HEIGHT * main.height())], Qt.Orientation.Vertical)


def _divide(main: Any, column: list[Any], shares: tuple[int, ...]) -> None:
    main.resizeDocks(column, [share * main.height() // 100 for share in shares], Qt.Orientation.Vertical)
