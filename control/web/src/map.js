// The world by state: an outline and, where that is too small to hit, a dot for each country. The
// coarse atlas is in the page; the fine one is fetched after the first paint. One stop for the Tab
// key: arrows go from country to country, Enter opens.
import { geoNaturalEarth1, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import coarse from 'world-atlas/countries-110m.json';
import { el, setAttribute, setChildren, setText, svg } from './dom.js';
import { codeOf, places } from './iso.js';
import { fillOf, hatches, kAlarming, kStates, kUnseen, stateOf, stateWord } from './states.js';
import { percent } from './words.js';

const kWidth = 960, kHeight = 470;
const kSmall_px = 22;  // square pixels; a smaller outline gets a dot
const kNotDrawn = new Set(['AQ']);

const projection = geoNaturalEarth1().fitExtent([[2, 2], [kWidth - 2, kHeight + 38]], { type: 'Sphere' });
const path = geoPath(projection).digits(1);

export class WorldMap {
  /** `open(code)` is called when a country is chosen. */
  constructor(open) {
    this.open = open;
    this.countries = {};
    this.shapes = new Map();  // code -> its elements, one of which takes the focus
    this.ground = svg('g');
    this.marks = svg('g', { class: 'marks', 'aria-hidden': 'true' });
    this.drawing = svg('svg', {
      viewBox: `0 0 ${kWidth} ${kHeight}`, role: 'group', class: 'map',
      'aria-label': 'World map by state. Arrow keys go from country to country, Enter opens one.',
      onkeydown: (event) => this.onKey(event), onclick: (event) => this.onClick(event),
    }, hatches(), this.ground, this.marks);
    this.legend = el('ul', { class: 'legend', 'aria-label': 'How many countries are in each state' });
    this.element = el('section', { 'aria-labelledby': 'map-title' },
      el('h2', { id: 'map-title' }, 'World'), this.drawing, this.legend);
    this.draw(coarse);
    fetch('/assets/atlas-50m.json').then((answer) => (answer.ok ? answer.json() : null))
      .then((atlas) => atlas && this.draw(atlas)).catch(() => {});  // the coarse one stays
  }

  draw(atlas) {
    const focused = document.activeElement?.closest?.('.map') ? this.current : null;
    this.shapes.clear();
    this.centres = new Map(Object.entries(places).map(([code, place]) => [code, projection(place)]));
    const outlines = [], dots = [];
    for (const each of feature(atlas, atlas.objects.countries).features) {
      const code = codeOf(each), d = path(each);
      if (!d || kNotDrawn.has(code)) continue;
      const shape = svg('path', { d, class: 'land', 'data-code': code });
      outlines.push(shape);
      if (!code) continue;
      const area = path.area(each);
      if (!this.shapes.has(code) || area > this.shapes.get(code).area) {
        this.centres.set(code, path.centroid(each));
      }
      this.add(code, shape, area);
    }
    for (const [code, [x, y]] of this.centres) {
      if ((this.shapes.get(code)?.area ?? 0) >= kSmall_px) continue;
      const dot = svg('circle', { cx: x.toFixed(1), cy: y.toFixed(1), r: 3, class: 'land dot', 'data-code': code });
      dots.push(dot);
      this.add(code, dot, 0);
    }
    setChildren(this.ground, [...outlines, ...dots]);
    this.order = [...this.shapes.keys()].sort();
    for (const [code, { elements }] of this.shapes) {
      const target = elements.at(-1);
      target.append(svg('title'));
      setAttribute(target, 'role', 'link');
      setAttribute(target, 'tabindex', '-1');
      for (const other of elements.slice(0, -1)) other.setAttribute('aria-hidden', 'true');
    }
    this.current = this.shapes.has(this.current) ? this.current : this.order[0];
    this.target(this.current)?.setAttribute('tabindex', '0');
    this.update(this.countries);
    if (focused) this.target(focused)?.focus();
  }

  add(code, element, area) {
    const entry = this.shapes.get(code) ?? { elements: [], area: 0 };
    entry.elements.push(element);
    entry.area += area;
    this.shapes.set(code, entry);
  }

  target(code) {
    return this.shapes.get(code)?.elements.at(-1);
  }

  /** `countries` by code, as the API gives them. */
  update(countries) {
    this.countries = countries;
    const counts = new Map();
    for (const [code, country] of Object.entries(countries)) {
      const state = stateOf(country);
      if (code !== 'ZZ') counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    for (const [code, { elements }] of this.shapes) {
      const country = countries[code], state = stateOf(country);
      const ratio = country?.ratio;
      const words = `${country?.name ?? code}: ${stateWord(state)}` +
        (ratio === null || ratio === undefined ? '' : `, ${percent(ratio)} of expected`);
      for (const element of elements) {
        if (element.dataset.state === state) continue;
        element.dataset.state = state;
        const fill = fillOf(state);
        if (fill) element.setAttribute('fill', fill);
        else element.removeAttribute('fill');
      }
      const target = elements.at(-1);
      setAttribute(target, 'aria-label', words);
      setText(target.querySelector('title'), words);
    }
    this.mark(countries);
    this.count(counts);
  }

  /** A ring and the code where it burns: seen without colour and from across the room. */
  mark(countries) {
    const marks = [];
    for (const [code, centre] of this.centres) {
      const state = stateOf(countries[code]);
      if (!kAlarming.has(state)) continue;
      const [x, y] = centre.map((each) => Number(each.toFixed(1)));
      const end = x > kWidth - 110;
      marks.push(svg('circle', { cx: x, cy: y, r: 11, class: `ring ${state}` }),
        svg('text', { x: end ? x - 15 : x + 15, y: y + 4.5, 'text-anchor': end ? 'end' : 'start' },
          `${code} ${stateWord(state)}`));
    }
    setChildren(this.marks, marks);
  }

  count(counts) {
    const key = JSON.stringify([...counts]);
    if (key === this.counted) return;
    this.counted = key;
    setChildren(this.legend, [...kStates, kUnseen].filter((state) => counts.get(state)).map((state) =>
      el('li', {},
        svg('svg', { viewBox: '0 0 18 12', width: 18, height: 12, 'aria-hidden': 'true' },
          svg('rect', { width: 18, height: 12, class: 'land', 'data-state': state, fill: fillOf(state) })),
        `${stateWord(state)} `, el('b', {}, String(counts.get(state))))));
  }

  onClick(event) {
    const code = event.target.dataset?.code;
    if (code && this.countries[code]) this.open(code);
  }

  onKey(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const code = event.target.dataset?.code;
    if (!code) return;
    if (event.key === 'Enter') {
      this.open(code);
    } else if (step) {
      event.preventDefault();
      const at = this.order.indexOf(code) + step + this.order.length;
      this.target(code).setAttribute('tabindex', '-1');
      this.current = this.order[at % this.order.length];
      this.target(this.current).setAttribute('tabindex', '0');
      this.target(this.current).focus();
    }
  }
}
