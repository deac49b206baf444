"""How the health check's own echoes are told from everybody else's: by the loopback address that they come from.

Every few seconds there is one. In the log they would be between the lines about people's connections.
"""

# All of 127.0.0.0/8 is this host (RFC 1122 3.2.1.3), and what does not ask for an address there has 127.0.0.1.
PROBE_HOST = "127.0.0.2"


def is_probe(peer: str) -> bool:
    """Tell whether a peer, as the log has it, is a health check."""
    return peer.rpartition(":")[0] == PROBE_HOST
