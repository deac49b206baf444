"""In which order the points stand."""

from services.scope.vantage.order import place
from tests.unit.services.scope.harness.points.worlds import S_NS, Fate, World


def order(world: World) -> list[str]:
    """Return the points' names as they are sorted."""
    views = world.views()[::-1]
    numbering = views[0].conversation.numbering
    client = views[0].conversation.client
    return [view.name for view in sorted(views, key=lambda view: place(view.seen(client, numbering)))]


def test_the_answer_comes_last_to_the_client() -> None:
    """Whatever the clocks say."""
    world = World([30, 5, 200], ahead_ns=[0, 9 * S_NS, -S_NS, 5])
    world.handshake()
    assert order(world) == ["laptop", "router", "rack", "server"]


def test_a_handshake_that_was_tried_twice_counts_from_the_last_time() -> None:
    """The client's point saw a SYN that no other saw."""
    world = World([30])
    world.send("client", 0, "SYN", 0, fate=Fate(0))
    world.handshake(1_000_000)
    assert order(world) == ["laptop", "server"]


def test_without_a_handshake_data_and_its_acknowledgement_tell() -> None:
    """The fastest."""
    world = World([30])
    world.say(0)
    world.send("client", 50_000, "PSH ACK", 6, 1, 5)
    world.send("server", 90_000, "ACK", 1, 11)
    assert order(world) == ["laptop", "server"]


def test_what_the_server_sends_tells_as_well() -> None:
    """The client acknowledges it the sooner, the nearer to the client that is seen."""
    world = World([30])
    world.send("server", 0, "PSH ACK", 1, 1, 5)
    world.send("client", 50, "ACK", 1, 6)
    assert order(world) == ["laptop", "server"]


def test_a_handshake_decides_alone() -> None:
    """Its answer does not wait; that one point missed a faster one later says nothing."""
    world = World([100])
    world.send("client", 0, "SYN", 0)
    world.send("server", 5_100, "SYN ACK", 0, 1)
    world.send("client", 5_210, "ACK", 1, 1)
    world.send("client", 9_000, "PSH ACK", 1, 1, 5, fate=Fate(missed_by=(1,)))
    world.send("server", 9_110, "ACK", 1, 6)
    assert order(world) == ["laptop", "server"]
