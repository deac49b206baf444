"""What stands below a ladder: the checks in short, what is violated in full, the clocks, the notes on the whole."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from services.scope.model import Conversation

Weight: TypeAlias = Literal["good", "bad", "note", "aside"]

_NUMBER = "#n: the n-th packet of the capture"
_BARS = "bar: a call, from entry to return · ▸ a segment that it caused · ◂ one that it waited for"
_KERNELS = "no mark: the kernel's own"


def findings(conversation: Conversation) -> Iterator[tuple[str, Weight]]:
    """Give the lines, each with its weight."""
    clocks = [check for check in conversation.checks if "clock" in check.rule]
    causes = [check for check in conversation.checks if check not in clocks]
    broken = [check for check in causes if not check.holds]
    if causes and not broken:
        yield f"✓ all {len(causes)} causal rules hold", "good"
    elif broken:
        yield f"✗ {len(broken)} of {len(causes)} causal rules are broken", "bad"
    for check in broken:
        yield f"✗ {check.rule}: {check.detail}", "bad"
    for check in clocks:
        side = check.rule.partition("'")[0]
        yield f"{'' if check.holds else '✗ '}clock of the {side}: {check.detail}", "aside" if check.holds else "bad"
    for note in conversation.notes:
        yield f"• {note}", "note"


def legend(conversation: Conversation) -> str:
    """Return what the marks mean that this ladder has."""
    sides = {joined.side for joined in conversation.calls if joined.call.call != "listen"}
    if not sides:
        return f"{_NUMBER} · no calls are known"
    if sides != {"client", "server"}:
        return f"{_BARS} · {_NUMBER} · of the {'server' if 'client' in sides else 'client'} no calls are known"
    # A call that was not watched leaves no mark on its segments.
    is_whole = not any("not watched" in note or "dropped" in note for note in conversation.notes)
    return " · ".join((_BARS, _KERNELS, _NUMBER) if is_whole else (_BARS, _NUMBER))
