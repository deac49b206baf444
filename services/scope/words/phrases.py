"""The phrases that each language must have, as templates: values are in braces."""

from dataclasses import dataclass
from typing import TypeAlias

from services.scope.columns import Column
from services.scope.gaps import Damage, Fault, Lack, Remark
from services.scope.model import Outcome, Side
from services.scope.notes import NoteKind
from services.scope.rules import Rule

# The singular, and the form for any other number.
Counted: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. A note with a number is said by `numbered` if that has its kind, else by `notes`."""

    between: str  # what stands between sentences
    sides: dict[Side, str]
    outcomes: dict[Outcome, str]
    notes: dict[NoteKind, str | Counted]
    numbered: dict[NoteKind, str | Counted]
    rules: dict[Rule, str]
    reasons: dict[str, str]  # why a service stopped watching, by the feed's word
    no_reason: str

    # Times.
    before: str  # a time before the ladder's zero
    after: str  # how long a call took

    # Checks.
    check_holds: str
    check_is_closest: str  # added to check_holds where the rule applies to several calls
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
    legend_frames: str  # where #n counts the capture's packets
    legend_numbers: str  # where #n counts the conversation's
    no_calls: str
    no_calls_of: str

    # Summaries, and rows that stand for folded ones.
    segments: Counted
    conversations: Counted
    columns: dict[Column, str]  # of the table of conversations
    table_hint: str
    calls: Counted
    inside: str  # one or more tunnels
    bytes_sent: dict[Side, str]
    calls_named: str
    remark_counted: str
    remarks: str
    remarks_between: str
    folded: str
    parts_between: str
    like: str  # in a line: the number of a ladder of the same shape
    title: str  # a picture's

    # On a capture as a whole.
    lacks: dict[Lack, str]
    damages: dict[Damage, str]
    faults: dict[Fault, str]
    of_capture: dict[Remark, str | Counted]
    about_file: str

    @property
    def guess_mark(self) -> str:
        """The mark behind a state that is a guess."""
        return "?"
