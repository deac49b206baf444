// @ts-check
/** One conversation: its ladder, and the files that it is saved as. */

/**
 * @typedef {import("./language.js").Lang} Lang
 * @typedef {import("./ladder/viewer.js").EchoLadder} EchoLadder
 * @typedef {typeof import("./words.js").WORDS["en"]} Words
 */

const FILES = ["svg", "txt", "pcap", "html"];

/**
 * What names the scope's run: after a restart the number is another conversation's.
 * @param {{run: string}} asked
 */
const ofRun = ({ run }) => run && `&run=${encodeURIComponent(run)}`;

/** The scope answers, and has no such conversation. */
class Gone extends Error {}

export class ConversationView {
  #place;
  #words;
  /** Where the one is found that is shown. */
  address = "";
  #asked = { path: "", run: "" };

  /** @param {HTMLElement} place @param {() => Words} words */
  constructor(place, words) {
    this.#place = place;
    this.#words = words;
    // It was there, and has made room for newer ones: what was seen of it stays.
    place.addEventListener("viewfailed", (event) => this.#say(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {string} id */
  #part(id) {
    return /** @type {HTMLElement} */ (this.#place.querySelector(`#${id}`));
  }

  /** @param {unknown} why Null: nothing is missing. */
  #say(why) {
    const words = this.#words();
    const said = why instanceof Gone ? words.gone : words.lost;
    this.#part("missing").textContent = why === null ? "" : said;
  }

  /**
   * @param {number} id
   * @param {string} run Empty: whichever it is, as of an address that somebody has typed.
   * @param {Lang} lang
   * @param {boolean} stays The same one is shown already, in the other language: its row stays lit.
   */
  async show(id, run, lang, stays) {
    const ladder = /** @type {EchoLadder} */ (this.#place.querySelector("echo-ladder"));
    const files = this.#part("files");
    const path = `api/conversations/${id}`;
    const asked = { path, run };
    this.#asked = asked;
    this.address = `#/conversations/${id}${run && `/${run}`}`;
    this.#say(null);
    const show = (/** @type {import("./ladder/viewer.js").Load} */ load) =>
      ladder.show(load, { lang, hasLanguages: false, row: stays ? ladder.row : -1 });
    try {
      await show(async (view) => {
        const query = `lang=${view.lang}&scale=${Number(view.scale)}&fold=${Number(view.fold)}`;
        const answer = await fetch(`${path}/walk?${query}${ofRun(asked)}`);
        if (!answer.ok) throw answer.status === 404 ? new Gone() : new Error(String(answer.status));
        const walk = await answer.json();
        asked.run = walk.run;
        if (asked === this.#asked) this.#name(id, walk.title, walk.summary);
        return walk;
      });
      if (asked !== this.#asked) return; // another was asked for meanwhile
      for (const kind of FILES) {
        const link = /** @type {HTMLAnchorElement} */ (this.#part(`as-${kind}`));
        link.href = `${path}.${kind}?lang=${lang}&explain=1${ofRun(asked)}`;
      }
      files.hidden = ladder.hidden = false;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#name(id, "", "");
      this.#say(error);
      files.hidden = ladder.hidden = true;
    }
  }

  /** After a restart of the scope it is not there any more: what is seen stays, without files. */
  async check() {
    const asked = this.#asked;
    const { ok } = await fetch(`${asked.path}?${ofRun(asked)}`);
    if (asked !== this.#asked) return;
    this.#say(ok ? null : new Gone());
    this.#part("files").hidden = !ok;
  }

  /** @param {number} id @param {string} title @param {string} summary */
  #name(id, title, summary) {
    this.#part("title").textContent = `#${id}  ${title}`.trim();
    this.#part("summary").textContent = summary;
    document.title = `${this.#part("title").textContent} · echoscope`;
  }
}
