// @ts-check
/**
 * The whole system as a small diagram: who talks to whom, and how much, by the last second's difference.
 *
 * @typedef {{open: number, accepted: number, received_bytes: number, sent_bytes: number, queued?: number,
 *   queue_limit?: number}} Server
 * @typedef {{t_ns: number, open: number, conversations: number, packets: number, retransmissions: number,
 *   rules_broken: number, passed_over: number, clients: Record<string, number>, taps: string[],
 *   taps_were_there: boolean, lost: Record<string, number>, server: Server|null}} System
 * @typedef {typeof import("./words.js").WORDS["en"]["whole"]} Words
 */

import { Pace } from "./pace.js";
import { make } from "./panel.js";

const SHOWN_CLIENTS = 4;
// A longer value, as the names of several taps, stands below its term.
const BESIDE_TERM = 16;
const UNITS = ["B", "KB", "MB", "GB"];

/** @param {number} value */
function bytes(value) {
  let unit = 0;
  let left = value;
  for (; left >= 1000 && unit < UNITS.length - 1; unit += 1) left /= 1000;
  return `${unit && left < 100 ? left.toFixed(1) : Math.round(left).toLocaleString("en")} ${UNITS[unit]}`;
}

/** @param {number} value */
const count = (value) =>
  value < 100 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value).toLocaleString("en");

/**
 * @param {string} name
 * @param {string} title
 * @param {([string, string, boolean?]|null)[]} facts Each with a name, a value, and whether it is a bad sign.
 */
function box(name, title, facts) {
  const shown = facts.filter((fact) => fact !== null);
  const rows = shown.flatMap(([term, value, isBad]) => {
    const width = value.length > BESIDE_TERM ? "long" : "";
    return [make("dt", { class: width }, term), make("dd", { class: isBad ? `bad ${width}`.trim() : width }, value)];
  });
  return make("div", { class: `part ${name}` }, make("h2", {}, title), make("dl", {}, ...rows));
}

/** The diagram, as the events of each second tell it. */
export class SystemView {
  #place;
  #words;
  /** @type {System[]} The last two seconds'. */
  #told = [];
  #pace = new Pace(() => this.#draw());

  /** @param {HTMLElement} place @param {Words} words */
  constructor(place, words) {
    this.#place = place;
    this.#words = words;
  }

  /** @param {EventSource} events */
  listen(events) {
    events.addEventListener("system", (event) => {
      this.#told = [...this.#told.slice(-1), JSON.parse(event.data)];
      this.#pace.soon();
    });
    events.addEventListener("error", () => {
      this.#told = [];
      this.#draw();
    });
  }

  /** @param {Words} words */
  speak(words) {
    this.#words = words;
    this.#draw();
  }

  #draw() {
    const now = this.#told.at(-1);
    this.#place.hidden = !now;
    if (now) drawSystem(this.#place, now, this.#told.length > 1 ? this.#told[0] : null, this.#words);
  }
}

/**
 * @param {HTMLElement} place
 * @param {System} now
 * @param {System|null} before The event of a second ago, to tell what came since.
 * @param {Words} words
 */
function drawSystem(place, now, before, words) {
  const seconds = before && now.t_ns > before.t_ns ? (now.t_ns - before.t_ns) / 1e9 : 0;
  const rate = (/** @type {number} */ value, /** @type {number|undefined} */ then) =>
    seconds && then !== undefined ? Math.max(value - then, 0) / seconds : 0;
  const { server } = now;
  const clients = Object.entries(now.clients).reverse();
  const others = clients.length - SHOWN_CLIENTS;
  const { packets: missed, ...otherLosses } = now.lost;
  const lost = Object.values(otherLosses).reduce((sum, one) => sum + one, 0);
  place.replaceChildren(
    box("clients", words.clients, [
      ...clients.slice(0, SHOWN_CLIENTS).map(([ip, total]) => /** @type {[string, string]} */ ([ip, count(total)])),
      others > 0 ? [words.others, String(others)] : null,
    ]),
    box("server", words.server, [
      [
        words.sessions,
        count(
          server ? rate(server.accepted, before?.server?.accepted) : rate(now.conversations, before?.conversations),
        ),
      ],
      [words.open, count(server ? server.open : now.open)],
      server ? [words.echoed, `${bytes(rate(server.sent_bytes, before?.server?.sent_bytes))}/s`] : null,
      server?.queued !== undefined
        ? [
            words.queue,
            `${count(server.queued)} / ${count(server.queue_limit ?? 0)}`,
            server.queued > (server.queue_limit ?? 0),
          ]
        : null,
    ]),
    box("tap", words.tap, [
      [words.packets, count(rate(now.packets, before?.packets))],
      [
        words.connected,
        now.taps.join(", ") || (now.taps_were_there ? words.nobody : words.none),
        now.taps_were_there && !now.taps.length,
      ],
      [words.lost, count(missed), missed > 0],
    ]),
    box("scope", words.scope, [
      [words.conversations, count(now.conversations)],
      [words.retransmissions, count(now.retransmissions), now.retransmissions > 0],
      [words.rules, count(now.rules_broken), now.rules_broken > 0],
      [words.lost, count(lost), lost > 0],
    ]),
  );
}
