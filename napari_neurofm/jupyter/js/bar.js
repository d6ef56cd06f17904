// What stands above the picture: its name and key, the tool, fit, controls, export, help.

import { button, choice, css, dot, element, mode, numbers, short } from "./parts.js";
import { ROW } from "./table.js";

const TOOLS = [["lasso", "lasso"], ["box", "box"], ["hand", "hand"], ["turn", "turn"]];
const TYPED = 500; // ms after the last letter, until plain words are looked for
const COMPARES = /[<>=!()[\]{}"'`]|\b(and|or|not|in)\b/; // what is looked for once it is finished
const HELP = [
  ["Drag", "picks; shift adds, alt takes away"],
  ["Click", "picks one; on nothing it clears"],
  ["Wheel", "zooms; over an axis only that axis"],
  ["Middle drag", "moves the picture; so does ctrl and drag, and the hand"],
  ["Double click", "shows all; once more: the pick"],
  ["Time line", "drag it, or the time axis, to move the time everywhere"],
  ["Space", "plays; arrows step by a frame, with shift by a second"],
  ["G", "names the pick as a group; 1 to 9 pick a group"],
  ["Esc", "clears the pick; ctrl-Z undoes, ctrl-shift-Z redoes"],
  ["Right click", "what can be done with this; with shift the browser's own menu"],
];

export class Bar {
  /** `act` has what the buttons do: fit, save. */
  constructor(wire, time, act) {
    Object.assign(this, { wire, tool: time ? "box" : "lasso", fields: new Map(), shape: "", told: "" });
    this.title = element("span", { className: "nf-title" });
    this.key = element("div", { className: "nf-key" });
    this.head = element("div", { className: "nf-head" }, this.title, this.key);
    this.tools = choice(TOOLS, this.tool, (tool) => { this.tool = tool; });
    this.tools.title = "What a drag does";
    this.fitting = button("Fit", "Show all (double click)", act.fit);
    this.controls = element("span", { style: "display: contents" });
    this.more = element("div", { className: "nf-more", hidden: true });
    this.options = element("span", { className: "nf-options", hidden: true },
      button("More", "Size, opacity and the like", () => toggle(this.more)), this.more);
    this.saving = button("Export", "Save this picture as a PNG file", act.save);
    this.help = element("div", { className: "nf-help", hidden: true }, helpList());
    this.bar = element("div", { className: "nf-bar" }, this.tools, this.fitting, this.controls, this.options,
      this.saving, button("?", "What the mouse and the keys do", () => toggle(this.help)));
  }

  /** Close what is unfolded; whether anything was. */
  fold() {
    const open = !this.help.hidden || !this.more.hidden;
    this.help.hidden = this.more.hidden = true;
    return open;
  }

  /** A new picture: its words and what can be done with it. */
  take(picture, isTable) {
    this.title.textContent = picture.title;
    for (const node of [this.tools, this.fitting, this.saving]) node.hidden = isTable;
    const turn = this.tools.querySelector("[value=turn]");
    turn.hidden = turn.disabled = !picture.turns;
    if (!picture.turns && this.tool === "turn") this.tool = this.tools.value = "lasso";
    this.setKey(picture);
  }

  setKey({ legend, scale, picks }) {
    const colors = scale && ramp(scale.colors);
    const amounts = scale && [scale.words, scale.low, scale.high, colors.style.background];
    const told = JSON.stringify([legend, picks, amounts]);
    if (told === this.told) return; // what has the focus keeps it
    const names = legend.map(([words, color]) => {
      const title = picks ? `Pick ${words}` : words;
      const onclick = (e) => this.wire.tell("name", { name: words, mode: mode(e) });
      return element("button", { type: "button", title, disabled: !picks, onclick }, dot(color), words);
    });
    const bar = scale ? [`${scale.words ? `${scale.words}: ` : ""}${short(scale.low)}`, colors, short(scale.high)] : [];
    this.key.replaceChildren(...names, ...bar);
    this.told = told;
  }

  setControls(given) {
    const shape = JSON.stringify(given.map(({ value, ...rest }) => rest));
    if (shape !== this.shape) {
      this.fields = new Map(given.map((control) => [control.name, this.field(control)]));
      this.arrange();
      this.shape = shape;
    }
    for (const { name, value } of given) {
      const { input } = this.fields.get(name);
      if (input === input.getRootNode().activeElement && input.type === "text") continue; // not while someone types in it
      if (input.type === "checkbox") input.checked = value;
      else input.value = value;
    }
  }

  /** As many controls in the bar as one line holds; sliders, switches and the rest behind More. */
  arrange() {
    const { bar, controls, more, options } = this;
    const fields = [...this.fields.values()];
    const rare = ({ input }) => input.type === "range" || input.type === "checkbox";
    controls.replaceChildren(...fields.filter((f) => !rare(f)).map(({ label }) => label));
    more.replaceChildren(...fields.filter(rare).map(({ label }) => label));
    options.hidden = !more.children.length;
    while (controls.children.length && bar.clientHeight > ROW + 8) {
      options.hidden = false;
      more.prepend(controls.lastChild);
    }
  }

  field({ name, words, kind, choices, low, high, whole }) {
    const set = (value) => this.wire.ask("set", { values: { [name]: value } });
    const input = INPUTS[kind]({ words, choices, low, high, whole }, set);
    input.name = name;
    if (kind === "switch") return { label: element("label", {}, input, words), input };
    return { label: element("label", {}, kind === "text" ? "" : words, input), input };
  }
}

const INPUTS = {
  choice: ({ choices }, set) => choice(choices, "", set),
  switch: (_, set) => element("input", { type: "checkbox", onchange: (e) => set(e.target.checked) }),
  number: ({ low, high, whole }, set) => element("input",
    { type: "range", min: low, max: high, step: whole ? 1 : "any", oninput: (e) => set(Number(e.target.value)) }),
  text: typed,
};

/** Plain words are looked for while they are typed; what compares, as rate > 2, once it is finished. */
function typed({ words }, set) {
  let wait = 0;
  const put = ({ value }) => { clearTimeout(wait); set(value); };
  const oninput = ({ target }) => {
    clearTimeout(wait);
    if (!COMPARES.test(target.value)) wait = setTimeout(put, TYPED, target);
  };
  return element("input", { type: "text", placeholder: words, oninput, onchange: (e) => put(e.target),
    title: 'Show only what has these words, or what is so, as: rate > 2 and region == "CA1"' });
}

function toggle(node) {
  node.hidden = !node.hidden;
}

function ramp(colors) {
  const bytes = numbers(colors, Uint8Array);
  const steps = [0, 0.25, 0.5, 0.75, 1].map((share) => css(bytes, Math.round(share * (bytes.length / 4 - 1))));
  const bar = element("span", { className: "nf-ramp" });
  bar.style.background = `linear-gradient(to right, ${steps})`;
  return bar;
}

function helpList() {
  const words = (tag, textContent) => element(tag, { textContent });
  return element("dl", {}, ...HELP.flatMap(([what, does]) => [words("dt", what), words("dd", does)]));
}
