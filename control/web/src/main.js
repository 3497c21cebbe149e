// The page: asks, and hands what comes to its parts. What the server wrote stands until the first
// answers are there; when answers stay away, what stands is greyed and its age counts up.
import './style.css';
import { Ticks, ask } from './api.js';
import { Countries } from './countries.js';
import { CountryView } from './country.js';
import { el, setChildren, setText } from './dom.js';
import { Head } from './head.js';
import { Incidents } from './incidents.js';
import { WorldMap } from './map.js';
import { Sensors } from './sensors.js';
import { Traffic } from './traffic.js';

const kTraffic_ms = 10_000;  // what nobody watches tick by tick is asked for less often
const kLinks = ['metrics', 'status', 'countries', 'incidents', 'origins', 'config'];

const server = { offset_ms: null };
const app = document.getElementById('app');
let parts = null, view = null, last = null;
let answered_ms = Date.now(), failed = false, traffic_ms = 0;

const open = (code) => { location.hash = `#/country/${code}`; };
const wanted = () => location.hash.match(/^#\/country\/([A-Z]{2})$/)?.[1] ?? null;

/** Every part once, in place of what the server wrote. */
function build() {
  const made = { head: new Head(), map: new WorldMap(open), incidents: new Incidents(), sensors: new Sensors(),
    countries: new Countries(), traffic: new Traffic(), version: el('p') };
  made.overview = el('div', { class: 'overview' }, made.incidents.element, made.map.element,
    made.countries.element, made.sensors.element, made.traffic.element);
  made.main = el('main', {}, made.overview);
  const links = kLinks.map((name) => el('a', { href: name === 'metrics' ? '/metrics' : `/api/v1/${name}` }, name));
  setChildren(app, [made.head.element, made.main,
    el('footer', {}, el('nav', { 'aria-label': 'Machine-readable' }, links), made.version)]);
  return made;
}

function show() {
  const { status, countries, incidents } = last;
  parts ??= build();
  parts.head.update(status, countries);
  parts.incidents.update(incidents, countries, Date.parse(status.time));
  parts.map.update(countries);
  parts.countries.update(countries);
  parts.sensors.update(status);
  setText(parts.version, `lull ${status.version}`);
  tell();
}

/** Switches between all countries and the one that the address names. */
async function route() {
  const code = wanted();
  if (!parts || (view?.code ?? null) === code) return;
  view = code ? new CountryView(code) : null;
  setChildren(parts.main, [view ? view.element : parts.overview]);
  if (view) {
    const opened = view;
    await fillView();
    opened.title.focus();
  }
  scrollTo(0, 0);
}

/** That one country cannot be told of, as the address names none, is said in its place: lull answers. */
async function fillView() {
  const filled = view;
  const path = `/api/v1/countries/${filled.code}`;
  try {
    const [country, series] = await Promise.all([ask(path, server), ask(`${path}/series`, server)]);
    filled.update(country, series, last.incidents, last.countries);
  } catch (error) {
    setText(filled.title, `${filled.code}: nothing is known of it (${error.message})`);
  }
}

async function fillTraffic() {
  if (Date.now() - traffic_ms < kTraffic_ms) return;
  traffic_ms = Date.now();
  try {
    const [origins, sites, signatures] = await Promise.all(['origins', 'sites', 'signatures'].map((name) =>
      ask(`/api/v1/${name}`, server)));
    parts.traffic.update({ origins, sites, signatures });
  } catch (error) {
    console.info(`lull: ${error.message}`);  // the last ones stand
  }
}

/** Those that are over are in the store; a disk that hangs keeps nobody from the others. */
const recent = () => ask('/api/v1/incidents?since=30d', server).catch(() => ask('/api/v1/incidents', server));

async function refresh() {
  try {
    const [status, countries, incidents] = await Promise.all([ask('/api/v1/status', server),
      ask('/api/v1/countries', server), recent()]);
    last = { status, countries: countries.countries, incidents: incidents.incidents };
    answered_ms = Date.now();
    failed = false;
    show();
  } catch (error) {
    failed = true;
    console.info(`lull: ${error.message}`);
    tell();
    return;
  }
  if (!view && wanted()) await route();
  else if (view) await fillView();
  await fillTraffic();
}

/** Ages, each second, also when nothing comes. */
function tell() {
  if (!parts) return;
  const now_ms = Date.now() + (server.offset_ms ?? 0);
  const age_s = Math.max(0, (now_ms - Date.parse(last.status.published)) / 1000);
  const silent_s = failed ? Math.max(1, (Date.now() - answered_ms) / 1000) : 0;
  app.classList.toggle('stale', !parts.head.tell(age_s, silent_s, now_ms));
}

addEventListener('hashchange', route);
setInterval(tell, 1_000);
new Ticks(refresh);
