"""A training that goes on block by block."""

from __future__ import annotations

import threading

from neurofm.bench._gated import BLOCK, Gate, Keeper
from neurofm.errors import Stopped


def test_a_gate_lets_through_a_block_at_a_time_until_it_closes(tmp_path):
    keeper, told, stopped = Keeper(tmp_path / "gate"), [], []

    def work():
        with Gate(tmp_path / "gate", lambda fraction, *_, **__: told.append(fraction)) as gate:
            try:
                for k in range(3 * BLOCK):
                    gate(k, "", preview="a folder" if k == 1 else None)
            except Stopped:
                stopped.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    assert len(keeper.times()) == BLOCK - 1  # the step with a preview is not counted
    assert len(told) == BLOCK
    assert 0 < keeper.block() < 1
    assert len(told) == 2 * BLOCK
    keeper.close()
    thread.join(5)
    assert stopped
