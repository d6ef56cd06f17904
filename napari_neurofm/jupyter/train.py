"""Train a model on recordings, on a page: the form that is made from the model's own options."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets
from magicgui.application import Application, use_app

from napari_neurofm.form import form, suit, values
from napari_neurofm.jupyter.loop import Loop, Once
from neurofm.app import options
from neurofm.app.session import Session
from neurofm.data.target import targets

WAIT = "Reading what the models offer …"
FRESH = "a new model"
AUTO = "chosen for you"


class Train(widgets.VBox):
    """The form and its button; the models' options are read when it is first opened, by a process of their own."""

    def __init__(self, session: Session) -> None:
        self.session, self.loop = session, Loop()
        self.models: dict[str, options.ModelOptions] = {}
        self.model, self.start, self.target = (
            _field(widgets.Dropdown, name) for name in ("model", "start from", "decode")
        )
        self.units_only = _field(widgets.Checkbox, "units only", tooltip=options.UNITS_ONLY)
        self.recordings = _field(widgets.SelectMultiple, "recordings", rows=3)
        self.button = widgets.Button(description="Train", button_style="primary", disabled=True)
        self.words = widgets.HTML(WAIT)
        self.first: Any = None
        self.rest: Any = None
        self.before: dict[str, Any] = {}
        self.advised: dict[str, Any] = {}
        self.fields, self.why = widgets.VBox(), widgets.HTML()
        self.more = widgets.Accordion(
            [widgets.VBox()], titles=["More options"], selected_index=None, layout={"width": "100%"}
        )
        chosen = widgets.VBox([self.model, self.start, self.units_only, self.recordings, self.target])
        super().__init__(
            [widgets.HBox([chosen, self.fields]), self.why, self.more, widgets.HBox([self.button, self.words])]
        )
        self.add_class("neurofm-train")
        self._once = Once(self.loop, self.refresh)
        session.changed.connect(self._once.ask)
        self.model.observe(self._show_form, "value")
        self.recordings.observe(self._list_targets, "value")
        self.recordings.observe(self._advise, "value")
        self.start.observe(self._advise, "value")
        self.start.observe(self._show_only, "value")
        self.button.on_click(lambda _: self.train())
        self._show_only()
        self.refresh()

    def read(self) -> None:
        """Ask for the models' options, unless that was done: it takes a process and some seconds."""
        if not self.models and self.words.value == WAIT:
            threading.Thread(target=self._ask, daemon=True, name="neurofm options").start()

    # ---- what it asks for

    @property
    def fresh(self) -> bool:
        """Whether a new model is asked for, and not a run to adapt."""
        return self.start.value in (None, FRESH)

    def settings(self) -> dict[str, Any]:
        """What differs from the model's own choices.

        Raises
        ------
        ValueError
            If a number is out of its range.
        """
        now = {**values(self.first), **values(self.rest)}
        model = self.models[self.model.value]
        for option in (*model.first, *model.rest):
            _check(option, now[option.name])
        usual = self.before, self.advised  # what was advised may be set back to what is usual
        found = {n: value for n, value in now.items() if any(value != known.get(n, value) for known in usual)}
        if not self.fresh:  # a run keeps its sizes, and their usual number of steps is another
            found = {name: value for name, value in found.items() if name not in model.sizes} | {"steps": now["steps"]}
        return found | ({"target": self.target.value} if model.asks and self.target.value != AUTO else {})

    def train(self) -> None:
        """Start."""
        names = list(self.recordings.value)
        try:
            if not names:
                raise ValueError("choose a recording to train on")
            if self.fresh:
                job = self.session.train(self.model.value, names, self.settings())
            else:
                only = self.units_only.value
                job = self.session.finetune(self.start.value, names, self.settings(), units_only=only)
        except (ValueError, LookupError, OSError) as error:
            self.words.value = f"⚠ {_escaped(str(error))}"
        else:
            self.words.value = f"{_escaped(job.title)}: see the jobs for how far it is."

    # ---- how it looks

    def refresh(self) -> None:
        """Offer what is open now."""
        names = list(self.session.recordings)
        kept = [n for n in self.recordings.value if n in names]
        fresh = [n for n in names if n not in self.recordings.options]
        self.recordings.options = names
        self.recordings.value = kept + fresh
        start = self.start.value
        self.start.options = [(FRESH, FRESH), *((f"adapt {name}", name) for name in self.session.runs)]
        self.start.value = start if start in self.session.runs else FRESH
        self._list_targets()
        self.button.disabled = not self.models or not names

    def close(self) -> None:
        """Follow the session no more."""
        self.session.changed.disconnect(self._once.ask, missing_ok=True)
        super().close()

    def _ask(self) -> None:
        done = subprocess.run([sys.executable, "-m", "neurofm.app.options"], capture_output=True, text=True)
        self.loop.do(self._take, done.returncode, done.stdout)

    def _take(self, code: int, text: str) -> None:
        if code:
            self.words.value = "⚠ The models cannot be listed; reinstall NeuroFM."
            return
        self.models = {model.name: model for model in options.models(text)}
        self.model.options = [(f"{m.title} ({m.paper})", m.name) for m in self.models.values()]
        self.model.value = options.usual(self.models, list(self.session.recordings.values()))
        self.words.value = ""
        self.refresh()
        self._show_only()

    def _show_form(self, _: Any) -> None:
        model = self.models[self.model.value]
        with _page_widgets():
            self.first, self.rest = form(model.first), form(model.rest)
        self.before = {**values(self.first), **values(self.rest)}
        self.fields.children = [self.first.native]
        self.more.children = [self.rest.native]
        self.target.layout.display = "" if model.asks else "none"
        self.advised = {}
        self._advise()

    def _advise(self, *_: Any) -> None:
        """Fill in what suits the chosen recordings or an adaptation, and say why."""
        if self.first is None:
            return
        chosen = [self.session.recordings[n] for n in self.recordings.value]
        run = self.session.runs.get(self.start.value)
        found, words = options.advice(self.models[self.model.value], chosen) if run is None else options.adaptation(run)
        suit((self.first, self.rest), self.before | self.advised, self.before | found)
        self.advised = found
        self.why.value = _escaped(words)

    def _show_only(self, *_: Any) -> None:
        """A run that is adapted stays the model that it is; there is a choice of what it learns."""
        self.units_only.layout.display = "none" if self.fresh else ""
        self.model.disabled = not self.fresh
        if self.models and not self.fresh:
            self.model.value = self.session.runs[self.start.value].config["model"]

    def _list_targets(self, *_: Any) -> None:
        """What could be decoded from every chosen recording."""
        now = self.target.value
        self.target.options = [AUTO, *targets([self.session.recordings[n] for n in self.recordings.value])]
        self.target.value = now if now in self.target.options else AUTO


_one_at_a_time = threading.RLock()  # two threads would restore each other's


@contextmanager
def _page_widgets() -> Iterator[None]:
    """Let magicgui make its widgets for pages, and go on as it was where a window uses it too."""
    with _one_at_a_time:
        before = Application._instance
        use_app("ipynb")
        try:
            yield
        finally:
            Application._instance = before


def _check(option: options.Option, value: Any) -> None:
    if option.low is not None and option.high is not None and not option.low <= value <= option.high:
        raise ValueError(f"{option.name} must be from {option.low:g} to {option.high:g}, got {value:g}")


def _field(kind: Any, words: str, **more: Any) -> Any:
    return kind(description=words, style={"description_width": "80px"}, layout={"width": "auto"}, **more)


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;")
