"""One conversation, as it is asked for."""

import json

import orjson
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.scope.page.shelf import Kept
from services.scope.page.showing import as_html, as_json, as_svg, as_text, as_walk, language
from tests.unit.services.scope.harness.calls import joined, session, session_calls

_KEPT = Kept(7, joined(session(), session_calls()), {})


def asked(query: str = "", **parameters: str) -> Request:
    """Return a request."""
    return Request({"type": "http", "query_string": query.encode(), "path_params": parameters, "headers": []})


def test_the_walk_is_in_the_language_that_is_asked_for() -> None:
    """With the numbers of the conversation."""
    found = json.loads(bytes(as_walk(_KEPT, asked("lang=zh")).body))
    assert found["id"] == 7
    assert "客户端" in found["svg"]


def test_a_long_wait_is_long_where_it_is_to_scale() -> None:
    """The picture is higher."""
    plain, scaled = (len(bytes(as_svg(_KEPT, asked(query)).body)) for query in ("", "scale=1"))
    assert plain != scaled


@pytest.mark.parametrize("query", ["scale=2", "fold=yes", "lang=de"])
def test_what_breaks_a_rule_is_refused(query: str) -> None:
    """With the rule."""
    with pytest.raises(HTTPException) as raised:
        as_walk(_KEPT, asked(query))
    assert raised.value.status_code == 400
    assert query in raised.value.detail.replace(": ", "=", 0)


def test_a_file_is_named_after_what_it_holds() -> None:
    """A conversation by its number, a lesson by its name."""
    assert as_html(_KEPT, asked()).headers["Content-Disposition"] == 'attachment; filename="conversation-7.html"'
    named = as_html(_KEPT, asked(name="01-handshake")).headers["Content-Disposition"]
    assert named == 'attachment; filename="01-handshake.html"'


def test_text_is_explained_where_it_is_asked_for() -> None:
    """As on a terminal."""
    plain, explained = (bytes(as_text(_KEPT, asked(query)).body) for query in ("", "explain=1"))
    assert len(explained) > len(plain)


def test_the_data_have_the_number() -> None:
    """Besides what the contract has."""
    assert orjson.loads(bytes(as_json(_KEPT, asked()).body))["id"] == 7
    assert language(asked()) == "en"
