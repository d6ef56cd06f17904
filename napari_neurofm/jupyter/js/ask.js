// A question of the kernel: one line, answered by a text or a choice, or several fields at once.

import { button, choice, element, sentence } from "./parts.js";

export class Ask {
  constructor(wire) {
    this.wire = wire;
    this.node = element("form", { className: "nf-ask", hidden: true });
    this.node.addEventListener("submit", (e) => { e.preventDefault(); this.answer(this.read()); });
    this.node.addEventListener("keydown", (e) => {
      e.stopPropagation();
      if (e.key === "Escape") this.answer("");
    });
    this.node.addEventListener("pointerdown", (e) => e.stopPropagation());
  }

  show({ title, text, choices, fields = [] }) {
    if (fields.length) return this.showFields(title, JSON.parse(text), fields);
    this.read = () => this.input.value;
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

  /** A field for each of several things, with the values that it has by now. */
  showFields(title, values, fields) {
    const inputs = fields.map((field) => {
      const { kind, name, choices } = field;
      const input = kind === "choice" ? choice(choices.map((c) => [c, c]), values[name], () => {})
        : element("input", kind === "bool" ? { type: "checkbox", checked: values[name] }
          : { type: "text", value: values[name], size: kind === "str" ? 28 : 8, spellcheck: false });
      return Object.assign(input, { name, title: field.words });
    });
    this.read = () => JSON.stringify(Object.fromEntries(inputs.map((input) =>
      [input.name, input.type === "checkbox" ? input.checked : input.value])));
    const labels = fields.map((field, k) => element("label", { title: field.words }, sentence(field.title), inputs[k]));
    this.node.replaceChildren(element("strong", { textContent: title }), ...labels,
      element("button", { type: "submit", textContent: "OK" }), button("Cancel", "", () => this.answer("")));
    this.node.hidden = false;
    inputs[0].focus();
  }

  answer(text) {
    this.node.hidden = true;
    this.wire.tell("answer", { text });
    this.node.closest(".neurofm").focus({ preventScroll: true });
  }
}
