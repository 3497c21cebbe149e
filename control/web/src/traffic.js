// Whose traffic it is: the largest origins; and, where lull looks into payloads, sites and labels.
import { el, setChildren, table } from './dom.js';
import { count, percent, readable, timeElement } from './words.js';

const kTop = 15;

function origins(list) {
  const volume = (each) => each.sent_bytes + each.received_bytes;
  const top = [...list].sort((a, b) => volume(b) - volume(a)).slice(0, kTop);
  const all = list.reduce((sum, each) => sum + volume(each), 0);
  if (top.length === 0) return null;
  return el('section', {}, el('h2', {}, 'Largest origins'),
    table([['Origin', ''], ['Country', ''], ['Sent bytes', 'n'], ['Received bytes', 'n'], ['Share of all', 'n']],
      top.map((each) => [each.asn ? `AS${each.asn}${each.name ? ` ${each.name}` : ''}` : 'no AS', each.country,
        count(each.sent_bytes), count(each.received_bytes), percent(all > 0 ? volume(each) / all : null)]), 'Largest origins'));
}

function sites(document) {
  if (!document.on || document.sites.length === 0) return null;
  const now = Date.parse(document.time);
  const kind = { silent: 'outage', answering: 'normal' };
  return el('section', {}, el('h2', {}, 'Sites'),
    table([['Site', ''], ['State', ''], ['Country', 'more-room'], ['Flows', 'n'], ['Answered', 'n'], ['Last answered', 'n'], ['Note', 'more-room']],
      document.sites.slice(0, 50).map((each) => [each.site,
        el('span', { class: `state ${kind[each.state] ?? 'learning'}` }, readable(each.state)), each.country ?? '–',
        count(each.flows), count(each.answered_flows), timeElement(each.last_answered, now), each.note ?? '']), 'Sites'));
}

function labels(document) {
  const seen = document.labels.filter((each) => each.packets > 0);
  if (!document.on || seen.length === 0) return null;
  const now = Date.parse(document.time);
  return el('section', {}, el('h2', {}, 'Labels'),
    table([['Label', ''], ['Class', ''], ['Flows', 'n'], ['Packets', 'n'], ['Bytes', 'n'], ['Last', 'n']],
      seen.slice(0, 50).map((each) => [each.label, each.class, count(each.flows), count(each.packets), count(each.bytes),
        timeElement(each.last, now)]), 'Labels'));
}

export class Traffic {
  constructor() {
    this.element = el('div');
  }

  /** The three documents of the API. */
  update(all) {
    setChildren(this.element, [sites(all.sites), labels(all.signatures), origins(all.origins.origins)].filter(Boolean));
  }
}
