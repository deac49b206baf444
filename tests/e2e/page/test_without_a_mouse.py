"""The page and its lessons by keyboard alone, and as a screen reader tells them; on paper, too."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.harness.containers import events, exit_code
from tests.e2e.harness.stack import Stack
from tests.e2e.page.conftest import PHONE
from tests.e2e.page.reading import complaints

STARTED = ("server", "tap", "scope")
ENVIRONMENT = {"ECHO_SCOPE": "scope:5001", "ECHO_SCOPE_PAGE_HOSTS": "scope"}

PAGE = "http://scope:8080/"

# More than a page has that can be reached: the list of lessons, the buttons, the ladder, what is told of a row.
_MOST_STOPS = 60


@pytest.fixture(scope="module")
def client(stack: Stack, browser: object) -> str:
    """Return the client's end of a session that is over."""
    del browser  # that it runs: else the image's download would count as part of the test
    started = stack.start_client("--sessions", "1", **ENVIRONMENT)
    assert exit_code(started) == 0
    return str(events(started, "connection_established")[0]["local"])


def go_to(tab: Page, place: Locator) -> None:
    """Press the tabulator until the place has the focus, which must be seen."""
    expect(place).to_be_visible()
    for _ in range(_MOST_STOPS):
        tab.keyboard.press("Tab")
        if place.evaluate("one => one === document.activeElement"):
            assert place.evaluate("one => getComputedStyle(one).outlineStyle") != "none"
            return
    pytest.fail(f"{place} is not reached")


def press(tab: Page, name: str) -> None:
    """Go to a button and press it; it must keep the focus, also where it has been made anew."""
    go_to(tab, tab.get_by_role("button", name=name, exact=True))
    tab.keyboard.press("Enter")


@pytest.mark.parametrize("size", [PHONE, (1600, 1000)], ids=["375 px", "1600 px"])
def test_a_lesson_is_chosen_and_stepped_through(tab: Page, size: tuple[int, int]) -> None:
    """From the list, with what comes next hidden, in another language, and on to the next lesson."""
    tab.goto(f"{PAGE}lessons/")
    expect(tab.locator("svg.ladder")).to_be_visible()
    if size == PHONE:
        go_to(tab, tab.locator("#contents summary"))
        tab.keyboard.press("Enter")
    go_to(tab, tab.get_by_role("link", name="4. Connection refused"))
    tab.keyboard.press("Enter")
    expect(tab.locator("#title")).to_have_text("4. Connection refused")
    expect(tab.locator("#title")).to_be_focused()
    press(tab, "What happens next?")
    expect(tab.locator(".curtain")).to_be_visible()
    tab.keyboard.press("ArrowDown")
    expect(tab.locator("g.row.now")).to_have_attribute("data-row", "0")
    expect(tab.locator(".told h2")).not_to_be_empty()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Shift+Tab")
    expect(tab.locator(":focus")).to_have_attribute("data-act", "scale")
    tab.locator("#language").focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#title")).to_have_text("4. 连接被拒绝")
    expect(tab.locator("#language")).to_be_focused()
    go_to(tab, tab.locator("#onward a").last)
    tab.keyboard.press("Enter")
    expect(tab.locator("#title")).to_have_text("5. 半关闭")
    expect(tab.locator("#title")).to_be_focused()


def test_a_button_that_draws_anew_keeps_the_focus(tab: Page, client: str) -> None:
    """One presses it again, or goes on to the next."""
    tab.goto(PAGE)
    tab.locator("#rows tr").filter(has_text=client).get_by_role("link").click()
    expect(tab.locator("svg.ladder")).to_be_visible()
    for name in ("To scale", "Unfold"):
        press(tab, name)
        button = tab.get_by_role("button", name=name, exact=True)
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(button).to_be_focused()


def test_who_goes_back_is_where_they_left(tab: Page, client: str) -> None:
    """In the list on the conversation's link, and in the ladder on its heading; the window's title says which."""
    tab.goto(PAGE)
    link = tab.locator("#rows tr").filter(has_text=client).get_by_role("link")
    link.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#title")).to_be_focused()
    expect(tab).to_have_title(f"{tab.locator('#title').inner_text()} · echoscope")
    tab.go_back()
    expect(link).to_be_focused()
    expect(tab).to_have_title("Conversations · echoscope")
    tab.go_forward()
    expect(tab.locator("svg.ladder")).to_be_visible()
    expect(tab.locator("#title")).to_contain_text(client)


def test_a_screen_reader_is_told_of_each_row_and_not_of_its_bytes(tab: Page, client: str) -> None:
    """Name and meaning are read out as one steps; the header and the bytes are there to be looked up."""
    tab.goto(PAGE)
    tab.locator("#rows tr").filter(has_text=client).get_by_role("link").click()
    tab.locator(".wire-pane").focus()
    for _ in range(_MOST_STOPS):
        if tab.locator(".bytes").count():
            break
        tab.keyboard.press("ArrowDown")
    live = tab.locator(".panel [aria-live=polite]")
    expect(live.locator("h2")).to_be_visible()
    expect(live.locator(".bytes, table")).to_have_count(0)
    expect(tab.get_by_role("region", name="About this row").locator(".bytes")).to_be_visible()


def test_a_conversation_that_is_gone_is_called_that(tab: Page, client: str, errors: list[str]) -> None:
    """By its address, kept from yesterday: in both languages, without files that are not there."""
    del client
    tab.goto(f"{PAGE}#/conversations/9999")
    expect(tab.locator("#missing")).to_have_text("This conversation is not kept any more.")
    expect(tab.locator("#files")).to_be_hidden()
    assert complaints(tab) == []
    tab.locator("#language").click()
    expect(tab.locator("#missing")).to_have_text("这个会话已不再保留。")
    errors.clear()  # the browser complains of what was not found


def test_on_paper_the_whole_ladder_is_seen(tab: Page, client: str) -> None:
    """It does not end where its pane would be scrolled, and there are no buttons."""
    tab.goto(PAGE)
    tab.locator("#rows tr").filter(has_text=client).get_by_role("link").click()
    expect(tab.locator("svg.ladder")).to_be_visible()
    tab.emulate_media(media="print")
    expect(tab.locator(".toolbar")).to_be_hidden()
    pane = tab.locator(".wire-pane").evaluate(
        "one => [one.scrollHeight - one.clientHeight, one.scrollWidth - one.clientWidth]"
    )
    assert max(pane) <= 1
