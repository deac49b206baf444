"""The explanations of calls in English."""

CALLS = {
    "socket": "socket() makes a descriptor; nothing is sent, and it has no port yet.",
    "bind": "bind() gives the socket its local address and port; nothing is sent.",
    "listen": (
        "From listen() on the kernel answers SYNs to this port by itself, and queues finished connections for accept()."
    ),
    "connect_enter": "connect() is called: it will wait until the handshake has been answered.",
    "connect": (
        "connect() returns since SYN,ACK has come: for the client it is ESTABLISHED, whether or not anyone "
        "has called accept()."
    ),
    "connect_refused": "connect() fails with ECONNREFUSED: the answer was an RST.",
    "connect_failed": "connect() fails with {errno}: no answer that it could use has come.",
    "accept_enter": "accept() is called and sleeps: there is no finished connection in the accept queue.",
    "accept_enter_ready": "accept() is called; a finished connection is in the accept queue already.",
    "accept": (
        "accept() takes the finished connection from the accept queue and returns a new descriptor for it; "
        "it sends nothing."
    ),
    "send_enter": (
        "send() copies its bytes into the kernel's send buffer; what becomes of them is the kernel's business."
    ),
    "send": "send() returns {bytes}: so many bytes are in the send buffer, which does not say that they have arrived.",
    "recv_enter": "recv() is called, and its bytes are not there yet: it waits.",
    "recv_enter_ready": "recv() is called; what it asks for is in the receive buffer already.",
    "recv": "recv() takes {bytes} bytes from the receive buffer, where the kernel had put them.",
    "recv_end": (
        "recv() returns 0: everything before the {peer}'s FIN has been read, so this is the end of the stream."
    ),
    "recv_end_own": (
        "recv() returns 0 because the {side} itself has shut down receiving; no FIN of the {peer} has a part in it."
    ),
    "recv_end_unseen": (
        "recv() returns 0, as at the end of the stream: the {peer}'s FIN is not in the capture, or 0 bytes were "
        "asked for."
    ),
    "shutdown": "shutdown() says that no more will be sent: the kernel sends FIN, and receiving goes on (half-close).",
    "shutdown_both": (
        "shutdown() says that no more will be sent, so the kernel sends FIN; nor is any more received: recv() "
        "returns 0 from here on."
    ),
    "shutdown_receiving": (
        "shutdown(SHUT_RD) makes recv() return 0 from here on; nothing is sent, and the {peer} is not told."
    ),
    "dup": (
        "{call}() makes one more descriptor of the same socket; nothing is sent, and the FIN now waits for the "
        "close of the last one."
    ),
    "close_fin": "close() gives the descriptor back; it was the last one, so the kernel sends FIN.",
    "close_rst": "close() gives the descriptor back, but not all had been read: the kernel sends RST.",
    "close_aborted": (
        "close() gives the descriptor back; all had been read, but the kernel sends RST, not FIN, as with SO_LINGER 0."
    ),
    "close_listener": "close() ends the listening; connections that accept() has returned go on.",
    "close_after": "close() only gives the descriptor back: the FIN had been sent before.",
    "close_shared": (
        "close() gives the descriptor back; another one (by dup or fork) still holds the socket, so nothing is sent."
    ),
    "close": "close() gives the descriptor back.",
    "exit": "The process ends without close(): the kernel closes the socket for it.",
    "killed": "{call} ends the process: the kernel closes the socket for it.",
    "return": "{call}() returns; the rest of it is left to the kernel.",
    "reset": "{call}() fails with {errno}: the {peer}'s RST has ended the connection.",
    "failed": "{call}() fails with {errno}.",
    "fold": (
        "A long transfer: the {sender} sends as much as window and congestion allow; ACKs are cumulative, "
        "one is enough for several segments."
    ),
    "fold_calls": "More calls of the same kind.",
}
