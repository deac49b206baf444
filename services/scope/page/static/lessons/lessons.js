// @ts-check
/** The lessons: a text, and its ladder to step through, one after the other. */

import { dress, other, preferred, remember } from "../language.js";
import { make } from "../panel.js";
import "../ladder/viewer.js";
import { WORDS } from "../words.js";

/**
 * @typedef {import("../language.js").Lang} Lang
 * @typedef {Record<Lang, string>} Said
 * @typedef {["text"|"code", string]} Piece
 * @typedef {{name: string, label: Said, text: Record<Lang, Piece[][]>}} Part
 * @typedef {{title: Said, parts: Part[]}} Lesson
 */

// As in lessons.css: from there on the list stands beside the lesson.
const IS_WIDE = window.matchMedia("(min-width: 60.01rem)");

let lang = preferred();
/** @type {Lesson[]} */
let lessons = [];

/** @param {string} id */
const find = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const ladder = () => /** @type {import("../ladder/viewer.js").EchoLadder} */ (document.querySelector("echo-ladder"));
const words = () => WORDS[lang];

/** @param {Part} part */
const addressOf = (part) => `#/${part.name}`;

/**
 * @param {string} text
 * @param {Part} part
 * @param {boolean} isHere
 */
function link(text, part, isHere) {
  const made = make("a", { href: addressOf(part) }, text);
  if (isHere) made.setAttribute("aria-current", "page");
  return made;
}

/** @param {Piece[]} pieces */
const paragraph = (pieces) =>
  make("p", {}, ...pieces.map(([kind, text]) => (kind === "code" ? make("code", {}, text) : text)));

/** The lesson and its part that the address names; the first of all where it names none. */
function here() {
  const name = location.hash.split("/")[1];
  for (const [number, lesson] of lessons.entries()) {
    const part = lesson.parts.find((one) => one.name === name);
    if (part) return { number, lesson, part };
  }
  return { number: 0, lesson: lessons[0], part: lessons[0].parts[0] };
}

/** @param {boolean} stays The same one is shown already, in the other language: its row stays lit. */
async function show(stays) {
  dress(lang, words());
  if (!lessons.length) {
    find("title").textContent = words().noLessons;
    return;
  }
  const { number, lesson, part } = here();
  document.title = `${lesson.title[lang]} · echoscope`;
  find("title").textContent = lesson.title[lang];
  find("text").replaceChildren(...part.text[lang].map(paragraph));
  const parts = lesson.parts.map((one) => link(one.label[lang], one, one === part));
  find("parts").replaceChildren(...(parts.length > 1 ? parts : []));
  find("list").replaceChildren(
    ...lessons.map((one) => make("li", {}, link(one.title[lang], one.parts[0], one === lesson))),
  );
  const [before, after] = [lessons[number - 1], lessons[number + 1]];
  find("onward").replaceChildren(
    ...(before ? [link(`← ${before.title[lang]}`, before.parts[0], false)] : []),
    ...(after ? [link(`${after.title[lang]} →`, after.parts[0], false)] : []),
  );
  await ladder().show(
    async (view) => {
      const query = `lang=${view.lang}&scale=${Number(view.scale)}&fold=${Number(view.fold)}`;
      return (await fetch(`${part.name}/walk?${query}`)).json();
    },
    { lang, hasLanguages: false, guess: ladder().isGuessing, row: stays ? ladder().row : -1 },
  );
}

async function start() {
  const fit = () => find("contents").toggleAttribute("open", IS_WIDE.matches);
  fit();
  IS_WIDE.addEventListener("change", fit);
  find("language").addEventListener("click", () => {
    lang = other(lang);
    remember(lang);
    show(true);
  });
  window.addEventListener("hashchange", async () => {
    fit();
    window.scrollTo(0, 0);
    await show(false);
    find("title").focus({ preventScroll: true });
  });
  dress(lang, words());
  lessons = (await (await fetch("contents.json")).json()).lessons;
  await show(false);
}

start();
