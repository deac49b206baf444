"""What every answer carries, and who gets none."""

import pytest

from services.scope.page.headers import content_security_policy, host_name
from tests.unit.services.scope.harness.pages import running_page


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost:8080", "localhost"),
        ("LOCALHOST", "localhost"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]:8080", "[::1]"),
        ("[::1]", "[::1]"),
        ("", ""),
    ],
)
def test_a_host_is_named_without_its_port(header: str, name: str) -> None:
    """Names are compared without regard to case."""
    assert host_name(header) == name


def test_another_name_than_the_machines_own_gets_nothing() -> None:
    """A web site's name that points here (DNS rebinding) must not read what the page shows; a name that is set may."""
    with running_page(hosts=frozenset(("lab.example",))) as page:
        assert page.get("/", Host="evil.example").status == 421
        assert b"echoscope" not in page.get("/", Host="evil.example").body
        for host in ("localhost:1", "127.0.0.1", "[::1]:1", "lab.example:8080"):
            assert page.get("/", Host=host).status == 200


def test_every_answer_forbids_what_no_page_of_ours_does() -> None:
    """Scripts from anywhere else or inline, frames, guessed types: also where the answer is an error."""
    with running_page() as page:
        for path in ("/", "/api/conversations", "/nowhere", "/api/conversations/1.svg"):
            headers = page.get(path).headers
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self';" in policy
            assert "unsafe" not in policy
            assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_style_is_allowed_by_its_hash() -> None:
    """The digest is that of CSP's own example (https://www.w3.org/TR/CSP3, 6.7.3.1): of an empty text."""
    assert "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='" in content_security_policy([""])
