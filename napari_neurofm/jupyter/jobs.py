"""What runs in the background, on a page: a bar each, with the time left."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from napari_neurofm.jupyter.loop import Loop, Once
from neurofm.app import _adapt
from neurofm.app.progress import can_resume, resume, time_left, words
from neurofm.app.session import Session

EMPTY = "Nothing runs. Training, decoding and maps show here while they are computed."


class JobRow(widgets.HBox):
    """One job."""

    def __init__(self, session: Session, job: Any) -> None:
        self.session, self.job = session, job
        self.title, self.words = widgets.Label(job.title, layout=_wide("150px")), widgets.Label(layout=_wide("auto"))
        self.bar = widgets.FloatProgress(min=0.0, max=1.0, layout=_wide("160px"))
        self.left = widgets.Label(layout=_wide("90px"))
        does = {
            "Pause": lambda: job.pause(),
            "Resume": lambda: resume(session, job),
            "Stop": lambda: job.stop(),
            "Adapt": self.adapt,
        }
        self.buttons = {name: _button(name, do) for name, do in does.items()}
        super().__init__([self.title, self.bar, self.left, self.words, *self.buttons.values()])
        self.add_class("neurofm-job")
        self.refresh()

    def refresh(self) -> None:
        """Show how far it is."""
        job = self.job
        self.bar.value, self.left.value = job.fraction, "" if job.over else time_left(job)
        self.bar.bar_style = {"failed": "danger", "done": "success"}.get(job.state, "info")
        self.words.value = job.error or words(job)
        shown = {
            "Pause": job.state == "running",
            "Resume": can_resume(job),
            "Stop": not job.over,
            "Adapt": _adapt.remedy(self.session, job) is not None,
        }
        for name, button in self.buttons.items():
            button.layout.display = "" if shown[name] else "none"

    def adapt(self) -> None:
        """Adapt the run to the recording that it failed on, for want of that."""
        found = _adapt.remedy(self.session, self.job)
        if found is not None:
            self.session.adapt(*found)


class JobList(widgets.VBox):
    """All of them, the newest on top."""

    def __init__(self, session: Session) -> None:
        super().__init__([widgets.Label(EMPTY)])
        self.session, self.rows = session, dict[int, JobRow]()
        self._once = Once(Loop(), self.refresh)
        for signal in (session.jobs.changed, session.jobs.finished):
            signal.connect(self._once.ask)
        self.refresh()

    def refresh(self) -> None:
        """Show how far each is."""
        for row in self.rows.values():
            row.refresh()
        fresh = {job.id: JobRow(self.session, job) for job in self.session.jobs if job.id not in self.rows}
        if fresh:
            self.rows |= fresh
            self.children = list(self.rows.values())[::-1]

    def close(self) -> None:
        """Follow the jobs no more."""
        for signal in (self.session.jobs.changed, self.session.jobs.finished):
            signal.disconnect(self._once.ask, missing_ok=True)
        super().close()


def _wide(width: str) -> dict[str, str]:
    return {"width": width, "flex": "1 1 auto" if width == "auto" else f"0 0 {width}"}


def _button(words: str, do: Any) -> widgets.Button:
    button = widgets.Button(description=words, layout={"width": "auto"})
    button.on_click(lambda _: do())
    return button
