"""One conversation, as it is asked for: data, a picture, text, a walk, a capture, a file to send."""

from io import StringIO
from typing import Any

import orjson
from rich.console import Console
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from services.scope.capture.frames import MAX_FRAME_BYTES
from services.scope.document import ladder
from services.scope.draw.svg import view_of
from services.scope.draw.terminal import draw
from services.scope.draw.view import View
from services.scope.page.export import page
from services.scope.page.shelf import Kept
from services.scope.page.walk import walk
from services.scope.words.words import Lang
from shared.pcap import LINKTYPE_ETHERNET, file_header

_LANGUAGES: dict[str, Lang] = {"en": "en", "zh": "zh"}

# Width of a ladder as text: a usual terminal window's.
_COLUMNS = 120

NOT_STORED = {"Cache-Control": "no-store"}


def answer(document: Any) -> Response:
    """Return data as JSON."""
    return Response(orjson.dumps(document), media_type="application/json", headers=NOT_STORED)


def language(request: Request) -> Lang:
    """Return the language that is asked for; raise HTTPException(400) where there is no such."""
    lang = request.query_params.get("lang", "en")
    if lang not in _LANGUAGES:
        raise HTTPException(400, f"lang={lang}: should be en or zh")
    return _LANGUAGES[lang]


def as_json(kept: Kept, _: Request) -> Response:
    """Return the ladder's JSON."""
    return answer({"id": kept.id, **ladder(kept.conversation)})


def as_walk(kept: Kept, request: Request) -> Response:
    """Return what a script steps through."""
    return answer({"id": kept.id, "run": kept.run, **walk(kept.conversation, kept.packets, _view(request))})


def as_svg(kept: Kept, request: Request) -> Response:
    """Return a picture."""
    return Response(view_of(kept.conversation, _view(request)), media_type="image/svg+xml")


def as_text(kept: Kept, request: Request) -> Response:
    """Return what a terminal shows."""
    console = Console(file=StringIO(), width=_COLUMNS, color_system=None, highlight=False)
    explain = _is_asked_for(request, "explain")
    draw(kept.conversation, console, explain=explain, lang=language(request), own_numbers=True)
    return PlainTextResponse(console.file.getvalue())  # type: ignore[attr-defined]


def as_pcap(kept: Kept, request: Request) -> Response:
    """Return its packets as a capture, as far as they were kept."""
    return Response(
        file_header(LINKTYPE_ETHERNET, MAX_FRAME_BYTES) + b"".join(kept.packets.values()),
        media_type="application/vnd.tcpdump.pcap",
        headers=_named(kept, request, "pcap"),
    )


def as_html(kept: Kept, request: Request) -> Response:
    """Return a file to send."""
    html = page([kept], language(request), own_numbers=True)
    return HTMLResponse(html, headers=_named(kept, request, "html"))


def _named(kept: Kept, request: Request, ending: str) -> dict[str, str]:
    # A lesson's name is one that was found among the lessons'.
    name = request.path_params.get("name", f"conversation-{kept.id}")
    return {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}


def _view(request: Request) -> View:
    return View(
        explain=_is_asked_for(request, "explain"),
        lang=language(request),
        own_numbers=True,
        to_scale=_is_asked_for(request, "scale"),
        folded=_is_asked_for(request, "fold", "1"),
    )


def _is_asked_for(request: Request, name: str, default: str = "0") -> bool:
    value = request.query_params.get(name, default)
    if value not in ("0", "1"):
        raise HTTPException(400, f"{name}={value}: should be 0 or 1")
    return value == "1"
