"""The page's HTTP routes and their answers. All requests only read; text from the wire is never taken for HTML."""

from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from ipaddress import ip_address

import orjson
from rich.console import Console
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from services.scope.capture.frames import MAX_FRAME_BYTES
from services.scope.document import ladder
from services.scope.draw.svg import view_of
from services.scope.draw.svg_style import STYLE
from services.scope.draw.terminal import draw
from services.scope.draw.view import View
from services.scope.model import Outcome
from services.scope.notes import NAMES
from services.scope.page.events import Hub, TooManyStreams
from services.scope.page.export import page
from services.scope.page.headers import OWN_HOSTS, Guard, content_security_policy
from services.scope.page.shelf import Filter, Kept, Shelf
from services.scope.page.static import STATIC
from services.scope.page.walk import walk
from services.scope.words.words import Lang
from shared.pcap import LINKTYPE_ETHERNET, file_header
from shared.settings import host_and_port

_KINDS = {name: kind for kind, name in NAMES.items()}
_LANGUAGES: dict[str, Lang] = {"en": "en", "zh": "zh"}

# Width of a ladder as text: a usual terminal window's.
_COLUMNS = 120

_MAX_LIMIT = 1000

_NOT_STORED = {"Cache-Control": "no-store"}


def application(shelf: Shelf, hub: Hub, hosts: frozenset[str] = frozenset()) -> Starlette:
    """Return the web application that shows a shelf; `hosts` are further names that it answers to."""
    pages = Pages(shelf, hub)
    conversation = "/api/conversations/{id:int}"
    return Starlette(
        routes=[
            Route("/", pages.index),
            Route("/healthz", pages.healthz),
            Route("/api/conversations", pages.conversations),
            Route(conversation, pages.one(_json)),
            Route(f"{conversation}/walk", pages.one(_walk)),
            Route(f"{conversation}.svg", pages.one(_svg)),
            Route(f"{conversation}.txt", pages.one(_text)),
            Route(f"{conversation}.pcap", pages.one(_pcap)),
            Route(f"{conversation}.html", pages.one(_html)),
            Route("/api/events", pages.events),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard, hosts=OWN_HOSTS | hosts, policy=content_security_policy([STYLE]))],
        exception_handlers={HTTPException: _refused},
    )


class Pages:
    """The answers that need the shelf or the hub."""

    def __init__(self, shelf: Shelf, hub: Hub) -> None:
        self._shelf = shelf
        self._hub = hub

    async def index(self, _: Request) -> Response:
        """Answer with the page itself."""
        return FileResponse(STATIC / "index.html")

    async def healthz(self, _: Request) -> Response:
        """Answer that the page works."""
        return PlainTextResponse("ok\n")

    async def conversations(self, request: Request) -> Response:
        """Answer with the rows that match the query, the newest first."""
        rows = [kept.row() for kept in self._shelf.newest(_filter(request))]
        return _answer({"conversations": rows})

    def one(self, show: Callable[[Kept, Request], Response]) -> Callable[[Request], Response]:
        """Return a handler for one conversation. It is not async, so it runs in a thread: drawing may take a while."""

        def answer(request: Request) -> Response:
            kept = self._shelf.get(request.path_params["id"])
            if kept is None:
                raise HTTPException(404, f"conversation {request.path_params['id']} is not kept (any more)")
            return show(kept, request)

        return answer

    async def events(self, _: Request) -> Response:
        """Answer with a stream of events."""
        try:
            stream = self._hub.open()
        except TooManyStreams:
            raise HTTPException(503, "too many pages are open") from None
        return StreamingResponse(stream.messages(), media_type="text/event-stream", headers=_NOT_STORED)


def _filter(request: Request) -> Filter:
    """Return the filter that a query asks for; raise HTTPException(400), which names the rule that it breaks."""
    query = request.query_params
    for name in query:
        if name not in ("outcome", "note", "address", "limit"):
            raise HTTPException(400, f"{name}: there are outcome, note, address and limit")
    outcome, limit = query.get("outcome"), query.get("limit", str(_MAX_LIMIT))
    if outcome is not None and outcome not in list(Outcome):
        raise HTTPException(400, f"outcome={outcome}: should be one of {', '.join(Outcome)}")
    for name in query.getlist("note"):
        if name not in _KINDS:
            raise HTTPException(400, f"note={name}: should be one of {', '.join(_KINDS)}")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= _MAX_LIMIT):
        raise HTTPException(400, f"limit={limit}: should be 1 to {_MAX_LIMIT}")
    kinds = frozenset(_KINDS[name] for name in query.getlist("note"))
    ip, port = _address(query["address"]) if "address" in query else (None, None)
    return Filter(Outcome(outcome) if outcome else None, kinds, ip, port, int(limit))


def _address(text: str) -> tuple[str, int | None]:
    """Return the IP address and the port, if there is one: `10.0.0.1`, `10.0.0.1:5000`, `::1`, `[::1]:5000`."""
    with suppress(ValueError):
        return str(ip_address(text)), None
    with suppress(ValueError):
        ip, port = host_and_port(text)
        return str(ip_address(ip)), port
    raise HTTPException(400, f"address={text}: should be an IP address, or one with a port")


def _language(request: Request) -> Lang:
    lang = request.query_params.get("lang", "en")
    if lang not in _LANGUAGES:
        raise HTTPException(400, f"lang={lang}: should be en or zh")
    return _LANGUAGES[lang]


def _is_asked_for(request: Request, name: str, default: str = "0") -> bool:
    value = request.query_params.get(name, default)
    if value not in ("0", "1"):
        raise HTTPException(400, f"{name}={value}: should be 0 or 1")
    return value == "1"


def _view(request: Request) -> View:
    return View(
        explain=_is_asked_for(request, "explain"),
        lang=_language(request),
        own_numbers=True,
        to_scale=_is_asked_for(request, "scale"),
        folded=_is_asked_for(request, "fold", "1"),
    )


def _json(kept: Kept, _: Request) -> Response:
    return _answer({"id": kept.id, **ladder(kept.conversation)})


def _svg(kept: Kept, request: Request) -> Response:
    return Response(view_of(kept.conversation, _view(request)), media_type="image/svg+xml")


def _walk(kept: Kept, request: Request) -> Response:
    return _answer({"id": kept.id, **walk(kept.conversation, kept.packets, _view(request))})


def _text(kept: Kept, request: Request) -> Response:
    console = Console(file=StringIO(), width=_COLUMNS, color_system=None, highlight=False)
    draw(
        kept.conversation, console, explain=_is_asked_for(request, "explain"), lang=_language(request), own_numbers=True
    )
    return PlainTextResponse(console.file.getvalue())  # type: ignore[attr-defined]


def _pcap(kept: Kept, _: Request) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="conversation-{kept.id}.pcap"'}
    return Response(
        file_header(LINKTYPE_ETHERNET, MAX_FRAME_BYTES) + b"".join(kept.packets.values()),
        media_type="application/vnd.tcpdump.pcap",
        headers=headers,
    )


def _html(kept: Kept, request: Request) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="conversation-{kept.id}.html"'}
    return HTMLResponse(page([kept], _language(request), own_numbers=True), headers=headers)


def _answer(document: object) -> Response:
    return Response(orjson.dumps(document), media_type="application/json", headers=_NOT_STORED)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - that is what this handler is for
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)
