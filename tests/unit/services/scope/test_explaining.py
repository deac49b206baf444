"""What is said, before it has a language."""

from services.scope.explaining import peer_of


def test_each_side_is_the_others_peer() -> None:
    """There are two."""
    assert (peer_of("client"), peer_of("server")) == ("server", "client")
