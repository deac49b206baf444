"""The kinds of what is said of a capture as a whole, most of it what it does not tell; their texts are in `words`."""

from enum import Enum, auto


class Lack(Enum):
    """Why there is no TCP header to be read."""

    OTHER = auto()  # another protocol, by its name
    ENCRYPTED = auto()  # by what
    COMPRESSED = auto()  # by what
    MALFORMED = auto()  # whose header
    FRAGMENT = auto()  # of an IP packet, and not its first, which has the headers; what it is a part of
    CUT_OFF = auto()  # the capture kept less than the headers
    TOO_DEEP = auto()  # more layers than anybody sends


class Remark(Enum):
    """What `read` says of a capture; behind it, what its count is."""

    DAMAGED = auto()
    IMPOSSIBLE_TIMES = auto()  # frames
    UNREAD = auto()  # frames, beside others that hold TCP
    NOTHING_READ = auto()  # frames: all of them
    REASON = auto()  # frames that are not read for this reason; a part of the two above
    EMPTY = auto()
    GIVEN_UP = auto()  # conversations
    PASSED_OVER = auto()  # packets of those; a part of the above
    NO_CALLS = auto()
    CALLS_OF_OTHERS = auto()  # call records
    OTHER_TIME = auto()  # the calls were made before or after the capture
    SPAN = auto()  # from when to when; a part of the above
    ONLY_CALLS = auto()  # connections
    FEWER = auto()  # conversations there are, and not as many as were asked for
    NONE_CHOSEN = auto()  # conversations there are, and none is what was asked for
    LEFT_OUT = auto()  # conversations that a page has no room for
    NOT_JUDGED = auto()
