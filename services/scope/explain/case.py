"""What is said of a row before it has a language: the name of a sentence, and what to put into it."""

from typing import NamedTuple


class Case(NamedTuple):
    """`name` is a key of the tables of sentences; sides among the values are "client" and "server"."""

    name: str
    values: dict[str, str | int]
