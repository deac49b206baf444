// @ts-check
/** The list of conversations, a line for each. */

/**
 * @typedef {{id: number, run: string, client: string, server: string, outcome: string, started_ns: number, duration_us: number,
 *   segments: number, calls: number, notes: string[], rules_broken: number, unusual: boolean, passed_over?: number}} Conversation
 * @typedef {typeof import("../words.js").WORDS["en"]} Words
 */

const UNUSUAL_OUTCOMES = ["reset", "refused", "unanswered"];

/** @param {number} us */
function duration(us) {
  if (us < 10_000) return `${us.toFixed(1)} us`;
  return us < 10_000_000 ? `${(us / 1000).toFixed(2)} ms` : `${(us / 1_000_000).toFixed(2)} s`;
}

/**
 * @param {string} tag
 * @param {string} text
 * @param {string} [css]
 */
function cell(tag, text, css = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (css) element.className = css;
  return element;
}

/**
 * @param {Conversation} row
 * @param {Words} words
 * @param {(note: string) => string} called
 */
function listRow(row, words, called) {
  const line = document.createElement("tr");
  if (row.unusual) line.className = "unusual";
  const link = document.createElement("a");
  link.href = `#/conversations/${row.id}/${row.run}`;
  link.textContent = `#${row.id}`;
  const first = document.createElement("th");
  first.scope = "row";
  first.append(link);
  const outcome = cell(
    "td",
    words.outcomes[row.outcome] ?? row.outcome,
    UNUSUAL_OUTCOMES.includes(row.outcome) ? "bad" : "",
  );
  const notes = [...row.notes.map(called), ...(row.rules_broken ? [words.rulesBroken(row.rules_broken)] : [])].join(
    ", ",
  );
  line.append(
    first,
    cell("td", row.client, "end"),
    cell("td", row.server, "end wide"),
    outcome,
    cell("td", row.segments.toLocaleString("en"), "number wide"),
    cell("td", row.calls.toLocaleString("en"), "number wide"),
    cell("td", duration(row.duration_us), "number wide"),
    cell("td", notes, "notes"),
  );
  return line;
}

/** The lines in their table: each is made once and stays where it is, also with the keyboard's focus on it. */
export class Lines {
  #place;
  /** @type {WeakMap<Conversation, Element>} */
  #made = new WeakMap();

  /** @param {Element} place */
  constructor(place) {
    this.#place = place;
  }

  /** Make each anew, as another language has other words. */
  forget() {
    this.#made = new WeakMap();
  }

  /**
   * @param {Conversation[]} rows
   * @param {Words} words
   * @param {(note: string) => string} called
   */
  show(rows, words, called) {
    const lines = rows.map((row) => {
      const line = this.#made.get(row) ?? listRow(row, words, called);
      this.#made.set(row, line);
      return line;
    });
    const wanted = new Set(lines);
    for (const line of [...this.#place.children]) if (!wanted.has(line)) line.remove();
    let next = this.#place.firstElementChild;
    for (const line of lines) {
      if (line === next) next = next.nextElementSibling;
      else this.#place.insertBefore(line, next);
    }
  }
}
