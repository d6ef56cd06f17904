// A question of the kernel: one line, answered by a text or a choice.

import { button, choice, element } from "./parts.js";

export class Ask {
  constructor(wire) {
    this.wire = wire;
    this.node = element("form", { className: "nf-ask", hidden: true });
    this.node.addEventListener("submit", (e) => { e.preventDefault(); this.answer(this.input.value); });
    this.node.addEventListener("keydown", (e) => {
      e.stopPropagation();
      if (e.key === "Escape") this.answer("");
    });
    this.node.addEventListener("pointerdown", (e) => e.stopPropagation());
  }

  show({ title, text, choices }) {
    this.input = choices.length ? choice(choices.map((c) => [c, c]), text, () => {})
      : element("input", { type: "text", value: text, size: 36, spellcheck: false });
    const label = element("label", {}, title, this.input);
    this.node.replaceChildren(label, element("button", { type: "submit", textContent: "OK" }),
      button("Cancel", "", () => this.answer("")));
    this.node.hidden = false;
    this.input.focus();
    const end = text.lastIndexOf(".");
    if (!choices.length) this.input.setSelectionRange(0, end > 0 ? end : text.length);
  }

  answer(text) {
    this.node.hidden = true;
    this.wire.tell("answer", { text });
    this.node.closest(".neurofm").focus({ preventScroll: true });
  }
}
