"""A graph of a few nodes in every format."""

from __future__ import annotations

import json
import pickle
from collections import defaultdict
from pathlib import Path

import h5py
import numpy as np
from scipy.sparse import csr_matrix

EDGES = ((0, 1), (1, 0), (1, 2), (2, 2))
CLASSES = ("a", "b", "a")


def graph(folder: Path) -> Path:
    """As we write them: made by hand."""
    path = folder / "worm.graph.h5"
    about: dict = dict.fromkeys(("subject", "stands_for", "volume", "labels"), "") | {"session": "s1", "unit": "um"}
    about |= {"named": True, "features": ["size"], "things": [], "notes": [], "splits": ["public"]}
    about["columns"] = {"nodes": ["label", "class"], "links": ["weight"], "subjects": ["label"]}
    words = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        file.attrs.update({"object": "Graph", "about": json.dumps(about)})
        file["nodes/0"] = np.array(["AVAL", "AVAR", "RIML"], words)
        file["nodes/1"] = np.array(CLASSES, words)
        file["links/0"] = [1.0, 2.0, 3.0, 4.0]
        file["subjects/0"] = np.array(["s1"], words)
        file["edges"], file["x"], file["of"] = np.array(EDGES).T, np.ones((3, 1), np.float32), np.zeros(3, np.int64)
        file["boxes"], file["numbers"] = np.zeros((0, 2, 3)), np.zeros(0, np.int64)
        file["splits/0"] = np.array([0, 1, 2], np.int8)
    return path


def masks(path: Path, train: list[int], valid: list[int], test: list[int]) -> Path:
    path.parent.mkdir(exist_ok=True)
    np.savez(path, train_mask=np.array(train, np.uint8), val_mask=np.array(valid), test_mask=np.array(test))
    return path


def geom_gcn(folder: Path) -> Path:
    """Nodes from 3 on, out of order, and one split beside the folder."""
    path = folder / "campus"
    path.mkdir(exist_ok=True)
    lines = ["node_id\tfeature\tlabel", "5\t0,0,1\t1", "3\t1,0,0\t0", "4\t0,1,0\t0"]
    (path / "out1_node_feature_label.txt").write_text("\n".join(lines) + "\n")
    edges = ["node_id\tnode_id", "3\t4", "4\t3", "4\t5", "5\t5"]
    (path / "out1_graph_edges.txt").write_text("\n".join(edges) + "\n")
    masks(folder / "splits" / "campus_split_0.6_0.2_0.npz", [1, 0, 0], [0, 1, 0], [0, 0, 1])
    return path


def planetoid(folder: Path) -> Path:
    """Six nodes, of which 5 and 3 are tested, in this order, and nothing describes 4, as in CiteSeer."""
    path = folder / "papers"
    path.mkdir(exist_ok=True)
    features, classes = np.eye(5, dtype=np.float32), np.array([[1, 0], [0, 1], [1, 0], [0, 1], [1, 0]], np.int32)
    parts = {"x": features[:1], "allx": features[:3], "tx": features[3:]}
    parts = {name: csr_matrix(rows) for name, rows in parts.items()}
    parts |= {"y": classes[:1], "ally": classes[:3], "ty": classes[3:]}
    parts["graph"] = defaultdict(list, {0: [1, 1, 5], 1: [0], 2: [2], 3: [], 4: [5], 5: [4, 0]})
    for name, part in parts.items():
        (path / f"ind.two.{name}").write_bytes(pickle.dumps(part, 2))
    (path / "ind.two.test.index").write_text("5\n3\n")
    return path


WORMS: dict[str, np.ndarray] = {
    "neuron": np.array(["AVAL", "AVAR", "RIML", "ASHL"]),
    "type": np.array(["i", "i", "m", "s"]),
    "ada_nodes": np.array([2, 0, 1]),
    "ada_chemical": np.array([[0, 1, 3], [1, 2, 1]]),
    "ada_electrical": np.array([[0, 1, 2], [1, 0, 2]]),
    "bo_nodes": np.array([3, 0]),
    "bo_chemical": np.array([[3, 0, 5]]),
}


def connectome(folder: Path) -> Path:
    """Two animals that share one neuron; gap junctions in both directions."""
    path = folder / "worms.npz"
    np.savez(path, **WORMS)
    return path


def edge_table(folder: Path) -> Path:
    path = folder / "fly.csv"
    rows = ["pre,post,weight", "720575940596125868,720575940597856265,7", "720575940597856265,720575940605442366,12"]
    path.write_text("\n".join([*rows, "720575940605442366,720575940605442366,2"]) + "\n")
    return path


def adjacency_table(folder: Path) -> Path:
    path = folder / "areas.tsv"
    path.write_text("\tV1\tLM\tAL\nV1\t0\t0.5\t0\nLM\t0.25\t0\t\nAL\t0\t0\t1\n")
    return path


ARRAYS: dict[str, np.ndarray] = {
    "edge_index": np.array([[0, 1, 2, 3], [1, 0, 2, 0]]),
    "x": np.eye(4, 2, dtype=np.float32),
    "y": np.array([0, 1, 1, -1]),
    "depth": np.array([4.0, 3.0, 2.0, 1.0]),
    "train_mask": np.array([True, True, False, False]),
    "test_mask": np.array([False, False, True, False]),
}


def graph_arrays(folder: Path) -> Path:
    path = folder / "arrays.npz"
    np.savez(path, **ARRAYS)
    return path


def graphml(folder: Path) -> Path:
    """A directed graph as the specification of GraphML has it."""
    keys = (("type", "node", "string"), ("depth", "node", "double"), ("weight", "edge", "double"))
    lines = [
        f'<key id="{k}" for="{of}" attr.name="{name}" attr.type="{kind}"/>' for k, (name, of, kind) in enumerate(keys)
    ]
    lines += ['<graph edgedefault="directed">']
    lines += [f'<node id="{name}"><data key="0">{kind}</data><data key="1">{depth}</data></node>'
              for name, kind, depth in (("AVAL", "i", 1.5), ("AVAR", "i", 2.5), ("RIML", "m", 3.5))]  # fmt: skip
    lines += [f'<edge source="{a}" target="{b}"><data key="2">{weight}</data></edge>'
              for a, b, weight in (("AVAL", "AVAR", 3.0), ("RIML", "AVAL", 1.0))]  # fmt: skip
    path = folder / "worm.graphml"
    begin = '<?xml version="1.0" encoding="utf-8"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    path.write_text("\n".join([begin, *lines, "</graph></graphml>"]))
    return path


def marked(group: h5py.Group, name: str, kind: str, version: str = "0.1.0", **more: object) -> h5py.Group:
    inside = group.require_group(name) if name else group
    inside.attrs.update({"encoding-type": kind, "encoding-version": version, **more})
    return inside


def put(group: h5py.Group, name: str, values: object, kind: str = "array") -> None:
    words = kind == "string-array"
    array = np.array(values, object if words else None)
    group.create_dataset(name, data=array, dtype=h5py.string_dtype() if words else None)
    group[name].attrs.update({"encoding-type": kind, "encoding-version": "0.2.0"})


CONNECTED = np.array([[0.0, 0.5, 0.0], [0.5, 0.0, 1.0], [0.0, 1.0, 0.0]])


def h5ad(folder: Path) -> Path:
    """Three cells, as the specification of AnnData on disk has it."""
    path = folder / "cells.h5ad"
    with h5py.File(path, "w") as file:
        marked(file, "", "anndata")
        put(file, "X", np.eye(3, 2, dtype=np.float32))
        obs = marked(file, "obs", "dataframe", "0.2.0", _index="_index")
        obs.attrs.create("column-order", ["type", "counts"], dtype=h5py.string_dtype())
        put(obs, "_index", ["ACT", "AGG", "TTC"], "string-array")
        put(obs, "counts", [10.0, 20.0, 30.0])
        kinds = marked(obs, "type", "categorical", "0.2.0", ordered=False)
        put(kinds, "codes", np.array([1, 0, -1], np.int8)), put(kinds, "categories", ["Pvalb", "Sst"], "string-array")
        var = marked(file, "var", "dataframe", "0.2.0", _index="_index")
        var.attrs.create("column-order", np.zeros(0), dtype=h5py.string_dtype())
        put(var, "_index", ["Gad1", "Slc17a7"], "string-array")
        for group in ("obsm", "obsp", "layers", "uns", "varm", "varp"):
            marked(file, group, "dict")
        for name, matrix in (("connectivities", csr_matrix(CONNECTED)), ("distances", csr_matrix(2 * CONNECTED))):
            parts = marked(file["obsp"], name, "csr_matrix", shape=matrix.shape)
            for part in ("data", "indices", "indptr"):
                parts[part] = getattr(matrix, part)
        put(file["obsm"], "spatial", [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    return path


GOLDEN = {
    "adjacency_table": adjacency_table,
    "connectome": connectome,
    "edge_table": edge_table,
    "geom_gcn": geom_gcn,
    "graph": graph,
    "graph_arrays": graph_arrays,
    "graphml": graphml,
    "h5ad": h5ad,
    "planetoid": planetoid,
}
