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
import { Picture } from "./picture.js";
import { LADDER_WORDS } from "./words.js";

const ZOOM_STEP = 1.25;

export class EchoLadder extends HTMLElement {
  /** @type {View} */
  #view = { lang: "en", scale: false, fold: true };
  /** @type {Load|null} */
  #load = null;
  /** @type {Walk|null} */
  #walk = null;
  /** @type {Picture|null} */
  #picture = null;
  #row = -1;
  /** @type {number|null} Null: nobody has chosen one. */
  #zoom = null;
  #isGuessing = false;
  #canRedraw = true;
  #hasLanguages = true;

  connectedCallback() {
    this.addEventListener("keydown", (event) => this.#press(event));
    window.addEventListener("beforeprint", () => this.#picture?.unfold(true));
    window.addEventListener("afterprint", () => this.#picture?.unfold(false));
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
    this.#picture = new Picture(walk.svg, words.ladder, (row) => this.#goTo(row));
    const panel = make(
      "section",
      { class: "panel", tabindex: "0", "aria-label": words.panel },
      // Read out as one steps; the header and the bytes would be too long for that.
      make("div", { class: "told", "aria-live": "polite", "aria-atomic": "true" }),
      make("div", { class: "more" }),
    );
    // Whoever has pressed one of the buttons goes on from there.
    const held = this.contains(document.activeElement) ? document.activeElement?.getAttribute("data-act") : undefined;
    this.replaceChildren(this.#toolbar(), make("div", { class: "panes" }, this.#picture.pane, panel));
    const holder = held ? this.querySelector(`[data-act="${held}"]`) : this.#picture.pane;
    if (held !== undefined) /** @type {HTMLElement} */ (holder).focus({ preventScroll: true });
    this.#row = Math.min(this.#row, walk.rows.length - 1);
    this.#picture.resize(this.#zoom);
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
    const [view, row] = [this.#view, this.#row];
    // Rows have other numbers when they are folded otherwise.
    if ("fold" in change) this.#row = -1;
    this.#view = { ...view, ...change };
    try {
      await this.#draw();
    } catch (error) {
      [this.#view, this.#row] = [view, row];
      this.dispatchEvent(new CustomEvent("viewfailed", { bubbles: true, detail: error }));
      return;
    }
    this.dispatchEvent(new CustomEvent("viewchange", { bubbles: true }));
  }

  #guess() {
    this.#isGuessing = !this.#isGuessing;
    this.#light();
    this.querySelector('[data-act="guess"]')?.setAttribute("aria-pressed", String(this.#isGuessing));
  }

  /** @param {number} factor */
  #zoomBy(factor) {
    if (this.#picture) this.#zoom = this.#picture.resize(this.#picture.zoom * factor);
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
    const row = rows[this.#row];
    const seen = (row?.with ?? []).filter((other) => !this.#isGuessing || other <= this.#row);
    const lit = [row, ...seen.map((other) => rows[other])];
    const [calls, segments] = [lit.flatMap((one) => one?.call ?? []), lit.flatMap((one) => one?.segment ?? [])];
    this.#picture?.light(this.#row, seen, calls, segments, this.#isGuessing);
    const place = this.querySelector(".place");
    if (place) place.textContent = words.of(this.#row + 1, rows.length);
    const start = make("p", {}, this.#isGuessing ? words.guessing : words.start);
    const { told, more } = row ? tell(this.#walk, row, seen, words) : { told: [start], more: [] };
    this.querySelector(".told")?.replaceChildren(...told);
    this.querySelector(".more")?.replaceChildren(...more);
  }
}

customElements.define("echo-ladder", EchoLadder);
