"""What axe-core, which checks pages against WCAG, finds on this one: nothing, in any colours, size or language."""

from typing import Literal

import pytest
from docker.models.containers import Container
from playwright.sync_api import Page, expect

from tests.e2e.harness.containers import events, exit_code
from tests.e2e.harness.stack import Stack
from tests.e2e.page.conftest import PHONE
from tests.e2e.page.reading import complaints

STARTED = ("server", "tap", "scope")
ENVIRONMENT = {"ECHO_SCOPE": "scope:5001", "ECHO_SCOPE_PAGE_HOSTS": "scope"}

PAGE = "http://scope:8080/"


@pytest.fixture(scope="module")
def client(stack: Stack, browser_container: Container) -> str:
    """Return the client's end of a session that is over."""
    del browser_container  # that it runs: else the image's download would count as part of the test
    started = stack.start_client("--sessions", "1", **ENVIRONMENT)
    assert exit_code(started) == 0
    return str(events(started, "connection_established")[0]["local"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, (1600, 1000)], ids=["375 px", "1600 px"])
def test_axe_finds_nothing(tab: Page, client: str, scheme: Literal["light", "dark"]) -> None:
    """On the list, on a ladder whose row is lit, and on a lesson where what comes next is hidden; in both languages.

    And where there has been no load.
    """
    tab.emulate_media(color_scheme=scheme)
    tab.goto(f"{PAGE}#/load")
    expect(tab.locator("#load .none")).not_to_be_empty()
    assert complaints(tab) == []
    tab.goto(PAGE)
    line = tab.locator("#rows tr").filter(has_text=client)
    expect(line).to_be_visible()
    assert complaints(tab) == []
    line.get_by_role("link").click()
    for _ in range(5):
        tab.get_by_role("button", name="Next row").click()
    assert complaints(tab) == []
    tab.locator("#language").click()
    expect(tab.get_by_role("button", name="下一行")).to_be_visible()
    assert complaints(tab) == []
    tab.goto(f"{PAGE}lessons/#/06-teardown-in-three")
    tab.locator('[data-act="guess"]').click()
    tab.locator('[data-act="next"]').click()
    expect(tab.locator(".panel .said")).to_be_visible()
    assert complaints(tab) == []
