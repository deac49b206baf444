"""Tells the health check's own echoes from clients' connections: they come from a loopback address of their own.

There is one every few seconds, and the log leaves them out.
"""

# All of 127.0.0.0/8 is this host (RFC 1122 3.2.1.3); a client that binds no address there has 127.0.0.1.
PROBE_HOST = "127.0.0.2"


def is_probe(peer: str) -> bool:
    """Tell whether a peer, as the log has it, is a health check."""
    return peer.rpartition(":")[0] == PROBE_HOST
