// @ts-check
/** A conversation as a row of the list. */

/**
 * @typedef {{id: number, client: string, server: string, outcome: string, started_ns: number, duration_us: number,
 *   segments: number, calls: number, notes: string[], rules_broken: number, unusual: boolean, passed_over?: number}} Conversation
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
 * @param {typeof import("./words.js").WORDS["en"]} words
 * @param {(note: string) => string} called
 */
export function listRow(row, words, called) {
  const line = document.createElement("tr");
  if (row.unusual) line.className = "unusual";
  const link = document.createElement("a");
  link.href = `#/conversations/${row.id}`;
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
