"""Where the docks go: panels in the upper right corner, views where their SPECs say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from weakref import ref

from qtpy.compat import isalive
from qtpy.QtCore import QObject, Qt
from qtpy.QtWidgets import QDockWidget, QTabBar, QWidget

from neurofm.app import arrangement
from neurofm.app.arrangement import Layout
from neurofm.data.source import Source

PANELS = ("explorer", "train", "jobs")  # tabs in the upper right corner; they have no SPEC
ASKED = ("welcome", "tour")  # panels that come when they are asked for
OURS = " (NeuroFM)"  # ends the name by which napari knows a dock
TOP, OPEN = 26, 44  # percent of the right column that these have, and while a form is open
WIDTH, HEIGHT = 0.32, 0.30  # of the window, for the right column and for what stands below
LOW = 900  # pixels of a window below which the form and all views do not fit above each other
NEAR = 4  # pixels between a dock and the bar of its tabs
HIGH = 0.5  # of the window, for what stands below where nothing is on the canvas


class Arrangement(QObject):
    """The docks of one viewer.

    Parameters
    ----------
    parent : lives as long
    viewer : napari's
    widget : gives the widget of a dock, by its name
    """

    def __init__(self, parent: QObject, viewer: Any, widget: Callable[[str], QWidget]) -> None:
        super().__init__(parent)
        self._viewer: Callable[[], Any] = ref(viewer)
        self.widget = widget
        self.layout: Layout | None = None  # of the docks, once they were arranged
        self._aside: list[Any] = []  # docks that made room for the form

    @property
    def window(self) -> Any:
        """napari's window."""
        return self._viewer().window

    @property
    def docks(self) -> Any:
        """Docks by their title; napari's own menu finds them here, too."""
        return self.window._wrapped_dock_widgets

    def dock(self, name: str) -> Any:
        """The dock of a widget, made if it is missing."""
        if title(name) not in self.docks:
            dock = self.window.add_dock_widget(self.widget(name), name=title(name), area=_area(name))
            dock.setWindowTitle(title(name).removesuffix(OURS))  # a tab has room for it
            if name in ASKED:
                self._add_tab(name, dock)
            if name == "train":
                dock.visibilityChanged.connect(self._make_room)
        return self.docks[title(name)]

    def _add_tab(self, name: str, dock: Any) -> None:
        """What is asked for needs no room of its own: Welcome stands with the panels, the tour with the layers'."""
        panel = self.docks.get(title(PANELS[0]))
        beside = panel if name == "welcome" else self.window._qt_viewer.dockLayerControls
        if beside is not None:
            self.window._qt_window.tabifyDockWidget(beside, dock)

    def stale(self, sources: Iterable[Source]) -> bool:
        """Whether they were arranged for something else than what is open now."""
        return self.layout is not None and self.layout != arrangement.layout(sources)

    def arrange(self, sources: Iterable[Source]) -> None:
        """Put every dock where it belongs, making those that are missing, and hide what nothing open needs."""
        main = self.window._qt_window
        size = main.size()  # it grows while the docks still stand above each other
        whole = arrangement.layout()
        opened, self._aside = list(sources), []
        before, self.layout = self.layout or whole, arrangement.layout(opened)
        docks = {name: self.dock(name) for name in (*PANELS, *whole.views)}
        for name, dock in docks.items():
            dock.setFloating(False)
            if name in PANELS or name in self.layout.views:
                dock.show()
            elif name in before.views:  # else it was asked for
                dock.hide()
        self._place(docks, [PANELS, *whole.right], whole.below)
        for name in (tabs[0] for tabs in (PANELS, *self.layout.right, self.layout.below) if tabs):
            docks[name].raise_()
        main.resize(size)
        main.resizeDocks([docks[PANELS[0]]], [int(WIDTH * main.width())], Qt.Orientation.Horizontal)
        self._divide(open_form=False)
        below = [docks[name] for name in self.layout.below[:1]]
        share = HIGH if opened and not self._viewer().layers else HEIGHT
        main.resizeDocks(below, [int(share * main.height())] * len(below), Qt.Orientation.Vertical)

    def _place(self, docks: dict[str, Any], column: list[tuple[str, ...]], below: tuple[str, ...]) -> None:
        """Put docks into the column at the right and into the row below, as tabs."""
        main = self.window._qt_window
        main.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        main.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        for tabs in column:
            main.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, docks[tabs[0]], Qt.Orientation.Vertical)
        main.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, docks[below[0]])
        for tabs in (*column, below):
            for name in tabs[1:]:
                main.tabifyDockWidget(docks[tabs[0]], docks[name])
        if title("welcome") in self.docks:
            self._add_tab("welcome", self.docks[title("welcome")])

    def show(self, name: str) -> None:
        """Bring one dock to the front."""
        one, main = self.dock(name), self.window._qt_window
        first = self.docks.get(title(name.split(" ")[0]))
        if first is not None and first is not one and not main.tabifiedDockWidgets(one):
            main.splitDockWidget(first, one, Qt.Orientation.Horizontal)  # two of a kind stand side by side
        one.show()
        one.raise_()

    def _make_room(self, seen: bool) -> None:
        """The form needs more height than the list of what is open: in a low window the last views give theirs."""
        main = getattr(self.window, "_qt_window", None)  # none of a window that is being closed
        if self._viewer() is None or main is None or not isalive(main):
            return
        low = main.height() < LOW
        last = self.layout.right[1:][-1:] if self.layout and low and not self._aside else []
        if seen and last:
            there = [self.docks.get(title(name)) for name in last[0]]
            self._aside = [dock for dock in there if dock is not None and not dock.isHidden()]
            for dock in self._aside:
                dock.hide()
        elif not seen:
            self._bring_back()
        self._divide(open_form=seen)

    def _bring_back(self) -> None:
        back, self._aside = self._aside, []
        for dock in (*back, *back[:1]):  # the first in front
            dock.show()
            dock.raise_()

    def _divide(self, *, open_form: bool) -> None:
        """Give the docks at the right their heights, unless they are still made, or closed one by one."""
        main, layout = self.window._qt_window, self.layout or arrangement.layout()
        column = [self.docks.get(title(tabs[0])) for tabs in [PANELS, *layout.right]]
        if all(column):
            heights = [share * main.height() // 100 for share in percent(layout.shares, open_form=open_form)]
            main.resizeDocks(column, heights, Qt.Orientation.Vertical)


def _area(name: str) -> str:
    """Where a dock stands that was not arranged; the tour leaves all views in sight."""
    if name == "tour":
        return "left"
    return "bottom" if name.split(" ")[0] in arrangement.layout().below else "right"


def title(name: str) -> str:
    """What stands on a dock."""
    return f"{name.capitalize() if name in (*PANELS, *ASKED) else arrangement.title(name)}{OURS}"


def percent(shares: list[int], *, open_form: bool) -> list[int]:
    """Of the height that the panels and each view at the right have."""
    top = OPEN if open_form else TOP
    return [top, *((100 - top) * share // sum(shares) for share in shares)]


def tidy(main: Any) -> None:
    """Names of tabs are read whole, and arrows lead to those that have no room; bars of tabs that Qt has left from
    arrangements in between are hidden: no dock that they name stands at them."""
    docks = [dock for dock in main.findChildren(QDockWidget) if not dock.isHidden() and not dock.isFloating()]
    for bar in main.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
        bar.setElideMode(Qt.TextElideMode.ElideNone)
        bar.setUsesScrollButtons(True)
        names = {bar.tabText(k) for k in range(bar.count())}
        if bar.isVisible() and not any(dock.windowTitle() in names and _beside(bar, dock) for dock in docks):
            bar.hide()


def _beside(bar: Any, dock: Any) -> bool:
    """Whether a bar of tabs stands right below a dock, or above it."""
    gaps = bar.y() - (dock.y() + dock.height()), dock.y() - (bar.y() + bar.height())
    return (bar.x(), bar.width()) == (dock.x(), dock.width()) and min(map(abs, gaps)) <= NEAR
