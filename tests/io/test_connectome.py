"""Animals of one file become subjects of one graph, whose links of each kind are kept beside their sum."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurofm import io
from neurofm.data.graph import Graph, apart
from neurofm.errors import DataError
from tests.io.graph_files import WORMS, connectome


def read(path: Path, **other: object) -> Graph:
    if other:
        np.savez(path, **{name: array for name, array in (WORMS | other).items() if array is not None})
    graph = io.read(path)
    assert isinstance(graph, Graph)
    return graph


def links(graph: Graph, kind: str) -> dict[tuple[str, str], float]:
    """Weights of a kind by the names of the nodes."""
    label = graph.nodes["label"].to_numpy()
    return {(label[a], label[b]): w for a, b, w in zip(*graph.edges, graph.weights(kind)) if w}


def test_animals_are_subjects_with_the_neurons_seen_in_each(tmp_path: Path) -> None:
    graph = read(connectome(tmp_path))
    assert graph.named
    assert graph.subjects["label"].tolist() == ["ada", "bo"]
    assert graph.nodes["label"].tolist() == ["RIML", "AVAL", "AVAR", "ASHL", "AVAL"]
    assert graph.nodes["type"].tolist() == ["m", "i", "i", "s", "i"]
    assert graph.of.tolist() == [0, 0, 0, 1, 1]
    ada, bo = apart(graph)
    assert links(ada, "chemical") == {("AVAL", "AVAR"): 3, ("AVAR", "RIML"): 1}
    assert links(ada, "electrical") == {("AVAL", "AVAR"): 2, ("AVAR", "AVAL"): 2}
    assert links(ada, "weight") == {("AVAL", "AVAR"): 5, ("AVAR", "AVAL"): 2, ("AVAR", "RIML"): 1}
    assert (links(bo, "weight"), links(bo, "electrical")) == ({("ASHL", "AVAL"): 5}, {})
    assert graph.notes == ("weight: the sum of chemical and electrical; electrical links lead both ways",)


@pytest.mark.parametrize(
    ("listed", "note"),
    [
        ([[0, 1, 2]], "ada: electrical: 1 are listed in one direction only; the other was added"),
        ([[0, 1, 1], [1, 0, 2]], "ada: electrical: 1 differ between the directions; the larger was taken"),
        ([[0, 1, 1], [1, 0, 2], [0, 1, 1]], "ada: electrical: 1 pairs come again, and were added up"),
    ],
)
def test_gap_junctions_lead_both_ways_however_they_are_listed(tmp_path: Path, listed: list, note: str) -> None:
    graph = read(connectome(tmp_path), ada_electrical=np.array(listed))
    assert links(apart(graph)[0], "electrical") == {("AVAL", "AVAR"): 2, ("AVAR", "AVAL"): 2}
    assert note in graph.notes


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"ada_nodes": np.array([0, 1, 9])}, "ada_nodes: names neuron 9, of 4; numbers go from 0"),
        ({"ada_nodes": np.array([0.5])}, "ada_chemical: leads to AVAR, which ada_nodes does not list"),
        ({"ada_nodes": np.array([0, 1, 1, 2])}, "no name comes twice in a subject"),
        ({"ada_nodes": np.array(["AVAL"])}, r"ada_nodes: is \(1,\) of <U4, where \(neuron,\) numbers"),
        ({"bo_chemical": np.array([[3, 1, 5]])}, "bo_chemical: leads to AVAR, which bo_nodes does not list"),
        ({"bo_chemical": np.array([[3, 7, 5]])}, "bo_chemical: leads to 7, which"),
        ({"bo_chemical": np.array([[3, -1, 5]])}, "bo_chemical: leads to -1, which"),
        ({"bo_chemical": np.array([[3, 0]])}, r"bo_chemical: is \(1, 2\) of int64, where \(link, 3\)"),
        ({"bo_chemical": np.array([[3, 0, np.nan]])}, "bo_chemical: has weights that are no numbers"),
        ({"neuron": np.array([{}], object)}, "neuron: cannot be read"),
    ],
)
def test_what_is_wrong_is_refused_with_its_field(tmp_path: Path, other: dict, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(connectome(tmp_path), **other)


def test_an_animal_without_links_keeps_its_neurons(tmp_path: Path) -> None:
    graph = read(connectome(tmp_path), cy_nodes=np.array([1]))
    assert graph.subjects["label"].tolist() == ["ada", "bo", "cy"]
    assert len(graph.nodes) == 6


@pytest.mark.parametrize(("lost", "said"), [("neuron", "neuron: is missing"), ("nodes", "NAME_nodes: is missing")])
def test_what_is_no_connectome_is_refused_by_its_reader(tmp_path: Path, lost: str, said: str) -> None:
    np.savez(tmp_path / "worms.npz", **{name: array for name, array in WORMS.items() if lost not in name})
    with pytest.raises(DataError, match=said):
        io.read(tmp_path / "worms.npz", reader="connectome")


@pytest.mark.real
def test_real_worms(shared_data):
    path = shared_data("c_elegans") / "connectomes.npz"
    graph = read(path)
    with np.load(path) as stored:
        for kind in ("chemical", "electrical"):
            assert graph.links[kind].sum() == sum(stored[n][:, 2].sum() for n in stored if n.endswith(f"_{kind}"))
        types = stored["type"][stored["Witvliet8_nodes"]]
    animals = {animal.subject: animal for animal in apart(graph)}
    assert len(animals) == 11
    assert (len(animals["Witvliet8"].nodes), len(animals["Cook2019Male"].nodes)) == (180, 365)
    assert animals["Witvliet8"].nodes["type"].tolist() == types.tolist()
    assert not [note for note in graph.notes if "electrical: " in note]  # which the file lists in both directions
