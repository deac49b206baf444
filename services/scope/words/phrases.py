"""Which phrases a language must have. In braces stands what is put into them."""

from dataclasses import dataclass
from typing import TypeAlias

from services.scope.columns import Column
from services.scope.gaps import Damage, Fault, Lack, Remark
from services.scope.model import Outcome, Side
from services.scope.notes import NoteKind
from services.scope.rules import Rule

# A form for one, and a form for any other number.
Counted: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """A language. `notes` says what needs nothing else; `numbered` those that have a number, with it."""

    between: str  # sentences
    sides: dict[Side, str]
    outcomes: dict[Outcome, str]
    notes: dict[NoteKind, str | Counted]
    numbered: dict[NoteKind, str | Counted]
    rules: dict[Rule, str]
    reasons: dict[str, str]  # by the feed's word: why a service did not watch
    no_reason: str

    # Times.
    before: str  # the ladder's zero
    after: str  # so long after its entry a call returned

    # Checks.
    check_holds: str
    check_is_closest: str  # behind it, where it is one of several
    check_is_broken: str
    clock_is_unknown: str
    clock_at_least: str
    clock_at_most: str
    clock_between: str
    clock_impossible: str

    # Below a ladder.
    rules_hold: str
    rules_broken: str
    line_rules_hold: str
    line_rules_broken: str
    rule_broken: str
    clock: str
    legend_bars: str
    legend_kernel: str
    legend_guess: str
    legend_frames: str  # numbers of the capture
    legend_numbers: str  # numbers of the conversation
    no_calls: str
    no_calls_of: str

    # On the whole, and in the place of what is left out.
    segments: Counted
    conversations: Counted
    columns: dict[Column, str]  # of the table of conversations
    table_hint: str
    calls: Counted
    inside: str  # tunnels
    bytes_sent: dict[Side, str]
    calls_named: str
    remark_counted: str
    remarks: str
    remarks_between: str
    folded: str
    parts_between: str
    like: str  # of a line: the number of a ladder that says more
    title: str  # of a picture

    # On a capture as a whole.
    lacks: dict[Lack, str]
    damages: dict[Damage, str]
    faults: dict[Fault, str]
    of_capture: dict[Remark, str | Counted]
    about_file: str

    @property
    def guess_mark(self) -> str:
        """What stands behind a state that is a guess."""
        return "?"
