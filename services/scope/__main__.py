"""The edge of the scope: which command it is."""

import sys

from services.scope.read import main as read
from shared.settings import EXIT_BAD_SETTINGS


def main(arguments: list[str]) -> int:
    """Run the command, and return its exit code; 2 for one that there is not."""
    if arguments[:1] == ["read"]:
        return read(arguments[1:])
    sys.stderr.write("scope: the command is: read FILE (read --help tells the rest)\n")
    return EXIT_BAD_SETTINGS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
