// What is wrong now, the gravest first; what is over stays folded.
import { el, setChildren, setText } from './dom.js';
import { counted, duration, percent, readable, subject, timeElement } from './words.js';

const kScopes = ['lost', 'gone_here', 'moved', 'unproven'];
const kFewLines = 4;

/** What the scope means, in words. */
const kMeaning = {
  lost: 'the world goes on asking',
  gone_here: 'it left this tap, not the Internet',
  moved: 'its prefixes answer under another origin',
  unproven: 'whether it is lost or only gone from here is unproven',
};

const ratioOf = (incident, countries) =>
  (incident.end ? null : countries[incident.country]?.ratio) ?? incident.lowest_ratio;

/** By scope, then by the share of flows that is lost. */
function order(countries) {
  return (a, b) => kScopes.indexOf(a.scope) - kScopes.indexOf(b.scope) ||
    ratioOf(a, countries) - ratioOf(b, countries) || b.id - a.id;
}

function remark(what, said, now) {
  return el('p', { class: 'facts' }, `${what} `, timeElement(said.at, now), said.by ? ` by ${said.by}` : '',
    said.note || said.text ? `: ${said.note ?? said.text}` : '');
}

function title(incident, countries) {
  const text = subject(incident, countries);
  return incident.country ? el('a', { href: `#/country/${incident.country}` }, text) : text;
}

/** One incident as a card; its numbers are written by `tell`. */
class Card {
  constructor(incident, countries, now) {
    this.key = JSON.stringify({ ...incident, last_verified: null, area: null });
    this.numbers = el('p', { class: 'facts' });
    const lines = incident.evidence;
    const list = (some) => el('ul', {}, some.map((line) => el('li', {}, line)));
    this.element = el('li', { 'data-incident': incident.id },
      el('p', {}, el('strong', {}, title(incident, countries)), ' ',
        el('span', { class: 'state outage' }, readable(incident.kind)), `, ${readable(incident.scope)}: `,
        el('span', { class: 'name' }, kMeaning[incident.scope] ?? '')),
      this.numbers,
      el('p', { class: 'facts' }, 'Since ', timeElement(incident.start, now), ', detected ',
        timeElement(incident.detected, now), `; ${counted(incident.edges, 'edge')}; number ${incident.id}`),
      incident.acknowledged ? remark('Acknowledged', incident.acknowledged, now) : null,
      incident.notes.map((note) => remark('Noted', note, now)),
      lines.length > 0 ? el('div', { class: 'evidence' }, list(lines.slice(0, kFewLines)),
        lines.length > kFewLines ? el('details', {}, el('summary', {}, `${lines.length - kFewLines} more lines of evidence`),
          list(lines.slice(kFewLines))) : null) : null);
  }

  tell(incident, countries, now) {
    const ratio = countries[incident.country]?.ratio;
    const known = ratio !== null && ratio !== undefined;
    const lost = 1 - Math.min(1, known ? ratio : incident.lowest_ratio);
    setText(this.numbers, `${percent(lost)} of its flows lost, for ${duration((now - Date.parse(incident.start)) / 1000)}; ` +
      (!known ? 'not seen now, ' : percent(ratio) === '0 %' ? 'nothing is back, ' : `recovered to ${percent(ratio)}, `) + `${percent(incident.lowest_ratio)} at the lowest`);
  }
}

function past(incident, countries, now) {
  const lasted = (Date.parse(incident.end) - Date.parse(incident.start)) / 1000;
  return el('li', {}, el('strong', {}, title(incident, countries)),
    ` ${readable(incident.kind)}, ${readable(incident.scope)}, at `, timeElement(incident.start, now),
    `: ${percent(incident.lowest_ratio)} of expected at the lowest, over after ${duration(lasted)}`);
}

export class Incidents {
  /** `only`: of this country alone. */
  constructor(only) {
    this.only = only;
    this.cards = new Map();
    this.list = el('ul', { class: 'incidents' });
    this.none = el('p', {}, 'None.');
    this.past = el('ul', { class: 'past' });
    this.count = el('summary');
    this.folded = el('details', { class: 'over' }, this.count, this.past);
    const name = only ? 'its-incidents' : 'incidents';
    this.element = el('section', { 'aria-labelledby': name },
      el('h2', { id: name }, 'Open incidents'), this.list, this.none, this.folded);
  }

  update(incidents, countries, now) {
    const all = incidents.filter((each) => (this.only
      ? each.country === this.only || each.countries?.includes(this.only)
      : !each.part_of));
    const open = all.filter((each) => !each.end).sort(order(countries));
    const cards = new Map();
    for (const incident of open) {
      const fresh = new Card(incident, countries, now);
      const old = this.cards.get(incident.id);
      const card = old?.key === fresh.key ? old : fresh;
      if (old && card !== old && old.element.querySelector('details')?.open) {
        card.element.querySelector('details')?.setAttribute('open', '');
      }
      card.tell(incident, countries, now);
      cards.set(incident.id, card);
    }
    this.cards = cards;
    setChildren(this.list, [...cards.values()].map((card) => card.element));
    this.none.hidden = open.length > 0;
    this.list.hidden = open.length === 0;
    const over = all.filter((each) => each.end).reverse();
    this.folded.hidden = over.length === 0;
    setText(this.count, `${over.length} over, in the last 30 days`);
    const key = over.map((each) => `${each.id} ${each.end}`).join();
    if (key !== this.over) {
      this.over = key;
      setChildren(this.past, over.slice(0, 200).map((each) => past(each, countries, now)));
    }
  }
}
