"""The page's HTTP routes and their answers. All requests only read; text from the wire is never taken for HTML."""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from services.scope.draw.svg_style import STYLE
from services.scope.model import Outcome
from services.scope.notes import NAMES
from services.scope.page.events import Hub, TooManyStreams
from services.scope.page.headers import OWN_HOSTS, Guard, content_security_policy
from services.scope.page.lessons import Lessons
from services.scope.page.load import LoadBoard
from services.scope.page.shelf import Filter, Kept, Shelf
from services.scope.page.showing import (
    NOT_STORED,
    answer,
    as_html,
    as_json,
    as_pcap,
    as_svg,
    as_text,
    as_walk,
    language,
)
from services.scope.page.static import STATIC
from services.scope.words.words import Words
from shared.settings import host_and_port

_KINDS = {name: kind for kind, name in NAMES.items()}
_MAX_LIMIT = 1000

# What one conversation is given as, by how its address ends.
_SHOWN: dict[str, Callable[[Kept, Request], Response]] = {
    "/walk": as_walk,
    ".svg": as_svg,
    ".txt": as_text,
    ".html": as_html,
}


def application(
    shelf: Shelf, hub: Hub, hosts: frozenset[str] = frozenset(), board: LoadBoard | None = None
) -> Starlette:
    """Return the web application that shows a shelf and a load; `hosts` are further names that it answers to."""
    pages = Pages(shelf, hub, Lessons(), board or LoadBoard())
    conversation, lesson = "/api/conversations/{id:int}", "/lessons/{name}"
    return Starlette(
        routes=[
            Route("/", pages.index),
            Route("/healthz", pages.healthz),
            Route("/api/conversations", pages.conversations),
            Route(conversation, pages.one(as_json)),
            Route(f"{conversation}.pcap", pages.one(as_pcap)),
            *(Route(f"{conversation}{ending}", pages.one(show)) for ending, show in _SHOWN.items()),
            Route("/api/notes", _notes),
            Route("/api/load", pages.load),
            Route("/api/events", pages.events),
            Route("/lessons/", pages.lessons_index),
            Route("/lessons/contents.json", pages.contents),
            Route(f"{lesson}.json", pages.lesson(as_json)),
            *(Route(f"{lesson}{ending}", pages.lesson(show)) for ending, show in _SHOWN.items()),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard, hosts=OWN_HOSTS | hosts, policy=content_security_policy([STYLE]))],
        exception_handlers={HTTPException: _refused},
    )


class Pages:
    """The answers that need the shelf, the hub or the lessons."""

    def __init__(self, shelf: Shelf, hub: Hub, lessons: Lessons, board: LoadBoard) -> None:
        self._shelf = shelf
        self._hub = hub
        self._lessons = lessons
        self._board = board

    async def index(self, _: Request) -> Response:
        """Answer with the page itself."""
        return FileResponse(STATIC / "index.html")

    async def healthz(self, _: Request) -> Response:
        """Answer that the page works."""
        return PlainTextResponse("ok\n")

    async def conversations(self, request: Request) -> Response:
        """Answer with the rows that match the query, the newest first."""
        rows = [kept.row() for kept in self._shelf.newest(_filter(request))]
        return answer({"conversations": rows})

    def one(self, show: Callable[[Kept, Request], Response]) -> Callable[[Request], Response]:
        """Return a handler for one conversation. It is not async, so it runs in a thread: drawing may take a while."""

        def shown(request: Request) -> Response:
            kept = self._shelf.get(request.path_params["id"], request.query_params.get("run"))
            if kept is None:
                raise HTTPException(404, f"conversation {request.path_params['id']} is not kept (any more)")
            return show(kept, request)

        return shown

    async def load(self, _: Request) -> Response:
        """Answer with the latest load so far, or with null."""
        return answer(self._board.document())

    async def lessons_index(self, _: Request) -> Response:
        """Answer with the page of the lessons."""
        return FileResponse(STATIC / "lessons/index.html")

    async def contents(self, _: Request) -> Response:
        """Answer with what the lessons are, and their text."""
        return answer({"lessons": self._lessons.contents})

    def lesson(self, show: Callable[[Kept, Request], Response]) -> Callable[[Request], Response]:
        """Return what answers with a lesson's ladder."""

        def shown(request: Request) -> Response:
            kept = self._lessons.get(request.path_params["name"])
            if kept is None:
                raise HTTPException(404, "there is no such lesson")
            return show(kept, request)

        return shown

    async def events(self, _: Request) -> Response:
        """Answer with a stream of events."""
        try:
            stream = self._hub.open()
        except TooManyStreams:
            raise HTTPException(503, "too many pages are open") from None
        return StreamingResponse(stream.messages(), media_type="text/event-stream", headers=NOT_STORED)


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


async def _notes(request: Request) -> Response:
    """Answer with what the kinds of notes are called in a language, by their names in the API."""
    words = Words(language(request))
    return answer({name: words.kind(kind) for kind, name in NAMES.items()})


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - that is what this handler is for
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)
