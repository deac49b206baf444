"""A load in a real browser: replicas in containers, added up while they run."""

import json
from typing import Any

import pytest
from docker.models.containers import Container
from playwright.sync_api import Page, expect

from shared.load.histogram import Durations
from tests.e2e.harness.containers import exit_code
from tests.e2e.harness.stack import Stack
from tests.e2e.page.conftest import PHONE
from tests.e2e.page.reading import complaints, fetched, is_wider_than_window

STARTED = ("server", "scope")
# Hardly any calls: the kernel has room for some 300 records, of which a busy scope would lose seconds of the load, too.
ENVIRONMENT = {"ECHO_SCOPE": "scope:5001", "ECHO_WATCH_CALLS": "1", "ECHO_SCOPE_PAGE_HOSTS": "scope"}

PAGE = "http://scope:8080/#/load"

_LOAD = ("--rate", "200", "--duration-s", "3", "--warmup-s", "0", "--connections", "4")
_REPLICAS = {
    "CLIENT_COMMAND": "load",
    "ECHO_LOG_LEVEL": "info",
    "ECHO_LOAD_RATE": "200",
    "ECHO_LOAD_DURATION_S": "3",
    "ECHO_LOAD_WARMUP_S": "0",
    "ECHO_LOAD_CONNECTIONS": "4",
    "ECHO_LOAD_EXPECT_CLIENTS": "2",
    # A busy machine takes its time to start both.
    "ECHO_LOAD_CONNECT_TIMEOUT_S": "60",
}


@pytest.fixture(scope="module")
def results(stack: Stack, browser: object) -> list[dict[str, Any]]:
    """Return the results of two replicas, which wait for each other: much later the second would be another load."""
    del browser  # that it runs: else the image's download would count as part of the test
    stack.compose("up", "--detach", "--no-deps", "--scale", "client=2", "client", **_REPLICAS)
    clients = stack.service("client")
    assert [exit_code(client) for client in clients] == [0, 0]
    return printed(clients)


def printed(clients: list[Container]) -> list[dict[str, Any]]:
    """Return the results of loads that are over."""
    return [json.loads(client.logs(stdout=True, stderr=False)) for client in clients]


def verified(results: list[dict[str, Any]]) -> list[int]:
    """Return how many messages each replica has verified."""
    return sorted(result["messages_verified"] for result in results)


def show(tab: Page, results: list[dict[str, Any]]) -> None:
    """Open the page, and wait until it shows all that the replicas have told."""
    tab.goto(PAGE)
    expect(tab.locator("#load .figures")).to_contain_text(f"{sum(verified(results)):,}")


def test_the_page_adds_replicas_up_to_what_their_results_say(tab: Page, results: list[dict[str, Any]]) -> None:
    """Bucket by bucket, every message in its second."""
    show(tab, results)
    load = fetched(tab, "api/load")
    whole = Durations()
    for result in results:
        whole.add(Durations.decode(result["histograms"]["latency_us"], result["latency_us"]))
    assert Durations.decode_alone(load["latency"]).recorded() == whole.recorded()
    assert sum(row["messages"] for row in load["seconds"]) == sum(verified(results))
    assert sorted(one["messages_so_far"] for one in load["replicas"]) == verified(results)


@pytest.mark.parametrize("size", [PHONE, (1600, 1000)], ids=["375 px", "1600 px"])
def test_a_load_is_seen_in_figures_charts_and_tables(tab: Page, results: list[dict[str, Any]]) -> None:
    """With names for those who do not see it, in both languages, and no wider than the window."""
    show(tab, results)
    for chart in ("rate", "latency", "histogram"):
        expect(tab.locator(f"#load .{chart} svg")).to_be_visible()
    expect(tab.get_by_role("img", name="Latency of all messages: p50")).to_be_visible()
    expect(tab.locator("#load .replicas tbody tr")).to_have_count(2)
    assert not is_wider_than_window(tab)
    assert complaints(tab) == []
    tab.locator("#language").click()
    expect(tab.locator("#load h1")).to_have_text("负载")
    assert complaints(tab) == []
    tab.emulate_media(color_scheme="dark")
    assert complaints(tab) == []


# The clock and the timers in the test's hands; each time it takes 40 ms until it is painted.
_HURRY = """
async () => {
  const { Pace } = await import("/static/pace.js");
  let now = 1000;
  let drawn = 0;
  const waits = [];
  const timers = [];
  performance.now = () => now;
  window.setTimeout = (act, ms = 0) => { waits.push(ms); timers.push(act); };
  window.requestAnimationFrame = (act) => act();
  const run = () => timers.splice(0).forEach((act) => act());
  const pace = new Pace(() => { drawn += 1; now += 40; });
  for (let times = 0; times < 100; times += 1) pace.soon();
  run(); // it is drawn
  run(); // it is painted
  pace.soon();
  pace.soon();
  return { drawn, waits };
}
"""


def test_whatever_comes_drawing_takes_a_small_part_of_the_time(tab: Page, results: list[dict[str, Any]]) -> None:
    """It is done once for all that comes within a tenth of a second; then comes a rest of 25 times what it took."""
    del results
    tab.goto("http://scope:8080/healthz")  # of the same origin, without a script that has timers, too
    assert tab.evaluate(_HURRY) == {"drawn": 1, "waits": [100, 0, 1000]}


def test_that_no_tap_is_part_of_it_is_no_alarm(tab: Page, results: list[dict[str, Any]]) -> None:
    """A load has none: nothing of the system is marked as a bad sign."""
    del results
    tab.goto("http://scope:8080/")
    expect(tab.locator("#system .tap")).to_contain_text("no tap so far")
    expect(tab.locator("#system .bad")).to_have_count(0)


def test_an_open_page_follows_a_load_without_reload(tab: Page, stack: Stack, results: list[dict[str, Any]]) -> None:
    """What comes is added to what was there, or begins anew."""
    show(tab, results)
    client = stack.start_client("load", *_LOAD, **ENVIRONMENT)
    assert exit_code(client) == 0
    (messages,) = verified(printed([client]))
    row = tab.locator("#load .replicas tbody tr").filter(has_text=str(client.short_id))
    expect(row.locator("td").nth(1)).to_have_text(f"{messages:,}")
