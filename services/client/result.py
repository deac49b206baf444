"""The result of a run of sessions: the JSON document that the client prints."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.client.settings import ClientSettings

# Of every JSON document that the client or its report prints.
SCHEMA = 1


def now() -> str:
    """Return the time of day as ISO 8601 with microseconds, UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass
class Result:
    """Counts over a run; a session's message counts as sent, or verified, when all of its bytes are."""

    settings: ClientSettings
    started_at: str = field(default_factory=now)
    sessions: int = 0
    sessions_failed: int = 0
    messages_sent: int = 0
    messages_verified: int = 0
    mismatches: int = 0
    bytes_sent: int = 0
    bytes_verified: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    def document(self) -> dict[str, Any]:
        """Return the JSON document, as of now."""
        return {
            "schema": SCHEMA,
            "kind": "session",
            "settings": self.settings.model_dump(mode="json"),
            "started_at": self.started_at,
            "ended_at": now(),
            "sessions": self.sessions,
            "sessions_failed": self.sessions_failed,
            "messages_sent": self.messages_sent,
            "messages_verified": self.messages_verified,
            "mismatches": self.mismatches,
            "bytes_sent": self.bytes_sent,
            "bytes_verified": self.bytes_verified,
            "errors": dict(self.errors),
        }
