// What the page says to the kernel.
//
// Words are such as {do: "pick", ...}; one that is asked (and not only told) is sent again only once it was answered, so
// that however slow the kernel is, only the newest question waits.

let views = 0; // on this page

export class Wire {
  constructor(model) {
    Object.assign(this, { model, name: `view ${Date.now()} ${++views}`, count: 0, asked: new Map(), lost: false });
  }

  /** Nobody listens any more; what was asked will not be answered. */
  lose() {
    this.lost = true;
    this.asked.clear();
  }

  /** Say it. */
  tell(words, said = {}, ack = 0) {
    if (!this.lost) this.model.send({ do: words, view: this.name, ack, ...said });
  }

  /** Say it once the last of its kind was answered, unless there is a newer one then. */
  ask(words, said) {
    if (this.lost) return;
    const last = this.asked.get(words);
    if (last) last.next = said;
    else this.send(words, said);
  }

  waits(words) {
    return this.asked.has(words);
  }

  /** What the kernel has answered: pairs of a view and a number. */
  answered(acks) {
    for (const [words, { number, next }] of [...this.asked]) {
      if (!acks.some(([view, ack]) => view === this.name && ack === number)) continue;
      this.asked.delete(words);
      if (next) this.send(words, next);
    }
  }

  send(words, said) {
    const number = ++this.count;
    this.tell(words, said, number);
    this.asked.set(words, { number, next: null }); // only now: what could not be said is not waited for
  }
}
