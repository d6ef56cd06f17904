"""Groups of the session side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.app.session import Session
from neurofm.data.ids import moments, pack
from neurofm.synthetic.demo import demo


@pytest.fixture(scope="module")
def recordings():
    return demo(duration=120)


@pytest.fixture
def session(recordings):
    """Place units as one group, direction units as another, over two recordings."""
    session = Session(recordings)
    table = session.table("unit")
    for kind in ("place", "direction"):
        session.group(kind, "unit", table.index[table["kind"] == kind])
    return session


def test_units_differ_in_what_they_are_tuned_to(session):
    found = session.compare("place", "direction").set_index("column")
    assert found.loc["spatial_information", "effect"] > 0.9
    assert found.loc["movement_tuning", "effect"] < -0.9
    assert found.loc[["spatial_information", "movement_tuning", "region"], "p_corrected"].max() < 1e-6
    assert found.loc["subject", "p"] > 0.05
    assert found.loc["rate", ["n_a", "n_b"]].tolist() == [48, 38]
    assert not {"label", "group"} & set(found.index)


def test_swapped_groups_are_the_same_with_signs_turned(session):
    names = ("place", "direction")
    there, back = (session.compare(*pair).set_index("column") for pair in (names, names[::-1]))
    numbers = there.index[there["measure"] == "rank-biserial"]
    np.testing.assert_allclose(there.loc[numbers, "effect"], -back.loc[numbers, "effect"])
    np.testing.assert_allclose(there.loc[numbers, "p"], back.loc[numbers, "p"])


def test_things_in_both_groups_are_left_out(session):
    units = session.groups["place"].ids
    session.group("more", "unit", [*units[:3], *session.groups["direction"].ids])
    found = session.compare("place", "more").set_index("column")
    assert found.loc["rate", ["n_a", "n_b"]].tolist() == [45, 38]


def test_trials_are_compared_by_their_columns(session):
    table = session.table("trial")
    late = table["start"] > 60
    session.group("late", "trial", table.index[late])
    session.group("early", "trial", table.index[~late])
    found = session.compare("late", "early").set_index("column")
    assert found.loc["start", "effect"] == 1
    assert found.loc["rewarded", "test"] in ("chi-square", "Fisher's exact")


def test_moments_that_follow_each_other_count_once(session):
    recording = session.recordings["ada"]
    times = np.concatenate([start + np.arange(0, 2, 0.02) for start in (5, 15, 25, 35, 45)])
    session.group("a", "time", pack(0, moments(times, recording.start)))
    session.group("b", "time", pack(0, moments(times + 60, recording.start)))
    found = session.compare("a", "b").set_index("column")
    assert found.loc["time", ["n_a", "n_b"]].tolist() == [5, 5]
    assert found.loc["time", "difference"] == pytest.approx(-60, abs=0.1)
    assert found.loc["direction", "test"] == "uniform scores"


def test_one_stretch_of_moments_proves_nothing(session):
    start = session.recordings["ada"].start
    session.group("a", "time", moments(np.arange(10, 20, 0.02), start))
    session.group("b", "time", moments(np.arange(50, 60, 0.02), start))
    found = session.compare("a", "b")
    assert found["p"].isna().all()
    assert (found["n_a"] == 1).all()


def test_groups_that_cannot_be_compared_are_refused_in_words(session):
    with pytest.raises(LookupError, match="no group 'places'; there are direction, place"):
        session.compare("places", "direction")
    session.group("moments", "time", [1, 2, 3])
    with pytest.raises(ValueError, match="'place' holds units and 'moments' moments; compare groups of one kind"):
        session.compare("place", "moments")
    session.group("same", "unit", session.groups["place"].ids)
    with pytest.raises(ValueError, match="nothing is only in 'place', not in 'same' too"):
        session.compare("place", "same")


def test_a_group_that_changed_is_compared_anew_and_what_is_given_is_a_copy(session):
    first = session.compare("place", "direction")
    first.loc[:, "p"] = -1.0
    assert (session.compare("place", "direction")["p"].dropna() >= 0).all()
    session.group("place", "unit", session.groups["place"].ids[:10])
    assert session.compare("place", "direction").set_index("column").loc["rate", "n_a"] == 10


def test_the_script_compares_the_groups_that_are_still_there_once(session, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    session.compare("place", "direction")
    session.compare("place", "direction")
    lines = session.recipe
    (line,) = [k for k, text in enumerate(lines) if "session.compare(" in text]
    assert lines[line] == "print(session.compare('place', 'direction').to_string())"
    assert line > max(k for k, text in enumerate(lines) if "session.group(" in text)
    session.ungroup("place")
    assert "session.compare" not in session.script()


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.ungroup("place"),
        lambda s: s.rename_group("place", "other"),
        lambda s: s.group("place", "unit", s.groups["direction"].ids),
        lambda s: s.group("place", "trial", [1]),
        lambda s: s.close("bo"),
    ],
    ids=["forgotten", "renamed", "the same", "of another kind", "partly closed"],
)
def test_groups_that_cannot_be_compared_any_more_are_not_in_the_script(session, tmp_path, monkeypatch, change):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    session.compare("place", "direction")
    assert "session.compare('place', 'direction')" in session.script()
    change(session)
    assert "session.compare" not in session.script()


def test_a_group_of_what_was_closed_is_refused_in_words(session, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("ada", "bo"):
        session.group(name, "unit", pack(session.number(name), np.arange(3)))
    session.close("bo")
    with pytest.raises(ValueError, match="nothing of 'bo' is open any more; compare groups of what is open"):
        session.compare("ada", "bo")


def test_who_counts_as_an_identifier_can_be_chosen_and_stands_in_the_script(session):
    table = session.table("unit")
    session.join(pd.DataFrame({"label": table["label"].to_numpy(), "tetrode": np.arange(len(table)) // 4}))
    ids = table.index
    session.group("one", "unit", ids[: len(ids) // 2])
    session.group("other", "unit", ids[len(ids) // 2 :])
    tests = [session.compare("one", "other", identifiers=given).set_index("column") for given in (None, (), ["rate"])]
    assert [table.at["tetrode", "test"] != "Mann-Whitney U" for table in tests] == [True, False, False]
    assert any("identifiers=['rate']" in line for line in session.recipe)
    with pytest.raises(LookupError, match=r"no column 'tetrod'; there are .* did you mean 'tetrode'"):
        session.compare("one", "other", identifiers=["tetrod"])
