// The nine states of a country, the gravest first, and how each is drawn: a colour class, a hatch, a
// word. A country that was never seen has none of them.
import { el, svg } from './dom.js';
import { readable } from './words.js';

export const kStates = ['outage', 'partial_outage', 'unstable', 'probation', 'suspect', 'blind',
  'normal', 'learning', 'insufficient'];
export const kUnseen = 'unseen';
export const kAlarming = new Set(['outage', 'partial_outage', 'unstable']);

/** The lines of each hatch on a tile of eight by eight. */
const kHatches = {
  outage: 'M0 0L8 8M8 0L0 8',
  partial_outage: 'M0 8L8 0',
  unstable: 'M0 6L4 2L8 6',
  probation: 'M0 4H8',
  suspect: 'M4 0V8',
  blind: 'M0 0H8M0 0V8',
  learning: 'M3 4H5',
  insufficient: 'M4 3V5',
};

/** A country's state as it is drawn. */
export const stateOf = (country) =>
  country?.answered_flows === undefined && country?.coverage === undefined ? kUnseen : country.state;

export const gravity = (state) => {
  const at = kStates.indexOf(state);
  return at < 0 ? kStates.length : at;
};

/** <pattern id="hatch-STATE"> for each, once a document. */
export function hatches() {
  return svg('defs', {}, Object.entries(kHatches).map(([state, path]) =>
    svg('pattern', { id: `hatch-${state}`, width: 8, height: 8, patternUnits: 'userSpaceOnUse' },
      svg('rect', { width: 8, height: 8, class: `ground ${state}` }),
      svg('path', { d: path, class: `lines ${state}` }))));
}

/** What to fill with: the hatch, or nothing, where the class alone decides. */
export const fillOf = (state) => (kHatches[state] ? `url(#hatch-${state})` : undefined);

export const stateWord = (state) => (state === kUnseen ? 'never seen' : readable(state));

export const stateElement = (state) => el('span', { class: `state ${state}` }, stateWord(state));
