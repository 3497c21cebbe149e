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
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.want(); });
    this.open();
    this.want();
  }

  open() {
    this.stream = new EventSource('/api/v1/stream');
    this.stream.addEventListener('tick', () => { if (!document.hidden) this.want(); });
    this.stream.addEventListener('error', () => {
      this.want();
      if (this.stream.readyState === EventSource.CLOSED) setTimeout(() => this.open(), kPoll_ms);
    });
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
