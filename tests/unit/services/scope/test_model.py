"""The scope's vocabulary."""

from services.scope.model import Endpoint, Flags, peer_of
from tests.unit.services.scope.harness.calls import joined, session
from tests.unit.services.scope.harness.points.ladders import quiet


def test_an_endpoint_reads_as_people_write_it() -> None:
    """An IPv6 address is in brackets, so that the port can be told from it."""
    assert str(Endpoint("10.0.0.1", 5000)) == "10.0.0.1:5000"
    assert str(Endpoint("::1", 5000)) == "[::1]:5000"


def test_the_control_bits_are_the_headers() -> None:
    """By their place in the 13th and 14th byte (RFC 9293 3.1)."""
    assert [flag.name for flag in Flags(0x12)] == ["SYN", "ACK"]
    assert Flags.FIN | Flags.PSH | Flags.ACK == 0x19  # the most frequent last segment


def test_each_side_is_the_others_peer() -> None:
    """There are two."""
    assert (peer_of("client"), peer_of("server")) == ("server", "client")


def test_each_side_sees_a_segment_at_its_own_time() -> None:
    """Where its point did not see it, at the time at which it was seen at all."""
    sent = quiet().segments[0]
    assert (sent.seen_ns("client"), sent.seen_ns("server")) == (sent.left_ns, sent.arrived_ns)
    alone = joined(session(), []).segments[0]
    assert (alone.seen_ns("client"), alone.seen_ns("server")) == (alone.t_ns, alone.t_ns)
