"""What the tap has lost, in a real browser: a tap that stands still while thousands of packets pass."""

from playwright.sync_api import Page, expect

from tests.e2e.harness.containers import address, exit_code, result, wait_for_event
from tests.e2e.harness.processes import freeze
from tests.e2e.harness.stack import Stack

STARTED = ("server", "tap", "scope")
ENVIRONMENT = {"ECHO_SCOPE": "", "ECHO_SCOPE_PAGE_HOSTS": "scope"}

PAGE = "http://scope:8080/"

# The tap's ring has 16,384 slots, and a message and its echo are two packets at least.
_MESSAGES = 10_000

_CALM = ("--connections", "1", "--rate", "5", "--warmup-s", "0", "--duration-s", "300")
_FLOOD = ("--connections", "4", "--rate", "0", "--warmup-s", "0", "--duration-s", "2")


def test_what_the_tap_lost_is_counted_and_noted(tab: Page, stack: Stack) -> None:
    """In the diagram of the system, and on a conversation that went on meanwhile."""
    tab.goto(PAGE)
    calm = stack.start_client("load", *_CALM, **ENVIRONMENT)
    wait_for_event(calm, "load_progressed")
    client = address(calm)
    lost = tab.locator("#system .tap dt:text-is('lost') + dd")
    expect(lost).to_have_text("0")
    (tap,) = stack.service("tap")
    freeze(tap)
    try:
        verified = 0
        while verified < _MESSAGES:
            flood = stack.start_client("load", *_FLOOD, **ENVIRONMENT)
            assert exit_code(flood) == 0
            verified += result(flood)["messages_verified"]
    finally:
        tap.unpause()
    expect(lost).to_have_class("bad")
    expect(lost).not_to_have_text("0")
    calm.kill("SIGINT")
    expect(tab.locator("#rows tr").filter(has_text=f"{client}:").locator(".notes")).to_contain_text("packets-lost")
