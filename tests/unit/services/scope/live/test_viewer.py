"""What the loop gives to the page."""

import socket

from services.scope.live.viewer import Viewer
from services.scope.page.handover import Sender
from services.scope.page.process import Page
from services.scope.page.system import System
from tests.unit.harness.facts import Journal
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.loads import a_second
from tests.unit.services.scope.harness.wire import followed


def test_a_page_that_is_gone_is_said_once() -> None:
    """The loop goes on without it."""
    ours, theirs = socket.socketpair()
    theirs.close()
    journal = Journal()
    viewer = Viewer(Page(Sender(ours), 1), journal.log)
    for _ in range(3):
        viewer.show(*followed(session()))
        viewer.show_load(a_second(0, 1))
        viewer.flush()
        viewer.tell(System(1, 2, 3, 4, 5, 6, 7))
    assert viewer.passed_over == 0
    assert journal.events() == ["page_lost"]
    ours.close()
