"""Server-sent events: to each stream, and never at the cost of another."""

import asyncio

import pytest

from services.scope.page.events import MAX_STREAMS, Hub, TooManyStreams


async def _next(messages: "asyncio.Queue[bytes] | object") -> bytes:
    return await anext(messages)  # type: ignore[call-overload,no-any-return]


def test_an_event_has_its_name_and_data_and_number() -> None:
    """In the format of the standard."""

    async def run() -> bytes:
        hub = Hub()
        messages = hub.open().messages()
        await _next(messages)
        hub.publish("system", {"clients": 2}, 7)
        return await _next(messages)

    assert asyncio.run(run()) == b'id: 7\nevent: system\ndata: {"clients":2}\n\n'


def test_a_stream_that_does_not_read_loses_the_oldest() -> None:
    """Memory is bounded, and the newest are there."""

    async def run() -> bytes:
        hub = Hub()
        messages = hub.open().messages()
        await _next(messages)
        for number in range(1000):
            hub.publish("system", number)
        return await _next(messages)

    events = asyncio.run(run()).split(b"\n\n")[:-1]
    assert [event.rpartition(b" ")[2] for event in events] == [b"%d" % number for number in range(744, 1000)]


def test_a_stream_that_ends_makes_room() -> None:
    """So many at once, and no more."""

    async def run() -> None:
        hub = Hub()
        streams = [hub.open().messages() for _ in range(MAX_STREAMS)]
        for messages in streams:
            await _next(messages)
        with pytest.raises(TooManyStreams):
            hub.open()
        await streams[0].aclose()  # type: ignore[attr-defined]
        assert hub.streams == MAX_STREAMS - 1

    asyncio.run(run())


def test_a_page_that_leaves_before_its_stream_begins_keeps_no_place() -> None:
    """A browser may close a tab at any moment; the places must not be used up by such tabs."""
    hub = Hub()
    for _ in range(2 * MAX_STREAMS):
        hub.open()
    assert hub.streams == 0
