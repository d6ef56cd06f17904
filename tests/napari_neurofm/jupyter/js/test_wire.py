"""What a page says to the kernel."""

from __future__ import annotations

from typing import Any


def test_while_one_waits_only_the_newest_is_remembered(page: Any) -> None:
    sent = page.evaluate("""() => {
      const model = new Model({}), wire = new nf.Wire(model);
      for (const k of [1, 2, 3]) wire.ask("look", { k });
      wire.ask("hover", { k: 4 });
      const before = model.sent.map(({ do: words, k }) => [words, k]);
      const [look, hover] = model.sent;
      wire.answered([["another view", look.ack], [wire.name, 99]]);
      const same = model.sent.length;
      wire.answered([[wire.name, look.ack]]);
      const { k } = model.sent.at(-1);
      wire.answered([[wire.name, hover.ack], [wire.name, model.sent.at(-1).ack]]);
      return { before, same, k, end: model.sent.length, waits: ["look", "hover"].map((w) => wire.waits(w)) };
    }""")
    assert sent == {"before": [["look", 1], ["hover", 4]], "same": 2, "k": 3, "end": 3, "waits": [False, False]}


def test_what_could_not_be_said_is_not_waited_for_and_the_lost_say_nothing(page: Any) -> None:
    said = page.evaluate("""() => {
      const model = new Model({}), wire = new nf.Wire(model), { send } = model;
      model.send = () => { throw new Error("Cannot send"); };
      try { wire.ask("look", { k: 1 }); } catch { /* as it is meant */ }
      model.send = send;
      wire.ask("look", { k: 2 });
      wire.lose();
      wire.ask("look", { k: 3 });
      wire.tell("undo");
      return [model.sent.map(({ k }) => k), wire.waits("look")];
    }""")
    assert said == [[2], False]


def test_what_is_only_told_waits_for_nothing(page: Any) -> None:
    acks = page.evaluate("""() => {
      const model = new Model({}), wire = new nf.Wire(model);
      for (const k of [1, 2, 3]) wire.tell("undo", { k });
      return model.sent.map(({ ack }) => ack);
    }""")
    assert acks == [0, 0, 0]


def test_views_of_a_page_have_names_of_their_own(page: Any) -> None:
    assert page.evaluate("() => new Set([1, 2, 3].map(() => new nf.Wire(new Model({})).name)).size") == 3
