"""A conversation on a terminal: its ladder, and below it whether the causal checks hold."""

from collections.abc import Callable, Iterator

from rich.console import Console
from rich.text import Text

from services.scope.bars import Bars, zero_ns
from services.scope.canvas import Canvas
from services.scope.model import Conversation
from services.scope.rows import CallRow, Row, SegmentRow, rows
from services.scope.rungs import Rungs

_STYLE_OF_OUTCOME = {"closed": "green", "open": "green", "refused": "red", "reset": "red"}
_EXPLANATION_INDENT = 4


def draw(conversation: Conversation, console: Console, *, explain: bool, lang: str) -> None:
    """Print a conversation; `explain` puts a sentence in the language `lang` below each of its rows."""
    found = rows(conversation)
    bars = Bars(conversation, found)
    digits = len(str(max((segment.frame for segment in conversation.segments), default=0)))
    canvas = Canvas(console, bars, digits)
    console.print(_header(conversation))
    for note in conversation.notes:
        console.print(Text(f"  • {note}", style="yellow"))
    console.print()
    rungs = Rungs(conversation, bars, canvas, zero_ns(conversation, found))
    console.print(rungs.title(), no_wrap=True, overflow="crop")
    sentence = _sentences(conversation, lang) if explain else None
    for row in found:
        for line in rungs.lines(row):
            console.print(line, no_wrap=True, overflow="crop")
        if sentence is not None and (text := sentence(row)):
            _explain(text, console, canvas.width)
    console.print()
    for line in _checks(conversation):
        console.print(line)
    console.print()


def _explain(sentence: str, console: Console, width: int) -> None:
    for line in Text(sentence, style="dim italic").wrap(console, width - _EXPLANATION_INDENT):
        line.rstrip()
        line.pad_left(_EXPLANATION_INDENT)
        console.print(line)


def _header(conversation: Conversation) -> Text:
    outcome = Text(conversation.outcome, style=_STYLE_OF_OUTCOME.get(conversation.outcome, "yellow"))
    return Text.assemble((f"{conversation.client} → {conversation.server}", "bold"), ", ", outcome)


def _checks(conversation: Conversation) -> Iterator[Text]:
    """Say that all hold, or which do not, and by how much."""
    violated = [check for check in conversation.checks if not check.holds]
    held = len(conversation.checks) - len(violated)
    if held:
        what = f"{held} of {len(conversation.checks)} causal checks hold" if violated else _all(held)
        yield Text.assemble(("✓ ", "green"), what)
    for check in violated:
        yield Text.assemble(("✗ ", "bold red"), f"{check.rule}: ", (check.detail, "red"))


def _all(number: int) -> str:
    return f"all {number} causal checks hold" if number > 1 else "the causal check holds"


def _sentences(conversation: Conversation, lang: str) -> Callable[[Row], str | None]:
    """Return what explains a row; a call is explained once, where it is entered."""
    # Most ladders are drawn without: what it takes to explain them is left alone until then.
    from services.scope.explain import (  # type: ignore[import-not-found]  # noqa: PLC0415 -- see above
        sentence_for_call,
        sentence_for_segment,
    )

    def sentence(row: Row) -> str | None:
        text: str | None = None
        if isinstance(row, SegmentRow):
            text = sentence_for_segment(conversation, row.index, lang)
        elif isinstance(row, CallRow) and row.edge == "enter":
            text = sentence_for_call(conversation, row.index, lang)
        return text

    return sentence
