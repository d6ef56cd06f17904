// What the kernel says of what was asked for: done, or not to be done.

import { element } from "./parts.js";

const LONG = 8000; // ms that good news stay

export class Message {
  constructor() {
    this.wrong = element("div", { className: "nf-warning", hidden: true, role: "alert" });
    this.done = element("div", { className: "nf-told", hidden: true, role: "status" });
    this.lost = element("div", { className: "nf-lost", hidden: true, role: "alert" });
  }

  get nodes() {
    return [this.lost, this.wrong, this.done];
  }

  /** What is wrong with what is shown now, "" if nothing is. */
  warn(words) {
    set(this.wrong, words);
  }

  /** One more thing that could not be done. */
  refuse(words) {
    const before = this.wrong.hidden ? [] : this.wrong.textContent.split("\n");
    set(this.wrong, [...new Set([...before, ...words.split("\n")])].join("\n"));
  }

  tell(words) {
    set(this.done, words);
    clearTimeout(this.over);
    if (!words.endsWith("…")) this.over = setTimeout(() => set(this.done, ""), LONG);
  }

  lose(words) {
    set(this.lost, words);
    this.tell("");
  }

  hear({ told, refused }) {
    if (told?.endsWith("…")) set(this.wrong, ""); // what was wrong before is over
    if (told !== undefined) this.tell(told);
    if (refused) this.refuse(refused);
  }
}

function set(node, words) {
  node.textContent = words;
  node.hidden = !words;
}
