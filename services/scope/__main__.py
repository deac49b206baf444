"""The edge of the scope: which command it is."""

import gc
import sys


def main(arguments: list[str]) -> int:
    """Run the command, and return its exit code: `read`, or without one, the live scope."""
    # Each has what it takes to run, and to be refused, to itself: reading needs no settings, live no files.
    if arguments[:1] == ["read"]:
        from services.scope.read.edge import main as read  # noqa: PLC0415 - see above

        return read(arguments[1:])
    from services.scope.live.edge import main as live  # noqa: PLC0415 - see above

    return live(arguments)


if __name__ == "__main__":
    # Segments and calls are kept by the hundred thousand, and none of them is in a cycle: to look for cycles at every
    # 700 new objects takes two fifths of the time of a capture whose calls are all recorded (measured).
    gc.set_threshold(100_000)
    sys.exit(main(sys.argv[1:]))
