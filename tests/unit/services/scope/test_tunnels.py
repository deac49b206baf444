"""The tunnels that a connection can go through."""

from services.scope.tunnels import TunnelKind
from tests.unit.services.scope.harness.tunnels import TUNNELS


def test_every_kind_of_tunnel_is_in_some_packet() -> None:
    """Those that the decoder is tried with."""
    assert {tunnel.kind for wrapping in TUNNELS.values() for tunnel in wrapping.tunnels} == set(TunnelKind)
