// @ts-check
/**
 * The reader's language, the same on each page, and the words of a page that stand in its HTML.
 *
 * @typedef {"en"|"zh"} Lang
 */

const NAMES = { en: "English", zh: "中文" };

/** @returns {Lang} */
export function preferred() {
  const chosen = localStorage.getItem("lang");
  return (chosen ?? navigator.language).startsWith("zh") ? "zh" : "en";
}

/** @param {Lang} lang */
export function remember(lang) {
  localStorage.setItem("lang", lang);
}

/** @param {Lang} lang @returns {Lang} */
export const other = (lang) => (lang === "en" ? "zh" : "en");

/**
 * Fill what has a `data-word`, and name the other language on its button.
 * @param {Lang} lang
 * @param {Record<string, unknown>} words
 */
export function dress(lang, words) {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = String(words[element.getAttribute("data-word") ?? ""]);
  }
  const button = document.getElementById("language");
  if (!button) return;
  button.textContent = NAMES[other(lang)];
  button.lang = other(lang) === "zh" ? "zh-CN" : "en";
}
