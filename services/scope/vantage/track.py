"""A conversation of which some segments are known to be lost: those leave their receiver as it was."""

from services.scope.model import Flags, Packet
from services.scope.tcp.states import End
from services.scope.tcp.track import Track

_RST = int(Flags.RST)


class LossyTrack(Track):
    """A Track that is told what did not arrive."""

    def add_lost(self, packet: Packet, *, from_client: bool) -> None:
        """Take a packet that its sender sent, and its receiver never got."""
        sender, receiver = (self.client, self.server) if from_client else (self.server, self.client)
        outcome, contiguous, is_acked = self.conversation.outcome, sender.flow.contiguous, receiver.flow.fin_acked
        before = _state_of(receiver)
        self.add(packet, from_client=from_client)
        for name, value in before.items():
            setattr(receiver, name, value)
        # What comes behind it leaves a gap, and its acknowledgement acknowledges nothing.
        sender.flow.contiguous, receiver.flow.fin_acked = contiguous, is_acked
        if not packet.flags & _RST:
            self.conversation.outcome = outcome
        self._settled = False
        segment = self.conversation.segments[-1]
        if from_client:
            segment.server_state = receiver.state
        else:
            segment.client_state = receiver.state


def _state_of(end: End) -> dict[str, object]:
    return {name: getattr(end, name) for name in End.__slots__ if name != "flow"}
