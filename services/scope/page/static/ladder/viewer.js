// @ts-check
/**
 * <echo-ladder>: a ladder to step through, row by row.
 *
 * @typedef {import("../panel.js").Row} Row
 * @typedef {import("../panel.js").Walk} Walk
 * @typedef {{lang: "en"|"zh", scale: boolean, fold: boolean}} View
 * @typedef {(view: View) => Promise<Walk>} Load
 */

import { make, tell } from "../panel.js";
import { drawCurtain } from "./curtain.js";
import { LADDER_WORDS } from "./words.js";

const ZOOM_STEP = 1.25;
const ZOOM_LIMITS = [0.4, 3];
// The whole picture is shown where it is readable then; else what is between the lifelines.
const WHOLE_FROM_ZOOM = 0.75;
const FIRST_ZOOM_LIMITS = [0.65, 1];
const BESIDE_LIFELINES = 36;

export class EchoLadder extends HTMLElement {
  /** @type {View} */
  #view = { lang: "en", scale: false, fold: true };
  /** @type {Load|null} */
  #load = null;
  /** @type {Walk|null} */
  #walk = null;
  #row = -1;
  /** @type {number|null} Null: nobody has chosen one. */
  #zoom = null;
  #isGuessing = false;
  #canRedraw = true;
  #hasLanguages = true;

  connectedCallback() {
    this.addEventListener("keydown", (event) => this.#press(event));
  }

  /**
   * Show a ladder. Without `canRedraw` the source has it in one form alone, in either language; without `hasLanguages`
   * the language is chosen elsewhere.
   * @param {Load} load
   * @param {{lang?: "en"|"zh", canRedraw?: boolean, hasLanguages?: boolean, guess?: boolean, row?: number}} [options]
   */
  async show(load, options = {}) {
    this.#load = load;
    this.#view = { ...this.#view, lang: options.lang ?? this.#view.lang };
    this.#canRedraw = options.canRedraw ?? true;
    this.#hasLanguages = options.hasLanguages ?? true;
    this.#isGuessing = options.guess ?? false;
    this.#row = options.row ?? -1;
    await this.#draw();
  }

  /** The language that it speaks. @returns {"en"|"zh"} */
  get language() {
    return this.#view.lang;
  }

  /** Whether what comes next is hidden until it is asked for. @returns {boolean} */
  get isGuessing() {
    return this.#isGuessing;
  }

  /** The row that is lit, from 0; -1 before the first step. @returns {number} */
  get row() {
    return this.#row;
  }

  async #draw() {
    const load = this.#load;
    if (!load) return;
    const walk = await load(this.#view);
    if (load !== this.#load) return; // another ladder was asked for meanwhile
    this.#walk = walk;
    const words = LADDER_WORDS[this.#view.lang];
    this.lang = this.#view.lang === "zh" ? "zh-CN" : "en";
    const parsed = new DOMParser().parseFromString(this.#walk.svg, "image/svg+xml").documentElement;
    const svg = document.importNode(parsed, true);
    svg.classList.add("ladder");
    for (const group of svg.querySelectorAll("g.row")) {
      group.addEventListener("click", () => this.#goTo(Number(group.getAttribute("data-row"))));
    }
    const wire = make("div", { class: "wire-pane", tabindex: "0", role: "group", "aria-label": words.ladder }, svg);
    const panel = make("section", { class: "panel", "aria-live": "polite", "aria-atomic": "true" });
    this.replaceChildren(this.#toolbar(), make("div", { class: "panes" }, wire, panel));
    this.#row = Math.min(this.#row, this.#walk.rows.length - 1);
    this.#resize();
    this.#follow();
    this.#light();
  }

  #toolbar() {
    const words = LADDER_WORDS[this.#view.lang];
    const bar = make("div", { class: "toolbar", role: "toolbar", "aria-label": words.ladder });
    const button = (/** @type {string} */ name, /** @type {string} */ face, /** @type {() => unknown} */ act) => {
      const title = words[/** @type {"next"} */ (name)];
      const made = make("button", { type: "button", "data-act": name, title }, face);
      if (face.length === 1) made.setAttribute("aria-label", title);
      made.addEventListener("click", () => act());
      bar.append(made);
      return made;
    };
    button("previous", "▲", () => this.#goTo(this.#row - 1));
    button("next", "▼", () => this.#goTo(this.#row + 1));
    bar.append(make("output", { class: "place" }));
    button("zoomOut", "−", () => this.#zoomBy(1 / ZOOM_STEP));
    button("zoomIn", "+", () => this.#zoomBy(ZOOM_STEP));
    const toggle = (/** @type {string} */ name, /** @type {boolean} */ isOn, /** @type {() => unknown} */ act) =>
      button(name, words[/** @type {"scale"} */ (name)], act).setAttribute("aria-pressed", String(isOn));
    if (this.#canRedraw) {
      toggle("scale", this.#view.scale, () => this.#see({ scale: !this.#view.scale }));
      toggle("unfold", !this.#view.fold, () => this.#see({ fold: !this.#view.fold }));
    }
    toggle("guess", this.#isGuessing, () => this.#guess());
    if (this.#hasLanguages)
      button("other", words.other, () => this.#see({ lang: this.#view.lang === "en" ? "zh" : "en" }));
    return bar;
  }

  /** @param {Partial<View>} change */
  async #see(change) {
    // Rows have other numbers when they are folded otherwise.
    if ("fold" in change) this.#row = -1;
    this.#view = { ...this.#view, ...change };
    await this.#draw();
    this.dispatchEvent(new CustomEvent("viewchange", { bubbles: true }));
  }

  #guess() {
    this.#isGuessing = !this.#isGuessing;
    this.#light();
    this.querySelector('[data-act="guess"]')?.setAttribute("aria-pressed", String(this.#isGuessing));
  }

  /** @param {number} factor */
  #zoomBy(factor) {
    this.#zoom = clamp((this.#zoom ?? this.#firstZoom()) * factor, ZOOM_LIMITS);
    this.#resize();
    this.#follow();
  }

  /** Where the two lifelines stand in the picture. @returns {[number, number]} */
  #lifelines() {
    const [client, server] = [...this.querySelectorAll("svg.ladder > line.life")].map((one) =>
      Number(one.getAttribute("x1")),
    );
    return [client ?? 0, server ?? 0];
  }

  #firstZoom() {
    const [client, server] = this.#lifelines();
    const width = this.querySelector(".wire-pane")?.clientWidth ?? 0;
    const svg = this.querySelector("svg.ladder");
    const whole = svg instanceof SVGSVGElement ? width / svg.viewBox.baseVal.width : 0;
    if (whole >= WHOLE_FROM_ZOOM) return Math.min(whole, 1);
    return clamp(width / (server - client + BESIDE_LIFELINES), FIRST_ZOOM_LIMITS);
  }

  #resize() {
    const svg = this.querySelector("svg.ladder");
    if (!(svg instanceof SVGSVGElement)) return;
    const { width, height } = svg.viewBox.baseVal;
    const zoom = this.#zoom ?? this.#firstZoom();
    svg.setAttribute("width", String(width * zoom));
    svg.setAttribute("height", String(height * zoom));
  }

  /** Where the picture is wider than its pane: bring what the row says into sight, else what is between the lifelines. */
  #follow() {
    const pane = this.querySelector(".wire-pane");
    const svg = this.querySelector("svg.ladder");
    if (!pane || !(svg instanceof SVGSVGElement) || pane.scrollWidth <= pane.clientWidth) return;
    const said = [...this.querySelectorAll("g.row.now > :not(.hit, .time)")].map((one) => one.getBoundingClientRect());
    const scale = svg.clientWidth / svg.viewBox.baseVal.width;
    const left = svg.getBoundingClientRect().left;
    const xs = this.#lifelines().map((x) => left + (x - svg.viewBox.baseVal.x) * scale);
    const [from, to] = said.length
      ? [Math.min(...said.map((one) => one.left)), Math.max(...said.map((one) => one.right))]
      : [Math.min(...xs), Math.max(...xs)];
    const frame = pane.getBoundingClientRect();
    if (said.length && from >= frame.left && to <= frame.right) return;
    pane.scrollLeft += (from + to) / 2 - (frame.left + frame.right) / 2;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const last = (this.#walk?.rows.length ?? 0) - 1;
    const steps = /** @type {Record<string, () => void>} */ ({
      ArrowDown: () => this.#goTo(this.#row + 1),
      ArrowRight: () => this.#goTo(this.#row + 1),
      ArrowUp: () => this.#goTo(this.#row - 1),
      ArrowLeft: () => this.#goTo(this.#row - 1),
      Home: () => this.#goTo(0),
      End: () => this.#goTo(last),
      "+": () => this.#zoomBy(ZOOM_STEP),
      "-": () => this.#zoomBy(1 / ZOOM_STEP),
    });
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  }

  /** @param {number} row */
  #goTo(row) {
    if (!this.#walk) return;
    this.#row = Math.min(Math.max(row, 0), this.#walk.rows.length - 1);
    this.#light();
  }

  /** Light the row and what belongs to it, and say what it is. */
  #light() {
    if (!this.#walk) return;
    const { rows } = this.#walk;
    const words = LADDER_WORDS[this.#view.lang];
    for (const lit of this.querySelectorAll(".now, .lit")) lit.classList.remove("now", "lit");
    const row = rows[this.#row];
    const place = this.querySelector(".place");
    if (place) place.textContent = words.of(this.#row + 1, rows.length);
    drawCurtain(this.querySelector("svg.ladder"), this.#isGuessing ? this.#row : null);
    const panel = this.querySelector(".panel");
    if (!row) {
      panel?.replaceChildren(make("p", {}, this.#isGuessing ? words.guessing : words.start));
      return;
    }
    const now = this.querySelector(`g.row[data-row="${this.#row}"]`);
    now?.classList.add("now");
    const seen = this.#isGuessing ? row.with.filter((other) => other <= this.#row) : row.with;
    for (const other of seen) this.querySelector(`g.row[data-row="${other}"]`)?.classList.add("lit");
    const calls = new Set([row, ...seen.map((other) => rows[other])].map((one) => one.call));
    for (const call of calls) {
      if (call !== null) this.querySelector(`g[data-call="${call}"]`)?.classList.add("lit");
    }
    now?.querySelector(".hit")?.scrollIntoView({ block: "nearest" });
    this.#follow();
    panel?.replaceChildren(...tell(this.#walk, row, seen, words));
  }
}

/** @type {(value: number, limits: number[]) => number} */
const clamp = (value, limits) => Math.min(Math.max(value, limits[0]), limits[1]);

customElements.define("echo-ladder", EchoLadder);
