import unicodedata

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from neurofm.nn.vocab import Vocab


def test_growing_keeps_what_was_learned():
    vocab = Vocab(["a", "b"], 4)
    before = vocab.weight.data.clone()
    vocab.grow(["b", "c"])
    assert vocab.names == ["NA", "a", "b", "c"]
    assert_close(vocab.weight.data[:3], before)
    assert vocab.rows(["c", "a"]).tolist() == [3, 1]


def test_shrinking_reorders_rows_with_their_names():
    vocab = Vocab(["a", "b", "c"], 4)
    c = vocab(torch.from_numpy(vocab.rows(["c"])))
    vocab.shrink(["c", "a"])
    assert_close(vocab(torch.from_numpy(vocab.rows(["c"]))), c)
    assert len(vocab.weight) == 3


def test_restarting_forgets():
    vocab = Vocab(["a"], 4)
    a = vocab.weight.data[1].clone()
    vocab.restart(["a", "b"])
    assert vocab.names == ["NA", "a", "b"]
    assert not torch.equal(vocab.weight.data[1], a)


def test_an_unknown_name_is_told():
    with pytest.raises(LookupError, match="never seen 'z'"):
        Vocab(["a"], 4).rows(["a", "z"])


def test_a_frozen_table_stays_frozen_when_it_grows():
    vocab = Vocab(["a"], 4)
    vocab.weight.requires_grad_(False)
    vocab.grow(["b"])
    assert not vocab.weight.requires_grad


@pytest.mark.parametrize("name", ["NA", "nan", "", "PAD", "None", "0"])
def test_nothing_that_has_a_name_takes_the_row_of_nothing(name):
    vocab = Vocab(["a", name, "b"], 4)
    assert vocab.rows(["a", name, "b"]).tolist() == [1, 2, 3]
    assert len(vocab.weight) == len(vocab.names) == 4
    vocab.grow([name, "c"])
    vocab.shrink(["c", name])
    assert vocab.rows([name]).tolist() == [2]
    vocab.restart([name])
    assert vocab.rows([name]).tolist() == [1]


SAME = {
    "again": ("a", "a"),
    "a number": (7, "7"),
    "numpy's number": (np.int32(7), "7"),
    "numpy's text": (np.str_("a"), "a"),
    "accents": (unicodedata.normalize("NFC", "Zoé"), unicodedata.normalize("NFD", "Zoé")),
    "as nothing": ("NA", "NA"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
@pytest.mark.parametrize(
    "fill",
    [
        lambda one, other: Vocab([one, "x", other], 4),
        lambda one, other: grown(Vocab([one], 4), ["x", other, "x"]),
        lambda one, other: shrunk(Vocab([one, "y", "x"], 4), [one, "x", other]),
    ],
    ids=["begun", "grown", "shrunk"],
)
def test_equal_names_have_one_row(fill, one, other):
    vocab = fill(one, other)
    assert len(vocab.weight) == len(vocab.names) == 3
    assert vocab.rows([one, "x", other]).tolist() == [1, 2, 1]


def grown(vocab, names):
    vocab.grow(names)
    return vocab


def shrunk(vocab, names):
    vocab.shrink(names)
    return vocab


@pytest.mark.parametrize("name", [None, float("nan"), np.float64("nan")])
def test_what_has_no_name_is_told(name):
    with pytest.raises(ValueError, match="a name must be a text or a number"):
        Vocab(["a", name], 4)


def test_weights_of_a_run_in_which_a_thing_shared_the_row_of_nothing_are_taken():
    old = torch.arange(12.0).reshape(3, 4)  # nothing, a, b, of a run that knows a, NA and b
    vocab = Vocab(["a", "NA", "b"], 4)
    vocab.load_state_dict({"weight": old})
    assert_close(vocab.weight.data, old[[0, 1, 0, 2]])
    assert list(vocab.state_dict()) == ["weight"]
