"""What a command asks of a page: to say something, to offer a choice, to ask a question, to show another view."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from napari_neurofm.jupyter.loop import Loop
from neurofm.app import commands, opening, reading
from neurofm.app.command import Context, Entry, Question
from neurofm.app.form import Form
from neurofm.app.options import Option, answered
from neurofm.app.pane import Pane, Ranges
from neurofm.app.pictures.figure import KINDS
from neurofm.app.session import Session
from neurofm.app.verbs import adapt as adapting
from neurofm.errors import NeuroFMError
from neurofm.io import Asking, Layout

PANELS = ("train", "jobs")  # what commands show that is no view
REFUSED = (NeuroFMError, ValueError, LookupError, OSError)


class Front(Protocol):
    """What stands on a page together."""

    session: Session
    form: Form

    @property
    def panels(self) -> Collection[str]:
        """Those of `PANELS` that are there."""

    def show(self, name: str) -> None:
        """Bring a view or a panel into sight."""

    def ranges(self, view: str) -> Ranges | None:
        """What is seen of a view; None if all of it is, or nothing."""

    def ask_adapt(self, run: str) -> bool:
        """Ask which recording a run is adapted to; False where there is no room for that."""


class Alone:
    """The front of a view that has a cell for itself."""

    panels = ()

    def __init__(self, session: Session, view: str, pane: Pane | None = None) -> None:
        self.session, self.form, self.view, self._pane = session, Form(session), view, pane

    def show(self, name: str) -> None:
        """Only the view itself is there."""
        if name != self.view:
            raise LookupError(f"this cell shows no {name}; nf.explore(session) does")

    def ranges(self, view: str) -> Ranges | None:
        """Of the view itself."""
        return self._pane.ranges if self._pane is not None and view == self.view else None

    def ask_adapt(self, run: str) -> bool:
        """There is no panel for it."""
        return False


class Host:
    """What commands may ask for, of the widget in which they are asked for: its page says and asks it.

    Parameters
    ----------
    front : the views and panels around the widget
    send : tells the widget's pages something

    Attributes
    ----------
    page : that spoke last, "" for any
    """

    device = "auto"

    def __init__(self, front: Front, send: Callable[[dict[str, Any]], Any]) -> None:
        self.front, self.loop, self.page = front, Loop(), ""
        self._send = send
        self._entries: list[Entry] = []  # of the menu that is shown
        self._asked: tuple[str, Callable[[str], Any], Sequence[str], Sequence[Any]] | None = (
            None  # until it is answered
        )

    @property
    def session(self) -> Session:
        """What is shown."""
        return self.front.session

    @property
    def form(self) -> Form:
        """What asks for the next training."""
        return self.front.form

    def follows(self, action: str) -> bool:
        """Whether the button of an empty view can do that here."""
        return action not in PANELS or action in self.front.panels

    # ---- what commands ask for

    def ranges(self, view: str) -> Ranges | None:
        """What is seen of a view."""
        return self.front.ranges(view)

    def canvas(self, source: str) -> None:
        """None: a page has views alone."""

    def show(self, name: str) -> None:
        """Bring a view or a panel into sight, or say why not: what it is to show is done by then."""
        self.attempt(partial(self.front.show, name))

    def tell(self, words: str) -> None:
        """Say that something is done."""
        self._send({"told": words})

    def refuse(self, error: BaseException) -> None:
        """Say that something cannot be done."""
        self._send({"refused": str(error)})

    def later(self, work: Callable[[], Any], words: str, done: Callable[[Any], Any]) -> None:
        """Do short work beside the page, say so meanwhile, and hand on what came of it."""
        self.tell(f"{words} …")
        self.loop.beside(work, partial(self._finish, done), self._fail)

    def ask_path(self, question: Question, then: Callable[[list[Path]], Any]) -> None:
        """Ask for a path of the machine that the kernel runs on."""
        self._ask(question.title, question.name, lambda text: then([Path(text).expanduser()]))

    def ask_name(self, title: str, name: str, then: Callable[[str], Any]) -> None:
        """Ask for another name."""
        self._ask(title, name, then)

    def ask_form(self, title: str, options: Sequence[Option], then: Callable[[dict[str, Any]], Any]) -> None:
        """Ask for several things at once."""
        fields = [asdict(option) | {"title": option.title} for option in options]
        defaults = json.dumps({option.name: option.default for option in options})
        self._ask(title, defaults, lambda text: then(answered(options, json.loads(text))), fields=fields)

    def ask_adapt(self, run: str) -> None:
        """Ask which recording a run is adapted to."""
        if not self.front.ask_adapt(run):
            recordings = adapting.strangers(self.session, run) or self.session.suiting(run)
            self._ask(f"Adapt {run} to", recordings[0], partial(commands.adapt, self, run), recordings)

    def ask_figure(self, view: str) -> None:
        """Ask where the figure of a view goes; its name says of which kind it is."""

        def write(text: str) -> None:
            path = Path(text).expanduser()
            work = partial(self.session.figure, view, path)
            self.later(work, f"Writing {path.name}", lambda _: self.tell(f"Wrote {path}"))

        self._ask(f"Export figure ({', '.join(KINDS)})", f"{view}.pdf", write)

    def open(self, source: str | Path | list[Path]) -> None:
        """Open a recording, a run or a session, between two words of pages: a session changes everything."""
        asking = reading.asked(self.session, source)
        if asking is None:
            self._open(source, {})
        else:
            self.ask_reading(Path(str(source)).name, asking, partial(self._open, source))

    def _open(self, source: str | Path | list[Path], how: Mapping[str, Any]) -> None:
        opened = opening.open(self.session, source, **how)
        if isinstance(opened, opening.Asked):
            self.ask_one(opened.words, opened.choices(self.session))
        else:
            self.tell(f"{opened} is open")

    def ask_reading(self, name: str, asking: Asking, then: Callable[[dict[str, Any]], Any]) -> None:
        """Ask, one after the other, what nobody but the user knows of how a file is read."""
        if not asking.unsure:
            return then(reading.given(asking.given))
        question, why = asking.unsure, asking.why
        answers = reading.answers(asking)

        def take(text: str) -> None:
            if answers and text not in answers:
                raise ValueError(f"'{text}' is none of the answers; they are {', '.join(answers)}")
            value = answers[text] if answers else float(text)
            given = {} if question == "holds" else reading.given(asking.given)
            self.ask_reading(name, asking.again(Layout(**given | {question: value})), then)

        self._ask(f"{name}: {why}. {reading.QUESTIONS[question]}", next(iter(answers), ""), take, list(answers))
        return None

    def ask_one(self, words: str, choices: Mapping[str, Callable[[], Any]]) -> None:
        """Ask which of several things to do."""
        self._ask(words, next(iter(choices)), lambda name: choices[name](), list(choices))

    def arrange(self) -> None:
        """A page stays as its cell says."""
        self.tell("")

    def show_keys(self) -> None:
        """List what the mouse and the keys do."""
        self._send({"help": True, "view": self.page})

    # ---- what the page answers

    def offer(self, context: Context) -> None:
        """Show what can be done there."""
        self._entries = commands.menu(context)
        self._send({"menu": [entry.words for entry in self._entries], "view": self.page})

    def choose(self, place: int) -> None:
        """Do what was chosen from the menu."""
        if 0 <= place < len(self._entries):
            self._entries[place].do(self)

    def answer(self, text: str) -> None:
        """Go on with what was asked for, or ask once more if it is refused; "" if the user thought better of it."""
        asked, self._asked = self._asked, None
        if asked is None or not text.strip():
            return
        title, then, choices, fields = asked
        try:
            then(text.strip())
        except REFUSED as error:
            self.refuse(error)
            self._ask(title, text, then, choices, fields)

    def attempt(self, do: Callable[[], Any]) -> None:
        """Do it, or say why not."""
        try:
            do()
        except REFUSED as error:
            self.refuse(error)

    def _ask(
        self, title: str, text: str, then: Callable[[str], Any], choices: Sequence[str] = (), fields: Sequence[Any] = ()
    ) -> None:
        self._asked = title, then, choices, fields
        asked: dict[str, Any] = {"title": title.removesuffix("…"), "text": text, "choices": list(choices)}
        self._send({"ask": asked | ({"fields": list(fields)} if fields else {}), "view": self.page})

    def _finish(self, done: Callable[[Any], Any], value: Any) -> None:
        self.tell("")
        self.attempt(partial(done, value))

    def _fail(self, error: BaseException) -> None:
        self.tell("")
        self.refuse(error)
        if not isinstance(error, REFUSED):
            raise error  # a mistake of ours, for the log
