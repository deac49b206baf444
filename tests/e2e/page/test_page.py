"""The page in a real browser, on a real stack: sessions between containers, seen and stepped through."""

import pytest
from docker.models.containers import Container
from playwright.sync_api import Page, expect

from tests.e2e.harness.containers import events, exit_code
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_until
from tests.e2e.page.conftest import PHONE
from tests.e2e.page.reading import ANSWER_LATE, TELL, complaints, fetched, is_wider_than_window, step_through

STARTED = ("server", "tap", "scope")
ENVIRONMENT = {"ECHO_SCOPE": "scope:5001", "ECHO_SCOPE_PAGE_HOSTS": "scope"}

PAGE = "http://scope:8080/"

# What a client sends to whom looks: markup, a change of the direction of writing, a line's end.
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=alert(1)>\u202egnp\u2028"


def run_session(stack: Stack, *flags: str) -> str:
    """Run one session in a container of its own; return the client's end of it."""
    client = stack.start_client("--sessions", "1", *flags, **ENVIRONMENT)
    assert exit_code(client) == 0
    return str(events(client, "connection_established")[0]["local"])


def open_one(tab: Page, client: str) -> int:
    """Open the list, and from it a client's conversation; return its number."""
    tab.goto(PAGE)
    line = tab.locator("#rows tr").filter(has_text=client)
    number = line.get_by_role("link").inner_text()
    line.get_by_role("link").click()
    expect(tab.locator("svg.ladder")).to_be_visible()
    return int(number.removeprefix("#"))


@pytest.fixture(scope="module")
def client(stack: Stack, browser: object) -> str:
    """Return the client's end of a session that is over."""
    del browser  # that it runs: else the image's download would count as part of the test
    return run_session(stack)


def test_a_session_appears_when_it_is_over_without_reload(tab: Page, stack: Stack, client: str) -> None:
    """The newest stands first, and nobody pressed anything."""
    tab.goto(PAGE)
    expect(tab.locator("#rows")).to_contain_text(client)
    newer = run_session(stack)
    expect(tab.locator("#rows tr").first).to_contain_text(newer)


def test_a_session_that_comes_while_the_list_is_loaded_is_not_lost(tab: Page, stack: Stack, client: str) -> None:
    """The answer with the list was made before it, and arrives after it."""
    tab.add_init_script(ANSWER_LATE)
    tab.goto(PAGE)
    wait_until(lambda: tab.evaluate("Boolean(window.release)"), "the list is answered")
    newer = run_session(stack)
    expect(tab.locator("#rows")).to_contain_text(newer)
    tab.evaluate("window.release()")
    expect(tab.locator("#rows")).to_contain_text(client)
    expect(tab.locator("#rows tr").first).to_contain_text(newer)


def test_a_session_that_is_listed_before_it_is_told_of_is_there_once(tab: Page, client: str) -> None:
    """The event of it reaches the page after the answer with the list, which has it already."""
    tab.add_init_script(TELL)
    tab.goto(PAGE)
    lines = tab.locator("#rows tr")
    expect(lines.filter(has_text=client)).to_have_count(1)
    (listed,) = (one for one in fetched(tab, "/api/conversations")["conversations"] if one["client"] == client)
    for row in (listed, {**listed, "id": 1_000_000, "client": "a later one"}):
        tab.evaluate("row => window.tell(row)", row)
    expect(lines.first).to_contain_text("a later one")
    expect(lines.filter(has_text=client)).to_have_count(1)


def test_the_whole_system_is_seen_as_a_diagram(tab: Page, client: str) -> None:
    """Who the client is, what the server says of its accept queue, that the tap is there, and nothing was lost."""
    tab.goto(PAGE)
    expect(tab.locator("#system .clients")).to_contain_text(client.rpartition(":")[0])
    expect(tab.locator("#system .server")).to_contain_text("accept queue")
    expect(tab.locator("#system .tap")).not_to_contain_text("not connected")
    expect(tab.locator("#system .scope")).to_contain_text("rules broken")
    expect(tab.locator("#system .bad")).to_have_count(0)
    tab.locator("#language").click()
    expect(tab.locator("#system .server")).to_contain_text("全连接队列")


def test_who_reads_is_not_disturbed(tab: Page, stack: Stack, client: str) -> None:
    """With the list held, what is new is counted, and comes when it is asked for."""
    tab.goto(PAGE)
    expect(tab.locator("#rows")).to_contain_text(client)
    tab.get_by_role("button", name="Pause").click()
    newer = run_session(stack)
    tab.get_by_role("button", name="1 new").click()
    expect(tab.locator("#rows tr").first).to_contain_text(newer)


def test_each_step_lights_what_the_json_says_belongs_together(tab: Page, client: str) -> None:
    """Row by row, by keyboard, from the first to the last."""
    number = open_one(tab, client)
    rows = fetched(tab, f"api/conversations/{number}/walk?lang=en&scale=0&fold=1")["rows"]
    step_through(tab, fetched(tab, f"api/conversations/{number}"), rows)


def test_everything_can_be_reached_by_keyboard(tab: Page, client: str) -> None:
    """From the list into the ladder, to its end, and to a larger picture: no mouse."""
    tab.goto(PAGE)
    link = tab.locator("#rows tr").filter(has_text=client).get_by_role("link")
    link.focus()
    tab.keyboard.press("Enter")
    wire = tab.locator(".wire-pane")
    expect(wire).to_be_visible()
    for _ in range(40):
        tab.keyboard.press("Tab")
        if wire.evaluate("one => one === document.activeElement"):
            break
    tab.keyboard.press("End")
    last = tab.locator("g.row").last.get_attribute("data-row")
    expect(tab.locator("g.row.now")).to_have_attribute("data-row", str(last))
    width = tab.locator("svg.ladder").get_attribute("width")
    tab.keyboard.press("+")
    expect(tab.locator("svg.ladder")).not_to_have_attribute("width", str(width))


def test_the_language_changes_in_place(tab: Page, client: str) -> None:
    """The same row stays lit, and says in Chinese what it said in English."""
    open_one(tab, client)
    tab.get_by_role("button", name="Next row").click()
    tab.get_by_role("button", name="Next row").click()
    english = tab.locator(".panel .said").inner_text()
    tab.locator("#language").click()
    expect(tab.get_by_role("button", name="下一行")).to_be_visible()
    expect(tab.locator("g.row.now")).to_have_attribute("data-row", "1")
    expect(tab.locator(".panel .said")).not_to_have_text(english)
    expect(tab.locator("html")).to_have_attribute("lang", "zh-CN")


# Whatever else stands in a session's notes, time decides: whether a FIN carries an ACK, for one.
ABORT = r"""
import socket
with socket.create_connection(("server", 5000), 60) as sock:
    sock.sendall(b"Hello")
    sock.recv(5)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    print("%s:%d" % sock.getsockname())
"""
ABORTED = "RST：关闭时有未读数据，或主动中止"  # noqa: RUF001 -- in the language asked for


def test_notes_are_chosen_by_their_names_in_chinese(tab: Page, stack: Stack, client: str) -> None:
    """In the list and in its filter; in English by those that the command line has."""
    del client  # that the browser runs
    peer = stack.start_actor("-c", ABORT)
    assert exit_code(peer) == 0
    tab.goto(PAGE)
    line = tab.locator("#rows tr").filter(has_text=peer.logs(stderr=False).decode().strip())
    expect(line.locator(".notes")).to_contain_text("rst-unread-or-aborted")
    tab.locator("#language").click()
    expect(line.locator(".notes")).to_contain_text(ABORTED)
    tab.locator("#note").select_option(label=ABORTED)
    expect(line).to_be_visible()


def test_what_comes_next_stays_hidden_until_it_is_asked_for(tab: Page, client: str) -> None:
    """For a teacher who lets the class guess."""
    open_one(tab, client)
    tab.get_by_role("button", name="What happens next?").click()
    tab.get_by_role("button", name="Next row").click()
    top = tab.locator(".curtain").evaluate("one => one.getBoundingClientRect().top")
    following = tab.locator('g.row[data-row="1"] > .hit').evaluate("one => one.getBoundingClientRect().top")
    assert top == pytest.approx(following, abs=1)


@pytest.mark.parametrize("size", [PHONE], ids=["375 px"])
def test_on_a_phone_the_page_is_as_wide_as_the_window(tab: Page, client: str) -> None:
    """The list and the ladder scroll in themselves; the row that is lit is in sight."""
    number = open_one(tab, client)
    tab.get_by_role("button", name="Next row").click()
    assert not is_wider_than_window(tab)
    expect(tab.locator("g.row.now > .hit")).to_be_in_viewport()
    tab.goto(PAGE)
    expect(tab.get_by_role("link", name=f"#{number}", exact=True)).to_be_visible()
    assert not is_wider_than_window(tab)


def test_what_a_client_sends_is_only_shown(tab: Page, stack: Stack) -> None:
    """Markup in a payload is bytes among others: no element, no script, no other title."""
    open_one(tab, run_session(stack, "--message", HOSTILE))
    tab.locator(".wire-pane").focus()
    seen = ""
    for _ in range(tab.locator("g.row").count()):
        tab.keyboard.press("ArrowDown")
        seen += "".join(tab.locator(".bytes").all_inner_texts())
    assert "<script>" in seen.replace("\n", "") or "3c 73 63 72" in seen
    assert "taken" not in tab.title()
    assert tab.locator("echo-ladder script, echo-ladder img").count() == 0


def test_the_exported_file_works_from_disk(tab: Page, client: str, browser_container: Container) -> None:
    """Downloaded, put on another disk and opened there, it is stepped through as on the page."""
    number = open_one(tab, client)
    names = tab.locator("g.row").count()
    download = f"import urllib.request as u; u.urlretrieve('{PAGE}api/conversations/{number}.html', 'one.html')"
    code, _ = browser_container.exec_run(["python3", "-c", download])
    assert code == 0
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto("file:///tmp/one.html")
    tab.locator(".wire-pane").focus()
    for _ in range(names):
        tab.keyboard.press("ArrowDown")
    expect(tab.locator("g.row.now")).to_have_attribute("data-row", str(names - 1))
    assert complaints(tab) == []
    tab.emulate_media(color_scheme="dark")
    assert complaints(tab) == []
    tab.get_by_role("button", name="中文").click()
    expect(tab.get_by_role("button", name="下一行")).to_be_visible()
    assert asked == ["file:///tmp/one.html"]


def test_a_page_whose_scope_was_restarted_says_so_and_goes_on(
    tab: Page, stack: Stack, client: str, errors: list[str]
) -> None:
    """It tells that the scope does not answer, comes back by itself, and shows what is new.

    Who looks at a conversation meanwhile keeps seeing it, and is told that the scope has it no more.
    """
    other = tab.context.new_page()
    open_one(other, client)
    tab.goto(PAGE)
    expect(tab.locator("#rows")).to_contain_text(client)
    stack.compose("stop", "scope")
    expect(tab.locator("#connection")).to_have_text("The scope does not answer; trying again.")
    stack.compose("up", "--detach", "--wait", "scope")
    expect(tab.locator("#connection")).to_have_text("The scope is there again.")
    expect(other.locator("#missing")).to_have_text("This conversation is not kept any more.")
    expect(other.locator("#files")).to_be_hidden()
    expect(other.locator("svg.ladder")).to_be_visible()
    newer = run_session(stack)
    expect(tab.locator("#rows tr").first).to_contain_text(newer)
    # Its number is the new one's now.
    other.reload()
    expect(other.locator("#missing")).to_have_text("This conversation is not kept any more.")
    expect(other.locator("#title")).not_to_contain_text(newer)
    errors.clear()  # the browser complains of a server that is not there
