// @ts-check
/**
 * An exported file at work: a list of its conversations, and one of them as a ladder. It stands behind viewer.js in one
 * script, and reads the data that the file holds.
 *
 * @typedef {import("./ladder/viewer.js").Walk} Walk
 * @typedef {import("./ladder/viewer.js").View} View
 * @typedef {{row: {unusual: boolean}, lines: {en: string, zh: string}, walks: {en: Walk, zh: Walk}}} Exported
 * @typedef {{conversations: Exported[], left_out: number}} Data
 */

const TEXT = {
  en: { list: "Conversations", leftOut: (/** @type {number} */ count) => `${count} more are left out.` },
  zh: { list: "会话", leftOut: (/** @type {number} */ count) => `另有 ${count} 个会话未包含在内。` },
};

/** @returns {Promise<Data>} */
async function unpack() {
  const packed = atob(document.getElementById("data")?.textContent?.trim() ?? "");
  const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

async function start() {
  const { conversations, left_out } = await unpack();
  const ladder = /** @type {any} */ (document.querySelector("echo-ladder"));
  const list = /** @type {HTMLElement} */ (document.getElementById("list"));
  let lang = /** @type {"en"|"zh"} */ (document.documentElement.lang.startsWith("zh") ? "zh" : "en");
  ladder.addEventListener("viewchange", () => {
    lang = ladder.language;
    speak();
  });

  const speak = () => {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    list.setAttribute("aria-label", TEXT[lang].list);
    for (const [number, button] of [...list.querySelectorAll("button")].entries()) {
      button.textContent = conversations[number].lines[lang];
    }
    const note = document.getElementById("left-out");
    if (note && left_out) note.textContent = TEXT[lang].leftOut(left_out);
  };

  const show = (/** @type {number} */ index) => {
    const { walks } = conversations[index];
    for (const [number, button] of [...list.querySelectorAll("button")].entries()) {
      button.setAttribute("aria-current", String(number === index));
    }
    const load = async (/** @type {View} */ view) => {
      const walk = walks[view.lang];
      /** @type {HTMLElement} */ (document.getElementById("title")).textContent = walk.title;
      /** @type {HTMLElement} */ (document.getElementById("summary")).textContent = walk.summary;
      return walk;
    };
    return ladder.show(load, { lang, canRedraw: false });
  };

  for (const [index, { row }] of conversations.entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = row.unusual ? "unusual" : "";
    button.addEventListener("click", () => show(index));
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
  }
  speak();
  if (conversations.length < 2) list.hidden = true;
  if (conversations.length) await show(0);
}

start();
