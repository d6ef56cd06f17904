"""
Match units of two animals
==========================

See how many of the pairs are right. Sixty of a hundred units are tuned as one of the other animal's; the rest are not.
Run it with ``python examples/match_units.py [PAIRS.csv]``; it takes half a minute.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import neurofm as nf
from neurofm.synthetic import clones

UNITS, PLANTED = 100, 60


def main(path: Path) -> None:
    """Match them, say how sure that is and how many are right, and write the pairs and a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    session = nf.Session(clones.pair(UNITS, PLANTED))
    job = session.correspond("clones a", "clones b")
    job.wait()
    matches = next(source for source in session.sources.values() if source.kind == "matches")
    said = [matches.said, *matches.notes]  # how often units find themselves, and how many pairs can be trusted

    pairs = matches.pairs[matches.matched]
    truth = [session.recordings[name].units["clone"].to_numpy() for name in ("clones a", "clones b")]
    one, other = truth[0][pairs["a"]], truth[1][pairs["b"] - UNITS]
    right = float(((one == other) & (one >= 0)).mean())

    session.selection.pick("unit", [matches.units["label"][int(pairs["a"].iloc[0])]])
    together = [session.label("unit", id) for id in session.selection.picked("unit")]
    said += [f"{right:.0%} of {len(pairs)} matches are right", f"picked together: {', '.join(together)}"]
    sys.stdout.write("\n".join(said) + "\n")
    session.table("match").to_csv(path, index=False)
    assert right > 0.8, right
    session.figure("correspondence", path.with_suffix(".png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()) / "pairs.csv")
