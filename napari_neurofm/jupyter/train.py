"""Train a model on recordings, on a page: the shared form, drawn with the model's own options."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from napari_neurofm.jupyter.fields import Fields
from napari_neurofm.jupyter.loop import Loop, Once
from neurofm.app import options
from neurofm.app.form import Form, about
from neurofm.errors import NeuroFMError

WAIT = "Reading what the models offer …"


class Train(widgets.VBox):
    """The form and its button; the models' options are read when it is first opened, by a process of their own.

    Parameters
    ----------
    form : what is chosen
    """

    def __init__(self, form: Form) -> None:
        self.form, self.loop, self._showing = form, Loop(), False
        self.model, self.start, self.target = (
            _field(widgets.Dropdown, name) for name in ("model", "start from", "decode")
        )
        self.units_only = _field(widgets.Checkbox, "units only", tooltip=options.UNITS_ONLY)
        self.recordings = _field(widgets.SelectMultiple, "recordings", rows=3)
        self.button = widgets.Button(description="Train", button_style="primary", disabled=True)
        self.words, self.why, self.warnings = widgets.HTML(WAIT), widgets.HTML(), widgets.HTML()
        self.first, self.rest = Fields(()), Fields(())
        self.fields = widgets.VBox()
        self.more = widgets.Accordion(
            [widgets.VBox()], titles=["More options"], selected_index=None, layout={"width": "100%"}
        )
        chosen = widgets.VBox([self.model, self.start, self.units_only, self.recordings, self.target])
        end = widgets.HBox([self.button, self.words])
        super().__init__([widgets.HBox([chosen, self.fields]), self.warnings, self.why, self.more, end])
        self.add_class("neurofm-train")
        self._once = Once(self.loop, self.refresh)
        self._connect()
        self._show("choices")

    def read(self) -> None:
        """Ask for the models' options, unless that was done: it takes a process and some seconds."""
        if not self.form.models and self.words.value == WAIT:
            threading.Thread(target=self._ask, daemon=True, name="neurofm options").start()

    def train(self) -> None:
        """Start, or say why not."""
        self._take_typed()
        try:
            job = self.form.train()
        except (NeuroFMError, ValueError, LookupError, OSError) as error:
            self.words.value = f"⚠ {_escaped(str(error))}"
        else:
            self.words.value = f"{_escaped(job.title)}: see the jobs for how far it is."

    def refresh(self) -> None:
        """Offer what is open now."""
        self._take_typed()
        self.form.refresh()

    def close(self) -> None:
        """Follow the session no more."""
        self.form.session.changed.disconnect(self._once.ask, missing_ok=True)
        self.form.changed.disconnect(self._show, missing_ok=True)
        self.form.forked.disconnect(self._tell_fork, missing_ok=True)
        super().close()

    # ---- what the user chooses

    def _connect(self) -> None:
        self.form.session.changed.connect(self._once.ask)
        self.form.changed.connect(self._show)
        self.form.forked.connect(self._tell_fork)
        for field, choose in (
            (self.model, self.form.choose_model),
            (self.start, self.form.choose_start),
            (self.recordings, self.form.choose_sources),
            (self.target, self.form.choose_target),
            (self.units_only, self._choose_units_only),
        ):
            field.observe(self._chooser(choose), "value")
        self.button.on_click(lambda _: self.train())

    def _chooser(self, choose: Callable[[Any], None]) -> Callable[[Any], None]:
        """What a field does when a user, and not the form, gave it another value."""

        def take(change: Any) -> None:
            if not self._showing:
                self.words.value = "" if self.form.models else self.words.value  # said of other choices
                self._take_typed()
                choose(change["new"])

        return take

    def _choose_units_only(self, only: bool) -> None:
        self.form.units_only = only

    def _tell_fork(self, job: Any) -> None:
        self.words.value = f"{_escaped(about(job))}."

    def _take_typed(self) -> None:
        """What stands in the fields of the model's options."""
        self.form.set(**self.first.values, **self.rest.values)

    def _ask(self) -> None:
        done = subprocess.run(options.COMMAND, capture_output=True, text=True)
        self.loop.do(self.take, done.returncode, done.stdout)

    def take(self, code: int, text: str) -> None:
        """Offer the models that the process has told of, with its exit status."""
        if code:
            self.words.value = "⚠ The models cannot be listed; reinstall NeuroFM."
            return
        self.words.value = ""
        self.form.take(options.models(text))

    # ---- how it looks

    def _show(self, what: str) -> None:
        """What the form says has changed."""
        before, self._showing = self._showing, True
        try:
            {"model": self._show_model, "values": self._show_values}.get(what, self._show_choices)()
        finally:
            self._showing = before
        self.why.value = _escaped(self.form.why)
        self.warnings.value = "".join(f'<div class="nf-warning">{_escaped(line)}</div>' for line in self.form.warnings)

    def _show_model(self) -> None:
        """The fields of its options."""
        self.first, self.rest = Fields(self.form.first), Fields(self.form.rest)
        self.fields.children, self.more.children = [self.first], [self.rest]
        self._show_values()
        self._show_choices()

    def _show_values(self) -> None:
        for name, field in (self.first.fields | self.rest.fields).items():
            if name in self.form.values:
                field.value = self.form.values[name]

    def _show_choices(self) -> None:
        form = self.form
        _offer(self.model, [(words, name) for name, words in form.model_words.items()], form.model or None)
        _offer(self.start, [("a new model", ""), *((f"adapt {name}", name) for name in form.starts[1:])], form.start)
        _offer(self.recordings, [(name, name) for name in form.offered], form.sources)
        _offer(self.target, [(form.target_words(name), name) for name in form.targets], form.target)
        self.units_only.value = form.units_only
        self.units_only.layout.display = "" if form.adapts else "none"
        self.target.layout.display = "" if form.asks_target else "none"
        self.model.disabled = form.adapts
        self.button.disabled = not form.ready


def _offer(field: Any, choices: list[tuple[str, str]], value: Any) -> None:
    """Give a field other choices, and the value that it has among them."""
    if list(field.options) != choices:
        field.options = choices
    field.value = value


def _field(kind: Any, words: str, **more: Any) -> Any:
    return kind(description=words, style={"description_width": "80px"}, layout={"width": "auto"}, **more)


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;")
