"""A browser on the network of the module's stack; a test has a tab of its own, which must show no error."""

from collections.abc import Iterator

import pytest
from docker.models.containers import Container
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from tests.e2e.harness.stack import Stack
from tests.e2e.harness.tools import BROWSER_IMAGE, BROWSER_WITHIN_S, build_browser, build_once
from tests.e2e.harness.waiting import wait_until

# The narrowest that people have in their hands.
PHONE = (375, 800)

# What is not there yet appears within this; waited for in full only where a test fails.
_WITHIN_MS = 60_000

_ORDERS = "9223/tcp"

# Its start reads some 300 MB from the disk, while other tests do theirs.
_STARTED_WITHIN_S = 90

expect.set_options(timeout=_WITHIN_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the first test wait for the browser's image: downloaded once, it is 150 MB."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(BROWSER_WITHIN_S + 120))


@pytest.fixture(scope="session")
def browser_image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build the image, in one worker alone; return its name."""
    build_once(tmp_path_factory, build_browser)
    return BROWSER_IMAGE


@pytest.fixture(scope="module")
def browser_container(stack: Stack, browser_image: str) -> Container:
    """Start a browser on the stack's network; its orders come through a port of this machine's loopback."""
    browser = stack.start_program(browser_image, (), {}, None, ports={_ORDERS: ("127.0.0.1", None)})
    # It takes orders from its own loopback alone.
    stack.start_tool_beside(browser, "socat", "TCP-LISTEN:9223,fork,reuseaddr", "TCP:127.0.0.1:9222")
    return browser


@pytest.fixture(scope="module")
def browser(browser_container: Container) -> Iterator[Browser]:
    """Yield the browser, ready for orders."""
    with sync_playwright() as playwright:

        def connected() -> Browser | None:
            try:
                return playwright.chromium.connect_over_cdp(_orders_to(browser_container))
            except Error:
                return None  # it listens a moment after it has started

        found = wait_until(connected, "the browser takes orders", _STARTED_WITHIN_S)
        assert found is not None
        yield found
        found.close()


def _orders_to(container: Container) -> str:
    container.reload()
    assert container.status == "running", container.logs().decode()
    bindings = container.ports[_ORDERS]
    assert bindings
    return f"http://127.0.0.1:{bindings[0]['HostPort']}"


@pytest.fixture
def size() -> tuple[int, int]:
    """Return the window's size; a test may ask for another by parameter."""
    return (1600, 1000)


@pytest.fixture
def errors() -> list[str]:
    """Return what the tab complains about; a test that provokes a complaint removes it."""
    return []


@pytest.fixture
def tab(browser: Browser, size: tuple[int, int], errors: list[str]) -> Iterator[Page]:
    """Yield a new tab, in English, of a browser that has seen nothing yet."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    context.set_default_timeout(_WITHIN_MS)
    page = context.new_page()
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
