// Elements, made and changed. Text goes in as text: nothing here reads HTML.

const kSvg = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((each) => each !== null && each !== undefined && each !== ''));
  return element;
}

/** <tag attributes>children</tag>; a child is a node or text. "onclick" and the like are listeners. */
export const el = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);

export const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(kSvg, tag), attributes, children);

/** Writes only what differs, so that a selection and a reader's place survive a tick. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Makes `children` the children of `parent`, moving none that is in place. */
export function setChildren(parent, children) {
  children.forEach((child, i) => {
    if (parent.childNodes[i] !== child) parent.insertBefore(child, parent.childNodes[i] ?? null);
  });
  while (parent.childNodes.length > children.length) parent.lastChild.remove();
}

/** A table: heads are [text, class]; rows lists of cells, the first of which heads its row. */
export function table(heads, rows, caption) {
  const cell = (content, i) => {
    const attributes = { class: heads[i][1] };
    return i === 0 ? el('th', { ...attributes, scope: 'row' }, content) : el('td', attributes, content);
  };
  return el('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': caption },
    el('table', {},
      el('thead', {}, el('tr', {}, heads.map(([text, name]) => el('th', { scope: 'col', class: name }, text)))),
      el('tbody', {}, rows.map((row) => el('tr', {}, row.map(cell))))));
}
