"""What the kernels themselves say of a connection, asked with ss at both ends, against the ladder's states."""

from docker.models.containers import Container

from tests.e2e.harness.containers import printed
from tests.e2e.lessons.stage import Stage, cue, reached, states

# As ss abbreviates (iproute2, misc/ss.c); a connection that has no row is closed.
_NAMES = {"ESTAB": "ESTABLISHED"}


def test_both_kernels_agree_with_the_ladder_wherever_it_rests(stage: Stage) -> None:
    """Connected, closed by one end, closed by both: nothing is on its way, and ss shows what the ladder does."""
    server = stage.actor("closing_server")
    reached(server, "listening")
    with stage.captured(server) as beside_server:
        assert _state(beside_server) == "LISTEN"
        client = stage.actor("first_closer", str(server.name))
        beside_client = stage.stack.start_tool_beside(client, "sleep", "infinity")
        reached(server, "accepted")  # and its listener is closed
        seen = {}
        for segments, closer, step in ((3, server, "accepted"), (5, client, "connected"), (7, None, "")):
            stage.wait_for_segments(segments)
            seen[segments] = _state(beside_client), _state(beside_server)
            if closer is not None:
                cue(closer, step)
    ladder = stage.ladder()
    assert seen == {count: states(ladder)[count - 1] for count in seen}
    assert list(seen.values()) == [
        ("ESTABLISHED", "ESTABLISHED"),
        ("CLOSE-WAIT", "FIN-WAIT-2"),
        ("CLOSED", "TIME-WAIT"),
    ]


def _state(tool: Container) -> str:
    """Return the state of the one socket of port 5000 in this container's network."""
    _, *rows = printed(tool, "ss", "-tan", "( sport = :5000 or dport = :5000 )").splitlines()
    assert len(rows) <= 1, rows
    state = rows[0].split()[0] if rows else "CLOSED"
    return _NAMES.get(state, state)
