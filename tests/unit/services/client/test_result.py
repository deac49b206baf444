"""The client's JSON document."""

from datetime import datetime, timedelta

import orjson

from services.client.result import Result
from services.client.settings import ClientSettings


def test_the_document_is_the_contract() -> None:
    """Its keys are those of the design that apply to a session, in that order, and it is JSON."""
    document = orjson.loads(orjson.dumps(Result(ClientSettings()).document()))
    assert list(document) == [
        "schema",
        "kind",
        "settings",
        "started_at",
        "ended_at",
        "sessions",
        "sessions_failed",
        "messages_sent",
        "messages_verified",
        "mismatches",
        "bytes_sent",
        "bytes_verified",
        "errors",
    ]
    assert (document["schema"], document["kind"]) == (1, "session")
    assert document["settings"]["message"] == "Hello"


def test_times_are_utc_with_microseconds() -> None:
    """A reader anywhere can order the documents of several replicas."""
    document = Result(ClientSettings()).document()
    started, ended = (datetime.fromisoformat(document[key]) for key in ("started_at", "ended_at"))
    assert started <= ended
    assert ended.utcoffset() == timedelta(0)
    assert len(document["ended_at"]) == len("2025-01-01T00:00:00.000000+00:00")
