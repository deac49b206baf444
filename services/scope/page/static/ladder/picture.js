// @ts-check
/**
 * A ladder's picture in its pane: its rows are lit and brought into sight. Of a long picture only what is near the rows
 * in sight stands in the document: with all of its rows there, a browser takes half a second to light another one.
 *
 * @typedef {{element: Element, top: number, bottom: number}} Part
 */

import { make } from "../panel.js";
import { drawCurtain } from "./curtain.js";

// A picture with at most so many rows stands there as a whole, and can be searched by the browser.
const WHOLE_ROWS = 300;
// Of a longer one: so many heights of its pane before the one in sight, and as many after it.
const PANES_BESIDE = 1;
const LEAST_PANE_PX = 400;

const ZOOM_LIMITS = [0.4, 3];
// The whole picture is shown where it is readable then; else what is between the lifelines.
const WHOLE_FROM_ZOOM = 0.75;
const FIRST_ZOOM_LIMITS = [0.65, 1];
const BESIDE_LIFELINES = 36;

export class Picture {
  /** @type {HTMLElement} */
  pane;
  /** @type {SVGSVGElement} */
  #svg;
  /** @type {Part[]} What lies somewhere in the picture, in the order of drawing. */
  #parts = [];
  /** @type {Map<number, Part>} */
  #rows = new Map();
  /** @type {Map<number, Element>} */
  #bars = new Map();
  /** @type {Map<number, Element>} Those from one row to another. */
  #arrows = new Map();
  /** @type {Element[]} */
  #lit = [];
  /** @type {Part|undefined} */
  #now;
  /** @type {[number, number]} Where the lifelines stand. */
  #lifelines;
  zoom = 1;
  #from = Number.NEGATIVE_INFINITY;
  #to = Number.POSITIVE_INFINITY;

  /**
   * @param {string} source The SVG document.
   * @param {string} label What the pane is called.
   * @param {(row: number) => void} point Called with a row that was pointed at.
   */
  constructor(source, label, point) {
    // The parser of HTML takes a third of the time that the one of XML takes.
    const parsed = new DOMParser().parseFromString(source, "text/html").querySelector("svg");
    this.#svg = /** @type {SVGSVGElement} */ (parsed);
    this.#svg.classList.add("ladder");
    const [client, server] = [...this.#svg.querySelectorAll(":scope > line.life:not(.band)")].map(xOf);
    this.#lifelines = [client ?? 0, server ?? 0];
    for (const element of this.#svg.children) this.#sort(element);
    this.#svg.addEventListener("click", (event) => {
      const row = /** @type {Element} */ (event.target).closest("g.row");
      if (row) point(Number(row.getAttribute("data-row")));
    });
    if (this.#rows.size > WHOLE_ROWS) this.#keep(0, 0); // the others are not even adopted by this document
    this.pane = make("div", { class: "wire-pane", tabindex: "0", role: "group", "aria-label": label }, this.#svg);
    this.pane.addEventListener("scroll", () => this.#fill(), { passive: true });
    new ResizeObserver(() => this.#fill()).observe(this.pane);
  }

  /** @param {Element} element */
  #sort(element) {
    const extent = extentOf(element);
    if (!extent) return;
    const part = { element, top: extent[0], bottom: extent[1] };
    this.#parts.push(part);
    const [row, call, segment] = ["row", "call", "segment"].map((of) => element.getAttribute(`data-${of}`));
    if (row !== null) this.#rows.set(Number(row), part);
    if (call !== null) this.#bars.set(Number(call), element);
    if (segment !== null) this.#arrows.set(Number(segment), element);
  }

  /** Have it so large. @param {number|null} zoom Null: what fits the pane. @returns {number} */
  resize(zoom) {
    const { width, height } = this.#svg.viewBox.baseVal;
    this.zoom = zoom === null ? this.#firstZoom() : clamp(zoom, ZOOM_LIMITS);
    this.#svg.setAttribute("width", String(width * this.zoom));
    this.#svg.setAttribute("height", String(height * this.zoom));
    this.#fill();
    this.#follow();
    return this.zoom;
  }

  #firstZoom() {
    const [client, server] = this.#lifelines;
    const whole = this.pane.clientWidth / this.#svg.viewBox.baseVal.width;
    if (whole >= WHOLE_FROM_ZOOM) return Math.min(whole, 1);
    return clamp(this.pane.clientWidth / (server - client + BESIDE_LIFELINES), FIRST_ZOOM_LIMITS);
  }

  /**
   * Light a row, and the rows, calls and segments that belong to it, and bring it into sight.
   * @param {number} row -1 for none.
   * @param {number[]} others
   * @param {number[]} calls
   * @param {number[]} segments
   * @param {boolean} hidesNext Whether the rows after it are covered.
   */
  light(row, others, calls, segments, hidesNext) {
    for (const lit of this.#lit) lit.classList.remove("now", "lit");
    this.#now = this.#rows.get(row);
    const beside = [...others].map((other) => this.#rows.get(other)?.element);
    const bars = calls.map((call) => this.#bars.get(call));
    const arrows = segments.map((segment) => this.#arrows.get(segment));
    this.#lit = [...beside, ...bars, ...arrows].filter((element) => element !== undefined);
    for (const element of this.#lit) element.classList.add("lit");
    const next = hidesNext ? this.#rows.get(row + 1) : undefined;
    drawCurtain(this.#svg, next ? next.top : null);
    if (!this.#now) return;
    this.#now.element.classList.add("now");
    this.#lit.push(this.#now.element);
    if (!this.#now.element.isConnected) this.#fill(this.#now.top);
    this.#now.element.querySelector(".hit")?.scrollIntoView({ block: "nearest" });
    this.#follow();
  }

  /** Have all of it stand in the document, to be printed; or again what is near. @param {boolean} isAll */
  unfold(isAll) {
    if (isAll) this.#keep(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    else this.#fill();
  }

  /** Have what is near a height stand in the document; by default near what is in sight. @param {number} [at] */
  #fill(at) {
    if (this.#rows.size <= WHOLE_ROWS) return;
    const { y } = this.#svg.viewBox.baseVal;
    const pane = Math.max(this.pane.clientHeight, LEAST_PANE_PX) / this.zoom;
    const place = Math.floor(((at ?? y + this.pane.scrollTop / this.zoom) - y) / pane);
    // What is in sight reaches into the next one.
    this.#keep(y + (place - PANES_BESIDE) * pane, y + (place + 2 + PANES_BESIDE) * pane);
  }

  /** @param {number} from @param {number} to */
  #keep(from, to) {
    if (from === this.#from && to === this.#to) return;
    [this.#from, this.#to] = [from, to];
    /** @type {Element|null} */
    let next = this.#svg.querySelector(":scope > .curtain");
    for (const { element, top, bottom } of this.#parts.toReversed()) {
      const isThere = element.parentNode === this.#svg;
      if (bottom < from || top > to) {
        if (isThere) element.remove();
        continue;
      }
      if (!isThere) this.#svg.insertBefore(element, next);
      next = element;
    }
  }

  /** Where it is wider than its pane: bring what the row says into sight, else what is between the lifelines. */
  #follow() {
    const pane = this.pane;
    if (pane.scrollWidth <= pane.clientWidth) return;
    const said = [...(this.#now?.element.querySelectorAll(":scope > :not(.hit, .time)") ?? [])].map((one) =>
      one.getBoundingClientRect(),
    );
    const left = this.#svg.getBoundingClientRect().left;
    const xs = this.#lifelines.map((x) => left + (x - this.#svg.viewBox.baseVal.x) * this.zoom);
    const [from, to] = said.length
      ? [Math.min(...said.map((one) => one.left)), Math.max(...said.map((one) => one.right))]
      : [Math.min(...xs), Math.max(...xs)];
    const frame = pane.getBoundingClientRect();
    if (said.length && from >= frame.left && to <= frame.right) return;
    pane.scrollLeft += (from + to) / 2 - (frame.left + frame.right) / 2;
  }
}

/** @param {Element} line */
const xOf = (line) => Number(line.getAttribute("x1"));

/**
 * From where to where an element reaches, from its attributes: nothing is laid out for it. Null: it is everywhere.
 * @param {Element} element
 * @returns {[number, number]|null}
 */
function extentOf(element) {
  const shape = element.localName === "g" ? (element.querySelector("rect, line") ?? element) : element;
  const at = (/** @type {string} */ name) => Number(shape.getAttribute(name) ?? Number.NaN);
  const [top, bottom] =
    shape.localName === "line"
      ? [at("y1"), at("y2")]
      : [at("y"), at("y") + (Number(shape.getAttribute("height")) || 0)];
  return Number.isNaN(bottom) || shape.getAttribute("height") === "100%" ? null : [top, bottom];
}

/** @type {(value: number, limits: number[]) => number} */
const clamp = (value, limits) => Math.min(Math.max(value, limits[0]), limits[1]);
