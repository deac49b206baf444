// @ts-check
/** Does something soon after it was asked for, and so seldom that it takes a small part of the time at most. */

// What is asked for within this is done once.
const GATHER_MS = 100;
// Between one time and the next passes so many times what the last one took, until it was painted: 4 % of the time.
const REST = 25;
const LONGEST_REST_MS = 5000;

export class Pace {
  #act;
  #isAsked = false;
  #isWaiting = false;
  #restsUntil = 0;

  /** @param {() => void} act */
  constructor(act) {
    this.#act = act;
    // Nothing is painted for who does not look; it is made up for when somebody does.
    document.addEventListener("visibilitychange", () => this.#wait());
  }

  /** Ask for it. */
  soon() {
    this.#isAsked = true;
    this.#wait();
  }

  #wait() {
    if (!this.#isAsked || this.#isWaiting || document.hidden) return;
    this.#isWaiting = true;
    setTimeout(() => this.#run(), Math.max(GATHER_MS, this.#restsUntil - performance.now()));
  }

  #run() {
    this.#isAsked = false;
    const begun = performance.now();
    this.#act();
    // Behind the next frame, style, layout and painting are part of it.
    const done = () => {
      const now = performance.now();
      this.#restsUntil = now + Math.min((now - begun) * REST, LONGEST_REST_MS);
      this.#isWaiting = false;
      this.#wait();
    };
    if (document.hidden) done();
    else requestAnimationFrame(() => setTimeout(done));
  }
}
