"""A session's calls as strace would write them, on the clock and the addresses of a Talk."""

from datetime import UTC, datetime

from tests.unit.services.scope.harness.wire import MILLISECOND_NS, START_NS

# When (in ms), and what; -T is too early by what writing the line took.
_TO = '{sa_family=AF_INET, sin_port=htons(5000), sin_addr=inet_addr("10.0.0.2")}, 16'
_AT = '{sa_family=AF_INET, sin_port=htons(5000), sin_addr=inet_addr("0.0.0.0")}, 16'
CLIENT = (
    (0.5, "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 7<TCP:[11]> <0.000010>"),
    (
        0.9,
        f"connect(7<TCP:[11]>, {_TO}) = 0 <0.0001>",
    ),
    (3.9, 'sendto(7<TCP:[10.0.0.1:40000->10.0.0.2:5000]>, "Hello", 5, 0, NULL, 0) = 5 <0.000010>'),
    (4.9, 'recvfrom(7<TCP:[10.0.0.1:40000->10.0.0.2:5000]>, "Hello", 9, 0, NULL, NULL) = 5 <0.000010>'),
    (7.9, "close(7<TCP:[10.0.0.1:40000->10.0.0.2:5000]>) = 0 <0.000010>"),
    (9.9, "exit_group(0) = ?"),
)
SERVER = (
    (-9, 'execve("/usr/bin/python3", ["python3"], 0x1) = 0 <0.000010>'),
    (-8.5, "close(3</etc/ld.so.cache>) = 0 <0.000010>"),
    (-8, "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3<TCP:[22]> <0.000010>"),
    (
        -7,
        f"bind(3<TCP:[22]>, {_AT}) = 0 <0.000010>",
    ),
    (-6, "listen(3<TCP:[0.0.0.0:5000]>, 5) = 0 <0.000010>"),
    (-5, "accept(3<TCP:[0.0.0.0:5000]>, NULL, NULL) = 4<TCP:[10.0.0.2:5000->10.0.0.1:40000]> <0.008000>"),
    (3.5, 'recvfrom(4<TCP:[10.0.0.2:5000->10.0.0.1:40000]>, "Hello", 9, 0, NULL, NULL) = 5 <0.000100>'),
    (5.9, 'sendto(4<TCP:[10.0.0.2:5000->10.0.0.1:40000]>, "Hello", 5, 0, NULL, 0) = 5 <0.000010>'),
    (7.5, 'recvfrom(4<TCP:[10.0.0.2:5000->10.0.0.1:40000]>, "", 9, 0, NULL, NULL) = 0 <0.000600>'),
    (8.9, "--- SIGTERM {si_signo=SIGTERM} ---"),
    (9.2, "+++ killed by SIGTERM +++"),
)


def trace(calls: tuple[tuple[float, str], ...], pid: int | None, *, time_of_day: bool = False) -> bytes:
    """Return a trace's text, of a process (None: without its number), later by some ms."""
    lines = []
    for at_ms, call in calls:
        time_ns = START_NS + int(at_ms * MILLISECOND_NS)
        seconds, micros = divmod(time_ns // 1000, 1_000_000)
        day = datetime.fromtimestamp(seconds, UTC).astimezone()
        stamp = f"{day:%H:%M:%S}.{micros:06}" if time_of_day else f"{seconds}.{micros:06}"
        lines.append(f"{'' if pid is None else f'{pid} '}{stamp} {call}\n")
    return "".join(lines).encode()
