"""What the handshake tells of both flows: where numbers begin, the shifts of windows, the round-trip time."""

from services.scope.model import Flags, Packet
from services.scope.tcp.flow import Flow

_SYN, _ACK = int(Flags.SYN), int(Flags.ACK)


def learn(flow: Flow, other: Flow, packet: Packet) -> None:
    """Learn where both flows begin, and what a SYN's options say."""
    flags = packet.flags
    if flags & _SYN:
        if flow.base is not None and flow.base != packet.seq:
            flow.rebase(packet.seq)
        flow.base = packet.seq
        flow.mss = packet.options.mss or 0
        if flags & _ACK:
            _agree(flow, other, packet.options.window_scale)
        else:
            _offer(flow, other, packet.options.window_scale)
            flow.syn_t_ns = packet.t_ns
    elif flow.base is None:
        flow.base = packet.seq - 1  # its first data is byte 1
    if other.base is None and flags & _ACK:
        other.base = packet.ack - 1


def learn_rtt(flow: Flow, other: Flow, t_ns: int) -> None:
    """Learn the round-trip time from the first ACK after the SYN."""
    begun = max(flow.syn_t_ns or 0, other.syn_t_ns or 0)
    if begun:
        flow.first_rtt_ns = other.first_rtt_ns = t_ns - begun


def _offer(flow: Flow, other: Flow, shift: int | None) -> None:
    """Take in a SYN's window shift. A retransmitted SYN may lack the option; the SYN that was answered had it."""
    if shift is not None:
        flow.offered_scale = shift
    if flow.scale is None or other.scale is None:
        flow.scale = flow.offered_scale or 0
        if flow.offered_scale is None:
            other.scale = 0


def _agree(flow: Flow, other: Flow, shift: int | None) -> None:
    """Take in the shift of a SYN,ACK, which decides: windows are scaled where both have offered it (RFC 7323 2.2)."""
    is_refused = other.syn_t_ns is not None and other.offered_scale is None
    if shift is None or is_refused:
        flow.scale = other.scale = 0
    else:
        flow.scale, other.scale = shift, other.offered_scale
