// Whether lull itself is well: its ports, the origin table, the clock, the store.
import { el, setChildren, table } from './dom.js';
import { count, percent, timeElement } from './words.js';

const kPort = [['Port', 'port'], ['Sees', ''], ['Received', 'n'], ['Counted', 'n'], ['Rejected', 'n'],
  ['Missed', 'n'], ['Loss', 'n more-room'], ['Free buffers', 'n more-room']];

function portRow(port) {
  const rejected = Object.values(port.rejected).reduce((sum, each) => sum + each, 0);
  const prefix = `${port.name}: `;
  const reason = port.reason.startsWith(prefix) ? port.reason.slice(prefix.length) : port.reason;
  const state = !port.healthy ? 'blind' : port.degraded ? 'suspect' : 'normal';
  return [port.name,
    el('span', { class: `state ${state}` }, reason || (port.healthy ? 'healthy' : 'unhealthy')),
    count(port.received_packets), count(port.counted_packets), count(rejected), count(port.missed_packets),
    percent(port.capture_loss_ratio), `${count(port.mbufs_free)} of ${count(port.mbufs_capacity)}`];
}

function remarks(status) {
  const now = Date.parse(status.time);
  const list = [
    el('span', {}, `Origin table: ${count(status.table.prefixes_v4)} v4 and ${count(status.table.prefixes_v6)} v6 prefixes, built `,
      timeElement(status.table.built_at), ', ', String(status.table.built_at ?? '').slice(0, 10),
      status.table.loads_failed > 0 ? `; ${status.table.loads_failed} loads failed` : ''),
    `Ticks: ${count(status.ticks.ok)} judged, ${count(status.ticks.missing)} missing, of ${status.tick_seconds} s`,
    ...status.groups.filter((group) => group.degraded).map((group) => `Group ${group.name}: ${group.reason}`),
    ...status.occasions.map((text) => `Calendar: ${text}`),
  ];
  if (status.clock_synchronised === false) list.push('The clock is not synchronised');
  if (!status.config_last_reload_successful) list.push('The last reload of the configuration was refused');
  if (status.store.trouble) list.push(`The store fails: ${status.store.trouble}`);
  else if (status.store.in_use) list.push(el('span', {}, 'Store: last written ', timeElement(status.store.last_success, now)));
  return list;
}

export class Sensors {
  constructor() {
    this.body = el('div');
    this.element = el('section', { 'aria-labelledby': 'sensors-title' },
      el('h2', { id: 'sensors-title' }, 'Sensors and table'), this.body);
  }

  update(status) {
    setChildren(this.body, [table(kPort, status.ports.map(portRow), 'Ports'),
      el('ul', { class: 'plain facts' }, remarks(status).map((each) => el('li', {}, each)))]);
  }
}
