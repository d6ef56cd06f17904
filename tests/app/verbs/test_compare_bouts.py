"""Bouts of two groups are compared animal by animal, whoever is grouped, and never by what only looks alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm import registry
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.data.ethogram import Ethogram
from neurofm.synthetic import quadrupeds, reaching

VIEW = Viewport(width=600, height=400)


def day(name, share, *, subject=None, seconds=100.0, clock="", origin=""):
    """So much grooming in pieces of 10 s, the rest of each walked."""
    starts = np.arange(0, seconds, 10.0)
    rows = [(t, t + 10 * share, "groom") for t in starts] + [(t + 10 * share, t + 10, "walk") for t in starts]
    bouts = pd.DataFrame(rows, columns=["start", "stop", "behavior"]).assign(origin=origin)
    return Ethogram(session=name, subject=name[:2] if subject is None else subject, bouts=bouts, clock=clock)


def grouped(session, space, **groups):
    for name, labels in groups.items():
        table = session.table(space)
        session.group(name, space, table.index[table["label"].isin(labels)])


@pytest.fixture
def session():
    shares = {"a1": 0.2, "a2": 0.25, "a3": 0.3, "b1": 0.5, "b2": 0.6, "b3": 0.7}
    session = Session([day(f"{name} day", share) for name, share in shares.items()])
    grouped(session, "session", a=[f"a{k} day" for k in (1, 2, 3)], b=[f"b{k} day" for k in (1, 2, 3)])
    return session


def groomed(tests):
    return tests.set_index(["behavior", "of"]).loc[("groom", "share of time")]


def test_sessions_are_compared_animal_by_animal(session):
    line = groomed(session.compare_bouts("a", "b"))
    assert (line["n_a"], line["n_b"], line["test"]) == (3, 3, "permutation, all 20 ways")
    assert line["difference"] == pytest.approx(0.25 - 0.6)
    assert line["effect"] == -1
    assert line["p"] == 0.1  # the least that six animals can say


def test_subjects_of_one_file_are_compared_too():
    parts = [day(name, share).bouts.assign(subject=name, condition=name[0]) for name, share in
             {"a1": 0.2, "a2": 0.25, "a3": 0.3, "b1": 0.5, "b2": 0.6, "b3": 0.7}.items()]  # fmt: skip
    session = Session([Ethogram(session="all", bouts=pd.concat(parts))])
    table = session.table("subject")
    assert table["condition"].tolist() == ["a", "a", "a", "b", "b", "b"]  # so that it can be filtered by
    for name in "ab":
        session.group(name, "subject", session.where("subject", "condition", name))
    line = groomed(session.compare_bouts("a", "b"))
    assert (line["n_a"], line["difference"]) == (3, pytest.approx(-0.35))


def test_animals_in_both_conditions_are_paired_and_other_days_of_them_count_once():
    days = [day(f"m{k} {when}", 0.1 * k + more) for k in range(1, 5) for when, more in (("pre", 0), ("post", 0.2))]
    session = Session([*days, day("m1 post again", 0.3)])
    labels = session.table("session")["label"]
    grouped(session, "session", pre=[n for n in labels if "pre" in n], post=[n for n in labels if "post" in n])
    line = groomed(session.compare_bouts("post", "pre"))
    assert (line["test"], line["n_a"], line["effect"]) == ("paired permutation, all 16 ways", 4, 1)
    apart = groomed(session.compare_bouts("post", "pre", animals="session"))
    assert (apart["test"], apart["n_a"], apart["n_b"]) == ("permutation, all 126 ways", 5, 4)


@pytest.mark.parametrize("subject", ["", "mouse"])
def test_sessions_that_all_name_the_same_animal_are_told_apart(subject):
    session = Session([day(f"s{k}", 0.1 * k, subject=subject) for k in range(1, 7)])
    grouped(session, "session", a=["s1", "s2", "s3"], b=["s4", "s5", "s6"])
    assert groomed(session.compare_bouts("a", "b"))["n_a"] == 3


def test_tracks_are_compared_by_the_bouts_on_their_clock_and_trials_by_those_in_them():
    walkers = [quadrupeds.session(10, k, frames=60, name=f"w{k}") for k in range(3)]
    session = Session([*walkers, *(day(f"{w.session} x", 0.5, subject="", clock=w.session) for w in walkers)])
    trials = session.table("trial")
    early = trials["start"] < 15
    session.group("early", "trial", trials.index[early])
    session.group("late", "trial", trials.index[~early])
    line = groomed(session.compare_bouts("early", "late"))
    assert (line["test"], line["n_a"]) == ("paired permutation, all 8 ways", 3)
    session.group("one", "session", session.table("session").index[:1])
    session.group("others", "session", session.table("session").index[1:3])
    assert groomed(session.compare_bouts("one", "others"))[["n_a", "n_b"]].tolist() == [1, 2]
    session.add(day("second", 0.5, clock=walkers[0].session))
    with pytest.raises(ValueError, match=r"has bouts of .* and second; group those that are meant"):
        session.compare_bouts("one", "others")


def test_what_cannot_be_compared_is_refused_in_words(session):
    with pytest.raises(LookupError, match="no group 'c'; there are a, b"):
        session.compare_bouts("a", "c")
    with pytest.raises(LookupError, match="no animals 'mouse'"):
        session.compare_bouts("a", "b", animals="mouse")
    session.group("some", "bout", session.everything("bout")[:3])
    with pytest.raises(ValueError, match="'a' holds sessions and 'some' bouts; compare groups of one kind"):
        session.compare_bouts("a", "some")
    session.group("others", "bout", session.everything("bout")[3:9])
    with pytest.raises(ValueError, match="bouts do not say how long each animal was looked at; group sessions"):
        session.compare_bouts("others", "some")
    session.group("same", "session", session.groups["a"].ids)
    with pytest.raises(ValueError, match="nothing is only in 'a', not in 'same' too"):
        session.compare_bouts("a", "same")
    recording = reaching.sessions(1, units=3, duration=60.0, seed=1)[0]
    session.group(
        "none", "session", [session.table("session").index[0] + (session.number(session.add(recording)) << 44)]
    )
    with pytest.raises(ValueError, match="nothing in 'none' has bouts; open tables of bouts, or find bouts"):
        session.compare_bouts("none", "b")


def test_an_animal_that_was_scored_twice_at_once_and_clusters_of_two_makings_are_refused(session):
    session.add(day("again", 0.2, subject="a1", clock="a1 day"))
    grouped(session, "session", a=["a1 day", "again"])
    with pytest.raises(ValueError, match=r"'a' holds two ethograms of .*a1.*, a1 day and again; keep one of them"):
        session.compare_bouts("a", "b", animals="subject")
    for name in ("x", "y"):
        session.add(day(name, 0.2, origin=f"clusters of {name}"))
        grouped(session, "session", **{name: [name]})
    with pytest.raises(ValueError, match="'groom' is of clusters of x and clusters of y, which number them apart"):
        session.compare_bouts("x", "y")


def test_the_table_shows_it_and_says_what_is_missing(session):
    state = session.view("table")
    state.of = "behavior"
    scene = draw(registry.get("neurofm.app.views", "table"), state, session, VIEW)
    assert scene.note.endswith("differences of a (a) and b (b), animal by animal")
    (table,) = scene.marks
    assert [column.name for column in table.columns][:2] == ["behavior", "of"]
    session.group("some", "bout", session.everything("bout")[:3])
    session.group("others", "bout", session.everything("bout")[3:9])
    assert (
        "do not say how long each animal"
        in draw(registry.get("neurofm.app.views", "table"), state, session, VIEW).message
    )
    for name in list(session.groups):
        session.ungroup(name)
    assert (
        "press G, once for each condition"
        in draw(registry.get("neurofm.app.views", "table"), state, session, VIEW).message
    )


def test_the_script_compares_them_while_the_groups_stand(session, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for _ in range(2):
        session.compare_bouts("a", "b", animals="session")
    (line,) = [line for line in session.recipe if "compare_bouts" in line]
    assert line == "print(session.compare_bouts('a', 'b', animals='session').to_string())"
    session.ungroup("a")
    assert "compare_bouts" not in session.script()


def test_what_is_given_is_a_copy(session):
    tests = session.compare_bouts("a", "b")
    tests["p"] = -1.0
    assert (session.compare_bouts("a", "b")["p"].dropna() > 0).all()
