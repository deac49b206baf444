"""`make hosts` and `make hosts-down`: several hosts on this machine, each with a Docker Engine, in one Swarm."""

import argparse
import sys

from tests.e2e.hosts.lab import STATE, LabFailed, down, lacking, load_images, up


def main(arguments: list[str]) -> int:
    """Make hosts, or remove them; return the exit code: 2 where this machine cannot."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.hosts", description=__doc__)
    parser.add_argument("what", choices=("up", "down"))
    parser.add_argument("--hosts", type=int, default=3, choices=range(1, 10), metavar="1-9")
    options = parser.parse_args(arguments)
    missing = lacking()
    if missing is not None:
        sys.stderr.write(f"hosts: this machine lacks {missing}; hosts of its own need root, and VXLAN in the kernel\n")
        return 2
    try:
        if options.what == "down":
            down()
            return 0
        hosts = up(options.hosts)
        load_images(hosts)
    except LabFailed as error:
        sys.stderr.write(f"hosts: {error}\n")
        return 1
    sys.stdout.write(
        f"{len(hosts)} hosts in {STATE}, each with this project's images; {hosts[0].name} is the Swarm's manager.\n"
        f"Go on with: export DOCKER_HOST={hosts[0].socket}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
