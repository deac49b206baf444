"""`make hosts` and `make hosts-down`: several hosts on this machine, each with a Docker Engine, in one Swarm."""

import argparse
import signal
import subprocess
import sys

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.hosts.commands import LabFailed
from tests.e2e.hosts.lab import LAB, SERVICES, STATE, down, lacking, up

_FAILED, _CANNOT = 1, 2

_MOST_HOSTS = 9
_LONGEST_LAB = 12  # Linux has 15 characters for an interface's name


def main(arguments: list[str]) -> int:
    """Make hosts, or remove them; return the exit code: 1 it went wrong, 2 a setting is wrong or the machine cannot."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.hosts", description=__doc__)
    parser.add_argument("what", choices=("up", "down"))
    parser.add_argument("--hosts", default="3", metavar=f"1-{_MOST_HOSTS}")
    options = parser.parse_args(arguments)
    if wrong := _wrong(options.hosts):
        return _say(wrong, _CANNOT)
    if missing := lacking():
        return _say(f"this machine lacks {missing}; hosts of its own need root, and VXLAN in the kernel", _CANNOT)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        if options.what == "down":
            down()
        else:
            _make(int(options.hosts))
    except LabFailed as error:
        return _say(str(error), _FAILED)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def _wrong(hosts: str) -> str | None:
    if not LAB.isalnum() or not LAB.isascii() or len(LAB) > _LONGEST_LAB:
        return f"LAB is '{LAB}': should be at most {_LONGEST_LAB} letters and digits"
    if hosts not in map(str, range(1, _MOST_HOSTS + 1)):
        return f"HOSTS is '{hosts}': should be a whole number from 1 to {_MOST_HOSTS}"
    return None


def _make(count: int) -> None:
    if not STATE.exists() and subprocess.run([".ci/build", *SERVICES], cwd=REPOSITORY, check=False).returncode:
        raise LabFailed("there are no images to give to the hosts")
    manager, *_ = up(count)
    sys.stdout.write(
        f"{count} hosts in {STATE}, each with this project's images; {manager.name} is the Swarm's manager.\n"
        f"Go on with: export DOCKER_HOST={manager.socket}\n"
    )


def _say(what: str, code: int) -> int:
    sys.stderr.write(f"hosts: {what}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
