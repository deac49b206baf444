"""Merges of made-up results, for the tests of what is shown of them."""

from typing import Any

from services.client.report.results.checking import parse
from services.client.report.results.merging import Merged, merge
from services.client.report.results.reading import Input

# What would be markup, a script, or the end of an element or attribute, were it not escaped; and a terminal's escape.
HOSTILE = "</svg></title><script>alert('1')</script>\"&amp; [bold]\x1b[31m \u202e"


def inputs(*documents: dict[str, Any]) -> list[Input]:
    """Return these documents as they are read."""
    return [Input(f"file:{number}", parse(document)) for number, document in enumerate(documents, 1)]


def merged(*documents: dict[str, Any]) -> Merged:
    """Return the merge of these documents."""
    return merge(inputs(*documents))
