"""An explanation before it is put into words: the name of its sentence, and the values for it."""

from typing import NamedTuple


class Case(NamedTuple):
    """`name` is a key of the tables of sentences; sides among the values are "client" and "server"."""

    name: str
    values: dict[str, str | int]
