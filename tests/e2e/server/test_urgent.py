"""An urgent byte whose segment overtakes a lost one, on a real network."""

import re

from tests.e2e.harness.containers import execute, exit_code, stderr, wait_for_line
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_until

ENVIRONMENT = {"ECHO_LOG_LEVEL": "info"}

# 100 bytes after headers of IPv4 and of TCP with time stamps: overtaking.py's first segment, and its retransmissions.
_LOSE = """
add table inet loss
add chain inet loss input { type filter hook input priority 0; }
add rule inet loss input tcp dport 5000 ip length 152 counter drop
"""


def test_an_urgent_byte_that_overtakes_a_lost_segment_is_echoed_in_its_place(stack: Stack) -> None:
    """While the segment before it is lost, and lost again, there is nothing to read; then everything comes back."""
    tool = stack.start_tool_beside(stack.netns, "sleep", "infinity")
    code, output = execute(tool, "nft", _LOSE)
    assert code == 0, output
    peer = stack.start_peer("python3", "overtaking.py", "server")
    wait_for_line(peer, "sent")

    def is_lost_again() -> bool:
        found = re.search(r"counter packets (\d+)", execute(tool, "nft", "list table inet loss")[1])
        return found is not None and int(found[1]) >= 3

    wait_until(is_lost_again, "the segment is lost three times")
    execute(tool, "nft", "delete table inet loss")
    assert exit_code(peer) == 0, stderr(peer)
