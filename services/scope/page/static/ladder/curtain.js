// @ts-check
/** What hides the rows below, where the next is to be guessed. */

/**
 * @param {Element|null} svg
 * @param {number|null} row The last that is seen, -1 before the first; null: all are.
 */
export function drawCurtain(svg, row) {
  svg?.querySelector(".curtain")?.remove();
  if (row === null || !(svg instanceof SVGSVGElement)) return;
  const next = svg.querySelector(`g.row[data-row="${row + 1}"] > .hit`);
  if (!next) return;
  const curtain = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const { x, width, height } = svg.viewBox.baseVal;
  const attributes = { class: "page curtain", x, y: next.getAttribute("y") ?? 0, width, height };
  for (const [name, value] of Object.entries(attributes)) curtain.setAttribute(name, String(value));
  svg.append(curtain);
}
