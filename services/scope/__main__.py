"""The edge of the scope: which command it is."""

import gc
import sys


def main(arguments: list[str]) -> int:
    """Run the command, and return its exit code: `read`, or without one, the live scope."""
    # Imported only here: each command loads what it needs, and not the other's libraries.
    if arguments[:1] == ["read"]:
        from services.scope.read.edge import main as read  # noqa: PLC0415 - see above

        return read(arguments[1:])
    from services.scope.live.edge import main as live  # noqa: PLC0415 - see above

    return live(arguments)


if __name__ == "__main__":
    # Collect garbage less often: hundreds of thousands of segments and calls are kept, and none is in a cycle. With the
    # default of 700 new objects, collecting took two fifths of the time to read a capture and its calls.
    gc.set_threshold(100_000)
    sys.exit(main(sys.argv[1:]))
