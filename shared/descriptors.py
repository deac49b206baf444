"""The limit of open files, which is the first that many connections reach."""

import resource
import sys


def allow_descriptors(needed: int) -> int:
    """Raise this process's soft limit of open files to `needed`, or as far as the hard limit allows; return the limit.

    It is never lowered. Children inherit it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reachable = sys.maxsize if hard == resource.RLIM_INFINITY else hard
    allowed = sys.maxsize if soft == resource.RLIM_INFINITY else soft
    if allowed < needed and allowed < reachable:
        allowed = min(needed, reachable)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
