"""Which directions a shutdown() ends, as a traced one's record tells."""

from shared.calls import Call

_RECEIVING, _BOTH = "shutdown(SHUT_RD)", "shutdown(SHUT_RDWR)"


def ends_sending(call: Call) -> bool:
    """Tell whether it sends a FIN; our own services do not say how they call it, and do only that."""
    return call.call == "shutdown" and call.errno is None and call.syscall != _RECEIVING


def ends_receiving(call: Call) -> bool:
    """Tell whether recv() returns 0 at once from then on; the peer is not told."""
    return call.call == "shutdown" and call.errno is None and call.syscall in (_RECEIVING, _BOTH)
