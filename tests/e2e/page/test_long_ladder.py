"""A ladder of many hundred rows in a real browser: a step costs what is in sight, however much there is besides."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.harness.containers import address, exit_code
from tests.e2e.harness.stack import Stack
from tests.e2e.page.reading import fetched

STARTED = ("server", "tap", "scope")
ENVIRONMENT = {"ECHO_SCOPE": "", "ECHO_SCOPE_PAGE_HOSTS": "scope"}

PAGE = "http://scope:8080/"

# More than the scope keeps of one conversation.
_LOAD = ("--connections", "1", "--rate", "400", "--duration-s", "2", "--warmup-s", "0")

# Counts what changes in the picture from now on, whatever it is.
COUNT_CHANGES = """
window.changes = 0;
new MutationObserver((all) => { window.changes += all.length; })
  .observe(document.querySelector("svg.ladder"), { subtree: true, childList: true, attributes: true });
"""


# What the browser does of its own accord after a step, as telling of a new size, is done behind two frames.
SETTLE = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def client(stack: Stack, browser: object) -> str:
    """Return the address of a client that has sent hundreds of messages through one connection."""
    del browser  # that it runs: else the image's download would count as part of the test
    started = stack.start_client("load", *_LOAD, **ENVIRONMENT)
    ip = address(started)
    assert exit_code(started) == 0
    return ip


def unfold(tab: Page, client: str) -> int:
    """Open the client's conversation with every row; return how many there are."""
    tab.goto(PAGE)
    link = tab.locator("#rows tr").filter(has_text=f"{client}:").get_by_role("link")
    number = link.inner_text().removeprefix("#")
    link.click()
    tab.get_by_role("button", name="Unfold").click()
    rows = len(fetched(tab, f"api/conversations/{number}/walk?fold=0")["rows"])
    expect(tab.locator(".place")).to_have_text(f"0 of {rows}")
    return rows


def test_only_what_is_near_stands_in_the_document(tab: Page, client: str) -> None:
    """The first rows, and the last when one goes there; each lit, and in sight."""
    rows = unfold(tab, client)
    wire = tab.locator(".wire-pane")
    wire.focus()
    for key, row in (("Home", 0), ("End", rows - 1), ("ArrowUp", rows - 2), ("Home", 0)):
        tab.keyboard.press(key)
        expect(tab.locator("g.row.now")).to_have_attribute("data-row", str(row))
        expect(tab.locator("g.row.now > .hit")).to_be_in_viewport()
        assert tab.locator("g.row").count() < rows / 2


def test_rows_come_and_go_as_the_picture_is_scrolled(tab: Page, client: str) -> None:
    """In the middle, too, the pane is full of rows."""
    rows = unfold(tab, client)
    tab.locator(".wire-pane").evaluate("pane => pane.scrollTo(0, pane.scrollHeight / 2)")
    middle = tab.locator(f'g.row[data-row="{rows // 2}"]')
    expect(middle).to_be_attached()
    expect(tab.locator('g.row[data-row="0"]')).to_have_count(0)
    middle.locator(".hit").click(position={"x": 5, "y": 5})
    expect(tab.locator("g.row.now")).to_have_attribute("data-row", str(rows // 2))


def test_a_step_touches_a_few_elements(tab: Page, client: str) -> None:
    """The row that was lit, the one that is, and what belongs to them; none of the many others."""
    unfold(tab, client)
    tab.locator(".wire-pane").focus()
    tab.keyboard.press("ArrowDown")
    expect(tab.locator("g.row.now")).to_have_attribute("data-row", "0")
    tab.evaluate(SETTLE)
    tab.evaluate(COUNT_CHANGES)
    tab.keyboard.press("ArrowDown")
    expect(tab.locator("g.row.now")).to_have_attribute("data-row", "1")
    assert 0 < tab.evaluate("window.changes") <= 20


def test_all_of_it_is_there_to_be_printed(tab: Page, client: str) -> None:
    """Paper has no window to scroll in."""
    rows = unfold(tab, client)
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(tab.locator("g.row")).to_have_count(rows)
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert tab.locator("g.row").count() < rows / 2
