// All countries that were ever seen, furthest below expectation first, with a box to filter by.
import { el, setAttribute, setChildren, setText, svg } from './dom.js';
import { gravity, stateOf, stateWord } from './states.js';
import { count, duration, percent, rate } from './words.js';

const kBar = 72;
const kHeads = [['Country', ''], ['State', ''], ['Of expected', 'n'], ['Life / s', 'n more-room'],
  ['Expected / s', 'n more-room'], ['Networks active', 'n more-room'], ['Sent', 'n more-room'],
  ['Received', 'n more-room'], ['Provable in', 'n more-room']];

class Row {
  constructor(code, country) {
    this.state = el('span');
    this.doubt = el('span', { class: 'facts' });
    this.fill = svg('rect', { height: 8, class: 'fill' });
    this.ratio = el('span', { class: 'ratio' });
    const cell = (content) => el('td', { class: 'n more-room' }, content);
    this.cells = Array.from({ length: 6 }, () => cell(''));
    this.element = el('tr', { 'data-code': code },
      el('th', { scope: 'row' }, el('a', { href: `#/country/${code}` }, code, ' ', el('span', { class: 'name' }, country.name))),
      el('td', {}, this.state, this.doubt),
      el('td', { class: 'n' },
        svg('svg', { class: 'bar', width: kBar, height: 8, 'aria-hidden': 'true' },
          svg('rect', { width: kBar, height: 8, class: 'rail' }), this.fill), this.ratio),
      this.cells);
    this.words = `${code} ${country.name}`.toLowerCase();
  }

  tell(country) {
    setAttribute(this.element, 'data-state', country.state);
    setAttribute(this.state, 'class', `state ${country.state}`);
    setText(this.state, stateWord(country.state));
    setText(this.doubt, country.stability_doubtful ? ' doubtful' : '');
    setAttribute(this.fill, 'width', String(Math.round(Math.min(1, country.ratio ?? 0) * kBar)));
    setText(this.ratio, percent(country.ratio));
    const texts = [rate(country.observed_flows_per_second), rate(country.expected_flows_per_second),
      count(country.active_sources), count(country.sent_packets), count(country.received_packets),
      country.detectable_seconds === null ? '–' : duration(country.detectable_seconds)];
    texts.forEach((text, i) => setText(this.cells[i], text));
  }
}

export class Countries {
  constructor() {
    this.rows = new Map();
    this.box = el('input', { type: 'search', id: 'filter', autocomplete: 'off', placeholder: 'name, code or state',
      oninput: () => this.filter() });
    this.count = el('p', { class: 'facts', role: 'status' });
    this.body = el('tbody');
    this.element = el('section', { 'aria-labelledby': 'countries-title' },
      el('h2', { id: 'countries-title' }, 'Countries'),
      el('div', { class: 'tools' }, el('label', { for: 'filter' }, 'Filter'), this.box, this.count),
      el('div', { class: 'wide' }, el('table', {},
        el('thead', {}, el('tr', {}, kHeads.map(([text, name]) => el('th', { scope: 'col', class: name }, text)))),
        this.body)));
  }

  update(countries) {
    const order = Object.entries(countries)
      .filter(([code, country]) => code !== 'ZZ' && country.coverage !== undefined)
      .sort(([, a], [, b]) => gravity(stateOf(a)) - gravity(stateOf(b)) ||
        (a.ratio ?? Infinity) - (b.ratio ?? Infinity) || b.observed_flows_per_second - a.observed_flows_per_second || 0);
    for (const [code, country] of order) {
      if (!this.rows.has(code)) this.rows.set(code, new Row(code, country));
      this.rows.get(code).tell(country);
    }
    this.all = Object.keys(countries).length - 1;
    setChildren(this.body, order.map(([code]) => this.rows.get(code).element));
    this.filter();
  }

  filter() {
    const words = this.box.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of this.rows.values()) {
      const text = `${row.words} ${row.state.textContent}`;
      row.element.hidden = !words.every((word) => text.includes(word));
      shown += row.element.hidden ? 0 : 1;
    }
    setText(this.count, words.length > 0 ? `${shown} of ${this.rows.size}`
      : `${this.rows.size} seen of ${this.all}; furthest below expectation first`);
  }
}
