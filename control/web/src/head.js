// The first thing read: the sentence, what lull can see, and how old all of it is.
import { el, setAttribute, setChildren, setText } from './dom.js';
import { duration, fullClock, percent, sentences, timeElement } from './words.js';

const kSoonProvable_s = 300;

const moodOf = (status) =>
  status.incidents_open > 0 ? 'alarm'
    : status.blind || status.ports.some((port) => !port.healthy) ? 'blind'
      : !status.ready || status.countries_judged === 0 ? 'waiting' : 'calm';

const lossOf = (status) => {
  const received = status.ports.reduce((sum, port) => sum + port.received_packets, 0);
  const missed = status.ports.reduce((sum, port) => sum + port.missed_packets, 0);
  const captured = status.ports.map((port) => port.capture_loss_ratio ?? 0);
  return Math.max(received + missed > 0 ? missed / (received + missed) : 0, ...captured);
};

export class Head {
  constructor() {
    this.site = el('strong');
    this.time = el('span');
    this.h1 = el('h1', { id: 'sentence' });
    this.more = el('div');
    this.trust = el('p', { class: 'trust' });
    this.live = el('p', { class: 'unseen-text', 'aria-live': 'polite' });
    this.banner = el('p', { class: 'banner', role: 'alert', hidden: true });
    this.element = el('header', {},
      this.banner,
      el('p', { class: 'site' }, this.site, this.time),
      this.h1, this.more, this.trust, this.live);
  }

  /** `status` and `countries` as the API gives them. */
  update(status, countries) {
    const now = Date.parse(status.time);
    setText(this.site, status.site);
    setChildren(this.time, [timeElement(status.time), document.createTextNode(
      `${fullClock(now).slice(0, 10) === new Date().toISOString().slice(0, 10) ? '' : `, ${fullClock(now).slice(0, 10)}`}` +
      (status.clock_scale !== 1 ? ` · ${status.clock_scale} × real time` : ''))]);
    const [first, ...rest] = sentences(status.summary);
    setText(this.h1, first ?? '');
    setAttribute(this.h1, 'class', moodOf(status));
    setChildren(this.more, rest.map((text) => el('p', { class: 'more' }, text)));
    // Said aloud when something changes, not whenever a number in it does.
    const news = `${moodOf(status)} ${status.incidents_open} ${(first ?? '').replace(/[\d.]+/g, '')}`;
    if (news !== this.news) {
      this.news = news;
      setText(this.live, status.summary);
    }
    this.status = status;
    this.seen = Object.values(countries).filter((each) => each.coverage !== undefined);
    document.title = `${status.incidents_open > 0 ? `(${status.incidents_open}) ` : ''}${status.site} – lull`;
  }

  /** Once a second; `age_s`: of the data, by the monitor's clock; `silent_s`: since it last answered,
   *  0: it answers; `now_ms`: the monitor's. Returns whether what is shown may still hold. */
  tell(age_s, silent_s, now_ms) {
    const status = this.status;
    const healthy = status.ports.filter((port) => port.healthy).length;
    const soon = this.seen.filter((each) => each.detectable_seconds !== null &&
      each.detectable_seconds <= kSoonProvable_s).length;
    const table_s = status.table.built_at ? (now_ms - Date.parse(status.table.built_at)) / 1000 : null;
    setText(this.trust,
      `I can see: ${healthy} of ${status.ports.length} ${status.ports.length === 1 ? 'port' : 'ports'}, ` +
      `loss ${percent(lossOf(status))}, ${soon} of ${this.seen.length} countries provable in 5 min, ` +
      `table ${table_s === null ? 'of unknown age' : `${duration(table_s)} old`}, data ${duration(age_s)} old` +
      (status.clock_scale !== 1 ? `; the clock runs at ${status.clock_scale} × real time` : '') + '.');
    const usual_s = Math.max(15, 3 * status.tick_seconds / status.clock_scale);
    const away = silent_s > 0, stale = age_s > usual_s;
    this.banner.hidden = !away && !stale;
    if (away) {
      setText(this.banner, `lull does not answer. What stands here is ${duration(Math.max(age_s, silent_s))} old and may no longer hold.`);
    } else if (stale) {
      setText(this.banner, `lull answers, but has judged nothing new: what stands here is ${duration(age_s)} old.`);
    }
    return !away && !stale;
  }
}
