"""Which conversations of several captures are one."""

from services.scope.model import Conversation
from services.scope.tunnels import Tunnel, TunnelKind
from services.scope.vantage.gathering import Gathering, is_same
from tests.unit.services.scope.harness.points.worlds import World
from tests.unit.services.scope.harness.wire import Talk, followed


def two(world: World) -> tuple[Conversation, Conversation]:
    """Return what two points saw."""
    first, second = world.views()
    return first.conversation, second.conversation


def talk(port: int = 40_000, isn: tuple[int, int] = (1000, 900_000)) -> Conversation:
    """Return a short conversation."""
    spoken = Talk(port, isn)
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    (conversation,) = followed(spoken)
    return conversation


def late(isn: tuple[int, int] = (1000, 900_000)) -> Conversation:
    """Return the same, captured from its middle on."""
    spoken = Talk(isn=isn)
    spoken.client("PSH ACK", 1, 1, 5)
    (conversation,) = followed(spoken)
    return conversation


def test_the_same_initial_numbers_make_one() -> None:
    """Other numbers are another connection of the same addresses and ports."""
    assert is_same(talk(), talk())
    assert not is_same(talk(), talk(isn=(2000, 900_000)))
    assert not is_same(talk(), talk(isn=(1000, 800_000)))


def test_a_capture_from_the_middle_is_told_by_its_packets() -> None:
    """Their numbers and addresses."""
    assert is_same(talk(), late())
    assert is_same(late(), late())
    assert not is_same(talk(), late(isn=(5000, 900_000)))


def test_a_syn_without_an_answer_is_told_by_itself() -> None:
    """The server's number is not known at one point."""
    alone = Talk()
    alone.client("SYN", 0)
    (conversation,) = followed(alone)
    assert is_same(conversation, talk())


def test_other_networks_have_other_conversations() -> None:
    """Inside and outside of a tunnel it is the same one."""
    inside, other = talk(), talk()
    inside.tunnels = (Tunnel(TunnelKind.VXLAN, 1),)
    other.tunnels = (Tunnel(TunnelKind.VXLAN, 2),)
    assert is_same(inside, talk())
    assert not is_same(inside, other)


def test_views_wait_for_each_other() -> None:
    """One point has two connections of the same addresses, one after another."""
    gathering = Gathering()
    first = gathering.add("a", talk())
    second = gathering.add("a", talk(isn=(7, 8)))
    assert gathering.add("b", talk(isn=(7, 8))) is second
    assert gathering.add("b", talk()) is first
    assert [set(one.views) for one in (first, second)] == [{"a", "b"}] * 2
    gathering.take(first)
    assert gathering.rest() == [second]
    assert gathering.rest() == []


def test_what_waits_is_bounded() -> None:
    """The oldest is given as it is."""
    gathering = Gathering(max_bytes=20_000)
    waiting = [gathering.add("a", talk(port)) for port in (40_000, 40_001, 40_002, 40_003)]
    assert list(gathering.surplus()) == waiting[:1]
    assert gathering.rest() == waiting[1:]


def test_all_views_become_one() -> None:
    """With their names in the order of the path."""
    world = World([100])
    world.handshake()
    client, server = two(world)
    gathering = Gathering()
    gathering.add("server", server)
    found = gathering.add("laptop", client)
    spans = dict.fromkeys(("laptop", "server"), (0, 2**62))
    assert found.merged(spans).vantages == ("laptop", "server")
