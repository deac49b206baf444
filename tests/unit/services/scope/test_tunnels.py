"""The tunnels that a connection can go through."""

from services.scope.tunnels import Networks, Tunnel, TunnelKind, are_apart, network_of
from tests.unit.services.scope.harness.tunnels import TUNNELS


def test_every_kind_of_tunnel_is_in_some_packet() -> None:
    """Those that the decoder is tried with."""
    assert {tunnel.kind for wrapping in TUNNELS.values() for tunnel in wrapping.tunnels} == set(TunnelKind)


def test_only_numbers_that_both_directions_have_tell_networks_apart() -> None:
    """A tunnel without one is in no way another than the next of its kind; nor is a mirror's session a network."""
    vxlan = Tunnel(TunnelKind.VXLAN, 42)
    assert network_of([Tunnel(TunnelKind.MPLS), vxlan, Tunnel(TunnelKind.ERSPAN, 3)]) == (vxlan,)


def test_networks_are_apart_where_a_tunnel_of_a_kind_has_two_numbers() -> None:
    """What one of them says nothing of is no difference."""
    one, two, key = Tunnel(TunnelKind.VXLAN, 1), Tunnel(TunnelKind.VXLAN, 2), Tunnel(TunnelKind.GRE, 7)
    assert are_apart((one,), (two,))
    assert are_apart((key, one), (key, two))
    assert not are_apart((one,), (key, one))
    assert not are_apart((), (two,))


def test_each_direction_of_a_conversation_may_have_a_network_of_its_own() -> None:
    """The first one that is known counts; a packet through none may be of any."""
    networks = Networks()
    one, other = (Tunnel(TunnelKind.VXLAN, 1),), (Tunnel(TunnelKind.VXLAN, 2),)
    assert networks.admits((), from_client=True)
    assert networks.admits(one, from_client=True)
    assert networks.admits(other, from_client=False)
    assert not networks.admits(other, from_client=True)
    assert networks.admits((), from_client=True)
