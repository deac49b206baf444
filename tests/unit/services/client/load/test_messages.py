"""Streams that are known at any offset."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.load.messages import CHUNK_BYTES, Messages, messages_of
from services.client.load.settings import LoadSettings
from tests.unit.harness.sockets import receive

Pair = tuple[socket.socket, socket.socket]

KINDS = [Messages(size) for size in (1, 7, 15, 16, 17, 64, 32_767, 32_768, 70_000, 300_000)]
KINDS += [Messages(0, text) for text in (b"x", b"Hello", bytes(range(256)) * 100)]


def stream(messages: Messages, connection: int, offset: int, count: int) -> bytes:
    """Return exactly so many bytes of a stream."""
    data = b""
    while len(data) < count:
        data += messages.read(connection, offset + len(data), count - len(data))
    return data


@given(st.sampled_from(KINDS), st.integers(0, 9), st.integers(0, 700_000), st.integers(1, 700_000))
def test_a_stream_is_the_same_wherever_one_begins_to_read(
    messages: Messages, connection: int, offset: int, count: int
) -> None:
    """A piece from the middle is the same piece of the whole, and of the length that was asked for, or less."""
    piece = messages.read(connection, offset, count)
    assert 0 < len(piece) <= min(count, CHUNK_BYTES)
    again = stream(messages, connection, max(0, offset - 1000), min(offset, 1000) + len(piece))
    assert again[min(offset, 1000) :] == piece


@given(st.sampled_from(KINDS), st.integers(0, 300_000), st.integers(1, 300_000), st.data())
def test_only_what_is_right_matches(messages: Messages, offset: int, count: int, data: st.DataObject) -> None:
    """One changed bit anywhere is seen."""
    right = stream(messages, 3, offset, min(count, CHUNK_BYTES))
    assert messages.matches(3, offset, right)
    at = data.draw(st.integers(0, len(right) - 1))
    wrong = right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :]
    assert not messages.matches(3, offset, wrong)


@pytest.mark.parametrize("size", [16, 64, 40_000])
def test_a_message_begins_with_its_connection_and_number(size: int) -> None:
    """Both are 64 bits, big-endian, so that a capture can be read."""
    assert stream(Messages(size), 5, 7 * size, 16) == struct.pack(">QQ", 5, 7)


@pytest.mark.parametrize("size", [1, 15, 16, 1000])
def test_connections_and_messages_differ(size: int) -> None:
    """What belongs to another connection, or to another message, is not taken for right."""
    messages = Messages(size)
    streams = {stream(messages, connection, 0, 64 * size) for connection in range(20)}
    assert len(streams) == 20
    if size > 3:
        assert len({stream(messages, 0, n * size, size) for n in range(50)}) == 50


@pytest.mark.parametrize("messages", KINDS, ids=lambda kind: str(kind.size))
def test_what_is_sent_is_what_is_read(pair: Pair, messages: Messages) -> None:
    """Sent from memory or from the file, by pieces as the kernel takes them, it is the same stream."""
    client, server = pair
    end = 3 * messages.size
    sent, received = 0, b""
    while sent < end:
        count = messages.send(client, 1, sent, end)
        received += receive(server, count)
        sent += count
    assert received == stream(messages, 1, 0, end)


@pytest.mark.parametrize("messages", [Messages(65_536), Messages(0, b"text" * 10_000)], ids=["random", "text"])
def test_a_whole_message_is_sent_at_once(pair: Pair, messages: Messages) -> None:
    """Header and body arrive as one message."""
    client, server = pair
    sent = messages.send_whole(client.send, client.fileno(), messages.header(4, 2))
    assert receive(server, sent) == stream(messages, 4, 2 * messages.size, sent)


def test_a_large_message_takes_no_memory_of_its_size() -> None:
    """The body repeats with a prime period: 1 GiB is made from 1.3 MB."""
    messages = Messages(2**30)
    piece = messages.read(0, 2**29, CHUNK_BYTES)
    assert len(piece) == CHUNK_BYTES
    assert len(messages._block) < 1_300_000  # noqa: SLF001 - the memory is the promise


def test_settings_choose_the_message() -> None:
    """A text is sent as UTF-8, and a size is that of random bytes."""
    assert messages_of(LoadSettings(message="你好")).read(0, 0, 6) == "你好".encode()
    assert messages_of(LoadSettings(size_bytes=99)).size == 99
