// One view: draws the scene that the kernel sends and tells it what the user does. It decides nothing.
//
// The kernel sends `picture` (marks as buffers), `controls`, `cursor` and `window`. Until the next picture comes, the one
// at hand is moved and stretched.

import { Ask } from "./ask.js";
import { Bar } from "./bar.js";
import { Canvas } from "./canvas.js";
import { Mouse } from "./gestures.js";
import { Keys } from "./keys.js";
import { followKernel, LOST } from "./lost.js";
import { drop, unpacked } from "./marks.js";
import { Menu, placeOf } from "./menu.js";
import { Message } from "./message.js";
import { button, element, mode } from "./parts.js";
import { fillTable, inSight } from "./table.js";
import { followTheme } from "./theme.js";
import { Wire } from "./wire.js";

export default {
  render({ model, el }) {
    const view = new View(model, el);
    return () => view.close();
  },
};

export class View {
  constructor(model, el) {
    Object.assign(this, { model, wire: new Wire(model), open: true, picture: null, table: null });
    this.time = model.get("time");
    this.stop = new AbortController();
    this.build(el);
    this.follow();
    followTheme(this.root, this.stop.signal, (dark) => this.setTheme(dark));
    followKernel(model, this.stop.signal, () => this.lose());
    this.hideSnapshot();
    this.show();
  }

  close() {
    this.open = false;
    this.wire.tell("gone");
    this.stop.abort();
    this.sizes.disconnect();
    this.hiding.remove();
    for (const [event, call] of this.heard) this.model.off(event, call);
    this.canvas.close();
    this.mouse.close();
  }

  // -- how it is built

  build(el) {
    const canvas = element("canvas", { role: "img" });
    this.bar = new Bar(this.wire, this.time, { fit: () => this.fit(), save: () => this.save() });
    this.message = new Message();
    this.ask = new Ask(this.wire);
    this.rows = element("div", { className: "nf-table", hidden: true });
    this.empty = element("div", { className: "nf-empty", hidden: true });
    this.note = element("div", { className: "nf-note" });
    this.stage = element("div", { className: "nf-stage" }, canvas, this.rows, this.empty, this.bar.help);
    this.canvas = new Canvas(canvas, this.stage, (name) => this.style.getPropertyValue(`--${name}`).trim());
    this.mouse = new Mouse(this);
    this.keys = new Keys(this);
    this.stage.append(this.mouse.words);
    this.root = element("div", { className: "neurofm", tabIndex: 0, data: { lmSuppressShortcuts: "true" } },
      this.bar.head, this.bar.bar, this.ask.node, ...this.message.nodes, this.stage, this.note);
    this.menu = new Menu(this.wire, this.root);
    this.setSize();
    el.append(this.root);
    this.style = getComputedStyle(this.root);
  }

  follow() {
    const on = (target, event, call, options = {}) =>
      target.addEventListener(event, call, { signal: this.stop.signal, ...options });
    this.mouse.follow(on);
    this.keys.follow(on);
    on(this.root, "pointerdown", (e) => {
      if (!e.target.closest("input, select")) this.root.focus({ preventScroll: true });
    });
    on(this.rows, "scroll", () => this.look());
    on(this.rows, "click", (e) => this.pickRow(e));
    on(this.rows, "dblclick", (e) => this.openRow(e));
    on(this.root, "contextmenu", (e) => this.openMenu(e));
    this.followSize();
    this.followModel();
  }

  followSize() {
    let width = 0;
    this.sizes = new ResizeObserver(() => {
      if (width !== this.root.clientWidth) this.bar.arrange();
      width = this.root.clientWidth;
      this.canvas.paint();
      this.look();
    });
    this.sizes.observe(this.stage);
  }

  followModel() {
    this.heard = [
      ["change:picture", () => this.show()],
      ["change:controls", () => this.bar.setControls(this.model.get("controls"))],
      ["change:cursor", () => this.setCursor()],
      ["change:window", () => this.setWindow()],
      ["change:snapshot", () => this.hideSnapshot()],
      ["change:height", () => this.setSize()],
      ["change:width", () => this.setSize()],
      ["msg:custom", (said) => this.hear(said)],
    ];
    for (const [event, call] of this.heard) this.model.on(event, call);
  }

  setSize() {
    const { style } = this.root;
    [style.height, style.width] = [this.model.get("height"), this.model.get("width")];
  }

  /** The picture that stands here without a kernel is not shown beside what moves. */
  hideSnapshot() {
    this.hiding ??= document.head.appendChild(element("style"));
    this.hiding.textContent = `[data-neurofm="${this.model.get("snapshot")}"] { display: none }`;
  }

  setTheme(dark) {
    this.dark = dark;
    this.canvas.redraw();
    requestAnimationFrame(() => this.look()); // JupyterLab shows nothing while it changes its theme
  }

  /** The picture stays as it is, and says what to do. */
  lose() {
    this.wire.lose();
    this.message.lose(LOST);
    this.root.classList.add("nf-left");
  }

  // -- what the kernel says

  hear(said) {
    if (said.acks) this.wire.answered(said.acks);
    this.message.hear(said);
    if (said.bring) this.root.scrollIntoView({ block: "nearest", behavior: "smooth" });
    if (said.view && said.view !== this.wire.name) return;
    if (said.menu) this.menu.show(said.menu);
    if (said.ask) this.ask.show(said.ask);
    if (said.help) this.bar.help.hidden = false;
    if (said.fit) this.go(said.fit[0], said.fit[1]);
    if (said.tip !== undefined) this.mouse.tip(said.tip);
    if (said.missed) this.mouse.missed(said.missed);
  }

  /** Take the newest picture; one that comes while another is unpacked waits. */
  async show() {
    this.again = true;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.again && this.open) {
        this.again = false;
        await this.take(this.model.get("picture"));
      }
    } catch (error) {
      this.message.warn(`This picture cannot be drawn (${error.message}); the next one may.`);
    } finally {
      this.busy = false;
    }
    if (this.again && this.open) this.show(); // one that came while another failed
  }

  async take(picture) {
    try {
      const marks = await Promise.all(picture.marks.map(unpacked));
      if (!this.open) return;
      this.exchange(picture, marks);
      if (this.isStale()) this.look();
    } finally {
      if (picture.moves && this.open) this.goOn(1000 / picture.moves);
    }
  }

  /** Show a picture in place of the one before; where it cannot be drawn, that stands until one comes that can. */
  exchange(picture, marks) {
    const before = this.canvas.take(picture, marks);
    try {
      this.put();
      drop(before.marks);
    } catch (error) {
      if (before.picture) {
        this.canvas.take(before.picture, before.marks);
        this.put();
      }
      drop(marks);
      throw error;
    }
  }

  /** Ask for the next picture of one that moves by itself, for as long as it is in sight. */
  goOn(pause) {
    clearTimeout(this.moving);
    this.moving = setTimeout(() => requestAnimationFrame(() => this.look()), pause);
  }

  /** Show the picture that the canvas holds. */
  put() {
    const { picture, marks } = this.canvas;
    this.picture = picture;
    this.table = marks.find((mark) => mark.kind === "table");
    this.setWords();
    this.bar.take(picture, Boolean(this.table));
    this.bar.setControls(this.model.get("controls"));
    if (this.table) fillTable(this.rows, this.table);
    this.setCursor();
    this.canvas.paint();
  }

  setWords() {
    const { title, note, warning, message, button: words } = this.picture;
    const { canvas } = this.canvas;
    this.note.textContent = this.note.title = note;
    canvas.ariaLabel = `${title}: ${note}`;
    this.message.warn(warning);
    canvas.hidden = Boolean(message || this.table);
    this.rows.hidden = !this.table || Boolean(message);
    this.empty.hidden = !message;
    this.empty.replaceChildren(element("div", { textContent: message }));
    if (words) this.empty.append(button(words, "", () => this.wire.tell("action")));
  }

  setCursor() {
    if (this.mouse.drag?.kind === "time") return; // the hand knows better
    const cursor = this.canvas.cursor = this.model.get("cursor") ?? null;
    const { ranges } = this.canvas;
    const [low, high] = ranges?.x ?? [-Infinity, Infinity];
    if (this.time && cursor !== null && (cursor < low || cursor > high)) {
      const from = cursor - 0.1 * (high - low);
      this.go([from, from + high - low], ranges.y, true);
    }
    this.canvas.redraw();
  }

  setWindow() {
    const [start, stop] = this.model.get("window");
    if (start < stop && this.picture) this.go([start, stop], this.canvas.shown().y);
  }

  // -- what is in sight

  /** Ask for a fresh picture of what is in sight. */
  look(hand = false) {
    if (!this.open || !this.stage.clientWidth) return;
    const wanted = this.wanted();
    this.settled = JSON.stringify(wanted);
    this.wire.ask("look", { ...wanted, dark: this.dark, hand });
  }

  wanted() {
    const pixels = ([width, height]) =>
      ({ width: Math.round(width * devicePixelRatio), height: Math.round(height * devicePixelRatio) });
    if (!this.picture || this.picture.message) return { ...pixels(this.canvas.size), x: null, y: null };
    if (this.table) return { ...pixels(this.canvas.size), x: null, y: inSight(this.rows) };
    const { width, height } = this.canvas.area();
    const { x, y } = this.canvas.ranges ? this.canvas.shown() : { x: null, y: null };
    return { ...pixels([width, height]), x, y };
  }

  /** Whether the picture was asked for before anybody knew how much room its axes leave. */
  isStale() {
    return JSON.stringify(this.wanted()) !== this.settled;
  }

  /** Show these ranges at once, and ask for what is there. */
  go(x, y, hand = false) {
    this.canvas.ranges = { x, y };
    this.canvas.redraw();
    this.look(hand);
  }

  fit() {
    const hand = this.canvas.ranges !== null;
    this.canvas.ranges = null;
    this.canvas.redraw();
    this.look(hand);
  }

  // -- rows, a menu, and a file

  openMenu(e) {
    if (e.shiftKey || e.target.closest("input, select")) return; // the browser's own
    e.preventDefault();
    e.stopPropagation(); // JupyterLab has a menu of its own
    if (!e.ctrlKey) this.menu.ask(placeOf(e, this.stage)); // ctrl and drag moves the picture
  }

  pickRow(e) {
    const head = e.target.closest("th"), row = e.target.closest("tr[data-row]");
    if (head) this.wire.tell("sort", { column: head.dataset.column });
    if (!row || !this.table.space) return;
    const number = Number(row.dataset.row), xy = [[0, number], [1, number + 1]];
    this.wire.tell("pick", { kind: "box", xy, mode: mode(e), click: ++this.mouse.clicks });
  }

  openRow(e) {
    const row = e.target.closest("tr[data-row]");
    if (row) this.wire.tell("open", { row: Number(row.dataset.row) });
  }

  async save() {
    const href = URL.createObjectURL(await this.canvas.copy());
    element("a", { href, download: `${this.picture.title}.png` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
  }
}
