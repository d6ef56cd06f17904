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
