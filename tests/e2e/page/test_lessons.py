"""The lessons in a real browser: each is walked through like a conversation of the stack."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import PHONE
from tests.e2e.page.reading import fetched, is_wider_than_window, step_through

STARTED = ("server", "scope")
ENVIRONMENT = {"ECHO_SCOPE_PAGE_HOSTS": "scope"}

LESSONS = "http://scope:8080/lessons/"


def open_one(tab: Page, name: str) -> None:
    """Open a lesson, and wait for its ladder."""
    tab.goto(f"{LESSONS}#/{name}")
    expect(tab.locator("svg.ladder")).to_be_visible()


@pytest.mark.parametrize(
    "name", ["03-accept-queue-overflow", "09-close-with-unread-data", "11-lost-syn", "17-lost-on-its-way"]
)
def test_each_step_lights_what_the_json_says_belongs_together(tab: Page, name: str) -> None:
    """Row by row, from the first to the last."""
    open_one(tab, name)
    step_through(tab, fetched(tab, f"{name}.json"), fetched(tab, f"{name}/walk")["rows"])


def test_all_fifteen_are_reached_one_after_the_other(tab: Page) -> None:
    """Each with its title, a text and a ladder."""
    tab.goto(LESSONS)
    for number in range(1, 16):
        expect(tab.locator("#title")).to_contain_text(f"{number}. ")
        expect(tab.locator("svg.ladder title")).to_have_count(1)
        assert tab.locator("#text p").count() >= 1
        onward = tab.locator("#onward a").filter(has_text="→")
        assert onward.count() == int(number < 15)
        if number < 15:
            onward.click()


def test_what_happens_next_stays_hidden_also_in_the_next_lesson(tab: Page) -> None:
    """A teacher asks once; the class guesses until it is told, row by row."""
    open_one(tab, "06-teardown-in-three")
    tab.get_by_role("button", name="What happens next?").click()
    expect(tab.locator(".curtain")).to_be_visible()
    tab.get_by_role("link", name="four segments").click()
    expect(tab.locator("#parts a[aria-current]")).to_have_text("four segments")
    expect(tab.locator(".curtain")).to_be_visible()
    expect(tab.locator(".panel")).to_have_text("What happens next? Think, then step on.")


def test_a_lesson_is_read_in_chinese(tab: Page) -> None:
    """Title, text, ladder and explanation; the same row stays lit."""
    open_one(tab, "01-handshake")
    tab.get_by_role("button", name="Next row").click()
    tab.locator("#language").click()
    expect(tab.locator("#title")).to_have_text("1. 三次握手")
    expect(tab.locator("#text")).to_contain_text("让内核发出 SYN")
    expect(tab.locator("g.row.now")).to_have_attribute("data-row", "0")
    expect(tab.locator("html")).to_have_attribute("lang", "zh-CN")


@pytest.mark.parametrize("size", [PHONE], ids=["375 px"])
def test_on_a_phone_the_list_is_folded_above_the_lesson(tab: Page) -> None:
    """The page is as wide as the window, and the list opens where it is asked for."""
    open_one(tab, "12-lost-segment")
    assert not is_wider_than_window(tab)
    link = tab.get_by_role("link", name="4. Connection refused")
    expect(link).to_be_hidden()
    tab.locator("#contents summary").click()
    link.click()
    expect(tab.locator("#title")).to_have_text("4. Connection refused")
    expect(link).to_be_hidden()
