"""Names for a record's call: the system call itself, where `call` names its family; or how the process ended."""

from services.scope.model import Conversation, JoinedCall, Side


def called(joined: JoinedCall) -> str:
    """Return what the program called, `sendmsg` for a `send`; or what ended it, `exit` or a signal."""
    return joined.call.syscall or joined.call.call


def is_signal(joined: JoinedCall) -> bool:
    """Tell whether a signal ended the process, and the kernel closed the socket."""
    return joined.call.call == "close" and called(joined).startswith("SIG")


def is_end(joined: JoinedCall) -> bool:
    """Tell whether the kernel closed the socket because the process had ended."""
    return joined.call.call == "close" and (called(joined) == "exit" or is_signal(joined))


def shown(joined: JoinedCall) -> str:
    """Return a call's name with parentheses; a signal's without."""
    name = called(joined)
    return name if is_signal(joined) or name.endswith(")") else f"{name}()"


def program(conversation: Conversation, side: Side) -> str:
    """Return the program that a side's calls are of, and its process: `curl[1234]`; nothing where none is told."""
    for joined in conversation.calls:
        if joined.side == side and joined.call.program is not None:
            pid = joined.call.pid
            return f"{joined.call.program}[{pid}]" if pid else joined.call.program
    return ""
