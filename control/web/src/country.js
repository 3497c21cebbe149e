// One country: what was seen and expected, over a day and now, and why it is judged as it is.
import { Chart } from './chart.js';
import { el, setChildren, setText, table } from './dom.js';
import { Incidents } from './incidents.js';
import { stateElement, stateOf } from './states.js';
import { count, counted, duration, percent, rate, readable, timeElement } from './words.js';

const facts = (pairs) => el('dl', { class: 'pairs' }, pairs.map(([name, value]) =>
  el('div', {}, el('dt', {}, name), el('dd', {}, value))));

function numbers(country, now) {
  return facts([
    ['State', el('span', {}, stateElement(stateOf(country)), ' since ', timeElement(country.state_since, now),
      country.stability_doubtful ? ', stability doubtful' : '')],
    ['Of expected', percent(country.ratio)],
    ['Answered flows a second', `${rate(country.observed_flows_per_second)} seen, ${rate(country.expected_flows_per_second)} expected`],
    ['Source networks', `${rate(country.observed_sources)} seen, ${rate(country.expected_sources)} expected`],
    ['Demand', country.demand_ratio === null ? 'not known' : `${percent(country.demand_ratio)} of expected`],
    ['Seen both ways', percent(country.two_way_share)],
    ['On ports that can be trusted', percent(country.coverage)],
    ['A full collapse is provable in', country.detectable_seconds === null ? 'not provable' : duration(country.detectable_seconds)],
    ['Self-test found one in', country.selftest_detection_seconds === null ? 'not known' : duration(country.selftest_detection_seconds)],
    ['Networks announced', `${count(country.networks_v4)} v4, ${count(country.networks_v6)} v6, by ${counted(country.origins, 'origin')}`],
    ['Time zone', country.timezone],
  ]);
}

const asName = (each) => `AS${each.asn}${each.name ? ` ${each.name}` : ''}`;

function routing(country, now) {
  const said = country.routing;
  if (!said) return null;
  const rows = (said.upstreams ?? []).map((each) => {
    const traffic = said.traffic?.upstreams.find((other) => other.asn === each.asn);
    return [asName(each), count(each.networks), percent(each.share), percent(each.only_share), percent(traffic?.share)];
  });
  return el('section', {}, el('h3', {}, 'Routing'),
    el('p', {}, `Its networks: ${said.verdict}`, said.why ? ` (${said.why})` : '', said.since ? ', since ' : '',
      said.since ? timeElement(said.since, now) : '',
      said.withdrawn ? `; ${said.withdrawn} of ${said.usual_networks} withdrawn` : '', '.'),
    said.upstream_change ? el('p', {}, said.upstream_change.text) : null,
    said.exposure ? el('p', { class: 'facts' }, said.exposure) : null,
    rows.length > 0 ? table([['Upstream', ''], ['Networks', 'n'], ['Addresses behind', 'n'], ['Behind it alone', 'n'], ['Traffic', 'n']],
      rows, 'Upstreams') : null);
}

function members(country) {
  if (!country.members?.length) return null;
  return el('section', {}, el('h3', {}, 'Members that bring its flows'),
    table([['Member', ''], ['Share', 'n']], country.members.map((each) =>
      [each.name ? `${each.member} ${each.name}` : each.member, percent(each.share)]), 'Members'));
}

function explained(explain, now) {
  if (!explain) return null;
  const part = (each) => [each.part, each.asn ? `AS${each.asn}` : '–', percent(each.share),
    timeElement(each.last_seen, now), each.silent ? 'silent' : 'alive'];
  return el('section', {}, el('h3', {}, 'Why'),
    el('p', {}, explain.verdict), el('p', { class: 'facts' }, `What would change it: ${explain.would_change}.`),
    table([['Signal, in the tick', ''], ['Seen', 'n'], ['Expected', 'n']],
      explain.signals.map((each) => [each.signal, rate(each.observed), rate(each.expected)]), 'Signals'),
    table([['Ruled out?', ''], ['Answer', ''], ['Number', 'long']],
      explain.ruled_out.map((each) => [each.what, each.answer, each.number]), 'What was ruled out'),
    explain.parts.length > 0 ? table([['Part', ''], ['Origin', ''], ['Share', 'n'], ['Last answered', 'n'], ['Now', '']],
      explain.parts.map(part), 'Its largest parts') : null,
    el('h3', {}, 'States'), el('ol', { class: 'steps' }, explain.transitions.map((each) =>
      el('li', {}, timeElement(each.time, now), ' ', el('span', { class: `state ${each.state}` }, readable(each.state))))));
}

export class CountryView {
  constructor(code) {
    this.code = code;
    this.title = el('h2', { tabindex: '-1' }, code);
    this.chart = new Chart();
    this.numbers = el('div');
    this.more = el('div');
    this.incidents = new Incidents(code);
    this.element = el('article', { class: 'country', 'data-country': code },
      el('p', {}, el('a', { href: '#/' }, '← All countries')),
      this.title, this.chart.element, this.numbers, this.incidents.element, this.more);
  }

  /** `country`: /api/v1/countries/XX; `countries`: all of them; `incidents`: of 30 days. */
  update(country, series, incidents, countries) {
    const now = Date.parse(country.time);
    setText(this.title, `${country.name} (${this.code})`);
    if (stateOf(country) === 'unseen') {
      setChildren(this.numbers, [el('p', {}, 'lull has never seen any traffic of it.')]);
      this.chart.element.hidden = true;
    } else {
      this.chart.element.hidden = false;
      this.chart.update(series);
      setChildren(this.numbers, [numbers(country, now)]);
    }
    this.incidents.update(incidents, countries, now);
    setChildren(this.more, [explained(country.explain, now), routing(country, now), members(country)].filter(Boolean));
  }
}
