// @ts-check
/**
 * A load under way: all replicas as one, second by second, and the latency of all messages.
 *
 * @typedef {{p50_us: number|null, p99_us: number|null, max_us: number|null}} Latency
 * @typedef {Latency & {second: number, replicas: number, rate_requested: number, messages: number, errors: number,
 *   in_flight: number}} Second
 * @typedef {Latency & {host: string, second: number, messages: number, messages_so_far: number,
 *   errors_so_far: number}} Replica
 * @typedef {{first: number, refused: number, missing: number, seconds: Second[],
 *   whole: Latency & {messages: number, errors: number}, bars: [number, number, number][],
 *   replicas: Replica[]}} Load
 */

import { Pace } from "../pace.js";
import { make } from "../panel.js";
import { count, duration, histogramChart, latencyChart, rateChart } from "./charts.js";
import { LOAD_WORDS } from "./words.js";

/** @typedef {import("../language.js").Lang} Lang */

const MAX_SECONDS = 300;
const SHOWN_SECONDS = 10;

/** @param {number} second Of Unix time. */
const clock = (second) => new Date(second * 1000).toTimeString().slice(0, 8);

/** @param {Latency} of @returns {[string, string, number|null][]} */
const percentiles = (of) => [
  ["p50", "p50", of.p50_us],
  ["p99", "p99", of.p99_us],
  ["max", "most", of.max_us],
];

/**
 * @param {string[]} heads
 * @param {(string|[string, boolean])[][]} lines Cells with their text, and whether it is a bad sign.
 */
function table(heads, lines) {
  const row = (/** @type {(string|[string, boolean])[]} */ cells) =>
    make(
      "tr",
      {},
      ...cells.map((cell, at) => {
        const [text, isBad] = typeof cell === "string" ? [cell, false] : cell;
        return at ? make("td", isBad ? { class: "bad" } : {}, text) : make("th", { scope: "row" }, text);
      }),
    );
  const head = make("tr", {}, ...heads.map((name) => make("th", { scope: "col" }, name)));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...lines.map(row)));
}

export class LoadView {
  #place;
  /** @type {Lang} */
  #lang;
  /** @type {Load|null} */
  #load = null;
  /** @type {Map<number, Second>} */
  #seconds = new Map();
  #pace = new Pace(() => this.#draw());

  /** @param {HTMLElement} place @param {Lang} lang */
  constructor(place, lang) {
    this.#place = place;
    this.#lang = lang;
    new ResizeObserver(() => this.#drawCharts()).observe(place);
  }

  /** @param {EventSource} events */
  listen(events) {
    events.addEventListener("open", async () => {
      const found = await (await fetch("api/load")).json();
      if (found) this.#take(found);
    });
    events.addEventListener("load", (event) => this.#take(JSON.parse(/** @type {MessageEvent} */ (event).data)));
  }

  /** @param {boolean} isShown */
  show(isShown) {
    this.#place.hidden = !isShown;
    this.#draw();
  }

  /** @param {Lang} lang */
  speak(lang) {
    this.#lang = lang;
    this.#draw();
  }

  /** @param {Load} load */
  #take(load) {
    if (load.first !== this.#load?.first) this.#seconds.clear();
    this.#load = load;
    for (const second of load.seconds) this.#seconds.set(second.second, second);
    const newest = Math.max(...this.#seconds.keys());
    for (const second of this.#seconds.keys()) if (second <= newest - MAX_SECONDS) this.#seconds.delete(second);
    this.#pace.soon();
  }

  get #rows() {
    return [...this.#seconds.values()].sort((one, other) => one.second - other.second);
  }

  /** @param {string} css */
  #part(css) {
    return /** @type {HTMLElement} */ (this.#place.querySelector(css));
  }

  #draw() {
    if (this.#place.hidden) return;
    const load = this.#load;
    const words = LOAD_WORDS[this.#lang];
    this.#part("h1").textContent = words.title;
    this.#part(".none").textContent = load ? "" : words.none;
    this.#part(".whole").hidden = !load;
    if (!load) return;
    const rows = this.#rows;
    this.#part(".figures").replaceChildren(...this.#figures(load, rows));
    for (const name of /** @type {("rate"|"latency"|"histogram"|"seconds"|"replicas")[]} */ ([
      "rate",
      "latency",
      "histogram",
      "seconds",
      "replicas",
    ])) {
      this.#part(`.${name} h2`).textContent = words[name];
    }
    this.#drawCharts();
    this.#part(".seconds .scroll").replaceChildren(
      table(
        [words.second, words.asked, words.messages, words.errors, "p50", "p99", "max", words.inFlight, words.replicas],
        rows
          .slice(-SHOWN_SECONDS)
          .reverse()
          .map((row) => [
            clock(row.second),
            row.rate_requested ? count(row.rate_requested) : words.fastest,
            count(row.messages),
            [count(row.errors), row.errors > 0],
            ...percentiles(row).map(([, , us]) => duration(us)),
            count(row.in_flight),
            `${row.replicas} / ${load.replicas.length}`,
          ]),
      ),
    );
    this.#part(".replicas .scroll").replaceChildren(
      table(
        [words.replica, words.messages, words.sofar, words.errors, "p50", "p99", "max"],
        load.replicas.map((one) => [
          one.host,
          count(one.messages),
          count(one.messages_so_far),
          [count(one.errors_so_far), one.errors_so_far > 0],
          ...percentiles(one).map(([, , us]) => duration(us)),
        ]),
      ),
    );
  }

  /**
   * @param {Load} load
   * @param {Second[]} rows
   */
  #figures(load, rows) {
    const words = LOAD_WORDS[this.#lang];
    // The newest second may lack replicas that have not told of it yet.
    const now = rows.findLast((row) => row.replicas === load.replicas.length) ?? rows[rows.length - 1];
    /** @type {[string, string, string?][]} */
    const figures = [
      [words.asked, now.rate_requested ? count(now.rate_requested) : words.fastest],
      [words.achieved, count(now.messages)],
      [words.errors, count(load.whole.errors), load.whole.errors ? "bad" : ""],
      ...percentiles(load.whole).map(
        ([name, css, us]) => /** @type {[string, string, string]} */ ([name, duration(us), css]),
      ),
      [words.verified, count(load.whole.messages)],
      [words.inFlight, count(now.in_flight)],
      [words.replicas, count(load.replicas.length)],
    ];
    if (load.refused) figures.push([words.refused, count(load.refused), "bad"]);
    if (load.missing) figures.push([words.missing, count(load.missing), "bad"]);
    return figures.map(([name, value, css]) =>
      make("div", {}, make("dt", {}, name), make("dd", css ? { class: css } : {}, value)),
    );
  }

  #drawCharts() {
    const load = this.#load;
    if (!load || this.#place.hidden) return;
    const words = LOAD_WORDS[this.#lang];
    const rows = this.#rows;
    const ends =
      rows.length > 1 ? [clock(rows[0].second), clock(rows[rows.length - 1].second)] : [clock(rows[0].second)];
    const span = words.from(ends[0], ends[ends.length - 1]);
    rateChart(
      this.#part(".rate .chart"),
      `${words.rate}, ${span}`,
      rows.map((row) => row.messages),
      rows.map((row) => row.rate_requested),
      ends,
    );
    latencyChart(
      this.#part(".latency .chart"),
      `${words.latency}, ${span}: p50, p99, max`,
      [
        { name: "p50", css: "p50", values: rows.map((row) => row.p50_us) },
        { name: "p99", css: "p99", values: rows.map((row) => row.p99_us) },
        { name: "max", css: "most", values: rows.map((row) => row.max_us) },
      ],
      ends,
    );
    const marks = percentiles(load.whole);
    const said = marks.map(([name, , us]) => `${name} ${duration(us)}`).join(", ");
    histogramChart(this.#part(".histogram .chart"), `${words.histogram}: ${said}`, load.bars, marks);
  }
}
