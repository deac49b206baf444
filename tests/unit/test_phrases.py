"""Facts are typed, and text is made where it is shown: nothing takes text made for people for data."""

import typing
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from services.scope import model, rules, vantages
from tests.unit.harness.phrases import misused, sayers
from tests.unit.harness.processes import ROOT
from tests.unit.test_repository import PRODUCT, relative

# Where texts are made that other modules are handed.
_SAYING = (
    *(ROOT / "services/scope/words").glob("*.py"),
    *(ROOT / "services/client/report" / name for name in ("labels.py", "notes.py", "shortages.py", "units.py")),
    ROOT / "services/scope/explain/explainer.py",
    ROOT / "services/scope/ladder/labels.py",
    ROOT / "shared/wording.py",
)
SAYERS = {relative(path).removesuffix(".py").replace("/", "."): sayers(path.read_text()) for path in _SAYING}

# Text that is compared nevertheless: it is a machine's, or a library gives nothing else.
EXCEPTIONS = {
    'if self._sock.family == socket.AF_INET6 and ":" not in address:': "an address, for a machine",
    'rule = problem["msg"].removeprefix("Input ").removeprefix("Value error, ")': "pydantic says no rule but in words",
    'return text.rstrip("0").rstrip(".") if "." in text else text': "the digits of a number just written",
    'field.description = (field.description or "").removesuffix(note) + note': "a field is described once",
    'raise SettingsInvalid(str(error).removeprefix("error parsing CLI: ")) from None': "pydantic-settings adds it",
    'elif not host or ":" in host or "[" in host or any(character.isspace() for character in host):': "an address",
    '_SIGNAL = re.compile(r"killed by (SIG\\w+)")': "what strace writes",
    "return f\"{cls.variable(name)} (--{name.replace('_', '-')}) is {problem['input']!r}: {rule}\"": "a flag's name",
}

# What the facts have of text: names that come from outside, and are shown as they came.
NAMES = {
    ("Endpoint", "ip"),
    ("Loss", "last"),
    ("Loss", "next"),
    ("VantageClock", "vantage"),
    ("Conversation", "vantages"),
    ("RuleCheck", "call"),
    ("CorrectionNote", "call"),
    ("ServiceNote", "service"),
    ("ServiceNote", "reason"),
    ("ServiceNote", "subject"),
}


@pytest.mark.parametrize("path", PRODUCT, ids=relative)
def test_no_text_for_people_decides_anything(path: Path) -> None:
    """None is compared, searched or cut: a word can be changed, and a language added, in one place."""
    assert [line for line in misused(path.read_text(), SAYERS) if line not in EXCEPTIONS] == []


def test_no_exception_is_left_from_before() -> None:
    """Each names a line that there is."""
    sources = [source for path in PRODUCT if any(line in (source := path.read_text()) for line in EXCEPTIONS)]
    assert set(EXCEPTIONS) - {line for source in sources for line in misused(source, SAYERS)} == set()


def test_the_facts_of_the_scope_hold_no_text() -> None:
    """Its notes, checks and states are kinds and numbers; only names from outside are text."""
    text = {
        (fact.__name__, name)
        for module in (model, rules, vantages)
        for fact in vars(module).values()
        if isinstance(fact, type) and fact.__module__ == module.__name__ and (is_dataclass(fact) or _is_tuple(fact))
        for name, type_ in typing.get_type_hints(fact).items()
        if name in _own_fields(fact) and _has_text(type_)
    }
    assert text <= NAMES


def _is_tuple(fact: type) -> bool:
    return issubclass(fact, tuple)


def _own_fields(fact: type) -> set[str]:
    names = {field.name for field in fields(fact)} if is_dataclass(fact) else set(getattr(fact, "_fields", ()))
    inherited = {name for base in fact.__mro__[1:] for name in getattr(base, "__annotations__", ())}
    return names - inherited


def _has_text(type_: object) -> bool:
    return type_ is str or any(map(_has_text, typing.get_args(type_)))


# As the code once was, and as it might become again.
REGRESSIONS = [
    'is_whole = not any("not watched" in note or "dropped" in note for note in conversation.notes)',
    'has_gaps = any("segments in the middle" in note for note in notes)',
    'side = f"{check.side} clock".partition("\'")[0]',
    'if str(note) == "retransmission":\n    pass',
    "text = str(check)\nif text.startswith(prefix):\n    pass",
    'shown = words.note(note)\nshown.replace("▸", "●")',
    'if "TCP_INFO" in words.note(note):\n    pass',
    'found = [words.note(note) for note in notes]\nif "RST" in found:\n    pass',
    "def find():\n    for said in (words.note(note) for note in notes):\n        if said in seen:\n            return",
    're.split(r" of #| #|:", f"{mark} of #{frame}")',
    'match labels.summary():\n    case "closed":\n        pass',
    "class A:\n    def b(self):\n        self.c = str(self)\n    def d(self):\n        return self.c.startswith(E)",
    'kind = "again" if "{} again".format(name) in seen else "data"',
    'note.endswith("by TCP_INFO")',
    'if outcome == "not captured":\n    pass',
    "a, b = f'{x}', 1\nif a == c:\n    pass",
    "colour = COLOURS[words.note(note)]",
    'colour = COLOURS.get(f"{a} {b}")',
    'LOST = re.compile("dropped by")\nfound = LOST.search(given)',
    'LOST = re.compile("dropped")\nfound = LOST.search(words.note(note))',
    'found = any("dropped" in said for said in map(words.note, notes))',
    'def say(notes):\n    return [words.note(note) for note in notes]\nfound = "RST" in say(notes)',
    'class A:\n    def say(self):\n        return f"{self.a}"\n    def find(self):\n        return self.say() == "a"',
    "said = {note: words.note(note) for note in notes}\nfound = said[note] == A",
    "said = []\nfor note in notes:\n    said.append(words.note(note))\nfound = A in said",
    'found = given == "重传"',
]


@pytest.mark.parametrize("code", REGRESSIONS)
def test_what_takes_text_for_data_is_found(code: str) -> None:
    """However it comes by the text: made on the spot, given a name, put into a list, kept in an object."""
    lines = code.splitlines()
    imports = "from services.scope.words.words import Words\nfrom services.scope.ladder.labels import Labels\n"
    assert len(misused(imports + code, SAYERS)) == 1, lines


@pytest.mark.parametrize(
    "code",
    [
        "if note.kind in SENT_AGAIN:\n    pass",
        'if call.errno == "ECONNRESET":\n    pass',
        'text = f"{a} {b}"\nprint(text)',
        "a, b = f'{x}', 1\nif b == c:\n    pass",
        'line.startswith(b"{")',
        'found = b"".join(parts) == expected',
        'said[f"{a} {b}"] = 1',
        'text = os.environ.get(f"ECHO_{name}")',
        'shown = {"enter": called}.get(row.kind, f"{called} {returned}")',
        'name = "a" if x == y else f"{z}"',
    ],
)
def test_what_compares_facts_is_left_alone(code: str) -> None:
    """Names, numbers, kinds; and text that is only written."""
    assert misused(code, SAYERS) == []
