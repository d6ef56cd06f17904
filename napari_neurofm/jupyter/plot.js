// One view: draws the scene that the kernel sends and tells it what the user does. It decides nothing.
//
// The kernel sends `picture` (marks as buffers), `controls`, `cursor` and `window`. The page sends words such as
// {do: "pick", ...}; one that asks for an answer (`ack`) is sent again only once that came, so that however slow the
// kernel is, only the newest question waits. Meanwhile the picture at hand is moved and stretched.

const REACH = 6; // pixels around a point that still hit it
const REST = 40; // ms the mouse rests before the kernel is asked what is under it
const DOUBLE = 300; // ms in which a second click makes a double click
const SCROLL = 250; // ms after which the wheel of a page that was scrolling belongs to the picture again
const ROW = 24; // pixels of a row of a table, as in plot.css
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const TOOLS = [["lasso", "lasso"], ["box", "box"], ["hand", "hand"], ["turn", "turn"]];
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
];

let made = 0; // views on this page
let scrolled = 0; // when the wheel last turned outside of any view
addEventListener("wheel", (e) => { if (!e.target.closest?.(".neurofm")) scrolled = e.timeStamp; },
  { capture: true, passive: true });

export default {
  render({ model, el }) {
    const view = new View(model, el);
    return () => view.close();
  },
};

// ---- small parts

function element(tag, options = {}, ...children) {
  const { data, ...rest } = options;
  const found = Object.assign(document.createElement(tag), rest);
  Object.assign(found.dataset, data ?? {});
  found.append(...children);
  return found;
}

/** A copy of a buffer, since what comes over the wire need not start where numbers may. */
function numbers(view, Kind = Float64Array) {
  return new Kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function css(bytes, k) {
  return `rgba(${bytes[4 * k]}, ${bytes[4 * k + 1]}, ${bytes[4 * k + 2]}, ${(bytes[4 * k + 3] / 255).toFixed(3)})`;
}

/** A range that is not empty. */
function wide([low, high]) {
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

/** Round values along a range, about `room` pixels apart, and their words. */
function ticks([low, high], pixels, room) {
  const rough = (high - low) / Math.max(pixels / room, 1);
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * [1, 2, 5, 10].find((k) => k * size >= rough * 0.999);
  const digits = Math.max(-Math.floor(Math.log10(step) + 1e-9), 0);
  const large = Math.max(Math.abs(low), Math.abs(high)) >= 1e6 || digits > 5;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    const value = k * step;
    found.push([value, (large ? value.toPrecision(4) : value.toFixed(digits)).replace("-", "−")]);
  }
  return found;
}

/** Whether the page is dark: what JupyterLab says, what VS Code says, else how bright the page is. */
function isDark() {
  const { body } = document;
  if (body.dataset.jpThemeLight !== undefined) return body.dataset.jpThemeLight === "false";
  if (body.dataset.vscodeThemeKind) return !body.dataset.vscodeThemeKind.includes("light");
  const parts = getComputedStyle(body).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [];
  if (parts.length === 3 || parts[3] > 0.5) return parts[0] + parts[1] + parts[2] < 384;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Questions of one kind: the next is asked once the last was answered, and only the newest. */
class Latest {
  constructor(view, words) {
    Object.assign(this, { view, words, waits: 0, next: null });
  }

  ask(said) {
    if (this.waits) this.next = said;
    else this.waits = this.view.tell(this.words, said, true);
  }

  answered(number) {
    if (number !== this.waits) return;
    const { next } = this;
    Object.assign(this, { waits: 0, next: null });
    if (next) this.ask(next);
  }
}

// ---- marks

/** A mark as it came, ready to be drawn. */
async function decoded(mark) {
  if (mark.kind === "points") {
    return { ...mark, xy: numbers(mark.xy), groups: byColor(numbers(mark.color, Uint8Array)) };
  }
  if (mark.kind === "line") return { ...mark, x: numbers(mark.x), y: numbers(mark.y) };
  if (mark.kind === "spans") return { ...mark, ranges: numbers(mark.ranges) };
  if (mark.kind === "image") return { ...mark, bitmap: await createImageBitmap(new Blob([mark.png])) };
  return mark;
}

/** Rows of points by their colour, each colour as long as it is not told twice. */
function byColor(bytes) {
  const words = new Uint32Array(bytes.buffer);
  const groups = new Map();
  words.forEach((word, k) => {
    if (!groups.has(word)) groups.set(word, [css(bytes, k), []]);
    groups.get(word)[1].push(k);
  });
  return [...groups.values()];
}

const draws = {
  points(ctx, mark, at) {
    const radius = mark.size / 2;
    for (const [color, rows] of mark.groups) {
      ctx.fillStyle = color;
      for (let from = 0; from < rows.length; from += 256) { // longer paths are filled more slowly
        ctx.beginPath();
        for (const k of rows.slice(from, from + 256)) {
          const x = at.x(mark.xy[2 * k]), y = at.y(mark.xy[2 * k + 1]);
          ctx.moveTo(x + radius, y);
          ctx.arc(x, y, radius, 0, 7);
        }
        ctx.fill();
        if (mark.outline) {
          ctx.strokeStyle = mark.outline;
          ctx.lineWidth = 1.2;
          ctx.stroke();
        }
      }
    }
  },
  line(ctx, mark, at) {
    ctx.strokeStyle = mark.color;
    ctx.lineWidth = mark.width;
    ctx.lineJoin = "round";
    ctx.beginPath();
    let pen = false;
    for (let k = 0; k < mark.x.length; k++) {
      const x = at.x(mark.x[k]), y = at.y(mark.y[k]);
      if (Number.isNaN(x) || Number.isNaN(y)) pen = false;
      else if (pen) ctx.lineTo(x, y);
      else { ctx.moveTo(x, y); pen = true; }
    }
    ctx.stroke();
  },
  image(ctx, mark, at) {
    const left = at.x(mark.x[0]), top = at.y(mark.y[1]);
    const width = at.x(mark.x[1]) - left, height = at.y(mark.y[0]) - top;
    ctx.imageSmoothingEnabled = width * devicePixelRatio < 1.5 * mark.bitmap.width; // large pixels stay pixels
    ctx.drawImage(mark.bitmap, left, top, width, height);
  },
  spans(ctx, mark, at) {
    ctx.fillStyle = mark.color;
    for (let k = 0; k < mark.ranges.length; k += 2) {
      const left = at.x(mark.ranges[k]);
      ctx.fillRect(left, 0, Math.max(at.x(mark.ranges[k + 1]) - left, 0.5), at.height);
    }
  },
  table() {},
};

// ---- the view

class View {
  constructor(model, el) {
    Object.assign(this, { model, name: `view ${Date.now()} ${++made}`, asked: 0, open: true });
    Object.assign(this, { picture: null, marks: [], ranges: null, painted: null, drag: null, under: null });
    Object.assign(this, { clicks: 0, doubled: 0 }); // of all clicks, and the last that made a double click
    this.tool = model.get("time") ? "box" : "lasso";
    this.latest = Object.fromEntries(["look", "hover", "time", "step", "set"].map((w) => [w, new Latest(this, w)]));
    this.bitmap = document.createElement("canvas");
    this.build(el);
    this.follow();
    this.setTheme();
    this.hideStill();
    this.show();
  }

  close() {
    this.open = false;
    this.tell("gone");
    this.stop.abort();
    this.sizes.disconnect();
    this.themes.disconnect();
    this.hiding.remove();
    for (const [event, call] of this.heard) this.model.off(event, call);
    cancelAnimationFrame(this.frame);
    clearTimeout(this.resting);
  }

  /** Say something to the kernel; gives the number that its answer will carry, 0 if none is wanted. */
  tell(words, said = {}, answer = false) {
    const ack = answer ? ++this.asked : 0;
    this.model.send({ do: words, view: this.name, ack, ...said });
    return ack;
  }

  // -- how it is built

  build(el) {
    const canvas = element("canvas", { role: "img" });
    this.parts = {
      title: element("span", { className: "nf-title" }),
      bar: element("div", { className: "nf-bar" }),
      controls: element("span", { style: "display: contents" }),
      key: element("div", { className: "nf-key" }),
      warning: element("div", { className: "nf-warning", hidden: true, role: "alert" }),
      canvas,
      table: element("div", { className: "nf-table", hidden: true }),
      empty: element("div", { className: "nf-empty", hidden: true }),
      tip: element("div", { className: "nf-tip", hidden: true }),
      help: element("div", { className: "nf-help", hidden: true }, helpList()),
      note: element("div", { className: "nf-note" }),
    };
    const p = this.parts;
    const button = (words, title, onclick) => element("button", { textContent: words, title, onclick });
    this.tools = choice(TOOLS, this.tool, (tool) => { this.tool = tool; this.point(); });
    this.tools.title = "What a drag does";
    p.head = element("div", { className: "nf-head" }, p.title, p.key);
    p.more = element("div", { className: "nf-more", hidden: true });
    p.options = element("span", { className: "nf-options", hidden: true },
      button("More", "Size, opacity and the like", () => { p.more.hidden = !p.more.hidden; }), p.more);
    this.exporting = button("Export", "Save this picture as a PNG file", () => this.export());
    this.fitting = button("Fit", "Show all (double click)", () => this.fit());
    p.bar.append(this.tools, this.fitting, p.controls, p.options,
      this.exporting, button("?", "What the mouse and the keys do", () => { p.help.hidden = !p.help.hidden; }));
    p.stage = element("div", { className: "nf-stage" }, canvas, p.table, p.empty, p.tip, p.help);
    this.root = element("div", { className: "neurofm", tabIndex: 0, data: { lmSuppressShortcuts: "true" } },
      p.head, p.bar, p.warning, p.stage, p.note);
    this.root.style.height = `${this.model.get("height")}px`;
    this.ctx = canvas.getContext("2d");
    el.append(this.root);
  }

  follow() {
    this.stop = new AbortController();
    const on = (target, event, call, options = {}) =>
      target.addEventListener(event, call.bind(this), { signal: this.stop.signal, ...options });
    const { canvas, table } = this.parts;
    on(canvas, "pointerdown", this.down);
    on(canvas, "pointermove", this.move);
    on(canvas, "pointerup", this.up);
    on(canvas, "pointercancel", () => { this.drag = null; this.redraw(); });
    on(canvas, "pointerleave", this.leave);
    on(canvas, "dblclick", this.double);
    on(canvas, "wheel", this.wheel, { passive: false });
    on(canvas, "mousedown", (e) => { if (e.button === 1) e.preventDefault(); });
    on(canvas, "contextmenu", (e) => { if (e.ctrlKey) e.preventDefault(); });
    on(this.root, "keydown", this.key);
    on(this.root, "pointerdown", (e) => {
      if (!e.target.closest("input, select")) this.root.focus({ preventScroll: true });
    });
    on(table, "scroll", () => this.look());
    on(table, "click", this.row);
    on(table, "dblclick", this.openRow);
    on(matchMedia("(prefers-color-scheme: dark)"), "change", this.setTheme);
    let width = 0;
    this.sizes = new ResizeObserver(() => {
      if (width !== this.root.clientWidth) this.setBar();
      width = this.root.clientWidth;
      this.paint();
      this.look();
    });
    this.sizes.observe(this.parts.stage);
    this.themes = new MutationObserver(() => this.setTheme());
    const attributeFilter = ["data-jp-theme-light", "class", "data-vscode-theme-kind"];
    this.themes.observe(document.body, { attributes: true, attributeFilter });
    this.heard = [
      ["change:picture", () => this.show()],
      ["change:controls", () => this.setControls()],
      ["change:cursor", () => this.setCursor()],
      ["change:window", () => this.setWindow()],
      ["change:still", () => this.hideStill()],
      ["change:height", () => { this.root.style.height = `${this.model.get("height")}px`; }],
      ["msg:custom", (said) => this.hear(said)],
    ];
    for (const [event, call] of this.heard) this.model.on(event, call);
  }

  /** The picture that stands here without a kernel is not shown beside what moves. */
  hideStill() {
    this.hiding ??= document.head.appendChild(element("style"));
    this.hiding.textContent = `img[data-neurofm="${this.model.get("still")}"] { display: none }`;
  }

  setTheme() {
    const dark = isDark();
    if (dark === this.dark) return;
    this.dark = dark;
    this.root.classList.toggle("dark", dark);
    const style = getComputedStyle(this.root);
    this.color = (name) => style.getPropertyValue(`--${name}`).trim();
    this.redraw();
    this.look();
  }

  // -- what the kernel says

  hear(said) {
    if (said.acks) {
      for (const [view, number] of said.acks) {
        if (view === this.name) Object.values(this.latest).forEach((latest) => latest.answered(number));
      }
    }
    if (said.say) this.warn(said.say);
    if (said.view === this.name && said.fit) this.go(said.fit[0], said.fit[1]);
    if (said.view === this.name && said.tip !== undefined) this.tip(said.tip);
    if (said.missed === this.name) {
      setTimeout(() => { if (said.click > this.doubled && said.click === this.clicks) this.tell("clear"); }, DOUBLE);
    }
  }

  /** Take the newest picture; one that comes while another is unpacked waits. */
  async show() {
    if (this.unpacking) { this.again = true; return; }
    this.unpacking = true;
    do {
      this.again = false;
      const picture = this.model.get("picture");
      const marks = await Promise.all(picture.marks.map(decoded));
      if (!this.open) return;
      for (const old of this.marks) old.bitmap?.close();
      Object.assign(this, { picture, marks });
    } while (this.again);
    this.unpacking = false;
    this.setWords();
    this.setControls();
    this.setCursor();
    this.paint();
    if (this.isStale()) this.look();
  }

  setWords() {
    const { picture, parts } = this;
    const table = this.table();
    parts.title.textContent = picture.title;
    parts.note.textContent = parts.note.title = picture.note;
    parts.canvas.ariaLabel = `${picture.title}: ${picture.note}`;
    this.warn(picture.warning);
    parts.canvas.hidden = Boolean(picture.message || table);
    parts.table.hidden = !table || Boolean(picture.message);
    parts.empty.hidden = !picture.message;
    for (const part of [this.tools, this.fitting, this.exporting]) part.hidden = Boolean(table);
    const turn = this.tools.querySelector("[value=turn]");
    turn.hidden = turn.disabled = !picture.turns;
    if (!picture.turns && this.tool === "turn") this.tool = this.tools.value = "lasso";
    parts.empty.replaceChildren(element("div", { textContent: picture.message }));
    if (picture.action) {
      const words = picture.action[0].toUpperCase() + picture.action.slice(1).replaceAll("_", " ");
      parts.empty.append(element("button", { textContent: words, onclick: () => this.tell("action") }));
    }
    this.setKey();
    if (table) this.fill(table);
  }

  setKey() {
    const { legend, scale, picks } = this.picture;
    const colors = scale && ramp(scale.colors);
    const amounts = scale && [scale.words, scale.low, scale.high, colors.style.background];
    const told = JSON.stringify([legend, picks, amounts]);
    if (told === this.told) return; // what has the focus keeps it
    this.told = told;
    const names = legend.map(([words, color]) => {
      const dot = element("span", { className: "nf-dot" });
      dot.style.background = color;
      const title = picks ? `Pick ${words}` : words;
      const onclick = (e) => this.tell("name", { name: words, mode: mode(e) });
      return element("button", { title, disabled: !picks, onclick }, dot, words);
    });
    const bar = scale ? [`${scale.words} ${short(scale.low)}`, colors, short(scale.high)] : [];
    this.parts.key.replaceChildren(...names, ...bar);
  }

  setControls() {
    const given = this.model.get("controls");
    const shape = JSON.stringify(given.map(({ value, ...rest }) => rest));
    if (shape !== this.shape) {
      this.shape = shape;
      this.fields = new Map(given.map((c) => [c.name, this.field(c)]));
      this.setBar();
    }
    for (const { name, value } of given) {
      const { input } = this.fields.get(name);
      if (input === document.activeElement && input.type === "text") continue; // not while someone types in it
      if (input.type === "checkbox") input.checked = value;
      else input.value = value;
    }
  }

  /** As many controls in the bar as one line holds; sliders, switches and the rest behind More. */
  setBar() {
    const { bar, controls, more, options } = this.parts;
    const fields = [...(this.fields?.values() ?? [])];
    const rare = ({ input }) => input.type === "range" || input.type === "checkbox";
    controls.replaceChildren(...fields.filter((f) => !rare(f)).map(({ label }) => label));
    more.replaceChildren(...fields.filter(rare).map(({ label }) => label));
    options.hidden = !more.children.length;
    while (controls.children.length && bar.clientHeight > ROW + 8) {
      options.hidden = false;
      more.prepend(controls.lastChild);
    }
  }

  field({ name, words, kind, choices, low, high }) {
    const set = (value) => this.latest.set.ask({ values: { [name]: value } });
    let input;
    if (kind === "choice") input = choice(choices, "", set);
    else if (kind === "switch") input = element("input", { type: "checkbox", onchange: () => set(input.checked) });
    else if (kind === "number") {
      const oninput = () => set(Number(input.value));
      input = element("input", { type: "range", min: low, max: high, step: "any", oninput });
    } else {
      input = element("input", { type: "text", placeholder: words, onchange: () => set(input.value) });
      input.title = 'Show only what this is true of, such as: rate > 2 and region == "CA1"';
    }
    input.name = name;
    const said = kind === "text" ? "" : words;
    const label = kind === "switch" ? element("label", {}, input, words) : element("label", {}, said, input);
    return { label, input };
  }

  setCursor() {
    if (this.drag?.kind === "time") return; // the hand knows better
    this.cursor = this.model.get("cursor");
    const [low, high] = this.ranges?.x ?? [-Infinity, Infinity];
    if (this.model.get("time") && this.cursor !== null && (this.cursor < low || this.cursor > high)) {
      const from = this.cursor - 0.1 * (high - low);
      this.go([from, from + high - low], this.ranges.y, true);
    }
    this.redraw();
  }

  setWindow() {
    const [start, stop] = this.model.get("window");
    if (start < stop && this.picture) this.go([start, stop], this.shown().y);
  }

  warn(words) {
    this.parts.warning.textContent = words;
    this.parts.warning.hidden = !words;
  }

  // -- where things are

  /** Ranges in sight: those chosen by hand, else all. */
  shown() {
    const given = this.ranges ?? { x: wide(this.picture.x.range), y: wide(this.picture.y.range) };
    if (!this.picture.equal) return given;
    const { width, height } = this.area();
    const scale = Math.max((given.x[1] - given.x[0]) / width, (given.y[1] - given.y[0]) / height);
    const around = ([low, high], half) => [(low + high) / 2 - half, (low + high) / 2 + half];
    return { x: around(given.x, (scale * width) / 2), y: around(given.y, (scale * height) / 2) };
  }

  /** Where in the canvas the data are drawn; the axes' words need what is left. */
  area() {
    const { clientWidth: all, clientHeight: tall } = this.parts.stage;
    const { x, y } = this.picture;
    this.ctx.font = `11px ${FONT}`;
    const lines = Math.max(1, ...x.ticks.map(([, words]) => words.split("\n").length));
    const bottom = x.label || x.ticks.length ? 8 + 13 * lines + (x.label ? 16 : 0) : 4;
    const height = Math.max(tall - bottom - 6, 8);
    const numbered = y.label && !y.ticks.length;
    const names = numbered ? ticks(this.ranges?.y ?? wide(y.range), height, 44) : y.ticks;
    const widest = Math.max(0, ...names.map(([, words]) => this.ctx.measureText(words).width));
    const left = names.length ? Math.min(Math.ceil(widest / 6) * 6 + 10, 150) + (y.label ? 18 : 0) : 4;
    return { left, top: 6, width: Math.max(all - left - 10, 8), height };
  }

  scales() {
    const { x, y } = this.shown();
    const area = this.area();
    return {
      area, x, y, height: area.height,
      toX: (px) => x[0] + ((px - area.left) / area.width) * (x[1] - x[0]),
      toY: (py) => y[1] - ((py - area.top) / area.height) * (y[1] - y[0]),
      perX: (x[1] - x[0]) / area.width,
      perY: (y[1] - y[0]) / area.height,
    };
  }

  // -- drawing

  /** Draw the marks on a canvas of their own, from which they are copied while the picture moves. */
  paint() {
    if (!this.picture || this.parts.canvas.hidden) return;
    const { x, y } = this.shown();
    const area = this.area();
    const ratio = devicePixelRatio;
    this.bitmap.width = Math.round(area.width * ratio);
    this.bitmap.height = Math.round(area.height * ratio);
    const ctx = this.bitmap.getContext("2d");
    ctx.scale(ratio, ratio);
    const at = {
      x: (value) => ((value - x[0]) / (x[1] - x[0])) * area.width,
      y: (value) => ((y[1] - value) / (y[1] - y[0])) * area.height,
      height: area.height,
    };
    for (const mark of this.marks) draws[mark.kind](ctx, mark, at);
    this.painted = { x, y };
    this.draw();
  }

  redraw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => { this.frame = 0; this.draw(); });
  }

  draw() {
    if (!this.painted || this.parts.canvas.hidden) return;
    const { canvas, stage } = this.parts;
    const ratio = devicePixelRatio;
    const width = Math.round(stage.clientWidth * ratio), height = Math.round(stage.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    this.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.ctx.clearRect(0, 0, width, height);
    this.drawOn(this.ctx, this.scales());
  }

  drawOn(ctx, at) {
    const { area } = at;
    const px = (value) => area.left + ((value - at.x[0]) / (at.x[1] - at.x[0])) * area.width;
    const py = (value) => area.top + ((at.y[1] - value) / (at.y[1] - at.y[0])) * area.height;
    const { x, y } = this.painted;
    ctx.save();
    ctx.beginPath();
    ctx.rect(area.left, area.top, area.width, area.height);
    ctx.clip();
    ctx.drawImage(this.bitmap, px(x[0]), py(y[1]), px(x[1]) - px(x[0]), py(y[0]) - py(y[1]));
    if (this.cursor !== null && this.cursor !== undefined) {
      ctx.strokeStyle = this.color("ink");
      ctx.lineWidth = 1.25;
      ctx.beginPath();
      ctx.moveTo(px(this.cursor), area.top);
      ctx.lineTo(px(this.cursor), area.top + area.height);
      ctx.stroke();
    }
    if (this.drag?.kind === "draw") this.drawShape(ctx, this.drag.path);
    ctx.restore();
    this.drawAxes(ctx, at, px, py);
  }

  drawShape(ctx, path) {
    ctx.beginPath();
    if (this.drag.tool === "box") {
      const [[ax, ay], [bx, by]] = [path[0], path.at(-1)];
      ctx.rect(Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by));
    } else {
      path.forEach(([x, y]) => ctx.lineTo(x, y));
      ctx.closePath();
    }
    ctx.setLineDash([4, 3]);
    ctx.strokeStyle = this.color("ink");
    ctx.lineWidth = 1.25;
    ctx.fillStyle = this.color("row");
    ctx.fill();
    ctx.stroke();
    ctx.setLineDash([]);
  }

  drawAxes(ctx, { area, x, y }, px, py) {
    const named = (axis) => axis.label || axis.ticks.length;
    const words = ({ label, unit }) => (unit ? `${label} (${unit})` : label);
    const { x: across, y: up } = this.picture;
    const bottom = area.top + area.height;
    ctx.font = `11px ${FONT}`;
    ctx.lineWidth = 1;
    ctx.strokeStyle = this.color("line");
    ctx.strokeRect(area.left - 0.5, area.top - 0.5, area.width + 1, area.height + 1);
    ctx.fillStyle = this.color("soft");
    const inside = (at, [low, high]) => at >= low && at <= high;
    if (named(across)) {
      ctx.textBaseline = "top";
      ctx.textAlign = "center";
      for (const [at, text] of across.ticks.length ? across.ticks : ticks(x, area.width, 76)) {
        if (!inside(at, x)) continue;
        stroke(ctx, px(at), bottom, px(at), bottom + 4);
        text.split("\n").forEach((line, k) => ctx.fillText(line, px(at), bottom + 7 + 13 * k));
      }
    }
    if (named(up)) {
      ctx.textBaseline = "middle";
      ctx.textAlign = "right";
      for (const [at, text] of up.ticks.length ? up.ticks : ticks(y, area.height, 44)) {
        if (!inside(at, y)) continue;
        stroke(ctx, area.left, py(at), area.left - 4, py(at));
        ctx.fillText(text, area.left - 7, py(at), 140);
      }
    }
    ctx.fillStyle = this.color("ink");
    ctx.font = `12px ${FONT}`;
    ctx.textAlign = "center";
    if (across.label) {
      ctx.textBaseline = "bottom";
      ctx.fillText(words(across), area.left + area.width / 2, this.parts.stage.clientHeight - 1);
    }
    if (up.label) {
      ctx.save();
      ctx.translate(12, area.top + area.height / 2);
      ctx.rotate(-Math.PI / 2);
      ctx.textBaseline = "middle";
      ctx.fillText(words(up), 0, 0);
      ctx.restore();
    }
  }

  // -- what is in sight

  /** Ask for a fresh picture of what is in sight. */
  look(hand = false) {
    if (!this.open || !this.parts.stage.clientWidth) return;
    const wanted = this.wanted();
    this.settled = JSON.stringify(wanted);
    this.latest.look.ask({ ...wanted, dark: this.dark, hand });
  }

  wanted() {
    const { clientWidth, clientHeight } = this.parts.stage;
    const pixels = (width, height) =>
      ({ width: Math.round(width * devicePixelRatio), height: Math.round(height * devicePixelRatio) });
    if (!this.picture || this.picture.message) return { ...pixels(clientWidth, clientHeight), x: null, y: null };
    if (this.table()) {
      const first = Math.floor(this.parts.table.scrollTop / ROW);
      const last = first + Math.ceil(clientHeight / ROW) + 1;
      return { ...pixels(clientWidth, clientHeight), x: null, y: [first, last] };
    }
    const { width, height } = this.area();
    const { x, y } = this.ranges ? this.shown() : { x: null, y: null };
    return { ...pixels(width, height), x, y };
  }

  /** Whether the picture was asked for before anybody knew how much room its axes leave. */
  isStale() {
    return JSON.stringify(this.wanted()) !== this.settled;
  }

  /** Show these ranges at once, and ask for what is there. */
  go(x, y, hand = false) {
    this.ranges = { x, y };
    this.redraw();
    this.look(hand);
  }

  fit() {
    const hand = this.ranges !== null;
    this.ranges = null;
    this.redraw();
    this.look(hand);
  }

  // -- the mouse

  /** Where the mouse is, in pixels and in the data. */
  at(e) {
    const box = this.parts.canvas.getBoundingClientRect();
    const scales = this.scales();
    const { area } = scales;
    const px = e.clientX - box.left, py = e.clientY - box.top;
    const over = {
      x: px >= area.left && px <= area.left + area.width,
      y: py >= area.top && py <= area.top + area.height,
    };
    return { ...scales, px, py, over, inside: over.x && over.y, at: [scales.toX(px), scales.toY(py)] };
  }

  reach(at) {
    return [Math.abs(at.perX) * REACH, Math.abs(at.perY) * REACH];
  }

  /** What a drag from here would do. */
  what(e, at) {
    if (this.tool === "hand" || e.ctrlKey || e.metaKey || e.button === 1) return "pan";
    if (this.tool === "turn") return "turn";
    const time = this.model.get("time");
    const onAxis = !at.over.y && at.over.x;
    if (time && onAxis) return "time";
    const near = this.cursor !== null && Math.abs((this.cursor - at.at[0]) / at.perX) <= REACH;
    if (time && at.inside && near) return "time";
    return at.inside ? "draw" : "pan";
  }

  point(e) {
    const kind = e && this.picture ? this.what(e, this.at(e)) : "draw";
    this.parts.canvas.style.cursor = { pan: "grab", turn: "grab", time: "ew-resize" }[kind] ?? "crosshair";
  }

  down(e) {
    if (e.button > 1 || !this.picture) return;
    e.preventDefault();
    const at = this.at(e);
    const kind = this.what(e, at);
    this.parts.help.hidden = this.parts.more.hidden = true;
    this.tip("");
    this.parts.canvas.setPointerCapture(e.pointerId);
    this.drag = { kind, tool: this.tool, from: at, ranges: this.shown(), path: [[at.px, at.py]], moved: false,
      only: at.inside ? "" : at.over.x ? "x" : "y", turns: this.picture.turns };
    if (kind === "time") this.moveTime(at);
  }

  move(e) {
    if (!this.picture) return;
    const at = this.at(e);
    if (!this.drag) {
      this.point(e);
      this.rest(at);
      return;
    }
    const { drag } = this;
    const dx = at.px - drag.from.px, dy = at.py - drag.from.py;
    drag.moved ||= Math.hypot(dx, dy) > 3;
    if (drag.kind === "time") this.moveTime(at);
    else if (drag.kind === "draw") drag.path.push([at.px, at.py]);
    else if (drag.kind === "turn") this.turn(dx, dy);
    else if (drag.moved) {
      const by = (range, d, axis) => (drag.only && drag.only !== axis ? range : range.map((v) => v + d));
      this.go(by(drag.ranges.x, -dx * drag.from.perX, "x"), by(drag.ranges.y, dy * drag.from.perY, "y"), true);
    }
    this.redraw();
  }

  up(e) {
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    if (drag.kind === "draw") this.picked(e, drag);
    this.redraw();
  }

  picked(e, drag) {
    const at = drag.from, click = ++this.clicks;
    if (!drag.moved) {
      this.tell("pick", { kind: "point", xy: [at.at], reach: this.reach(at), mode: mode(e), click });
      return;
    }
    const path = drag.tool === "box" ? [drag.path[0], drag.path.at(-1)] : drag.path;
    const xy = path.map(([px, py]) => [at.toX(px), at.toY(py)]);
    this.tell("pick", { kind: drag.tool, xy, mode: mode(e), click });
  }

  double(e) {
    this.doubled = this.clicks;
    if (this.ranges !== null) this.fit();
    else this.tell("fit");
    e.preventDefault();
  }

  wheel(e) {
    if (!this.picture || e.timeStamp - scrolled < SCROLL) { scrolled = e.timeStamp; return; }
    e.preventDefault();
    const at = this.at(e);
    const factor = 1.0015 ** (e.deltaY * (e.deltaMode === 1 ? 16 : 1));
    const about = ([low, high], center) => [center + (low - center) * factor, center + (high - center) * factor];
    const onX = !at.over.y, onY = !at.over.x;
    const onlyX = onX || (this.model.get("time") && !onY && !e.ctrlKey);
    this.go(onY ? at.x : about(at.x, at.at[0]), onlyX ? at.y : about(at.y, at.at[1]), true);
  }

  turn(dx, dy) {
    const [azimuth, elevation] = this.drag.turns;
    const values = { azimuth: azimuth - 0.4 * dx, elevation: Math.min(Math.max(elevation + 0.4 * dy, -90), 90) };
    this.latest.set.ask({ values });
  }

  moveTime(at) {
    [this.cursor] = at.at;
    this.redraw();
    this.latest.time.ask({ seconds: this.cursor });
  }

  leave() {
    clearTimeout(this.resting);
    this.under = null;
    this.tip("");
  }

  rest(at) {
    this.under = at;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (this.under?.inside) this.latest.hover.ask({ kind: "point", xy: [at.at], reach: this.reach(at) });
      else this.tip("");
    }, REST);
  }

  tip(words) {
    const { tip, stage } = this.parts;
    tip.hidden = !words || !this.under || Boolean(this.drag);
    if (tip.hidden) return;
    tip.textContent = words;
    const { px, py } = this.under;
    tip.style.left = `${Math.max(Math.min(px + 12, stage.clientWidth - tip.offsetWidth - 2), 0)}px`;
    tip.style.top = `${py + 16 + tip.offsetHeight > stage.clientHeight ? py - tip.offsetHeight - 6 : py + 16}px`;
  }

  // -- the keys

  key(e) {
    if (e.target.closest("input, select")) {
      e.stopPropagation();
      return;
    }
    const command = e.ctrlKey || e.metaKey;
    const step = e.shiftKey ? { seconds: 1, frames: 0 } : { seconds: 0, frames: 1 };
    const back = { seconds: -step.seconds, frames: -step.frames };
    const letter = e.key.toLowerCase();
    let known = true;
    if (command && letter === "z") this.tell(e.shiftKey ? "redo" : "undo");
    else if (command || e.altKey) known = false;
    else if (e.key === "Escape") this.escape();
    else if (letter === "g") this.tell("group");
    else if (/^[1-9]$/.test(e.key)) this.tell("pick_group", { number: Number(e.key) });
    else if (e.key === "ArrowRight") this.latest.step.ask(step);
    else if (e.key === "ArrowLeft") this.latest.step.ask(back);
    else if (e.key === " " && !e.target.closest("button")) this.play();
    else known = false;
    if (!known) return;
    e.preventDefault();
    e.stopPropagation();
  }

  escape() {
    const { help, more } = this.parts;
    if (help.hidden && more.hidden) this.tell("clear");
    help.hidden = more.hidden = true;
  }

  /** Start, or stop; at the end it stops by itself. */
  play() {
    this.playing = !this.playing;
    let last = performance.now(), before = null;
    const tick = (now) => {
      if (!this.playing || !this.open) return;
      if (!this.latest.step.waits) {
        const time = this.model.get("cursor");
        if (time !== null && time === before) { this.playing = false; return; }
        before = time;
        this.latest.step.ask({ seconds: (now - last) / 1000, frames: 0 });
        last = now;
      }
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  // -- tables

  table() {
    return this.marks.find((mark) => mark.kind === "table");
  }

  fill(table) {
    const { columns, first, total, sorted, descending } = table;
    const picked = numbers(table.picked, Uint8Array);
    const heads = columns.map(({ name }) => {
      const arrow = name === sorted ? (descending ? " ▾" : " ▴") : "";
      return element("th", { textContent: name + arrow, data: { column: name }, title: `Sort by ${name}` });
    });
    const cells = columns.map(({ text, bars, color }) => {
      const lengths = bars && numbers(bars), colors = color && numbers(color, Uint8Array);
      return text.map((words, k) => cell(words, lengths?.[k], colors && css(colors, k)));
    });
    const rows = Array.from(picked, (is, k) => {
      const options = { className: is ? "nf-picked" : "", data: { row: first + k } };
      return element("tr", options, ...cells.map((column) => column[k]));
    });
    const gap = (count) => element("tr", { className: "nf-gap" },
      element("td", { colSpan: columns.length, style: `height: ${ROW * Math.max(count, 0)}px` }));
    this.parts.table.replaceChildren(element("table", {}, element("thead", {}, element("tr", {}, ...heads)),
      element("tbody", {}, gap(first), ...rows, gap(total - first - rows.length))));
  }

  row(e) {
    const head = e.target.closest("th"), row = e.target.closest("tr[data-row]");
    if (head) this.tell("sort", { column: head.dataset.column });
    if (!row || !this.table().space) return;
    const number = Number(row.dataset.row);
    this.tell("pick", { kind: "box", xy: [[0, number], [1, number + 1]], mode: mode(e), click: ++this.clicks });
  }

  openRow(e) {
    const row = e.target.closest("tr[data-row]");
    if (row) this.tell("open", { row: Number(row.dataset.row) });
  }

  // -- export

  /** The picture with its words, as a PNG file. */
  export() {
    const { canvas } = this.parts;
    const copy = element("canvas", { width: canvas.width, height: canvas.height });
    const ctx = copy.getContext("2d");
    ctx.fillStyle = this.color("paper");
    ctx.fillRect(0, 0, copy.width, copy.height);
    ctx.drawImage(canvas, 0, 0);
    copy.toBlob((blob) => {
      const link = element("a", { href: URL.createObjectURL(blob), download: `${this.picture.title}.png` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
  }
}

// ---- more small parts

/** Shift adds, alt takes away, else the pick is replaced. */
function mode(e) {
  return e.shiftKey ? "add" : e.altKey ? "remove" : "replace";
}

function stroke(ctx, x0, y0, x1, y1) {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}

function short(value) {
  return String(Number(value.toPrecision(Math.abs(value) < 1000 ? 3 : 6))).replace("-", "−");
}

function choice(values, now, set) {
  const select = element("select", {}, ...values.map(([value, words]) =>
    element("option", { value, textContent: words[0].toUpperCase() + words.slice(1).replaceAll("_", " ") })));
  select.value = now;
  select.onchange = () => set(select.value);
  return select;
}

function ramp(colors) {
  const bytes = numbers(colors, Uint8Array);
  const steps = [0, 0.25, 0.5, 0.75, 1].map((share) => css(bytes, Math.round(share * (bytes.length / 4 - 1))));
  const bar = element("span", { className: "nf-ramp" });
  bar.style.background = `linear-gradient(to right, ${steps})`;
  return bar;
}

function cell(words, length, color) {
  const found = element("td", { title: words });
  if (color) {
    const dot = element("span", { className: "nf-dot" });
    dot.style.background = color;
    found.append(dot);
  }
  if (length >= 0) { // not NaN
    found.style.backgroundImage = "linear-gradient(var(--accent), var(--accent))";
    found.style.backgroundSize = `calc((100% - 20px) * ${length}) 3px`;
  }
  found.append(words);
  return found;
}

function helpList() {
  const words = (tag, textContent) => element(tag, { textContent });
  return element("dl", {}, ...HELP.flatMap(([what, does]) => [words("dt", what), words("dd", does)]));
}
