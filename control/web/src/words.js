// Numbers and times as words. Times are UTC; the reader's own stand in the title.
import { el } from './dom.js';

const kMonths = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const two = (number) => String(number).padStart(2, '0');

/** "16:17 UTC", with its day when that is not the day of `now`. Both ms. */
export function clock(at, now = at) {
  const time = new Date(at);
  const day = `${time.getUTCDate()} ${kMonths[time.getUTCMonth()]} `;
  const same = new Date(now).toISOString().slice(0, 10) === time.toISOString().slice(0, 10);
  return `${same ? '' : day}${two(time.getUTCHours())}:${two(time.getUTCMinutes())} UTC`;
}

/** "2014-12-22 16:17:00 UTC". */
export const fullClock = (at) => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const local = (at) => `${new Date(at).toLocaleString(undefined, { timeZoneName: 'short' })}, local time`;

/** A <time> of an API's time text. */
export function timeElement(text, now) {
  if (!text) return el('span', {}, '–');
  const at = Date.parse(text);
  return el('time', { datetime: text, title: `${fullClock(at)}; ${local(at)}` }, clock(at, now));
}

/** "43 s", "43 min", "9 h 31 min", "3 d 4 h". */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 120) return `${s} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "2 %", "0.4 %". */
export function percent(ratio) {
  if (ratio === null || ratio === undefined) return '–';
  const value = ratio * 100;
  return value >= 0.05 && value < 0.95 ? `${value.toFixed(1)} %` : `${value.toFixed(0)} %`;
}

/** "9999", "20.4 k", "1.5 M". */
export function count(value) {
  if (value === null || value === undefined) return '–';
  if (value < 9999.5) return value.toFixed(0);
  const units = [[1e15, 'P'], [1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']];
  const [size, letter] = units.find(([each]) => value >= each * 0.9995);
  return `${(value / size).toFixed(1)} ${letter}`;
}

/** "1 origin", "20.4 k origins". */
export const counted = (value, one) => `${count(value)} ${value === 1 ? one : `${one}s`}`;

/** As a count, with two decimals below ten. */
export function rate(value) {
  if (value === null || value === undefined) return '–';
  return value >= 9.95 ? count(value) : value.toFixed(2);
}

export const readable = (name) => String(name).replaceAll('_', ' ');

/** What an incident is about: "KP (Korea (North))", "AS64500's port", "3 countries together (…)". */
export function subject(incident, countries) {
  if (incident.country) {
    const name = countries[incident.country]?.name;
    return name ? `${incident.country} (${name})` : incident.country;
  }
  if (incident.member) {
    const { member, name } = incident.member;
    return `${member}'s port${name ? ` (${name})` : ''}`;
  }
  const codes = incident.countries ?? [];
  if (codes.length === 0) return 'The whole site';
  return `${codes.length} countries together (${codes.slice(0, 12).join(', ')}${codes.length > 12 ? ' …' : ''})`;
}

/** A text of several sentences in parts; a full stop inside brackets ends none. */
export function sentences(text) {
  const parts = [];
  let depth = 0, begin = 0;
  for (let i = 0; i < text.length; ++i) {
    depth += text[i] === '(' ? 1 : text[i] === ')' ? -1 : 0;
    if (text[i] === '.' && depth === 0 && /^ (?:[A-Z]|lull |\d+ more)/.test(text.slice(i + 1, i + 12))) {
      parts.push(text.slice(begin, i + 1));
      begin = i + 2;
    }
  }
  parts.push(text.slice(begin));
  return parts.filter((part) => part !== '');
}
