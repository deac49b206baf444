"""LLC and SNAP (IEEE 802.2), which stand where there is no EtherType: old Ethernets, Wi-Fi, ATM."""

from services.scope.capture.layers.layer import NEXT_IPV4, Next, Space, Walk

_SNAP, _IP = 0xAA, 0x06
_IS_RESPONSE = 0x01  # the lowest bit of the source's access point

# The organisations whose numbers are EtherTypes: none, and Apple's and IEEE's bridges (RFC 1042, IEEE 802.1H).
_ETHER_TYPE_ORGANISATIONS = (0x000000, 0x0000F8)
_CISCO = 0x00000C

_UNNUMBERED = 0x03  # the two bits of a control field of one byte; others have two


def llc(walk: Walk) -> Next:
    """Go on behind an LLC header, and SNAP's where there is one."""
    destination, source, control = walk.number(0, 1), walk.number(1, 1), walk.number(2, 1)
    walk.pass_over(3 if control & _UNNUMBERED == _UNNUMBERED else 4)
    if destination == _IP:
        return NEXT_IPV4
    if destination != _SNAP or source & ~_IS_RESPONSE != _SNAP:
        return Next(Space.LLC, destination)
    organisation, protocol = walk.number(0, 3), walk.number(3, 2)
    walk.pass_over(5)
    if organisation in _ETHER_TYPE_ORGANISATIONS or organisation == _CISCO:
        return Next(Space.ETHER_TYPE, protocol)
    return Next(Space.LLC, _SNAP)
