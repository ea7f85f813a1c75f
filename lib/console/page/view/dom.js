/**
 * An element that the page is known to have.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`The page has no such element: ${id}`);
  return element;
}

/** @param {string} id */
export const part = (id) => byId(id, HTMLElement);
/** @param {string} id */
export const button = (id) => byId(id, HTMLButtonElement);
/** @param {string} id */
export const input = (id) => byId(id, HTMLInputElement);

/**
 * Makes an element. Texts become text, never markup.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Readonly<Record<string, string | boolean | undefined>>} [attributes]
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Readonly<Record<string, string | number>>} [attributes]
 * @param {...(Node | string)} children
 */
export function makeSvg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** One of the drawings in index.html. @param {string} name */
export function glyph(name) {
  return makeSvg("svg", { class: "glyph", "aria-hidden": "true" }, makeSvg("use", { href: `#draw-${name}` }));
}

/**
 * Changes a button's drawing and words.
 * @param {HTMLElement} element
 * @param {string} name
 * @param {string} [words]
 */
export function dress(element, name, words) {
  element.querySelector("use")?.setAttribute("href", `#draw-${name}`);
  const span = element.querySelector("span");
  if (words !== undefined && span) span.textContent = words;
}

/** Whether the system asks for less that moves. */
export const wantsStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Runs at the next frame of the screen, once for any number of calls.
 * @param {() => void} draw
 */
export function soon(draw) {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      draw();
    });
  };
}
