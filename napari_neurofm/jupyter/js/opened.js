// What is open: a chip each, kind by kind, with a menu; and what to do where nothing is.

import { Ask } from "./ask.js";
import { followKernel, LOST } from "./lost.js";
import { Menu, placeOf } from "./menu.js";
import { Message } from "./message.js";
import { button, element } from "./parts.js";
import { followTheme } from "./theme.js";
import { Wire } from "./wire.js";

export default {
  render({ model, el }) {
    const list = new Opened(model, el);
    return () => list.close();
  },
};

class Opened {
  constructor(model, el) {
    Object.assign(this, { model, wire: new Wire(model), stop: new AbortController(), message: new Message() });
    this.list = element("div", { className: "nf-opened" });
    this.ask = new Ask(this.wire);
    this.root = element("div", { className: "neurofm nf-list", tabIndex: -1, data: { lmSuppressShortcuts: "true" } },
      this.list, this.ask.node, ...this.message.nodes);
    this.menu = new Menu(this.wire, this.root);
    el.append(this.root);
    this.root.addEventListener("contextmenu", (e) => this.openMenu(e));
    followTheme(this.root, this.stop.signal, () => {});
    followKernel(model, this.stop.signal, () => this.lose());
    this.heard = [["change:rows", () => this.fill()], ["msg:custom", (said) => this.hear(said)]];
    for (const [event, call] of this.heard) model.on(event, call);
    this.fill();
  }

  close() {
    this.wire.tell("gone");
    this.stop.abort();
    for (const [event, call] of this.heard) this.model.off(event, call);
  }

  lose() {
    this.wire.lose();
    this.message.lose(LOST);
    this.root.classList.add("nf-left");
  }

  hear(said) {
    this.message.hear(said);
    if (said.view && said.view !== this.wire.name) return;
    if (said.menu) this.menu.show(said.menu);
    if (said.ask) this.ask.show(said.ask);
  }

  fill() {
    const rows = this.model.get("rows"), titles = this.model.get("titles");
    const kinds = Object.keys(titles).filter((kind) => rows.some((row) => row.kind === kind));
    const groups = kinds.map((kind) => element("div", { className: "nf-kind", role: "group", ariaLabel: titles[kind] },
      element("span", { className: "nf-soft", textContent: titles[kind] }),
      ...rows.filter((row) => row.kind === kind).map((row) => this.chip(row))));
    const warnings = rows.flatMap(({ name, warnings }) => warnings.map((line) =>
      element("div", { className: "nf-warning", textContent: `${name}: ${line}` })));
    this.list.replaceChildren(...(groups.length ? groups : this.nothing()), ...warnings);
  }

  chip({ kind, name, words, notes }) {
    const chip = element("button", { type: "button", className: "nf-chip", title: notes.join("\n"),
      ariaHasPopup: "menu", data: { kind, name } }, name, element("span", { className: "nf-soft", textContent: words }));
    chip.onclick = () => {
      const { left, bottom } = chip.getBoundingClientRect();
      this.menu.ask([left, bottom + 2], { kind, name });
    };
    chip.ondblclick = () => { this.menu.hide(); this.wire.tell("show", { kind, name }); };
    return chip;
  }

  nothing() {
    const sample = ({ title, about, does }) => element("div", { className: "nf-sample", title: about }, title,
      ...does.map(([name, words]) => button(words, "", () => this.wire.tell("command", { name }))));
    const open = button("Open…", "", () => this.wire.tell("command", { name: "open_files" }));
    return [element("span", { className: "nf-soft", textContent: this.model.get("empty") }), open,
      ...this.model.get("first").map(sample)];
  }

  openMenu(e) {
    if (e.shiftKey || e.target.closest("input, select")) return; // the browser's own
    e.preventDefault();
    e.stopPropagation(); // JupyterLab has a menu of its own
    const { kind = "", name = "" } = e.target.closest(".nf-chip")?.dataset ?? {};
    this.menu.ask(placeOf(e, e.target), { kind, name });
  }
}
