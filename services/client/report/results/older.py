"""What the first results of this schema lack: a baseline may be older than the load that is compared with it."""

from typing import Any

_NEVER = {"count": 0, "max_us": 0, "total_us": 0}

# What has been added since, each as it is for a run of which it is not known.
_ADDED = {
    "messages_unanswered": 0,
    "error_reasons": [],
    "addresses": {},
    "client_stalls": _NEVER,
    "client_saturated": {"messages": 0, "time_us": 0},
    "clock_moved_s": 0.0,
    "failure": None,
    "steps": [],
}


def completed(run: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON of a load client's run with what an older client has left out."""
    due, sent = run.get("messages_due"), run.get("messages_sent")
    unsent = max(0, due - sent) if isinstance(due, int) and isinstance(sent, int) else 0
    return {**_ADDED, "messages_unsent": unsent, **run}
