"""What can be done with what, once for all fronts: menus, buttons, keys and napari's palette follow from these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from neurofm import registry
from neurofm.app import _bouts, _cells, _files, _graphs, _matches, _painting, _poses, _videos, _volumes, samples
from neurofm.app.command import Command, Context, Entry, Host, run
from neurofm.app.progress import can_resume, resume, trains
from neurofm.app.state.catalog import VERBS
from neurofm.app.verbs import adapt as adapting
from neurofm.app.verbs import compare_decoders as decoders
from neurofm.app.verbs import embed as embedding
from neurofm.app.verbs import train as training
from neurofm.checks import check_choice
from neurofm.words import counted

if TYPE_CHECKING:
    from neurofm.app.jobs import Job
    from neurofm.app.session import Session

RESULT = "result"  # on what any verb left


def menu(context: Context) -> list[Entry]:
    """What can be done with what was clicked."""
    kind = RESULT if context.kind in context.session.results else context.kind
    return [entry for c in COMMANDS if kind in c.on for entry in c.entries(context)]


def get(name: str) -> Command:
    """The command of that name.

    Raises
    ------
    LookupError
        If there is none.
    """
    check_choice("command", name, BY_NAME)
    return BY_NAME[name]


def do(command: str, host: Host, *, kind: str = "", name: str = "") -> None:
    """Do a command by its name, with a thing of that kind if it is about one; the front says what cannot be done.

    Raises
    ------
    LookupError
        If there is no command of that name.
    """
    run(get(command), Context(session=host.session, kind=kind, name=name), host)


def press(action: str, view: str, host: Host) -> None:
    """Do what the button of an empty view asks for: a command, or to see another view."""
    if action in BY_NAME:
        return do(action, host, kind="view", name=view)
    if action in registry.names(VERBS):  # one that another distribution adds
        verb = Command(name=action, title=action, do=lambda c, h: registry.get(VERBS, action).begin(c.session))
        return run(verb, Context(session=host.session, kind="view", name=view), host)
    return host.show(action)


def button(action: str, session: Session) -> str:
    """What stands on the button of an empty view, which says what is being trained where something is."""
    busy = [job.title for job in session.jobs if job.task in ("train", "finetune") and not job.over]
    return f"At work: {busy[0]}" if busy and action == "train" else action.replace("_", " ").capitalize()


# ---- models


def _train(context: Context, host: Host) -> None:
    """Show the form, with the recording chosen that was clicked."""
    if context.kind == "source":
        host.form.choose_sources([context.name])
    host.show("train")


def _adapt_one(context: Context, host: Host) -> None:
    """Of a run and a recording one was clicked; the other is chosen from the menu."""
    pair = (context.name, context.other) if context.kind == "run" else (context.other, context.name)
    adapt(host, *pair)


def adapt(host: Host, run: str, recording: str) -> None:
    """Adapt a run to a recording, and show how it goes."""
    host.session.adapt(run, recording, device=host.device)
    host.show("jobs")


def _ask_adapt(context: Context, host: Host) -> None:
    run, _ = adapting.choose(context.session, context.name if context.kind == "run" else "")
    host.ask_adapt(run)


def _strangers_of(context: Context) -> list[str]:
    return adapting.strangers(context.session, context.name)


def _runs_new_to(context: Context) -> list[str]:
    runs = list(context.session.runs)
    return [run for run in runs if context.name in adapting.strangers(context.session, run)]


def _seen_by(context: Context) -> list[str]:
    new = adapting.strangers(context.session, context.name)
    return [name for name in context.session.suiting(context.name) if name not in new]


def _other_runs(context: Context) -> list[str]:
    return [name for name in list(context.session.runs) if name != context.name]


def compare_runs(session: Session, first: str, second: str) -> tuple[str, str]:
    """Set two latent spaces to two runs, with the same colours and filter; gives the names of the views."""
    views = "latent", "latent 2"
    one, other = (session.view(view) for view in views)
    of = embedding.space_of(session, one.of)
    for state, shown in ((one, first), (other, second)):
        names = [n for n, e in session.embeddings.items() if Path(e.run).name == shown and e.space == of]
        state.embedding = names[-1] if names else ""
    alike = replace(other, of=one.of, map=one.map, color_by=one.color_by, filter=one.filter)
    session.set_view(views[1], alike)
    return views


def _compare_runs(context: Context, host: Host) -> None:
    for view in compare_runs(context.session, context.name, context.other):
        host.show(view)


def _draw_by_umap(context: Context, host: Host) -> None:
    """Ask for the UMAP, which is shown even where the PCA was chosen."""
    context.session.umap(context.name)
    for name, state in list(context.session.views.items()):
        if name.split(" ")[0] == "latent" and state.map == "PCA":
            state.map = ""


def _embed(context: Context, host: Host) -> None:
    embedding.begin_newest(context.session, context.session.view(context.name).of)


def _hide(context: Context, host: Host) -> None:
    state = context.session.view(context.name)
    context.session.hide(state.run, state.recording, state.what)


def _compare_decoders(context: Context, host: Host, *, quick: bool = False) -> None:
    """On the recording that was clicked, or on the one and at the effort that the table is set to."""
    recording = context.name
    if context.kind == "view":
        state = context.session.view(context.name)
        recording, quick = getattr(state, "recording", ""), getattr(state, "effort", "") == "quick"
    compare_decoders(host, recording if recording in context.session.recordings else "", quick=quick)


def compare_decoders(host: Host, recording: str = "", *, quick: bool = False) -> None:
    """Compare decoders on a recording, the first unless named, and bring their table to the front."""
    host.later(
        partial(host.session.compare_decoders, recording, quick=quick),
        "Looking at what can be decoded",
        lambda job: show_results(host, job.task, job.arguments["recording"]),
    )


def _lasts(words: str, *, quick: bool) -> Callable[[Context], str]:
    return lambda context: f"{words} ({decoders.lasts(quick=quick)})"


# ---- jobs


def job_of(context: Context) -> Job:
    """The job that was clicked.

    Raises
    ------
    LookupError
        If there is none of that number.
    """
    jobs = {str(job.id): job for job in context.session.jobs}
    check_choice("job", context.name, jobs)
    return jobs[context.name]


def _fork(context: Context, host: Host) -> None:
    host.form.fork(job_of(context))
    host.show("train")


def _trains(context: Context) -> bool:
    return trains(job_of(context))


def remedy(context: Context) -> tuple[str, str] | None:
    """The run and the recording that mend a job which failed for want of that, if one did."""
    return adapting.remedy(context.session, job_of(context))


def _mend(context: Context, host: Host) -> None:
    if pair := remedy(context):
        adapt(host, *pair)


def _mends(context: Context) -> str:
    return "Adapt {} to {}".format(*remedy(context) or ("", ""))


# ---- views


def show_results(host: Host, verb: str, name: str) -> None:
    """Bring the table of what a verb left to the front."""
    state, rows = host.session.view("table"), registry.get(VERBS, verb).rows
    state.of, state.recording = next(iter(rows), state.of), name
    host.show("table")


def _show_in_table(context: Context, host: Host) -> None:
    space = context.session.selection.last
    if space in context.session.tables():
        context.session.view("table").of = space
    host.show("table")


def _compare(context: Context, host: Host) -> None:
    context.session.view("table").of = "comparison"
    host.show("table")


def _another(context: Context, host: Host) -> None:
    """One more view of a kind, the latent space unless another was clicked."""
    kind = context.name.split(" ")[0] if context.kind == "view" else "latent"
    names = (kind, *(f"{kind} {k}" for k in range(2, 100)))
    host.show(next(name for name in names if name not in context.session.views))


def show(context: Context, host: Host) -> None:
    """Show in all views what was double-clicked in the list of what is open."""
    session, kind, name = context.session, context.kind, context.name
    if kind == "group":
        return session.pick_group(name)
    if kind in session.results:
        return show_results(host, kind, name)
    shown = session.sources[name].kind if kind == "source" else kind  # as states of views call it
    for view, state in list(session.views.items()):
        if hasattr(state, shown):
            session.set_view(view, replace(state, **{shown: name}))
    return host.show("latent") if kind == "embedding" else None


# ---- what is picked


def _group(context: Context, host: Host) -> None:
    try:
        group = context.session.group()
    except ValueError as error:
        said = str(error)
        return host.tell(said[:1].upper() + said[1:])
    place = list(context.session.groups).index(group.name) + 1
    key = f"; press {place} to pick it again" if place < 10 else ""
    return host.tell(f"{group.name}: {counted(len(group.ids), group.space)}{key}")


def _rename(context: Context, host: Host) -> None:
    def call(new: str) -> None:
        if new.strip() and new.strip() != context.name:
            context.session.rename_group(context.name, new.strip())

    host.ask_name("Rename group", context.name, call)


def pick_group(session: Session, place: int) -> None:
    """Pick the group of that place, from 1, if there is one."""
    for name in list(session.groups)[place - 1 : place]:
        session.pick_group(name)


def _picked(context: Context) -> bool:
    return bool(context.session.selection.spaces())


def _two_groups(context: Context) -> bool:
    return len(context.session.groups) > 1


def _is_recording(context: Context) -> bool:
    return context.name in context.session.recordings


def _not_decoded(context: Context) -> str:
    return decoders.lacks(context.session.recordings[context.name]) if _is_recording(context) else ""


def _not_learned(context: Context) -> str:
    return training.lacks(context.session, context.name) if context.kind == "source" else ""


def _some_run(context: Context) -> bool:
    return bool(context.session.runs)


# fmt: off
COMMANDS = (
    # with a group
    Command(name="pick_group", title="Pick", on=("group",), do=lambda c, h: c.session.pick_group(c.name)),
    Command(name="rename_group", title="Rename…", on=("group",), do=_rename),
    # with a source, or a run
    Command(name="train_on", title="Train on this…", on=("source",), lacks=_not_learned, do=_train),
    Command(name="adapt_to", title="Adapt to {other}", on=("run",), others=_strangers_of, do=_adapt_one),
    Command(name="adapt_this", title="Adapt {other} to this", on=("source",), others=_runs_new_to, do=_adapt_one),
    Command(name="decode", title="Decode {other}", on=("run",), others=_seen_by,
            do=lambda c, h: c.session.predict(c.name, c.other)),
    Command(name="compare_runs", title="Compare with {other}", on=("run",), others=_other_runs, do=_compare_runs),
    Command(name="compare_decoders", title=_lasts("Compare decoders", quick=False), on=("source",),
            offered=_is_recording, lacks=_not_decoded, do=_compare_decoders,
            palette="Compare decoders on a NeuroFM recording (minutes)"),
    Command(name="compare_decoders_quickly", title=_lasts("Compare decoders, a quick look", quick=True),
            on=("source",), offered=_is_recording, lacks=_not_decoded, do=partial(_compare_decoders, quick=True)),
    *_videos.COMMANDS, *_poses.COMMANDS, *_volumes.COMMANDS, *_painting.COMMANDS, *_cells.COMMANDS,
    # with a map
    Command(name="umap", title="Draw by UMAP", on=("embedding",), do=_draw_by_umap),
    *_graphs.COMMANDS, *_matches.COMMANDS,
    Command(name="export_embedding", title="Export…", on=("embedding",), do=_files.ask_embedding),
    Command(name="bouts", title="Find bouts…", on=("embedding", "view"), offered=_bouts.can_find, do=_bouts.ask_find),
    # with a view, and what is picked
    Command(name="export_view", title=_files.of_view, on=("view",), do=_files.ask_export),
    Command(name="another", title="One more beside this", on=("view",), do=_another),
    Command(name="group", title="Make the pick a group", on=("view",), offered=_picked, do=_group,
            palette="Make the NeuroFM pick a group"),
    *_bouts.COMMANDS,
    Command(name="show_in_table", title="Show in table", on=("view",), offered=_picked, do=_show_in_table),
    Command(name="show_results", title="Show in table", on=(RESULT,), do=lambda c, h: show_results(h, c.kind, c.name)),
    Command(name="compare", title="Compare groups", on=("group", "view"), offered=_two_groups, do=_compare,
            palette="Compare NeuroFM groups"),
    Command(name="adapt", title="Adapt to another recording…", on=("run", "view"), offered=_some_run, do=_ask_adapt,
            palette="Adapt a NeuroFM run to a recording..."),
    Command(name="ungroup", title="Forget", on=("group",), do=lambda c, h: c.session.ungroup(c.name)),
    Command(name="open_files", title="Open…", on=("",), do=_files.ask_open, palette="Open a recording in NeuroFM..."),
    Command(name="open_path", title="Path or address…", on=("",), do=_files.type_path),
    Command(name="join_with", title="Join with…", on=("source",), offered=_files.can_join, do=_files.ask_part),
    Command(name="join", title="Add columns from a table…", on=("source", "view", ""), do=_files.ask_table,
            palette="Add columns to NeuroFM from a table..."),
    Command(name="export_script", title="Export script…", on=("view",), do=_files.ask_script,
            palette="Export NeuroFM script..."),
    Command(name="share_clock", title="Put on the clock of {other}…", on=("source",), others=_bouts.clocks,
            do=_bouts.ask_zero),
    Command(name="export_source", title="Export…", on=("source",), offered=_files.can_write, do=_files.ask_source),
    Command(name="close", title="Close", on=("source",), do=lambda c, h: c.session.close(c.name)),
    Command(name="unjoin", title="Take its columns away", on=("table",), do=lambda c, h: c.session.unjoin(c.name)),
    # with a job
    Command(name="pause", title="Pause", on=("job",), offered=lambda c: job_of(c).state == "running",
            do=lambda c, h: job_of(c).pause()),
    Command(name="resume", title="Resume", on=("job",), offered=lambda c: can_resume(job_of(c)),
            do=lambda c, h: resume(c.session, job_of(c))),
    Command(name="fork", title="Fork…", on=("job",), offered=_trains, do=_fork),
    Command(name="stop", title="Stop", on=("job",), offered=lambda c: not job_of(c).over,
            do=lambda c, h: job_of(c).stop()),
    Command(name="mend", title=_mends, on=("job",), offered=lambda c: bool(remedy(c)), do=_mend),
    # by buttons and keys
    Command(name="open_session", title="Session, folder or run…", do=_files.ask_folder,
            palette="Open a NeuroFM session..."),
    *samples.commands(get),
    Command(name="save", title="Save…", do=_files.ask_save, palette="Save NeuroFM session..."),
    Command(name="clear", title="Clear the pick", do=lambda c, h: c.session.selection.clear(),
            palette="Clear the NeuroFM pick"),
    Command(name="undo", title="Undo", do=lambda c, h: c.session.undo(), palette="Undo in NeuroFM"),
    Command(name="redo", title="Redo", do=lambda c, h: c.session.redo(), palette="Redo in NeuroFM"),
    Command(name="another_latent", title="One more latent space", do=_another, palette="Show one more latent space"),
    Command(name="arrange", title="Arrange", do=lambda c, h: h.arrange(), palette="Arrange NeuroFM docks"),
    Command(name="tour", title="Take the tour", do=lambda c, h: h.show("tour")),
    Command(name="show_keys", title="Mouse and keys", do=lambda c, h: h.show_keys(), palette="NeuroFM mouse and keys"),
    # by the buttons of empty views
    Command(name="open", title="Open", do=_files.ask_open),
    Command(name="train", title="Train", do=_train),
    Command(name="jobs", title="Jobs", do=lambda c, h: h.show("jobs")),
    Command(name="embed", title="Embed", do=_embed),
    Command(name="hide", title="Hide", do=_hide),
)
# fmt: on
BY_NAME = {command.name: command for command in COMMANDS}

KEYS = {  # of a keyboard, and the command that each does
    "Esc": "clear",
    "Ctrl+Z": "undo",
    "Ctrl+Shift+Z": "redo",
    "G": "group",
}
