// A menu at the mouse. Its entries come from the kernel, which is told the place of the one that is chosen.

import { element } from "./parts.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export class Menu {
  /** `root` is the element whose theme it takes; whatever is done in the menu does not reach it. */
  constructor(wire, root) {
    this.wire = wire;
    this.node = element("div", { className: "nf-menu", role: "menu", popover: "auto", tabIndex: -1 });
    for (const event of ["keydown", "pointerdown", "click", "dblclick", "contextmenu"]) {
      this.node.addEventListener(event, (e) => e.stopPropagation());
    }
    this.node.addEventListener("keydown", (e) => this.press(e));
    this.node.addEventListener("contextmenu", (e) => e.preventDefault());
    root.append(this.node);
  }

  /** Ask what there is to choose, to be shown at a place of the window. */
  ask(at, said = {}) {
    this.at = at;
    this.wire.tell("menu", said);
  }

  show(entries) {
    const { node } = this;
    if (!this.at) return; // it was thought better of meanwhile
    node.replaceChildren(...entries.map((words, place) => element("button",
      { type: "button", role: "menuitem", tabIndex: -1, textContent: words, onclick: () => this.choose(place) })));
    if (!entries.length) return;
    node.showPopover();
    const [x, y] = this.at;
    node.style.left = `${Math.max(Math.min(x, innerWidth - node.offsetWidth - 4), 0)}px`;
    node.style.top = `${Math.max(Math.min(y, innerHeight - node.offsetHeight - 4), 0)}px`;
    node.firstChild.focus();
  }

  hide() {
    this.at = null;
    this.node.hidePopover();
  }

  choose(place) {
    this.hide();
    this.wire.tell("choose", { place });
  }

  press(e) {
    const items = [...this.node.children];
    const now = items.indexOf(this.node.getRootNode().activeElement);
    const to = { Home: 0, End: items.length - 1 }[e.key] ?? (STEPS[e.key] ? now + STEPS[e.key] : null);
    if (e.key === "Tab") this.hide();
    if (to === null) return;
    e.preventDefault();
    items.at(to % items.length).focus();
  }
}

/** Where a menu belongs that was asked for by the mouse, or by a key on an element. */
export function placeOf(e, element) {
  const box = element.getBoundingClientRect();
  const byKey = e.button !== 2 && !(e.clientX || e.clientY);
  return byKey ? [box.left + 8, box.top + 8] : [e.clientX, e.clientY];
}
