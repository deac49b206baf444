"""What a tab shows, and what the data say that it should."""

import json
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

# With its rules for contrast of text, names of controls, landmarks, languages, and what can be reached by keyboard.
_RULES = {"resultTypes": ["violations"]}

# The first answer with the list reaches the page's script when it is released.
ANSWER_LATE = """
const ask = window.fetch;
window.fetch = async (...all) => {
  const answer = await ask(...all);
  if (String(all[0]).startsWith("api/conversations?") && !window.release)
    await new Promise((resolve) => { window.release = resolve; });
  return answer;
};
"""

# The page's stream of events can be made to tell it of a conversation.
TELL = """
const Source = window.EventSource;
window.EventSource = class extends Source {
  constructor(...all) {
    super(...all);
    window.tell = (row) => this.dispatchEvent(new MessageEvent("conversation", { data: JSON.stringify(row) }));
  }
};
"""


def fetched(tab: Page, path: str) -> Any:
    """Return what the page answers at a path, as the page's own script would get it."""
    return json.loads(tab.evaluate("path => fetch(path).then(answer => answer.text())", path))


def _belonging(document: dict[str, Any], rows: list[dict[str, Any]], number: int) -> list[int]:
    """Return the rows that belong to one, by what the ladder's JSON says of each call's segments."""
    row = rows[number]
    if row["segment"] is not None:
        calls = {index for index, call in enumerate(document["calls"]) if row["segment"] in call["segments"]}
        segments = {row["segment"]}  # it may leave in one row, and arrive in another
    else:
        calls, segments = {row["call"]}, set(document["calls"][row["call"]]["segments"])
    found = (n for n, other in enumerate(rows) if other["call"] in calls or other["segment"] in segments)
    return [n for n in found if n != number]


def step_through(tab: Page, document: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Step from the first row to the last, by keyboard; each must be lit with what belongs to it, and be told of."""
    tab.locator(".wire-pane").focus()
    for number, row in enumerate(rows):
        tab.keyboard.press("ArrowDown")
        expect(tab.locator("g.row.now")).to_have_attribute("data-row", str(number))
        lit = tab.locator("g.row.lit").evaluate_all("all => all.map(one => Number(one.dataset.row))")
        assert sorted(lit) == _belonging(document, rows, number), row
        expect(tab.locator(".panel h2")).to_have_text(row["name"])


def is_wider_than_window(tab: Page) -> bool:
    """Tell whether the page as a whole would have to be scrolled sideways."""
    return bool(tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def complaints(tab: Page) -> list[str]:
    """Return what axe-core, which checks pages against WCAG, complains of, with the elements that it is about."""
    violations = Axe().run(tab, options=_RULES).response["violations"]
    return [json.dumps([one["id"], one["help"], [node["html"][:120] for node in one["nodes"]]]) for one in violations]
