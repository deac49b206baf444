// @ts-check
/**
 * What is told of a row beside the ladder: its meaning, both states, what belongs to it, its header and bytes.
 *
 * @typedef {{kind: string, segment: number|null, call: number|null, at: string, name: string, said: string,
 *   with: number[], states: string[]|null}} Row
 * @typedef {{fields: [string, string][], way: [string, string][], bytes: string|null}} Segment
 * @typedef {{title: string, summary: string, svg: string, rows: Row[], segments: Segment[]}} Walk
 * @typedef {typeof import("./ladder/words.js").LADDER_WORDS["en"]} Words
 */

const BYTES_IN_LINE = 16;
// A call may have caused thousands of segments: so many are named, the others counted.
const NAMED = 20;

/**
 * Make an element. Everything that is shown is text, never markup: payloads and names come from the wire.
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node|string)[]} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * What a row is and means, and more about it.
 * @param {Walk} walk
 * @param {Row} row
 * @param {number[]} seen
 * @param {Words} words
 */
export function tell(walk, row, seen, words) {
  const told = [make("p", { class: "at" }, row.at), make("h2", {}, row.name), make("p", { class: "said" }, row.said)];
  const more = [];
  if (row.states) {
    const [client, server] = row.states;
    const states = [
      make("dt", {}, words.client),
      make("dd", {}, client),
      make("dt", {}, words.server),
      make("dd", {}, server),
    ];
    more.push(make("h3", {}, words.states), make("dl", { class: "states" }, ...states));
  }
  if (seen.length) {
    const names = seen.slice(0, NAMED).map((other) => make("li", {}, walk.rows[other].name));
    if (seen.length > NAMED) names.push(make("li", {}, words.more(seen.length - NAMED)));
    more.push(make("h3", {}, words.belongs), make("ul", {}, ...names));
  }
  // Where no packet was kept, as in a recorded lesson, that is not said of each.
  const hasBytes = walk.segments.some((one) => one.bytes !== null);
  if (row.segment !== null) more.push(...tellSegment(walk.segments[row.segment], hasBytes, words));
  return { told, more };
}

/**
 * @param {Segment} segment
 * @param {boolean} hasBytes
 * @param {Words} words
 */
function tellSegment(segment, hasBytes, words) {
  const way = segment.way.length ? [make("h3", {}, words.way), table(segment.way)] : [];
  const header = [...way, make("h3", {}, words.header), table(segment.fields, { lang: "en" })];
  if (!hasBytes) return header;
  const bytes =
    segment.bytes === null
      ? make("p", {}, words.noBytes)
      : make("pre", { class: "bytes", tabindex: "0" }, dump(segment.bytes));
  return [...header, make("h3", {}, words.bytes), bytes];
}

/**
 * @param {[string, string][]} rows Names and values.
 * @param {Record<string, string>} [attributes] Of the names.
 */
function table(rows, attributes = {}) {
  const made = rows.map(([name, value]) =>
    make("tr", {}, make("th", { scope: "row", ...attributes }, name), make("td", {}, value)),
  );
  return make("table", { class: "header" }, make("tbody", {}, ...made));
}

/**
 * Bytes as people look at them: offset, hexadecimal, and the characters of ASCII.
 * @param {string} hex
 */
export function dump(hex) {
  const lines = [];
  for (let at = 0; at < hex.length; at += 2 * BYTES_IN_LINE) {
    const bytes = hex.slice(at, at + 2 * BYTES_IN_LINE).match(/../g) ?? [];
    const text = bytes.map((byte) => {
      const code = Number.parseInt(byte, 16);
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : ".";
    });
    const offset = (at / 2).toString(16).padStart(4, "0");
    lines.push(`${offset}  ${bytes.join(" ").padEnd(3 * BYTES_IN_LINE)} ${text.join("")}`);
  }
  return lines.join("\n");
}
