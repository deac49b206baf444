"""The kinds of remarks on a capture, on other files, and on what could not be read; their texts are in `words`."""

from enum import Enum, StrEnum, auto


class Lack(Enum):
    """Why no TCP header was read; behind it, what the reason names."""

    OTHER = auto()  # another protocol; its name
    ENCRYPTED = auto()  # the protocol that encrypts
    COMPRESSED = auto()  # the protocol that compresses
    MALFORMED = auto()  # the protocol whose header it is
    FRAGMENT = auto()  # a later IP fragment: only the first has the TCP header; the protocol inside
    INCOMPLETE = auto()  # an IP datagram of which not all fragments were captured; the protocol inside
    CUT_OFF = auto()  # the capture kept less than the headers
    TOO_DEEP = auto()  # more layers than real packets have


class Damage(StrEnum):
    """Why a capture cannot be read beyond some byte; the values are the English texts, for errors and logs."""

    VERSION = "version {value} of pcap, which nobody knows"
    PACKET_LENGTH = "a packet of {value} bytes"
    IN_PACKET = "ends in the middle of a packet"
    IN_PACKET_HEADER = "ends in the middle of a packet's header"
    IN_FILE_HEADER = "ends in the middle of the file header"
    IN_BLOCK = "ends in the middle of a block"
    IN_BLOCK_HEADER = "ends in the middle of a block's header"
    IN_SECTION_HEADER = "ends in the middle of a section's header"
    UNREADABLE = "cannot be read any further ({value})"
    INTERFACES = "more than {value} interfaces"
    SHORT_BLOCK = "a block that is shorter than what it holds"
    NO_INTERFACE = "a packet of an interface that was not described"
    NO_BYTE_ORDER = "a section without a byte-order mark"
    PACKET_BLOCK_LENGTH = "a packet's block of {value} bytes"
    TWO_LENGTHS = "a block whose two lengths differ"
    BLOCK_LENGTH = "a block of {value} bytes"
    LINK_TYPE = "link type {value}, and no tap's"


class Fault(StrEnum):
    """Why a line is no call record; the values are the English texts, for the log."""

    NO_OBJECT = "is not a JSON object: {shown}"
    NO_KIND = "has neither call, nor notice, nor event: {shown}"
    FIELD_MISSING = "is no call record: {field} is missing"
    FIELD_WRONG = "is no call record: {field} is {shown}"
    NOTICE_FIELDS = "is no notice: it needs notice and service, which are text, and t_ns, a number"


class Remark(Enum):
    """What `read` says of a capture, its other files and its flags; behind it, what its count counts."""

    DAMAGED = auto()
    IMPOSSIBLE_TIMES = auto()  # frames
    UNREAD = auto()  # frames of which no TCP was read, where others have some
    NOTHING_READ = auto()  # frames, where none has any
    REASON = auto()  # frames that were not read for this reason; a part of the two above
    EMPTY = auto()
    GIVEN_UP = auto()  # conversations
    PASSED_OVER = auto()  # packets of those conversations; a part of the above
    NO_CALLS = auto()
    CALLS_OF_OTHERS = auto()  # call records
    OTHER_TIME = auto()  # the calls were made before or after the capture
    SPAN = auto()  # the first and the last time; a part of the above
    ONLY_CALLS = auto()  # connections
    SEEN_ONCE = auto()  # conversations that only one of several captures has
    FEWER = auto()  # conversations; --conversation asks for a higher number
    NONE_CHOSEN = auto()  # conversations, of which none matches
    LEFT_OUT = auto()  # conversations beyond the limits of a page
    NOT_JUDGED = auto()

    # Of a file of calls.
    NO_TIMES = auto()  # calls
    NO_TCP_CALLS = auto()
    NO_DATE = auto()
    DAY_TAKEN = auto()
    UNNAMED = auto()  # calls
    RAW = auto()  # sockets
    FILTERED = auto()
    ATTACHED_LATE = auto()  # sockets
    IO_URING = auto()  # calls
    NO_RECORDS = auto()
    WRONG_LINES = auto()  # lines that are no records

    # Of files and flags that are refused, and of output that is lost.
    NOT_A_CAPTURE = auto()
    NOT_A_LADDER = auto()
    DAMAGED_JSON = auto()
    LONG_JSON = auto()
    LONG_JSON_TOGETHER = auto()
    IS_JOINED = auto()
    AMONG_CAPTURES = auto()  # a ladder
    EMPTY_FILE = auto()
    UNREADABLE = auto()
    UNWRITABLE = auto()
    OUTPUT_LOST = auto()
    STDIN_TWICE = auto()
    LIST_AND_JSON = auto()
    NOTHING_TO_JUDGE = auto()

    # Of what was expected.
    MISSED = auto()
    MISSED_MORE = auto()  # lines that are not shown
    MISSED_BY = auto()  # a part of MISSED, as is what follows
    MISSED_BY_ALL = auto()  # conversations
    AT_FRAME = auto()
    AND_MORE = auto()  # further packets of the same conversation
    NO_HANDSHAKE_END = auto()
