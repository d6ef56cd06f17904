"""What runs in the background, on a page: a bar each, with the time left."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from napari_neurofm.jupyter.host import Host
from napari_neurofm.jupyter.loop import Loop, Once
from neurofm.app import commands
from neurofm.app.command import Context, Entry
from neurofm.app.progress import listed, time_left, words

EMPTY = "Nothing runs. Training, decoding and maps show here while they are computed."


class JobRow(widgets.HBox):
    """One job, with a button for each thing that can be done with it as it is now."""

    def __init__(self, host: Host, job: Any) -> None:
        self.host, self.job = host, job
        self.title = widgets.Label(job.title, layout=_wide("150px"))
        self.words = widgets.Label(layout={"flex": "1 1 200px"})
        self.words.add_class("neurofm-words")
        self.bar = widgets.FloatProgress(min=0.0, max=1.0, layout=_wide("160px"))
        self.left = widgets.Label(layout=_wide("90px"))
        self.buttons: dict[str, widgets.Button] = {}
        super().__init__()
        self.add_class("neurofm-job")
        self.refresh()

    def refresh(self) -> None:
        """Show how far it is."""
        job = self.job
        self.bar.value, self.left.value = job.fraction, "" if job.over else time_left(job)
        self.bar.bar_style = {"failed": "danger", "done": "success"}.get(job.state, "info")
        self.words.value = job.error or words(job)
        entries = commands.menu(Context(session=self.host.session, kind="job", name=str(job.id)))
        if [entry.command.name for entry in entries] != list(self.buttons):
            self.buttons = {entry.command.name: self._button(entry) for entry in entries}
            self.children = [self.title, self.bar, self.left, self.words, *self.buttons.values()]

    def _button(self, entry: Entry) -> widgets.Button:
        button = widgets.Button(description=entry.words, layout={"width": "auto"})
        button.on_click(lambda _: entry.do(self.host))
        return button


class JobList(widgets.VBox):
    """All of them: what works on top, then the newest."""

    def __init__(self, host: Host) -> None:
        super().__init__([widgets.Label(EMPTY)])
        self.host, self.session, self.rows = host, host.session, dict[int, JobRow]()
        self._once = Once(Loop(), self.refresh)
        for signal in (self.session.jobs.changed, self.session.jobs.finished):
            signal.connect(self._once.ask)
        self.refresh()

    def refresh(self) -> None:
        """Show how far each is."""
        for row in self.rows.values():
            row.refresh()
        shown = listed(self.session.jobs)
        if [job.id for job in shown] != list(self.rows):
            self.rows = {job.id: self.rows.get(job.id) or JobRow(self.host, job) for job in shown}
            self.children = list(self.rows.values())

    def close(self) -> None:
        """Follow the jobs no more."""
        for signal in (self.session.jobs.changed, self.session.jobs.finished):
            signal.disconnect(self._once.ask, missing_ok=True)
        super().close()


def _wide(width: str) -> dict[str, str]:
    return {"width": width, "flex": f"0 0 {width}"}
