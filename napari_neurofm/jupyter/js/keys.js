// What the keys do while a view has the focus.

export class Keys {
  constructor(view) {
    Object.assign(this, { view, wire: view.wire, playing: false });
  }

  follow(on) {
    on(this.view.root, "keydown", (e) => this.press(e));
  }

  press(e) {
    if (e.target.closest("input, select")) {
      e.stopPropagation();
      return;
    }
    const act = e.ctrlKey || e.metaKey || e.altKey ? this.held(e) : this.bare(e);
    if (!act) return;
    act();
    e.preventDefault();
    e.stopPropagation();
  }

  held(e) {
    if (e.altKey || e.key.toLowerCase() !== "z") return null;
    return () => this.does(e.shiftKey ? "Ctrl+Shift+Z" : "Ctrl+Z");
  }

  bare(e) {
    const step = (sign) => () => this.wire.ask("step",
      e.shiftKey ? { seconds: sign, frames: 0 } : { seconds: 0, frames: sign });
    if (/^[1-9]$/.test(e.key)) return () => this.wire.tell("pick_group", { number: Number(e.key) });
    return {
      Escape: () => { if (!this.view.bar.fold()) this.does("Esc"); },
      g: () => this.does("G"),
      G: () => this.does("G"),
      ArrowRight: step(1),
      ArrowLeft: step(-1),
      " ": e.target.closest("button") ? null : () => this.play(),
    }[e.key];
  }

  /** What a key does is a command of the kernel's. */
  does(key) {
    this.wire.tell("key", { key });
  }

  /** Start, or stop; at the end it stops by itself. */
  play() {
    this.playing = !this.playing;
    let last = null, before = null;
    const tick = (now) => {
      if (!this.playing || !this.view.open || this.wire.lost) { this.playing = false; return; }
      requestAnimationFrame(tick); // first: whatever fails below, the next one comes
      last ??= now;
      if (now > last && !this.wire.waits("play")) {
        const time = this.view.model.get("cursor");
        if (time !== null && time === before) { this.playing = false; return; }
        before = time;
        this.wire.ask("play", { seconds: (now - last) / 1000 });
        last = now;
      }
    };
    requestAnimationFrame(tick);
  }
}
