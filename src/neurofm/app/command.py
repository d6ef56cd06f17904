"""What a command is, where it can be asked for, and what it may ask of a front.

A command says whether it makes sense where it is asked for, and what it does: it calls the session, or asks the front
(its `Host`) for what only a front can do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from neurofm.errors import NeuroFMError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neurofm.app.form import Form
    from neurofm.app.options import Option
    from neurofm.app.pane import Ranges
    from neurofm.app.session import Session
    from neurofm.io import Asking


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a front asks its user for a path.

    Parameters
    ----------
    title : of the dialog
    kinds : (words, patterns) of files that are meant; none where a folder is meant
    name : that is proposed for what is written; "" for what is read
    several : whether more than one may be chosen
    """

    title: str
    kinds: tuple[tuple[str, tuple[str, ...]], ...] = ()
    name: str = ""
    several: bool = False


class Host(Protocol):
    """What only a front can do."""

    @property
    def session(self) -> Session:
        """What it shows."""

    @property
    def form(self) -> Form:
        """What asks for the next training."""

    @property
    def device(self) -> str:
        """What models are trained on: "auto", or as its user prefers."""

    def ranges(self, view: str) -> Ranges | None:
        """What is seen of a view along both axes; None if all of it is, or nothing."""

    def canvas(self, source: str) -> NDArray[np.float64] | None:
        """(2, axis) corners of what is seen of a source on a canvas of the front's own; None if it is not there."""

    def show(self, name: str) -> None:
        """Bring a view ("latent", "latent 2") or a panel ("train", "jobs") to the front."""

    def tell(self, words: str) -> None:
        """Say that something is done."""

    def refuse(self, error: Exception) -> None:
        """Say that something cannot be done."""

    def later(self, work: Callable[[], Any], words: str, done: Callable[[Any], Any]) -> None:
        """Do short work beside the window, say so meanwhile, and hand on what came of it; errors are refused."""

    def ask_path(self, question: Question, then: Callable[[list[Path]], Any]) -> None:
        """Ask for files or a folder; `then` is not called if the user thinks better of it."""

    def ask_name(self, title: str, name: str, then: Callable[[str], Any]) -> None:
        """Ask for another name."""

    def ask_form(self, title: str, options: Sequence[Option], then: Callable[[dict[str, Any]], Any]) -> None:
        """Ask for several things at once, each filled in with its default; `then` gets all by name."""

    def ask_one(self, words: str, choices: Mapping[str, Callable[[], Any]]) -> None:
        """Ask which of several things to do; none is done if the user thinks better of it."""

    def ask_reading(self, name: str, asking: Asking, then: Callable[[dict[str, Any]], Any]) -> None:
        """Ask how a file is read that does not say it itself, and hand that on as `neurofm.read` takes it."""

    def ask_adapt(self, run: str) -> None:
        """Ask which recording a run, chosen already, is adapted to."""

    def ask_figure(self, view: str) -> None:
        """Ask how large the figure of a view is to be, and where it goes."""

    def open(self, source: str | Path | list[Path]) -> None:
        """Open a recording (a list is the parts of one), a run, a session or an address, beside the window.

        What completes a recording that is open becomes part of it, and if that is unsure the user is asked.
        """

    def arrange(self) -> None:
        """Put everything where it belongs."""

    def show_keys(self) -> None:
        """List what the mouse and the keys do."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """Where something is asked for.

    Parameters
    ----------
    session : what is open
    kind : of what was clicked: "source", "run", "embedding", "group", "table", a verb for what it left, "view",
        "job" or, for none, ""
    name : of what was clicked; a job's number
    other : what it is done with, where a command has a choice of that
    """

    session: Session
    kind: str = ""
    name: str = ""
    other: str = ""


def _always(context: Context) -> bool:
    return True


def _nothing(context: Context) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Command:
    """One thing that can be done.

    Parameters
    ----------
    name : as in napari's manifest, and as views ask for it (`Scene.action`)
    title : in menus and on buttons; "{name}" and "{other}" are filled in
    do : what it does
    on : kinds of things that have it in their menu; "" is the empty part of the list of what is open
    offered : whether it makes sense there, as things are
    lacks : why it cannot be done there though it makes sense, in a few words; "" if it can
    others : what it can be done with, an entry for each; None where it needs nothing else
    palette : its title in napari's palette, for what needs nothing to be clicked; "" leaves it out
    """

    name: str
    title: str | Callable[[Context], str]
    do: Callable[[Context, Host], Any]
    on: tuple[str, ...] = ()
    offered: Callable[[Context], bool] = _always
    lacks: Callable[[Context], str] = _nothing
    others: Callable[[Context], Sequence[str]] | None = None
    palette: str = ""

    def entries(self, context: Context) -> Iterator[Entry]:
        """What a menu shows of it there."""
        if not self.offered(context):
            return
        others = ("",) if self.others is None else self.others(context)
        for at in (replace(context, other=other) for other in others):
            title = self.title if isinstance(self.title, str) else self.title(at)
            words, why = title.format(name=at.name, other=at.other), self.lacks(at)
            yield Entry(self, f"{words}: {why}" if why else words, at, why)


@dataclass(frozen=True)
class Entry:
    """A command in a menu: its words, where it was asked for, and why it cannot be done there, "" if it can."""

    command: Command
    words: str
    context: Context
    why: str = ""

    def do(self, host: Host) -> None:
        """Do it, or say why not."""
        if self.why:
            return host.refuse(ValueError(self.words))
        return run(self.command, self.context, host)


def run(command: Command, context: Context, host: Host) -> None:
    """Do it; what cannot be done is said by the front."""
    try:
        command.do(context, host)
    except (NeuroFMError, ValueError, LookupError, OSError) as error:
        host.refuse(error)
