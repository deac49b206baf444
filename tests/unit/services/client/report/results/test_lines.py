"""Lines of logs."""

import pytest

from services.client.report.results.lines import is_result, log_line


@pytest.mark.parametrize(
    ("line", "replica", "text"),
    [
        (b'{"a":1}\n', None, b'{"a":1}'),
        (b'client-2  | {"a":1}\n', "client-2", b'{"a":1}'),
        (b'load_client.2.x7fq@node-1    | {"a":1}', "load_client.2", b'{"a":1}'),
        (b'\x1b[36mclient-2  | \x1b[0m{"a":1}\r\n', "client-2", b'{"a":1}'),
        (b'{"why":"a | b"}', None, b'{"why":"a | b"}'),
        (b"two words | text", None, b"two words | text"),
        (b"", None, b""),
    ],
    ids=["bare", "compose", "swarm", "coloured", "bar inside", "no name", "empty"],
)
def test_what_the_log_puts_around_a_line_is_taken_off(line: bytes, replica: str | None, text: bytes) -> None:
    """And tells which replica wrote it."""
    assert log_line(line) == (replica, text)


def test_a_result_is_known_by_how_it_begins() -> None:
    """Also where its end is missing, and nothing can parse it."""
    assert is_result(b'{"schema":1,"kind":"lo')
    assert not is_result(b'{"event":"load_progressed"}')
