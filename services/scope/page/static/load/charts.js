// @ts-check
/**
 * The charts of a load, drawn as wide as their place: so that their text is as large on a phone as on a desk.
 *
 * @typedef {{name: string, css: string, values: (number|null)[]}} Line
 */

const HEIGHT = 190;
const LEFT = 64;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 24;
const SVG = "http://www.w3.org/2000/svg";

/** @param {number|null} us */
export function duration(us) {
  if (us === null) return "-";
  if (us < 1000) return `${Math.round(us)} us`;
  return us < 1_000_000 ? `${(us / 1000).toPrecision(3)} ms` : `${(us / 1_000_000).toPrecision(3)} s`;
}

/** @param {number} value */
export const count = (value) => Math.round(value).toLocaleString("en");

/**
 * @param {string} tag
 * @param {Record<string, string|number>} attributes
 * @param {string} [text]
 */
function shape(tag, attributes, text = "") {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.textContent = text;
  return element;
}

/** @param {Element} place @param {string} label What somebody hears who does not see it. */
function canvas(place, label) {
  const width = Math.max(place.clientWidth, 240);
  const svg = shape("svg", { role: "img", "aria-label": label, width, height: HEIGHT });
  place.replaceChildren(svg);
  return { svg, width, right: width - RIGHT, bottom: HEIGHT - BOTTOM };
}

/**
 * @param {Element} svg
 * @param {number} y
 * @param {number} right
 * @param {string} text
 */
function rule(svg, y, right, text) {
  svg.append(
    shape("line", { class: "rule", x1: LEFT, x2: right, y1: y, y2: y }),
    shape("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, text),
  );
}

/** @param {Element} svg @param {number} right @param {string[]} ends */
function under(svg, right, ends) {
  svg.append(shape("text", { x: LEFT, y: HEIGHT - 6 }, ends[0]));
  if (ends.length > 1) svg.append(shape("text", { x: right, y: HEIGHT - 6, "text-anchor": "end" }, ends[1]));
}

/** @param {number} most The least of 1, 2 and 5, times a power of ten, that is not below. */
function roundUp(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return power * ([1, 2, 5].find((step) => step * power >= most) ?? 10);
}

/** @param {(number|null)[]} values @param {(at: number) => number} x @param {(value: number) => number} y */
function path(values, x, y) {
  let isDown = false;
  const steps = values.map((value, at) => {
    const step = value === null ? "" : `${isDown ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    isDown = value !== null;
    return step;
  });
  return steps.join("");
}

/**
 * Bars of what was achieved, and a line of what was asked for.
 * @param {Element} place
 * @param {string} label
 * @param {number[]} achieved
 * @param {number[]} asked
 * @param {string[]} ends The first and the last second.
 */
export function rateChart(place, label, achieved, asked, ends) {
  const { svg, right, bottom } = canvas(place, label);
  const most = roundUp(Math.max(...achieved, ...asked, 1));
  const wide = (right - LEFT) / achieved.length;
  const y = (/** @type {number} */ value) => bottom - ((bottom - TOP) * value) / most;
  for (const value of [0, most / 2, most]) rule(svg, y(value), right, count(value));
  achieved.forEach((value, at) => {
    const height = bottom - y(value);
    svg.append(
      shape("rect", { x: LEFT + at * wide, y: y(value), width: Math.max(wide - (wide > 4 ? 1 : 0), 0.5), height }),
    );
  });
  const line = asked.map((value) => value || null);
  svg.append(shape("path", { class: "asked", d: path(line, (at) => LEFT + (at + 0.5) * wide, y) }));
  under(svg, right, ends);
}

/**
 * Lines of durations on a logarithmic axis.
 * @param {Element} place
 * @param {string} label
 * @param {Line[]} lines
 * @param {string[]} ends
 */
export function latencyChart(place, label, lines, ends) {
  const { svg, right, bottom } = canvas(place, label);
  const known = lines.flatMap((line) => line.values.filter((value) => value !== null)).map((us) => Math.max(us, 1));
  const least = Math.floor(Math.log10(Math.min(...known, 1e9)));
  const most = Math.max(Math.ceil(Math.log10(Math.max(...known, 1))), least + 1);
  if (!known.length) return;
  const y = (/** @type {number} */ us) =>
    bottom - ((bottom - TOP) * (Math.log10(Math.max(us, 1)) - least)) / (most - least);
  for (let power = least; power <= most; power += 1) rule(svg, y(10 ** power), right, duration(10 ** power));
  const wide = (right - LEFT) / lines[0].values.length;
  const x = (/** @type {number} */ at) => LEFT + (at + 0.5) * wide;
  for (const line of lines) {
    svg.append(shape("path", { class: line.css, d: path(line.values, x, y) }));
    const last = line.values.findLastIndex((value) => value !== null);
    svg.append(shape("circle", { class: line.css, cx: x(last), cy: y(line.values[last] ?? 1), r: 2.5 }));
  }
  under(svg, right, ends);
}

/**
 * How many messages had which latency, on a logarithmic axis.
 * @param {Element} place
 * @param {string} label
 * @param {[number, number, number][]} bars Each from, to (us), and how many.
 * @param {[string, string, number|null][]} marks Percentiles: name, CSS class, us.
 */
export function histogramChart(place, label, bars, marks) {
  const { svg, right, bottom } = canvas(place, label);
  if (!bars.length) return;
  const least = Math.log(bars[0][0]);
  const most = Math.log(bars[bars.length - 1][1]);
  const x = (/** @type {number} */ us) =>
    LEFT + ((right - LEFT) * (Math.log(Math.max(us, 1)) - least)) / Math.max(most - least, 0.01);
  const highest = roundUp(Math.max(...bars.map((bar) => bar[2])));
  const y = (/** @type {number} */ value) => bottom - ((bottom - TOP) * value) / highest;
  for (const value of [0, highest / 2, highest]) rule(svg, y(value), right, count(value));
  for (const [from, to, many] of bars) {
    const width = Math.max(x(to) - x(from) - 1, 1);
    svg.append(shape("rect", { x: x(from), y: y(many), width, height: bottom - y(many) }));
  }
  for (const [, css, us] of marks) {
    if (us !== null) svg.append(shape("line", { class: css, x1: x(us), x2: x(us), y1: TOP, y2: bottom }));
  }
  under(svg, right, [duration(bars[0][0]), duration(bars[bars.length - 1][1])]);
}
