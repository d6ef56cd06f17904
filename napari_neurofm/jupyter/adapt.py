"""Adapt a run to a recording, on a page."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from napari_neurofm.jupyter.loop import Loop, Once
from neurofm.app.session import Session
from neurofm.app.verbs import adapt as adapting


class Adapt(widgets.VBox):
    """Two choices, made already, and a button: the newest run, and the newest recording that it has never seen."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.run, self.recording = (_choice(name) for name in ("run", "recording"))
        self.button = widgets.Button(description="Adapt", button_style="primary", layout={"width": "auto"})
        self.words = widgets.Label()
        self.words.add_class("neurofm-words")
        super().__init__([widgets.HBox([self.run, self.recording, self.button]), self.words])
        self.add_class("neurofm-adapt")
        self._once = Once(Loop(), self.refresh)
        session.changed.connect(self._once.ask)
        self.run.observe(self._show, "value")
        self.button.on_click(lambda _: self.adapt())
        self.refresh()

    def adapt(self) -> None:
        """Start, or say why not."""
        try:
            job = self.session.adapt(self.run.value, self.recording.value)
        except (ValueError, LookupError, OSError) as error:
            self.words.value = f"⚠ {error}"
        else:
            self.words.value = f"{job.title} to {self.recording.value}: see the jobs for how far it is."

    def refresh(self) -> None:
        """Offer what is open now, the newest run first of all."""
        names = list(self.session.runs)
        if list(self.run.options) != names:
            self.run.options = names
            self.run.value = names[-1] if names else None
        self._show()

    def close(self) -> None:
        """Follow the session no more."""
        self.session.changed.disconnect(self._once.ask, missing_ok=True)
        super().close()

    def _show(self, *_: Any) -> None:
        """The recordings, and what will be learned; or what is missing."""
        try:
            run, recording = adapting.choose(self.session, self.run.value or "")
        except LookupError as error:
            self.recording.options, self.button.disabled, self.words.value = [], True, f"{error}."
            return
        new = adapting.strangers(self.session, run)
        options = [(f"{name} (new to it)" if name in new else name, name) for name in self.session.sources]
        if self.recording.options != tuple(options):
            self.recording.options, self.recording.value = options, recording
        self.button.disabled, self.words.value = False, adapting.words(self.session.runs[run])


def _choice(words: str) -> widgets.Dropdown:
    return widgets.Dropdown(description=words, style={"description_width": "80px"}, layout={"width": "auto"})
