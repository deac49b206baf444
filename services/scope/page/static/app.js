// @ts-check
/** The page: a live list of conversations that does not jump while one reads it, and one of them as a ladder. */

import { ConversationView } from "./conversation.js";
import { dress, other, preferred, remember } from "./language.js";
import { Lines } from "./list/rows.js";
import { LoadView } from "./load/load.js";
import { Pace } from "./pace.js";
import { SystemView } from "./system.js";
import "./ladder/viewer.js";
import { WORDS } from "./words.js";

/** @typedef {import("./list/rows.js").Conversation} Conversation */

const MAX_ROWS = 200;
const OUTCOMES = Object.keys(WORDS.en.outcomes);

const state = {
  lang: preferred(),
  /** @type {Conversation[]} */
  rows: [],
  /** @type {Conversation[]} */
  waiting: [],
  /** @type {Conversation[] | null} What has come since the list was asked for; null when it is not being asked for. */
  meanwhile: null,
  isPaused: false,
  isLost: false,
  passedOver: 0,
  filter: { text: "", outcome: "", note: "" },
  /** @type {Record<string, string>} What notes are called, where it is not their name in the API. */
  noteNames: {},
};

/** @param {string} id */
const find = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const words = () => WORDS[state.lang];

const system = new SystemView(find("system"), words().whole);
const one = new ConversationView(find("one"), words);
const lines = new Lines(find("rows"));
const load = new LoadView(find("load"), state.lang);

/** @param {string} note */
const called = (note) => state.noteNames[note] ?? note;

/** @param {Conversation} row */
function matches(row) {
  const { text, outcome, note } = state.filter;
  if (outcome && row.outcome !== outcome) return false;
  if (note && !row.notes.includes(note)) return false;
  const shown = [row.client, row.server, words().outcomes[row.outcome] ?? row.outcome, ...row.notes.map(called)];
  return [...shown, row.outcome, ...row.notes].some((one) => one.toLowerCase().includes(text.toLowerCase()));
}

function drawList() {
  const shown = state.rows.filter(matches);
  lines.show(shown, words(), called);
  const status = state.rows.length ? words().noMatch : words().none;
  find("empty").textContent = shown.length ? "" : status;
  find("table").hidden = !shown.length;
  const fresh = find("fresh");
  const waiting = state.waiting.filter(matches).length;
  fresh.hidden = !waiting;
  fresh.textContent = words().fresh(waiting);
  find("passed-over").textContent = state.passedOver ? words().passedOver(state.passedOver) : "";
  drawNotes();
}

// Under load conversations come by the hundred: the list is not drawn for each.
const listPace = new Pace(drawList);

function drawNotes() {
  const select = /** @type {HTMLSelectElement} */ (find("note"));
  const names = [...new Set(state.rows.flatMap((row) => row.notes))].sort();
  // Whoever has it open must not find it changed without need.
  const labels = [words().anyNote, ...names.map(called)];
  if (labels.join("\n") === [...select.options].map((option) => option.text).join("\n")) return;
  const options = ["", ...names].map(
    (name) => new Option(name ? called(name) : words().anyNote, name, false, name === state.filter.note),
  );
  select.replaceChildren(...options);
}

function drawChrome() {
  dress(state.lang, words());
  for (const element of document.querySelectorAll("[data-column]")) {
    element.textContent = words().columns[/** @type {"id"} */ (element.getAttribute("data-column"))];
  }
  find("text").setAttribute("aria-label", words().filter);
  find("text").setAttribute("placeholder", words().filter);
  find("note").setAttribute("aria-label", words().anyNote);
  const outcome = /** @type {HTMLSelectElement} */ (find("outcome"));
  outcome.setAttribute("aria-label", words().anyOutcome);
  outcome.replaceChildren(
    ...["", ...OUTCOMES].map(
      (name) => new Option(words().outcomes[name] ?? words().anyOutcome, name, false, name === state.filter.outcome),
    ),
  );
  find("pause").textContent = state.isPaused ? words().go : words().pause;
  find("connection").textContent = state.isLost ? words().lost : "";
  find("connection").classList.toggle("bad", state.isLost);
}

/**
 * Tell whether a conversation is among these.
 * @param {Conversation} row
 * @param {Conversation[]} rows
 */
const isAmong = (row, rows) => rows.some((one) => one.id === row.id && one.run === row.run);

/** @param {Conversation} row */
function take(row) {
  state.passedOver = row.passed_over ?? state.passedOver;
  // The list may have been asked for between its being kept and its being told of.
  if (isAmong(row, state.rows) || isAmong(row, state.waiting)) return;
  if (state.meanwhile && state.meanwhile.length < MAX_ROWS) state.meanwhile.unshift(row);
  // Whoever reads has the list stand still: what is new waits until it is asked for.
  const isReading = state.isPaused || window.scrollY > find("list").offsetTop;
  if (isReading) state.waiting.unshift(row);
  else state.rows.unshift(row);
  for (const rows of [state.rows, state.waiting]) rows.length = Math.min(rows.length, MAX_ROWS);
  listPace.soon();
}

function takeWaiting() {
  state.rows = [...state.waiting, ...state.rows].slice(0, MAX_ROWS);
  state.waiting = [];
  drawList();
}

async function reload() {
  /** @type {Conversation[]} */
  const meanwhile = [];
  state.meanwhile = meanwhile;
  const answer = await fetch(`api/conversations?limit=${MAX_ROWS}`);
  /** @type {Conversation[]} */
  const listed = (await answer.json()).conversations;
  if (state.meanwhile !== meanwhile) return; // it has been asked for again
  // The answer may have been made before what has come meanwhile was there.
  state.rows = [...meanwhile.filter((row) => !isAmong(row, listed)), ...listed].slice(0, MAX_ROWS);
  state.meanwhile = null;
  state.waiting = [];
  drawList();
}

function listen() {
  const events = new EventSource("api/events");
  events.addEventListener("open", async () => {
    const wasLost = state.isLost;
    state.isLost = false;
    drawChrome();
    if (wasLost) find("connection").textContent = words().found;
    if (wasLost && !find("one").hidden) await one.check();
    await reload();
  });
  events.addEventListener("error", () => {
    state.isLost = true;
    drawChrome();
  });
  events.addEventListener("conversation", (event) => take(JSON.parse(event.data)));
  system.listen(events);
  load.listen(events);
}

async function route(stays = false) {
  const [, what, id, run] = location.hash.split("/");
  const isOne = what === "conversations" && /^\d+$/.test(id ?? "");
  const isLoad = what === "load";
  find("list").hidden = isOne || isLoad;
  find("one").hidden = !isOne;
  load.show(isLoad);
  if (!isOne) document.title = `${isLoad ? words().load : words().conversations} · echoscope`;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === (isLoad ? "#/load" : "#/")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (isOne) await one.show(Number(id), run ?? "", state.lang, stays);
}

/** Go where the address says: whoever steps by keyboard or listens goes on from its heading, or from where they left. */
async function arrive() {
  const left = find("one").hidden ? null : one.address;
  await route();
  const back = find("list").hidden ? null : find("rows").querySelector(`a[href="${left}"]`);
  const place = back ?? document.querySelector("section:not([hidden]) h1");
  /** @type {HTMLElement} */ (place).focus();
}

/** @param {import("./language.js").Lang} lang */
function speak(lang) {
  state.lang = lang;
  lines.forget();
  remember(lang);
  nameNotes();
  system.speak(words().whole);
  load.speak(lang);
  drawChrome();
  drawList();
}

/** In English they are called as in the API and on the command line. */
async function nameNotes() {
  const lang = state.lang;
  const names = lang === "en" ? {} : await (await fetch(`api/notes?lang=${lang}`)).json();
  if (lang !== state.lang) return;
  state.noteNames = names;
  lines.forget();
  drawList();
}

function start() {
  find("language").addEventListener("click", () => {
    speak(other(state.lang));
    route(true);
  });
  find("pause").addEventListener("click", () => {
    state.isPaused = !state.isPaused;
    drawChrome();
    if (!state.isPaused) takeWaiting();
  });
  find("fresh").addEventListener("click", () => {
    takeWaiting();
    window.scrollTo(0, 0);
  });
  for (const name of /** @type {("text"|"outcome"|"note")[]} */ (["text", "outcome", "note"])) {
    find(name).addEventListener("input", (event) => {
      state.filter[name] = /** @type {HTMLInputElement} */ (event.target).value;
      drawList();
    });
  }
  window.addEventListener("hashchange", arrive);
  drawChrome();
  drawList();
  nameNotes();
  listen();
  route();
}

start();
