"""Tables of choices: which column is what, and what is turned, told or refused."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from neurofm import io, registry
from neurofm.errors import DataError
from neurofm.io import choices

PLAIN = "subject,choice,reward\na,0,1\na,1,0\nb,1,1\nb,0,0\n"


@pytest.fixture
def table(tmp_path):
    """`table(text)` writes it and gives its path."""

    def write(text, name="people.csv"):
        (tmp_path / name).write_text(text, "utf8")
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("subjID,choice,outcome", "'subjID' for the subject"),
        ("Participant ID,Chosen Arm,Payoff", "'Chosen Arm' for the choice"),
        ("animal,action,rew", "'rew' for the reward"),
        ("id,resp,feedback", "'resp' for the choice"),
        ("mouse,port,water", "'port' for the choice"),
        ("animal,side_chosen,rewarded", "'side_chosen' for the choice"),
    ],
)
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_columns_are_known_by_many_names(table, header, said, sign):
    if sign == "\t" or " " not in header:
        source = io.read(table(PLAIN.replace("subject,choice,reward", header).replace(",", sign)))
        assert said in source.notes[0]
        assert source.action.tolist() == [0, 1, 1, 0]
        assert source.outcomes[:, 0].tolist() == [1, 0, 1, 0]
        assert source.subjects["label"].tolist() == ["a", "b"]


TURNED = {
    "arms from 1": (PLAIN.replace(",1,", ",2,").replace(",0,", ",1,"), "counts arms from 1", [0, 1, 1, 0]),
    "words": (PLAIN.replace(",1,", ",right,").replace(",0,", ",left,"), "arms left, right", [0, 1, 1, 0]),
    "left and right": (PLAIN.replace(",0,", ",-1,"), "are the codes -1, 1", [0, 1, 1, 0]),
    "keys": (PLAIN.replace(",0,", ",37,").replace(",1,", ",39,"), "are the codes 37, 39", [0, 1, 1, 0]),
    "floats": (PLAIN.replace(",0,", ",0.0,").replace(",1,", ",1.0,"), "columns were taken", [0, 1, 1, 0]),
    "an arm never chosen": (PLAIN.replace(",1,", ",2,"), "arm 1 is never chosen", [0, 2, 2, 0]),
    "no choice": (PLAIN + "b,,1\nb,NA,0\n", "2 rows hold no choice", [0, 1, 1, 0]),
    "no subject": (PLAIN + ",1,1\n", "1 row say of no subject", [0, 1, 1, 0]),
    "no column of subjects": ("choice,reward\n0,1\n1,0\n", "all trials are one subject's", [0, 1]),
    "no outcomes": ("subject,choice\na,0\na,1\n", "only choices are known", [0, 1]),
    "unknown outcomes": (PLAIN.replace("b,1,1", "b,1,NaN"), "1 row of 4 hold no outcome", [0, 1, 1, 0]),
    "one outcome": (PLAIN.replace("1\n", "0\n"), "is the same in all trials", [0, 1, 1, 0]),
    "mixed": ("subject,choice,reward\na,0,1\nb,1,1\na,1,0\nb,0,0\n", "were mixed", [0, 1, 1, 0]),
    "out of order": ("subject,trial,choice,reward\na,2,1,0\na,1,0,1\n", "was not ascending", [0, 1]),
    "blocks": ("subject,trial,choice,reward\na,1,0,0\na,2,1,1\na,1,1,1\n", "starts again within subjects", [0, 1, 1]),
    "losses above zero": ("subject,choice,gain,loss\na,0,1,0\na,1,0,50\n", "counts what was lost above", [0, 1]),
    "names of rows": ("choice,reward\n1,0,1\n2,1,0\n", "all trials are one subject's", [0, 1]),
}


@pytest.mark.parametrize("name", TURNED)
def test_what_is_made_of_odd_tables_is_told(table, name):
    text, words, action = TURNED[name]
    source = io.read(table(text))
    assert any(words in note for note in source.notes), source.notes
    assert source.action.tolist() == action


REFUSED = {
    "outside the arms": (PLAIN + "b,99,0\n", "choice: is '99' in line 6, far from the arms 0, 1"),
    "a negative arm": (PLAIN + "b,-9,0\n", "choice: is '-9' in line 6, outside the arms"),
    "between two arms": (PLAIN + "b,0.5,0\n", "choice: holds '0.5' in line 6 among whole numbers"),
    "words among numbers": (PLAIN + "b,left,0\n", "choice: holds 'left' in line 6 among whole numbers"),
    "one arm": (PLAIN.replace(",1,", ",0,"), "choice: names one arm only"),
    "text for outcomes": (PLAIN + "b,1,often\n", "reward: holds 'often' in line 6, which is no number"),
    "a line cut off": (PLAIN + "b,1\n", "line 6: has fewer cells than the header"),
    "too many words": ("subject,choice\n" + "".join(f"a,word {k}\n" for k in range(40)), "more than 20 are no arms"),
    "nothing chosen": ("subject,choice,reward\na,,1\nb,,1\n", "choice: holds no choice"),
    "no rows": ("subject,choice,reward\n", "has a header (subject, choice, reward) and no rows"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_tables_are_refused_in_one_sentence(table, name):
    text, words = REFUSED[name]
    with pytest.raises(DataError) as refused:
        io.read(table(text))
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_subject_with_one_trial_is_told_and_the_others_stay(table):
    source = io.read(table(PLAIN + "c,1,1\n"))
    assert source.lengths.tolist() == [2, 2, 1]
    assert "c: fewer than two trials" in source.warnings()[0]


def test_other_columns_are_of_subjects_or_of_trials(table):
    text = "subject,choice,reward,age,rt\na,0,1,20,0.5\na,1,0,20,0.7\nb,1,1,30,0.2\n"
    source = io.read(table(text))
    assert source.subjects["age"].tolist() == [20, 30]
    assert source.columns["rt"].tolist() == [0.5, 0.7, 0.2]
    assert list(source.columns) == ["rt"]


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "choice,trial\n1,2\n", "time,unit\n0.1,3\n"])
def test_tables_of_something_else_are_left_to_others(table, text):
    assert not registry.get("neurofm.io", "choices").accepts(table(text))


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "arms", "outcomes", "subjects", "trials"),
    [
        ("bandit2arm", 2, ("reward",), 20, 100),
        ("bandit4arm", 4, ("gain", "loss"), 10, 200),
        ("bandit4arm2", 4, ("reward",), 10, 300),
        ("prl", 2, ("reward",), 20, 100),
    ],
)
def test_files_of_a_package_open(shared_data, name, arms, outcomes, subjects, trials):
    source = io.read(shared_data("bandit") / f"{name}_exampleData.txt")
    assert len(source.arms) == arms
    assert source.outcome_names == outcomes
    assert source.lengths.tolist() == [trials] * subjects
    assert np.isfinite(source.outcomes).all()


@pytest.mark.real
def test_a_zipped_file_of_522_people_opens(shared_data):
    path = shared_data("choices") / "choice_engineering_2arm.tsv.gz"
    source = io.read(path)
    assert (len(source.subjects), len(source.action)) == (522, 52_029)
    assert source.subjects["schedule"].nunique() == 21
    with gzip.open(path, "rt") as file:
        first = file.read().splitlines()[1].split("\t")
    assert (source.action[0], source.outcomes[0, 0], source.columns["side"][0]) == (int(first[3]), 1.0, "LEFT")


def test_a_table_without_a_known_name_of_choices_says_which_there_are(table):
    path = table("mouse,trial,went_to,rewarded\na,1,L,1\na,2,R,0\n")
    with pytest.raises(DataError, match="; a table of choices needs a column of choices, called one of choice, "):
        io.read(path)


@pytest.mark.parametrize("header", ["mouse,side,weight", "subject,start,side", "side,key,poke"])
def test_a_place_alone_is_no_choice(table, header):
    assert not choices.accepts(table(PLAIN.replace("subject,choice,reward", header)))
