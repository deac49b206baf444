"""Makes text of facts: notes, checks, times, remarks."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from services.scope.gaps import Remark
from services.scope.model import CorrectionNote, Flags, Note, ServiceNote, StateNote
from services.scope.notes import NoteKind
from services.scope.rules import Check, ClockCheck, RuleCheck
from services.scope.tunnels import Tunnel
from services.scope.vantages import Loss
from services.scope.words import en, kinds, losses, ways, zh
from services.scope.words.phrases import Counted, Phrases

Lang: TypeAlias = Literal["en", "zh"]

_LANGUAGES: dict[Lang, Phrases] = {"en": en.PHRASES, "zh": zh.PHRASES}
_KINDS: dict[Lang, dict[NoteKind, str]] = {"en": kinds.EN, "zh": kinds.ZH}

_WAYS: dict[Lang, ways.WayPhrases] = {"en": ways.EN, "zh": ways.ZH}
_LOSSES = {"en": (losses.EN, losses.EN_PART), "zh": (losses.ZH, losses.ZH_PART)}

_US_NS, _MS_NS, _S_NS = 1_000, 1_000_000, 1_000_000_000


class Words:
    """One language; `phrases` are its templates, `ways` those for what was seen at several points."""

    def __init__(self, lang: Lang) -> None:
        self.phrases = _LANGUAGES[lang]
        self.ways = _WAYS[lang]
        self._kinds = _KINDS[lang]
        self._losses, self._part = _LOSSES[lang]

    def note(self, note: Note) -> str:
        """Return the text of a note."""
        phrases = self.phrases
        template = phrases.notes[note.kind] if note.number is None else phrases.numbered.get(note.kind)
        values: dict[str, str | int | None] = {"number": note.number, "count": note.number}
        if isinstance(note, StateNote):
            values |= {"side": phrases.sides[note.side], "state": note.state}
        if isinstance(note, CorrectionNote):
            values |= {"call": note.call, "instead_of": note.instead_of}
        if isinstance(note, ServiceNote):
            reason = note.reason or phrases.no_reason
            values |= {"service": note.service, "reason": phrases.reasons.get(reason, reason), "subject": note.subject}
        return _form(template or phrases.notes[note.kind], note.number).format(**values)

    def kind(self, kind: NoteKind) -> str:
        """Return the name of a kind of note, without the values of a single one."""
        return _form(self._kinds.get(kind) or self.phrases.notes[kind], None)

    def loss(self, loss: Loss) -> str:
        """Return where a segment was lost."""
        part = "" if loss.length is None else self._part.format(length=loss.length)
        return part + self._losses[loss.place].format(last=loss.last, next=loss.next)

    def check(self, check: Check) -> tuple[str, str]:
        """Return the rule of a check, and its finding, as the JSON has them."""
        if isinstance(check, ClockCheck):
            return en.CLOCK_RULE.format(side=self.phrases.sides[check.side]), self.clock(check)
        return self.phrases.rules[check.rule], self.detail(check)

    def detail(self, check: RuleCheck) -> str:
        """Return by how much a rule holds, or is broken."""
        phrases = self.phrases
        values = {"calls": check.calls, "broken": check.broken, "call": check.call, "side": phrases.sides[check.side]}
        if check.broken:
            return phrases.check_is_broken.format(time=us(-check.slack_ns), **values)
        closest = phrases.check_is_closest.format(**values) if check.calls > 1 else ""
        return f"{phrases.check_holds.format(time=us(check.slack_ns), **values)}{closest}"

    def clock(self, check: ClockCheck) -> str:
        """Return by how much a clock can be ahead."""
        phrases, least, most = self.phrases, check.least_ns, check.most_ns
        if least is None:
            return phrases.clock_is_unknown if most is None else phrases.clock_at_most.format(most=us(most))
        if most is None:
            return phrases.clock_at_least.format(least=us(least))
        template = phrases.clock_between if check.is_possible else phrases.clock_impossible
        return template.format(least=us(least), most=us(most))

    def when(self, t_ns: int) -> str:
        """Return a time on the ladder, whose zero is connect(); an earlier time is rounded to one unit."""
        if t_ns >= 0:
            return time(t_ns)
        unit_ns, unit = next(found for found in _UNITS if -t_ns >= 2 * found[0] or found == _UNITS[-1])
        return self.phrases.before.format(time=f"{-t_ns / unit_ns:.0f} {unit}")

    def tunnels(self, tunnels: Iterable[Tunnel]) -> str:
        """Return the names of tunnels, the innermost first."""
        names = [tunnel.kind if tunnel.number is None else f"{tunnel.kind} {tunnel.number}" for tunnel in tunnels]
        return self.phrases.parts_between.join(reversed(names))

    def counted(self, phrase: Counted, count: int) -> str:
        """Return a count with its noun."""
        return _form(phrase, count).format(count=f"{count:,}")

    def remark(self, kind: Remark, count: int = 0, **values: object) -> str:
        """Return the text of a remark."""
        return _form(self.phrases.of_capture[kind], count).format(count=count, **values)


def _form(phrase: str | Counted, count: int | None) -> str:
    """Return the singular or the other form of a phrase, if it has both."""
    return phrase if isinstance(phrase, str) else phrase[0 if count == 1 else 1]


_UNITS = (
    (86_400 * _S_NS, "d"),
    (3_600 * _S_NS, "h"),
    (60 * _S_NS, "min"),
    (_S_NS, "s"),
    (_MS_NS, "ms"),
    (_US_NS, "us"),
)


def time(t_ns: int) -> str:
    """Return a duration with at least three significant digits: in us below 10 ms, in ms below 10 s, then in s."""
    if abs(t_ns) < 10 * _MS_NS:
        return f"{t_ns / _US_NS:.1f} us"
    return f"{t_ns / _MS_NS:.2f} ms" if abs(t_ns) < 10 * _S_NS else f"{t_ns / _S_NS:.2f} s"


def us(t_ns: int) -> str:
    """Return a duration in us, whatever its size, so that checks can be compared."""
    return f"{t_ns / _US_NS:.1f} us"


# The order in which flags are written: SYN, FIN and RST first.
_ORDER = (Flags.SYN, Flags.FIN, Flags.RST, Flags.PSH, Flags.ACK, Flags.URG, Flags.ECE, Flags.CWR, Flags.AE)
_FLAG_NAMES = tuple(tuple(str(flag.name) for flag in _ORDER if bits & flag) for bits in range(0x200))


def flag_names(flags: int) -> tuple[str, ...]:
    """Return the names of the control bits that are set."""
    return _FLAG_NAMES[flags]
