"""Tables of clusters in all the ways in which phy, Kilosort and spreadsheets write them."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.io._clusters import tables


def told(folder, **files):
    for name, text in files.items():
        (folder / f"cluster_{name}.tsv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return tables(folder)


@pytest.mark.parametrize("mark", ["\t", ",", ";"])
@pytest.mark.parametrize("key", ["cluster_id", "id", " id "])
@pytest.mark.parametrize("begin", ["", "\ufeff"])
def test_marks_and_names_of_ids_may_be_any(tmp_path, mark, key, begin):
    rows = [[key, "ch", "depth", "fr", "group"], ["7", "3", "20.5", "1.5", "good"], ["2", "1", "40.0", "2.0", "mua"]]
    table, notes = told(tmp_path, info=begin + "\r\n".join(mark.join(row) for row in rows) + "\r\n")
    assert notes == []
    assert table.loc[7].to_dict() == {"channel": 3, "depth": 20.5, "firing_rate": 1.5, "group": "good"}
    assert table.loc[2, "group"] == "mua"


def test_a_comma_in_numbers_is_understood_beside_semicolons(tmp_path):
    table, notes = told(tmp_path, info="cluster_id;depth\n1;20,5\n2;7,25\n")
    assert (table["depth"].tolist(), notes) == ([20.5, 7.25], [])


def test_rates_of_early_phy_are_numbers(tmp_path):
    table, notes = told(tmp_path, info="id\tfr\n1\t12.5 spk/s\n2\t3.0 spk/s\n")
    assert (table["firing_rate"].tolist(), notes) == ([12.5, 3.0], [])


def test_the_more_special_table_is_believed_and_the_other_fills_gaps(tmp_path):
    table, _ = told(tmp_path, group="cluster_id\tgroup\n1\tgood\n", info="id\tgroup\n1\tmua\n2\tnoise\n")
    assert table["group"].to_dict() == {1: "good", 2: "noise"}


def test_words_that_are_not_told_are_empty(tmp_path):
    table, _ = told(tmp_path, group="cluster_id\tgroup\n1\tgood\n2\t\n", Amplitude="cluster_id\tAmplitude\n3\t4.5\n")
    assert table["group"].to_dict() == {1: "good", 2: "", 3: ""}
    np.testing.assert_array_equal(table["Amplitude"], [np.nan, np.nan, 4.5])


def test_labels_of_people_are_called_quality(tmp_path):
    table, _ = told(tmp_path, label="cluster_id\tlabel\n1\tnice\n")
    assert table["quality"].to_dict() == {1: "nice"}


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("", "cluster_group.tsv: cannot be read (No columns to parse from file), left out"),
        ("unit\tgroup\n1\tgood\n", "cluster_group.tsv: has no column cluster_id, left out"),
        ("cluster_id\tgroup\n\tgood\nx\tgood\n2\tmua\n", "cluster_group.tsv: 2 rows name no cluster and were left out"),
        (
            "cluster_id\tgroup\n2\tmua\n2\tgood\n",
            "cluster_group.tsv: 1 rows are of clusters that came before, and were left out",
        ),
        ("cluster_id\tdepth\n2\tdeep\n", "cluster_group.tsv: depth is no number in 1 rows, left out there"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_and_all_else_is_read(tmp_path, text, note):
    table, notes = told(tmp_path, group=text, KSLabel="cluster_id\tKSLabel\n2\tgood\n")
    assert notes == [note]
    assert table.loc[2, "KSLabel"] == "good"


def test_bytes_that_are_no_text_do_not_lose_the_rest(tmp_path):
    table, _ = told(tmp_path, notes=b"cluster_id\tnotes\n1\tna\xefve\n2\tfine\n")
    assert table.loc[2, "notes"] == "fine"


def test_a_folder_without_tables_tells_nothing(tmp_path):
    table, notes = tables(tmp_path)
    assert (len(table), notes) == (0, [])
