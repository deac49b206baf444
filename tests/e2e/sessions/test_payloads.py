"""What a session can carry: any bytes, any number of them, in any pieces, and as many sessions as one likes."""

import io
import tarfile

import pytest

from tests.e2e.harness.containers import closed_connections, events, exit_code, result, wait_for_event
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_until

# Every byte value, a run of NULs, and what is not UTF-8: a truncated sequence, an overlong one, a surrogate.
_AWKWARD = bytes(range(256)) + bytes(64) + b"\xe4\xbd \xc0\x80 \xed\xa0\x80 \xff\xfe"


@pytest.mark.parametrize("size_bytes", [0, 1, 65_537, 64 * 1024 * 1024], ids=["empty", "1B", "64KiB+1", "64MiB"])
def test_a_payload_of_any_size_comes_back(stack: Stack, size_bytes: int) -> None:
    """Every byte is verified, and the server's totals for the connection are the same number."""
    client = stack.start_client("--size-bytes", str(size_bytes))
    assert exit_code(client) == 0
    document = result(client)
    assert (document["messages_verified"], document["bytes_verified"]) == (1, size_bytes)
    (connected,) = events(client, "connection_established")
    totals = {"received_bytes": size_bytes, "sent_bytes": size_bytes}
    wait_for_event(stack.server, "connection_closed", peer=connected["local"], **totals)


def test_an_empty_message_comes_back(stack: Stack) -> None:
    """A message of no bytes, set by an empty variable, is a session all the same."""
    client = stack.start_client(ECHO_CLIENT_MESSAGE="")
    assert exit_code(client) == 0
    assert result(client)["messages_verified"] == 1


def test_bytes_that_are_no_text_come_back(stack: Stack) -> None:
    """NULs, invalid UTF-8 and every byte value pass through a file unchanged."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("awkward")
        member.size, member.mode = len(_AWKWARD), 0o444
        tar.addfile(member, io.BytesIO(_AWKWARD))
    client = stack.create_client("--file", "/tmp/awkward")  # noqa: S108 - in the container
    client.put_archive("/tmp", archive.getvalue())  # noqa: S108
    client.start()
    assert exit_code(client) == 0
    assert result(client)["bytes_verified"] == len(_AWKWARD)


def test_a_byte_at_a_time_comes_back(stack: Stack) -> None:
    """A peer that sends single bytes, each in a segment of its own, gets each before it sends the next."""
    assert exit_code(stack.start_peer("python3", "byte_by_byte.py", "server", "500")) == 0


@pytest.mark.parametrize("size_bytes", [0, 1, 200_000])
def test_a_peer_that_has_finished_sending_still_gets_everything(stack: Stack, size_bytes: int) -> None:
    """After the peer's FIN all that it sent comes back, and then the server's FIN: a half-close is no end."""
    assert exit_code(stack.start_peer("python3", "half_close.py", "server", str(size_bytes))) == 0


def test_one_server_serves_session_after_session(stack: Stack) -> None:
    """Two hundred sessions in a row, each a connection of its own, are all verified.

    An earlier test's client may have had the same address, and one of the ports: the server's log has that one, too.
    """
    client = stack.start_client("--sessions", "200", "--interval-s", "0")
    assert exit_code(client) == 0
    assert result(client)["messages_verified"] == 200
    ours = {event["local"] for event in events(client, "connection_established")}
    assert len(ours) == 200
    wait_until(lambda: ours <= {event["peer"] for event in closed_connections(stack.server)}, "all are in the log")
