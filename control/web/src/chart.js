// A country's last day: what was seen against the band of what was expected, and its states beneath.
// What is missing is a gap: nothing is drawn as zero that was not seen to be zero.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { el } from './dom.js';
import { kAlarming } from './states.js';
import { rate } from './words.js';

const kHeight = 260, kStrip = 6;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const inkOf = (state) => (kAlarming.has(state) ? colour('bad') : state === 'normal' ? colour('good')
  : state === 'blind' ? colour('blind') : colour('warn'));

/** Below zero, a bar for each run of one state; nothing where it is not known. */
function drawStates(plot, states) {
  const times = plot.data[0], { left, top, height } = plot.bbox;
  const step = times[1] - times[0];
  const strip = kStrip * devicePixelRatio;
  plot.ctx.save();
  for (let i = 0, end; i < states.length; i = end) {
    for (end = i + 1; end < states.length && states[end] === states[i]; ++end);
    if (!states[i] || states[i] === 'learning' || states[i] === 'insufficient') continue;
    const from = Math.max(left, plot.valToPos(times[i], 'x', true));
    const to = plot.valToPos(times[end - 1] + step, 'x', true);
    const tall = kAlarming.has(states[i]) ? 2 * strip : strip;
    plot.ctx.fillStyle = inkOf(states[i]);
    plot.ctx.fillRect(from, top + height - tall, to - from, tall);
  }
  plot.ctx.restore();
}

function options(width, states) {
  const ink = colour('soft'), line = colour('line');
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 },
    font: '12px system-ui, sans-serif' };
  const value = (_, each) => (each === null || each === undefined ? '–' : rate(each));
  const day = '{YYYY}-{MM}-{DD}';
  return {
    width, height: kHeight,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    cursor: { y: false },
    scales: { y: { range: (_, __, high) => [-0.1 * (high || 1), 1.1 * (high || 1)] } },
    axes: [
      { ...axis, values: [[86400, day, null, null, null, null, null, null, 1],
        [3600, '{HH}:{mm}', `\n${day}`, null, null, null, null, null, 1],
        [60, '{HH}:{mm}', `\n${day}`, null, null, null, null, null, 1]] },
      { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => (tick < 0 ? '' : rate(tick))) },
    ],
    series: [
      { label: 'UTC', value: '{YYYY}-{MM}-{DD} {HH}:{mm}' },
      { label: 'High', stroke: 'transparent', points: { show: false }, value },
      { label: 'Low', stroke: 'transparent', points: { show: false }, value },
      { label: 'Expected', stroke: ink, width: 1.5, dash: [5, 4], points: { show: false }, value },
      { label: 'Seen', stroke: colour('bar'), width: 2, points: { show: false }, value },
    ],
    bands: [{ series: [1, 2], fill: `color-mix(in srgb, ${colour('bar')} 18%, transparent)` }],
    hooks: { draw: [(plot) => drawStates(plot, states)] },
  };
}

export class Chart {
  constructor() {
    this.box = el('div', { class: 'chart', role: 'img' });
    this.element = el('figure', {}, this.box,
      el('figcaption', { class: 'facts' }, 'Answered flows a second, by minutes, UTC. Shaded: expected, give or take two ' +
        'standard deviations; line: seen; a gap: not known. The bar at the foot is its state, twice as high when down.'));
    new ResizeObserver(() => {
      if (this.plot && this.box.clientWidth > 0) this.plot.setSize({ width: this.box.clientWidth, height: kHeight });
    }).observe(this.box);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.series && this.draw(this.series));
  }

  /** As /api/v1/countries/XX/series gives it. */
  update(series) {
    const key = `${series.times.length} ${series.times.at(-1)} ${series.observed.at(-1)}`;
    if (key === this.key && this.plot) return;
    this.key = key;
    this.draw(series);
  }

  draw(series) {
    this.series = series;
    this.plot?.destroy();
    if (this.box.clientWidth === 0 || series.times.length < 2) return;
    const seen = series.observed.filter((each) => each !== null);
    const data = [series.times, series.high, series.low, series.expected, series.observed];
    this.plot = new uPlot(options(this.box.clientWidth, series.state), data, this.box);
    this.box.setAttribute('aria-label', `Chart of the last ${Math.round(series.times.length * series.step_seconds / 3600)} hours: ` +
      `seen between ${rate(seen.length ? Math.min(...seen) : null)} and ${rate(seen.length ? Math.max(...seen) : null)} answered flows a second, ` +
      `last ${rate(seen.at(-1))}; ${seen.length} of ${series.times.length} minutes are known.`);
  }
}
