// @ts-check
/** What hides the rows below, where the next is to be guessed. */

/**
 * @param {SVGSVGElement} svg
 * @param {number|null} top Where the next row begins; null: nothing is hidden.
 */
export function drawCurtain(svg, top) {
  svg.querySelector(":scope > .curtain")?.remove();
  if (top === null) return;
  const curtain = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const { x, width, height } = svg.viewBox.baseVal;
  for (const [name, value] of Object.entries({ class: "page curtain", x, y: top, width, height })) {
    curtain.setAttribute(name, String(value));
  }
  svg.append(curtain);
}
