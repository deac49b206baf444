"""The security headers of every answer, and the check of the Host header: the page is for browsers of this machine."""

import base64
import hashlib
from collections.abc import Iterable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Names of this machine. Another name in the Host header comes from a web site whose DNS points here (DNS rebinding).
OWN_HOSTS = frozenset(("localhost", "127.0.0.1", "[::1]"))


def content_security_policy(styles: Iterable[str]) -> str:
    """Return a policy that forbids inline scripts, and inline styles except these, which pictures bring along."""
    allowed = " ".join(map(source_of, styles))
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' {allowed}; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def source_of(content: str) -> str:
    """Return the policy's expression that allows exactly this inline style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


class Guard:
    """Refuses requests for other host names, and adds the headers to every answer."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], policy: str) -> None:
        self._app = app
        self._hosts = hosts
        self._headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
        app: ASGIApp = (
            self._app
            if host_name(host) in self._hosts
            else PlainTextResponse("This host name is not the page's: ECHO_SCOPE_PAGE_HOSTS names more.\n", 421)
        )
        await app(scope, receive, send_with_headers)


def host_name(header: str) -> str:
    """Return the name in a Host header, without its port."""
    name, colon, port = header.rpartition(":")
    return (name if colon and port.isdigit() else header).lower()
