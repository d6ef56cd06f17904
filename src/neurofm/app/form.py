"""What a form that trains a model asks for, and what is chosen in it, as any front shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from neurofm.app import options
from neurofm.app.options import ModelOptions, Option
from neurofm.checks import check_choice
from neurofm.data.plausible import about as about_sources
from neurofm.words import things

if TYPE_CHECKING:
    from neurofm.app.jobs import Job
    from neurofm.app.session import Session

FRESH = ""  # the start of a model that has learned nothing yet
AUTO = ""  # the target that is chosen for the user


class Form:
    """Choices that lead to a training; they follow what is open, and what suits it is filled in.

    Parameters
    ----------
    session : that trains

    Attributes
    ----------
    models : what there is to choose for each model, by name; empty until `take`
    model : its name, "" until there are models
    start : the run that is adapted, "" for a new model
    sources : names of the recordings to train on
    target : what is decoded, "" to have it chosen
    units_only : whether only who the units are is learned, where a run is adapted
    choose : whether labels that are left out choose what is learned; only where a job that did so is shown
    values : of every option of the model
    advised, why : options that were filled in for these recordings, and the reasons
    changed : signal with what is to be shown anew: "models", "model" (other options), "choices" (of runs, recordings
        and targets) or "values"
    forked : signal with the job whose settings are shown now
    """

    changed = Signal(str)
    forked = Signal(object)

    def __init__(self, session: Session) -> None:
        self.session = session
        self.models: dict[str, ModelOptions] = {}
        self.model, self.start, self.target, self.units_only, self.choose = "", FRESH, AUTO, False, False
        self.sources: tuple[str, ...] = ()
        self.values: dict[str, Any] = {}
        self.advised: dict[str, Any] = {}
        self.why = ""
        self._offered: tuple[str, ...] = ()
        self._known: set[str] = set()  # sources that were open before
        self._suggested = ""  # the model, as long as no other was chosen
        self._asked: Job | None = None  # whose settings are to be shown, once there are models
        self.refresh()

    # ---- what there is to choose

    @property
    def options(self) -> ModelOptions | None:
        """Of the chosen model."""
        return self.models.get(self.model)

    @property
    def first(self) -> tuple[Option, ...]:
        """The options that matter most."""
        return self.options.first if self.options else ()

    @property
    def rest(self) -> tuple[Option, ...]:
        """All other options."""
        return self.options.rest if self.options else ()

    @property
    def model_words(self) -> dict[str, str]:
        """What stands for each model, by its name: first those that learn from what is open; of others, from what."""
        opened = {options.kind(source) for source in list(self.session.sources.values())}
        fits = {model.name: not opened or model.takes in opened for model in self.models.values()}
        words = {
            name: f"{model.title} ({model.paper}){'' if fits[name] else f', learns from {things(model.takes)}'}"
            for name, model in self.models.items()
        }
        return {name: words[name] for name in sorted(words, key=lambda name: not fits[name])}

    @property
    def starts(self) -> tuple[str, ...]:
        """What the model can begin from: nothing, or a run that is open."""
        return (FRESH, *self.session.runs)

    @property
    def offered(self) -> tuple[str, ...]:
        """Names of what is open and of the kind that the chosen model takes."""
        takes = self.options.takes if self.options else ""
        opened = list(self.session.sources.items())
        return tuple(name for name, source in opened if not takes or options.kind(source) == takes)

    @property
    def targets(self) -> tuple[str, ...]:
        """What could be decoded from all that is chosen, after the choice that is made for the user."""
        return (AUTO, *options.decodable(self._chosen()))

    def target_words(self, name: str) -> str:
        """What stands for a target: its name and unit; for the one that is chosen for the user, which that is."""
        chosen = self._chosen()
        series = name or options.usual_target(self.options, chosen)
        unit = next((source.series[series].unit for source in chosen if series in getattr(source, "series", {})), "")
        words = f"{series} ({unit})" if unit else series
        return words if name else ": ".join(filter(None, ["chosen for you", words]))

    @property
    def warnings(self) -> list[str]:
        """What should be known of the chosen recordings, and of what is decoded, before a model learns from them."""
        chosen = self._chosen()
        return about_sources(chosen, self.target or options.usual_target(self.options, chosen))

    @property
    def asks_target(self) -> bool:
        """Whether there is a choice of what is decoded."""
        return self.options is not None and self.options.asks

    @property
    def adapts(self) -> bool:
        """Whether a run is adapted, which stays the model that it is."""
        return self.start != FRESH

    @property
    def ready(self) -> bool:
        """Whether there is anything to train, and to train on."""
        return bool(self.models) and bool(self.offered)

    @property
    def usual(self) -> dict[str, Any]:
        """The model's own values of all that it lets choose."""
        return {option.name: option.default for option in (*self.first, *self.rest)}

    # ---- choosing

    def take(self, models: Sequence[ModelOptions]) -> None:
        """Offer these models, which a process of its own has told of (see `options`)."""
        self.models = {model.name: model for model in models}
        self.changed.emit("models")
        self._suggest(options.usual(self.models, self._chosen()))
        if self.adapts:
            self.choose_start(self.start)
        if self._asked is not None:
            self._show(self._asked)

    def choose_model(self, name: str) -> None:
        """Show the options of another model."""
        check_choice("model", name, self.models)
        self._suggested = ""
        self._turn(name)

    def _suggest(self, name: str) -> None:
        """Turn to a model that nobody asked for, and that another may take the place of."""
        self._suggested = name
        self._turn(name)

    def _turn(self, name: str) -> None:
        self.model, self.advised = name, {}
        self.values = self.usual
        self.changed.emit("model")
        self.refresh()

    def choose_start(self, run: str) -> None:
        """Begin with a run, which stays the model that it is, or ("") with a new model."""
        check_choice("start", run, self.starts)
        self.start, self.choose = run, False
        model = self.session.runs[run].config["model"] if run else self.model
        if model != self.model and model in self.models:
            self.choose_model(model)
        self._advise()
        self.changed.emit("choices")

    def choose_sources(self, names: Sequence[str]) -> None:
        """Train on these."""
        self.sources = tuple(name for name in self.offered if name in names)
        self._keep_target()
        self._advise()
        self.changed.emit("choices")

    def choose_target(self, name: str) -> None:
        """Decode this; "" to have it chosen."""
        check_choice("target", name, self.targets)
        self.target = name
        self.changed.emit("choices")

    def set(self, **values: Any) -> None:
        """Give options values, as they were typed."""
        for name in values:
            check_choice("option", name, self.values)
        if {**self.values, **values} != self.values:
            self.values = {**self.values, **values}
            self._advise()
            self.changed.emit("values")

    def refresh(self, kind: str = "source", name: str = "") -> None:
        """Follow what is open: what was chosen stays, what is new is chosen, what is gone is not.

        A model that nothing open is for gives way to one that can learn from something, and as long as nothing was
        typed, one that is not for what was opened last to one that is. Of recordings from which nothing can be decoded
        together, the current one is chosen.
        """
        if kind not in ("source", "run"):
            return
        new, self._known = name not in self._known, set(self.session.sources)
        if new and self._turns(name):
            return
        if self.models and not self.offered and not self.adapts:
            opened = list(self.session.sources.values())
            name = options.usual(self.models, opened)
            if self.models[name].takes in map(options.kind, opened):
                self._suggest(name)  # which comes back here
                return
        before = self._offered
        self._offered = self.offered
        self.sources = tuple(n for n in self._offered if n in self.sources or n not in before)
        current, fresh = self.session.current, set(self._offered) - set(before)
        apart = self.asks_target and not options.decodable(self._chosen())
        if fresh and apart and current in self.sources and options.decodable([self.session.sources[current]]):
            self.sources = (current,)
        self.start = self.start if self.start in self.session.runs else FRESH
        if self._improves():
            return
        self._keep_target()
        self._advise()
        self.changed.emit("choices")

    def _turns(self, name: str) -> bool:
        """Turn to a model for a source that was opened, where the chosen one is not; True if there is one."""
        current = self.session.sources.get(name)
        typed = self.values != self.usual | self.advised
        if current is None or not self.options or self.adapts or typed or options.kind(current) == self.options.takes:
            return False
        model = options.usual(self.models, [current])
        if self.models[model].takes != options.kind(current):
            return False
        self._suggest(model)  # which refreshes the rest
        return True

    def _improves(self) -> bool:
        """Turn to a model for what is there by now, as to one that decodes once a path has been joined to spikes."""
        typed = self.values != self.usual | self.advised or self.target != AUTO
        if not self.options or self.model != self._suggested or typed or self.adapts or not self._chosen():
            return False
        model = options.usual(self.models, self._chosen())
        if model == self.model or self.models[model].takes != self.options.takes:
            return False
        self._suggest(model)
        return True

    def fork(self, job: Job) -> None:
        """Show the settings that a training was given, to change some and train beside it."""
        self._asked = job
        if self.models:
            self._show(job)

    # ---- what it comes to

    def settings(self) -> dict[str, Any]:
        """What differs from the model's own choices.

        Raises
        ------
        ValueError
            If a number is out of its range.
        """
        for option in (*self.first, *self.rest):
            _check(option, self.values[option.name])
        usual = self.usual, self.advised  # what was advised may be set back to what is usual
        given = {n: value for n, value in self.values.items() if any(value != k.get(n, value) for k in usual)}
        if self.adapts and self.options:  # a run keeps its sizes, and their usual number of steps is another
            given = {n: value for n, value in given.items() if n not in self.options.sizes}
            given |= {"steps": self.values["steps"]}
        return given | ({"target": self.target} if self.asks_target and self.target != AUTO else {})

    def train(self, *, device: str = "auto") -> Job:
        """Start the training.

        Raises
        ------
        ValueError
            If nothing is chosen to train on, or a number is out of its range.
        """
        if not self.sources:
            raise ValueError("choose a recording to train on")
        if not self.adapts:
            return self.session.train(self.model, self.sources, self.settings(), device=device)
        only = self.units_only
        return self.session.finetune(
            self.start, self.sources, self.settings(), units_only=only, choose=self.choose and not only, device=device
        )

    # ---- how

    def _chosen(self) -> list[Any]:
        opened = dict(self.session.sources)
        return [opened[name] for name in self.sources if name in opened]

    def _keep_target(self) -> None:
        self.target = self.target if self.target in self.targets else AUTO

    def _advise(self) -> None:
        """Fill in what suits the chosen recordings, or an adaptation, where nothing was typed; why goes by both."""
        if self.options is None:
            return
        run = self.session.runs.get(self.start)
        chosen = self._chosen()
        advised, self.why = options.advice(self.options, chosen) if run is None else options.adaptation(run)
        before, now = self.usual | self.advised, self.usual | advised
        values = {n: now[n] if value == before[n] else value for n, value in self.values.items()}
        self.advised = advised
        typed = {n: value for n, value in values.items() if value != now[n]}
        if typed and run is None:
            self.why = options.advice(self.options, chosen, typed)[1]
        self.set(**values)

    def _show(self, job: Job) -> None:
        self._asked = None
        arguments, settings = job.arguments, dict(job.arguments.get("settings") or {})
        if job.task == "train":
            self.choose_model(arguments["model"])
        run = Path(arguments["run"]).name if job.task == "finetune" else FRESH
        self.choose_start(run if run in self.session.runs else FRESH)
        self.units_only, self.choose = (bool(arguments.get(how)) for how in ("units_only", "choose"))
        target = settings.pop("target", AUTO)
        self.target = target if target in self.targets else AUTO
        self.set(**self.usual | _among(settings, self.values))
        self.changed.emit("choices")
        self.forked.emit(job)


def about(job: Job) -> str:
    """What a form says once it shows the settings of a job."""
    return f"Settings of {Path(job.arguments['out']).name}; change some, and train beside it"


def _among(settings: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name in values}


def _check(option: Option, value: Any) -> None:
    if option.low is not None and option.high is not None and not option.low <= value <= option.high:
        raise ValueError(f"{option.name} must be from {option.low:g} to {option.high:g}, got {value:g}")
