"""What a registered module says of itself. Each has exactly one of these, called SPEC."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

RECORDING = "recording"  # the kind of data that is meant where none is said
ANY, CLOCK = "any", "clock"  # what views need: a source of whatever kind, or one that has a time


@dataclass(frozen=True, kw_only=True)
class ReaderSpec:
    """A file format. What is no function is written as a literal: it is read without importing the module.

    Parameters
    ----------
    title : what a user calls it ("NWB")
    patterns : file names it may be, as in the napari manifest ("*.nwb"); the first is what `write` writes
    accepts : looks into the file, quickly, and tells whether it is one
    read : gives the source, raising DataError
    folder : True if it reads a folder, not a file
    kind : of the sources it reads
    write : (source, path) -> path, atomically; None where it only reads
    fits : source -> whether a file holds all that is in it; all sources do unless given
    native : suffix of its files, where they lose nothing and are how a kind is kept (".h5"); "" for all others
    addresses : beginnings of what it reads that is no file here ("precomputed://"); such a reader is given the address
    general : whether its content could be much else, so that every other reader is asked first
    asks : (path, given) -> what can be chosen of how a file is read (`neurofm.io.Asking`); `read` takes these choices
        by name. None where a file says all of it itself
    amend : (draft, tracks, placed) puts corrected points into a copy of the file that these tracks were read from, and
        changes nothing else; None where that cannot be done
    parts : further sources that its files may hold, by name: path -> the source, None where there is none
    """

    title: str
    patterns: tuple[str, ...]
    accepts: Callable[[Any], bool]
    read: Callable[..., Any]
    folder: bool = False
    kind: str = RECORDING
    write: Callable[[Any, Path], Path] | None = None
    fits: Callable[[Any], bool] = lambda _: True
    native: str = ""
    addresses: tuple[str, ...] = ()
    general: bool = False
    asks: Callable[[Path, Mapping[str, Any]], Any] | None = None
    amend: Callable[[Path, Any, Any], None] | None = None
    parts: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How a model is trained; every model has one of its own as default."""

    target: str = ""  # series, or column of the trials, to decode; "" chooses
    steps: Annotated[int, {"min": 1, "max": 10_000_000}] = 1500  # gradient steps
    until: Annotated[int, {"min": 0, "max": 10_000_000}] = 0  # end after so many of them, as if stopped; 0 for all
    batch: Annotated[int, {"min": 1, "max": 4096}] = 16  # windows a step
    lr: Annotated[float, {"min": 1e-7, "max": 1.0}] = 2e-3  # peak learning rate
    weight_decay: Annotated[float, {"min": 0.0, "max": 1.0}] = 1e-4
    optimizer: Literal["adamw", "lamb"] = "adamw"
    rise: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.05  # share of the steps in which the learning rate rises
    hold: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.3  # share after which it falls along a cosine
    clip: Annotated[float, {"min": 0.0, "max": 1e6}] = 1.0  # largest gradient norm; 0 for none
    average: Annotated[float, {"min": 0.0, "max": 0.9999}] = 0.0  # decay of the running mean of weights that is kept
    freeze: Annotated[float, {"min": 0.0, "max": 1.0}] = (
        0.0  # share of the steps in which only unit and session vectors learn
    )
    vector_lr: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.0  # peak learning rate in that share; 0: as all else
    balance: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.0  # 0: sessions are seen as they are long; 1: all alike
    least_units: Annotated[int, {"min": 1, "max": 100_000}] = 30  # unit dropout: fewest, usual and most units seen
    usual_units: Annotated[int, {"min": 1, "max": 100_000}] = 100
    most_units: Annotated[int, {"min": 1, "max": 100_000}] = 300
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long a model should learn from how much, and what that costs at its default sizes.

    Parameters
    ----------
    passes : times that it should see each item
    most : times after which it learns them by heart: its usual steps are cut where they would show them more often
    least : share of its usual steps that is left at least
    item : what batches are made of ("trial")
    sees : of models of trials, the bins of an item, or the name of the size that says so; 0 for whole trials
    each, million : seconds of one core that a training step takes for each bin (or window) of its batch, and more for
        each million counts (or tokens) there
    width, enough : name of the size that is halved, twice at most, where there are fewer items than are enough, since
        a wide network learns few by heart; "" for a network that does not
    """

    passes: float = 10.0
    most: float = math.inf
    least: float = 0.2
    item: str = "trial"
    sees: int | str = 0
    each: float = 1e-4
    million: float = 1.0
    width: str = ""
    enough: int = 0


@dataclass(frozen=True)
class Shown:
    """What a model is shown of each moment where it is set beside decoders that are shown as much.

    Parameters
    ----------
    what : the bin alone, it and the one before, four more on both sides, or all of its trial
    settings : of the model that is shown this, beside its usual ones
    kind : of the target, if it is shown this for one kind only
    """

    what: Literal["one bin", "two bins", "nine bins", "whole trial"]
    settings: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["", "values", "classes"] = ""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """How a model is set beside other decoders of a recording.

    Parameters
    ----------
    way : how it comes to see no more than it is shown. It answers from "windows" of spikes around each moment; or
        from "trials", where each moment is made a trial of its own if it is shown one or two bins. Else a linear
        readout of its latents answers: those of such "trials", or of "bins" that it always sees one by one, so that
        it is trained once and the readout is shown more of them
    shown : what of; a model for each
    settings : with which it is trained
    """

    way: Literal["windows", "trials", "trials, read out", "bins, read out"]
    shown: tuple[Shown, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """A model.

    Parameters
    ----------
    title, paper : for lists and forms
    config : frozen dataclass of sizes, every field with a default
    schedule : how it is trained unless told otherwise
    build : (config, vocab, target, *more targets) -> torch module, a `neurofm.training.network.Network`; vocab holds
        what its course says, for recordings lists by name: `sessions`, `units` of all of them, and `sizes`, how many
        units each session has
    takes : the kind of source it learns from
    spaces : what a latent row can be ("unit", "time", "session")
    parts : of its latents that are a space each ("content", "style"); none if it has but one
    course : how it learns, by its name in `neurofm.training.courses`: from "windows" of single spikes, say, or from
        "trials" in bins
    decodes : what it decodes unless told, in a word that its course knows: a behaviour "series", the "class" of a
        trial, the "rates" of its units, or what is done "next"
    supervised : False if it learns without a target, which is read out afterwards where there is one
    effort : from which the number of steps is chosen
    fills : True if it can fill in activity that is hidden from it
    reads_new_units : True if its core reads units that it has never seen as it is, once these have vectors
    compared : how it is set beside other decoders; None for one that takes no part
    slow : modules that its network imports when it is built, and that take seconds
    adapted : settings with which all of it is adapted to new sources, in place of what suits most models
    adopt : (weights, what is stated, window=, step=) -> (config, vocab, network), of a checkpoint that its authors' own
        code wrote; None where there is no such code
    """

    title: str
    paper: str
    config: type
    schedule: Schedule
    build: Callable[..., Any]
    takes: Any
    spaces: tuple[str, ...]
    parts: tuple[str, ...] = ()
    course: str = "windows"
    decodes: str = "series"
    supervised: bool = True
    effort: Effort = Effort()
    fills: bool = False
    reads_new_units: bool = False
    compared: Compared | None = None
    slow: tuple[str, ...] = ()
    adapted: Mapping[str, Any] = field(default_factory=dict)
    adopt: Callable[..., Any] | None = None


@dataclass(frozen=True, kw_only=True)
class ViewSpec:
    """A picture of the session, as data.

    Parameters
    ----------
    title : on its dock
    state : evented dataclass, every field with a default
    scene : (state, session, viewport) -> Scene, pure
    hit : (state, session, shape) -> (space, ids) under the drawn shape
    describe : (state, session, space, id) -> one line for a tooltip
    under : (state, session, shape) -> one line on a point where there is nothing to pick
    follow : (state, session, space) lets the state follow what is picked in a space by now, before it is drawn
    choices : (state, session) -> what there is to choose for fields that depend on what is open
    axis : "time" if its horizontal axis is the one time
    activate : (state, session, row) what a double click on a row of its table does
    drag : (state, session, key, x, y) puts what the grip of that key stands for there (`Scene.grips`)
    needs : the kind of source without which it shows nothing, and its dock stands closed; "any" for one of whatever
        kind, "clock" for one that has a time, "" for none
    invitation : what to do then ("Open a recording to see its spikes")
    action : (session) -> name of the command that does it, on a button below
    place : where its dock stands: "right", "below", or "tab of NAME" for behind another view
    order : among the views of a place, from the top or from the left; those of equal order by name
    share : of the height that views at the right have together, against the others
    """

    title: str
    state: type
    scene: Callable[..., Any]
    hit: Callable[..., Any]
    describe: Callable[..., str]
    under: Callable[..., str] = lambda state, session, shape: ""
    follow: Callable[..., None] = lambda state, session, space: None
    choices: Callable[..., dict[str, tuple[str, ...]]] = lambda state, session: {}
    axis: str = ""
    activate: Callable[..., Any] = lambda state, session, row: None
    drag: Callable[..., Any] = lambda state, session, key, x, y: None
    needs: str = ""
    invitation: str = "Open a file to see what is in it"
    action: Callable[..., str] = lambda session: "open"
    place: str = "below"
    order: int = 100
    share: int = 32

    def serves(self, sources: Iterable[Any]) -> bool:
        """Whether it has something to show of what is open."""
        if self.needs == CLOCK:
            return any(source.clock for source in sources)
        kinds = {source.kind for source in sources}
        return not self.needs or bool(kinds if self.needs == ANY else kinds & {self.needs})


@dataclass(frozen=True, kw_only=True)
class BenchSpec:
    """A table measured now.

    Parameters
    ----------
    title : one line
    run : (paths, quick, seed, peer) -> rows of case, system, metric, mean, sd, n, unit
    timed : True if its figures are times, which want a quiet machine: "all" measures them first
    """

    title: str
    run: Callable[..., list[dict[str, Any]]]
    timed: bool = False


@dataclass(frozen=True, kw_only=True)
class RowSpec:
    """Rows that the table view shows of something else than the things of a space.

    Parameters
    ----------
    title : what the rows are, in small letters ("decoders")
    frame : (state, session) -> the rows
    missing : (state, session) -> what to say where there are none, and the command of the button under it
    note : (state, session) -> more words under the rows
    under : (state, session, shape) -> one line on a point where there is nothing to pick
    follow : (state, session, space) lets the state follow what is picked in a space by now, before it is drawn
    choices : (state, session) -> what there is to choose for fields of the table's state
    activate : (state, session, index) what a double click on the row of that index does
    """

    title: str
    frame: Callable[..., Any]
    missing: Callable[..., tuple[str, str]]
    note: Callable[..., str] = lambda state, session: ""
    choices: Callable[..., dict[str, tuple[str, ...]]] = lambda state, session: {}
    activate: Callable[..., Any] = lambda state, session, index: None


@dataclass(frozen=True, kw_only=True)
class ResultSpec:
    """What a verb leaves for people to look at, by name in `session.results[verb]`.

    Parameters
    ----------
    title : of all of them in the list of what is open ("Decoders")
    words : result -> what is said of it there
    write : result -> plain values for `session.json`
    read : (name, field) -> result, refusing what is not as it must be
    of_source : whether its name is that of a source, which it goes with
    moved : (result, where) -> the result with its paths as `where` has them now; as it is unless given
    files : result -> paths it refers to
    """

    title: str
    words: Callable[[Any], str]
    write: Callable[[Any], dict[str, Any]]
    read: Callable[..., Any]
    of_source: bool = True
    moved: Callable[..., Any] = lambda result, where: result
    files: Callable[[Any], tuple[str, ...]] = lambda result: ()


@dataclass(frozen=True, kw_only=True)
class VerbSpec:
    """Something that can be asked of a session: its task, its lines in the script, what is kept and what is shown.

    Parameters
    ----------
    begin : (session, ...) checks what is asked for, then does it or submits a job; a method of Session
    options : how `session.json` reads the options of its actions back, by name; None for what leaves no action
    optional : options that may be missing there
    needs : options that must name a run that came before
    gives : what comes of it and later actions may name: "source", "run" or ""
    edits : whether it changes the source of its action's name, so that this was opened as it was before
    code : (action, script) -> lines of Python that do it again
    last : whether it is written after all else, since it shows what stands by then
    stands : (action, later actions) -> whether it can still be done again
    current : session -> actions for what stands now, of what is edited rather than done
    work : the task of its job, done in a worker process: (step, folder, **arguments) -> plain values
    took : (session, job) takes what came of a job, or that it failed
    previewed : (session, job, folder) shows what a job that still works has left there
    resumes : job -> whether one that is over can go on where it ended, or try again what it left out
    traced : (session, name, result) writes how a result made in Python came about; True if it is one of its own
    result : what it leaves to look at, if that is no embedding, prediction or run
    rows : what the table view can show of it, by the word that chooses it
    """

    begin: Callable[..., Any]
    options: Mapping[str, Callable[[Any], Any]] | None = None
    optional: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    gives: Literal["", "source", "run"] = ""
    edits: bool = False
    code: Callable[..., list[str]] = lambda action, script: []
    last: bool = False
    stands: Callable[..., bool] = lambda action, later: True
    current: Callable[..., list[Any]] = lambda session: []
    work: Callable[..., dict[str, Any]] | None = None
    took: Callable[..., None] = lambda session, job: None
    previewed: Callable[..., None] = lambda session, job, folder: None
    resumes: Callable[[Any], bool] = lambda job: False
    traced: Callable[..., bool] = lambda session, name, result: False
    result: ResultSpec | None = None
    rows: Mapping[str, RowSpec] = field(default_factory=dict)
