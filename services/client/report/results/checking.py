"""JSON made a result, or refused in one line."""

from typing import Any, TypeVar

from pydantic import ValidationError

from services.client.report.results.fields import Part
from services.client.report.results.schema import Document, Load, LoadReport, Session, SessionReport
from services.client.report.units import printable
from services.client.result import SCHEMA

Model = TypeVar("Model", bound=Part)


class Unfit(Exception):
    """A result that cannot be taken; `str()` is one line: where it stands, and why."""


def parse(value: dict[str, Any]) -> Document:
    """Return the JSON object as a result; raise Unfit where it is none."""
    schema, kind = value.get("schema"), value.get("kind")
    if schema != SCHEMA or isinstance(schema, bool):
        raise Unfit(f"schema is {_short(schema)}: should be {SCHEMA}")
    models: dict[object, type[Document]] = {
        "session": Session,
        "load": Load,
        "report": LoadReport if "histograms" in value else SessionReport,
    }
    if not isinstance(kind, str) or kind not in models:
        raise Unfit(f"kind is {_short(kind)}: should be 'session', 'load' or 'report'")
    return checked(models[kind], value)


def checked(model: type[Model], value: dict[str, Any]) -> Model:
    """Return the JSON object as this part of a result; raise Unfit where it is none."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Unfit(_line(error.errors(include_url=False)[0])) from None


def _line(problem: Any) -> str:
    name = printable(".".join(str(step) for step in problem["loc"]))
    if problem["type"] == "missing":
        return f"{name} is missing"
    rule = problem["msg"].removeprefix("Input ").removeprefix("Value error, ")
    # A part that contradicts itself is too long to show; its rule names the numbers.
    if isinstance(problem["input"], dict | list):
        return f"{name}: {rule}" if name else str(rule)
    return f"{name} is {_short(problem['input'])}: {rule}"


def _short(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 -- about half a line
