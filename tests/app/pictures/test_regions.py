"""Layers and regions lead to the right units and moments."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.app.pictures.regions import moments_inside, unit_ids, units_inside
from neurofm.app.session import Session
from neurofm.data.ids import seconds, unpack
from neurofm.synthetic.demo import demo


@pytest.fixture(scope="module")
def session():
    return Session(demo(duration=20.0))


@pytest.mark.parametrize(
    ("labels", "recording", "units"),
    [
        (["ada/unit 3", "nobody"], "", ["ada/unit 3", None]),
        (["unit 3"], "bo", ["bo/unit 3"]),
        (["bo/unit 3", "ada/unit 3"], "bo", ["bo/unit 3", None]),
        (["unit 3"], "", [None]),  # which two recordings have
        (["unit 3"], "closed", [None]),
        ([], "", []),
    ],
)
def test_a_label_names_its_unit_whole_or_where_one_recording_has_it_alone(session, labels, recording, units):
    number = dict(zip(session.table("unit")["label"], session.table("unit").index)) | {None: -1}
    assert unit_ids(labels, session, recording).tolist() == [number[unit] for unit in units]


def test_the_labels_of_a_table_name_its_rows(session):
    table = session.table("unit")
    assert unit_ids(table["label"], session).tolist() == table.index.tolist()


def test_moments_are_those_at_which_the_animal_is_inside(session):
    recording = session.recordings["ada"]
    series = recording.series["position"]
    x, y = np.median(series.values[:, 0]), np.median(series.values[:, 1])
    left = np.array([[-1e3, -1e3], [-1e3, x], [1e3, x], [1e3, -1e3]])  # y, x
    ids = moments_inside(session, [left])
    mine = ids[unpack(ids)[0] == session.number("ada")]
    at = seconds(unpack(mine)[1], recording.start)
    inside = series.at(at)[:, 0] < x
    assert inside.mean() > 0.98  # half a sample on either side of a crossing
    assert 0.4 < len(mine) / len(series.times) < 0.6
    assert len(moments_inside(session, [])) == 0
    below = np.array([[-1e3, -1e3], [-1e3, 1e3], [y, 1e3], [y, -1e3]])
    assert len(moments_inside(session, [left, below])) > len(ids)


def test_units_are_those_whose_electrodes_are_inside(session):
    table = session.table("unit")
    places = table["y_um"].to_numpy()
    split = np.median(places)
    above = np.array([[split, -1e6], [split, 1e6], [1e6, 1e6], [1e6, -1e6]])
    assert set(units_inside(session, [above])) == set(table.index[places > split])
