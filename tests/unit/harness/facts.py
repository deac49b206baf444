"""Facts that another thread, process or kernel brings about, and how a test waits for them."""

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar

import structlog

T = TypeVar("T")

# Longer than anything here takes on a busy machine: it is waited for in full only where a test fails.
DEADLINE_S = 60.0


def eventually(condition: Callable[[], bool]) -> bool:
    """Wait for what only the kernel knows, and so has to be asked for; False when it does not come about."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


class Facts(Generic[T]):
    """What another thread tells, in order; a test can wait for some of it."""

    def __init__(self) -> None:
        self._facts: list[T] = []
        self._told = threading.Condition()

    def tell(self, fact: T) -> None:
        """Add one."""
        with self._told:
            self._facts.append(fact)
            self._told.notify_all()

    def so_far(self) -> list[T]:
        """Return all of them."""
        with self._told:
            return list(self._facts)

    def wait_for(self, wanted: Callable[[T], bool]) -> T:
        """Return the first that is wanted as soon as it is there."""
        with self._told:
            assert self._told.wait_for(lambda: any(map(wanted, self._facts)), DEADLINE_S), self._facts
            return next(filter(wanted, self._facts))


class Journal:
    """A log that keeps its lines, from this level on."""

    def __init__(self, level: str = "debug") -> None:
        self._lines: Facts[dict[str, Any]] = Facts()
        leveled = structlog.make_filtering_bound_logger(level)
        self.log: Any = structlog.wrap_logger(None, processors=[self._keep], wrapper_class=leveled)

    def wait_for(self, event: str, **facts: Any) -> dict[str, Any]:
        """Return the first line of this event with these facts as soon as it is there."""
        wanted = {"event": event, **facts}.items()
        return self._lines.wait_for(lambda line: wanted <= line.items())

    def lines(self) -> list[dict[str, Any]]:
        """Return every line so far."""
        return self._lines.so_far()

    def events(self) -> list[str]:
        """Return the events so far."""
        return [line["event"] for line in self._lines.so_far()]

    def _keep(self, _: Any, __: str, line: Any) -> NoReturn:
        self._lines.tell(line)
        raise structlog.DropEvent
