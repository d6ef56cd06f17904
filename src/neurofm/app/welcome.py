"""Welcome: what there is to begin with, and what can be done with what is open, one click each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurofm.app import commands, opened, samples
from neurofm.app.command import Context, Entry

if TYPE_CHECKING:
    from neurofm.app.session import Session

HEAD = "Drop a file here, or choose a sample"
OPEN_HEAD = "What can be done with what is open"
ABOUT = "Each opens in seconds; a click on what can be done opens it and goes on with that."
EMPTY = "Nothing is open yet. Open a file, or choose a sample."
FIRST = ("open_files", "open_session", "tour")  # commands above the samples


@dataclass(frozen=True, kw_only=True)
class Row:
    """A sample, or something that is open.

    Parameters
    ----------
    title : what it is called
    about : a sentence, or how much is in it
    entries : what can be done with it, as menus have it; of a sample the first opens it
    """

    title: str
    about: str
    entries: tuple[Entry, ...]


def head(session: Session) -> str:
    """What stands on top."""
    return OPEN_HEAD if session.sources else HEAD


def first(session: Session) -> list[Entry]:
    """What there is to begin with that needs no sample."""
    return [entry for name in FIRST for entry in commands.get(name).entries(Context(session=session))]


def rows(session: Session) -> list[Row]:
    """What is open with what can be done, or the samples where nothing is."""
    return [_source(session, name) for name in session.sources] or from_samples(session)


def from_samples(session: Session) -> list[Row]:
    """The samples that can be had, each with what is worth doing."""
    return [_sample(session, sample) for sample in samples.SAMPLES if sample.offered()]


def _source(session: Session, name: str) -> Row:
    offered = commands.menu(Context(session=session, kind="source", name=name))
    return Row(title=name, about=opened.words(session.sources[name]), entries=tuple(offered))


def _sample(session: Session, sample: samples.Sample) -> Row:
    at = Context(session=session)
    opens = Entry(commands.get(sample.command()), "Open", at)
    verbs = [Entry(commands.get(sample.command(verb)), words, at) for verb, words in sample.does.items()]
    return Row(title=sample.title, about=sample.about, entries=(opens, *verbs))
