"""What every command refuses its settings with, and a parser for those that take files and have no variables.

Apart from `settings`, so that such a command starts without the library of the others: that halves its start-up.
"""

import argparse
from typing import NoReturn

EXIT_BAD_SETTINGS = 2


class SettingsInvalid(Exception):
    """A setting that breaks its rule; `str()` is one line for each: setting, value, rule."""


class FlagParser(argparse.ArgumentParser):
    """Argparse, which leaves exit codes to the edge."""

    def error(self, message: str) -> NoReturn:
        """Raise SettingsInvalid."""
        raise SettingsInvalid(message)
