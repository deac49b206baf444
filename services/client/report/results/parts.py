"""What a load's result says beside its measurements."""

from services.client.report.results.fields import Count, Part


class Warmup(Part):
    """What was done before the measured window."""

    messages_sent: Count
    messages_verified: Count
    bytes_sent: Count
    bytes_verified: Count
    sessions: Count
    errors: dict[str, Count]


class Late(Part):
    """How often, and by how much, the client itself was late: that is not the server's doing."""

    count: Count
    max_us: Count
    total_us: Count


class Saturated(Part):
    """For how long the client itself could not keep up with the rate, and the messages that it sent meanwhile."""

    messages: Count
    time_us: Count


class Reason(Part):
    """Why something failed: in which phase of a connection, which kind of error, and the kernel's name for it."""

    phase: str
    kind: str
    errno: str | None
    count: Count


class Server(Part):
    """How the server was run, as it said itself when the load began."""

    log_level: str
    watched: bool
