// What the monitor says: JSON by fetch, a word each tick by Server-Sent Events, and how old it is by
// the monitor's own clock.

const kPoll_ms = 10_000;   // when no tick is told
const kAtMost_ms = 1_000;  // between two questions: a scaled clock ticks oftener than anyone looks
const kPatience_ms = 8_000;

/** Resolves to the document; `clock_ms` becomes the monitor's clock less ours. */
export async function ask(path, server) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(kPatience_ms) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const date = Date.parse(answer.headers.get('Date') ?? '');
  if (server && !Number.isNaN(date)) {
    // The header is cut to whole seconds: of many, the largest is nearest.
    const offset = date - Date.now();
    const far = Math.abs(offset - server.offset_ms) > 2_000;
    server.offset_ms = far || server.offset_ms === null ? offset : Math.max(offset, server.offset_ms);
  }
  return answer.json();
}

/** Calls `refresh` (async) at once, after each tick, and every ten seconds; never twice at a time. */
export class Ticks {
  constructor(refresh) {
    this.refresh = refresh;
    this.running = false;
    this.wanted = false;
    this.last_ms = 0;
    setInterval(() => { if (Date.now() - this.last_ms >= kPoll_ms - 500) this.want(); }, 1_000);
    // A browser opens six connections to a server: tabs that nobody looks at must not hold them.
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) {
        this.close();
      } else {
        this.open();
        this.want();
      }
    });
    this.open();
    this.want();
  }

  open() {
    this.close();
    if (document.hidden) return;
    const stream = this.stream = new EventSource('/api/v1/stream');
    stream.addEventListener('tick', () => this.want());
    stream.addEventListener('error', () => {
      this.want();
      // It goes on trying by itself unless it was refused.
      if (stream.readyState === EventSource.CLOSED) this.retry = setTimeout(() => this.open(), kPoll_ms);
    });
  }

  close() {
    clearTimeout(this.retry);
    this.stream?.close();
  }

  want() {
    if (this.running || this.timer) {
      this.wanted = true;
      return;
    }
    const wait_ms = Math.max(0, this.last_ms + kAtMost_ms - Date.now());
    this.timer = setTimeout(() => this.run(), wait_ms);
  }

  async run() {
    this.timer = null;
    this.running = true;
    this.wanted = false;
    this.last_ms = Date.now();
    try {
      await this.refresh();
    } finally {
      this.running = false;
      if (this.wanted) this.want();
    }
  }
}
