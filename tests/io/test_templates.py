"""Templates: where each is largest, dense or sparse, whitened or not."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.io._templates import templates
from tests.io.sorted_files import PEAK, PLACES, RATE, shapes


def told(folder, **arrays):
    for name, values in ({"templates": shapes(), "channel_positions": PLACES} | arrays).items():
        np.save(folder / f"{name}.npy", values)
    return templates(folder, RATE)


def test_each_lies_where_it_is_largest(tmp_path):
    table, notes = told(tmp_path)
    assert table["channel"].tolist() == [*PEAK]
    np.testing.assert_array_equal(table[["x", "depth"]], PLACES[list(PEAK)])
    np.testing.assert_allclose(table["trough_to_peak_ms"], 6 / RATE * 1000)
    assert notes == []


@pytest.mark.parametrize("name", ["templates_ind", "template_ind"])
def test_sparse_templates_name_their_channels(tmp_path, name):
    few = np.stack([shapes()[k][:, [channel, 0]] for k, channel in enumerate(PEAK)])
    few[1, :, 1] = 0  # its only channel is the first
    table, notes = told(tmp_path, templates=few, **{name: np.c_[PEAK, np.full(5, -1)]})
    assert (table["channel"].tolist(), notes) == ([*PEAK], [])


def test_whitening_is_undone(tmp_path):
    back = np.diag([1.0, 1.0, 1.0, 0.1])
    back[3, 1] = 5.0  # what stands on the last channel lies on the second
    table, _ = told(tmp_path, whitening_mat_inv=back)
    assert table["channel"].tolist() == [2, 0, 1, 1, 1]


def test_templates_of_matlab_lie_the_other_way_round(tmp_path):
    table, _ = told(tmp_path, templates=np.asfortranarray(shapes()))
    assert table["channel"].tolist() == [*PEAK]


def test_a_trough_at_the_end_has_no_peak_after_it(tmp_path):
    values = shapes()
    values[0, -1, 2] = -100
    table, _ = told(tmp_path, templates=values)
    np.testing.assert_array_equal(np.isnan(table["trough_to_peak_ms"]), [True, False, False, False, False])


def test_samples_of_unknown_length_tell_no_milliseconds(tmp_path):
    told(tmp_path)
    assert "trough_to_peak_ms" not in templates(tmp_path, 1.0)[0]


@pytest.mark.parametrize(
    ("name", "values", "note"),
    [
        ("templates", np.zeros((5, 12)), "templates.npy: is (5, 12), not (template, sample, channel), left out"),
        ("channel_positions", PLACES[:2], "channel_positions.npy: is (2, 2) for channels from 0 to 3, left out"),
        ("templates_ind", np.zeros((5, 9)), "templates_ind.npy: is (5, 9) for templates (5, 12, 4), left out"),
        ("whitening_mat_inv", np.eye(3), "whitening_mat_inv.npy: is (3, 3) for templates (5, 12, 4), left out"),
        ("channel_shanks", np.zeros(3), "channel_shanks.npy: is (3,) for channels from 0 to 3, left out"),
        ("channel_shanks", np.array(["a"]), "channel_shanks.npy: holds no numbers, left out"),
    ],
)
def test_what_does_not_fit_is_left_out_by_name(tmp_path, name, values, note):
    assert told(tmp_path, **{name: values})[1] == [note]
