"""The phrases in English; notes, rules and checks are also what the JSON says."""

from services.scope.columns import Column
from services.scope.gaps import Damage, Fault, Lack, Remark
from services.scope.model import Outcome
from services.scope.notes import NoteKind
from services.scope.rules import Rule
from services.scope.words.phrases import Phrases

PHRASES = Phrases(
    between=" ",
    sides={"client": "client", "server": "server"},
    outcomes={outcome: outcome.value for outcome in Outcome},
    notes={
        NoteKind.RETRANSMISSION: "retransmission",
        NoteKind.FAST_RETRANSMISSION: "fast retransmission",
        NoteKind.SPURIOUS_RETRANSMISSION: "spurious retransmission",
        NoteKind.OUT_OF_ORDER: "out of order",
        NoteKind.PREVIOUS_NOT_CAPTURED: "previous segment not captured",
        NoteKind.DATA_ON_SYN: "data on SYN",
        NoteKind.GSO: "GSO",
        NoteKind.DUPLICATE_ACK: "duplicate ACK",
        NoteKind.ACKED_UNSEEN: "ACKed unseen segment",
        NoteKind.KEEPALIVE: "keepalive probe",
        NoteKind.KEEPALIVE_ACK: "keepalive ACK",
        NoteKind.ZERO_WINDOW: "zero window",
        NoteKind.ZERO_WINDOW_PROBE: "zero-window probe",
        NoteKind.ZERO_WINDOW_PROBE_ACK: "zero-window probe ACK",
        NoteKind.WINDOW_UPDATE: "window update",
        NoteKind.WINDOW_FULL: "window full",
        NoteKind.COPY: "captured twice",
        NoteKind.PORT_REUSED: "port reused",
        NoteKind.FIN_WITH_ACK: "FIN carries the ACK (three-segment teardown)",
        NoteKind.SIMULTANEOUS_CLOSE: "simultaneous close",
        NoteKind.RST_NOBODY_LISTENS: "RST: nobody listens",
        NoteKind.RST_NOT_TAKEN: "RST: not acceptable, and dropped",
        NoteKind.RST_AFTER_CLOSE: "RST: data arrived after close",
        NoteKind.RST_NO_CONNECTION: "RST: no such connection",
        NoteKind.RST_ABORTED: "RST: aborted",
        NoteKind.RST_UNREAD_OR_ABORTED: "RST: closed with unread data, or aborted",
        NoteKind.BY_TCP_INFO: "{side} {state} by TCP_INFO",
        NoteKind.NO_HANDSHAKE: "captured from the middle: the handshake is not in it",
        NoteKind.SCALE_UNKNOWN: "window scale unknown: windows are as on the wire",
        NoteKind.NOT_CAPTURED: "no packet of it was captured",
        NoteKind.NOT_KEPT: "segments in the middle not kept",
        NoteKind.COPIES: "captured twice: copies are left out",
        NoteKind.GIVEN_UP: "given up here, for memory: its later packets are not followed",
        NoteKind.OFFSETS_UNKNOWN: (
            "the handshake was not captured: which bytes were sent and received by which call is not known"
        ),
        NoteKind.CORRECTED: (
            "after {call}() the {side}'s kernel says {state}, where segments tell {instead_of}: "
            "corrected from #{number} on"
        ),
        NoteKind.TRACED: (
            "times of calls are strace's: a bar's end is the earliest possible, or where its segments are"
        ),
        NoteKind.BEGUN_BEFORE: (
            "the trace does not tell all calls from the connection's beginning: which bytes they moved is not known"
        ),
        NoteKind.CALLS_DROPPED: (
            "{service}: {count} call record was dropped before it reached the scope",
            "{service}: {count} call records were dropped before they reached the scope",
        ),
        NoteKind.CONNECTIONS_UNWATCHED: (
            "{service}: {count} connection was not watched: {reason}",
            "{service}: {count} connections were not watched: {reason}",
        ),
        NoteKind.UNWATCHED: (
            "{service}: not watched after {count} call: {reason}",
            "{service}: not watched after {count} calls: {reason}",
        ),
        NoteKind.NOTICE: "{service}: {subject}",
    },
    numbered={
        NoteKind.RETRANSMISSION: "retransmission of #{number}",
        NoteKind.FAST_RETRANSMISSION: "fast retransmission of #{number}",
        NoteKind.SPURIOUS_RETRANSMISSION: "spurious retransmission of #{number}",
        NoteKind.GSO: "GSO: {number} segments",
        NoteKind.DUPLICATE_ACK: "duplicate ACK #{number}",
        NoteKind.COPY: "captured twice: a copy of #{number}",
        NoteKind.NOT_KEPT: ("{number} segment in the middle not kept", "{number} segments in the middle not kept"),
        NoteKind.COPIES: (
            "captured twice: {number} copy of a segment is left out",
            "captured twice: {number} copies of segments are left out",
        ),
    },
    rules={
        Rule.CONNECT_THEN_SYN: "connect.t0 <= first SYN",
        Rule.SEND_THEN_BYTES: "send.t0 <= first segment with its bytes",
        Rule.CLOSE_THEN_FIN: "shutdown.t0, close.t0 <= own FIN or RST",
        Rule.ANSWER_THEN_CONNECTED: "SYN,ACK or RST <= connect.t1",
        Rule.ACK_THEN_ACCEPTED: "ACK of the server's SYN <= accept.t1",
        Rule.BYTES_THEN_RECEIVED: "last segment with its bytes <= recv.t1",
        Rule.FIN_THEN_END: "peer's FIN <= t1 of recv() = 0",
        Rule.RST_THEN_ERROR: "RST <= t1 of ECONNRESET",
    },
    reasons={"budget": "its budget of calls is used up", "rate": "there were too many in that second"},
    no_reason="for no reason given",
    before="{time} before",
    after="after {time}",
    check_holds="by {time}: {call}() of the {side}",
    check_is_closest=", the closest of {calls}",
    check_is_broken="broken by {broken} of {calls}, by {time}: {call}() of the {side}",
    clock_is_unknown="unknown",
    clock_at_least="at least {least} ahead of the capture's",
    clock_at_most="at most {most} ahead of the capture's",
    clock_between="between {least} and {most} ahead of the capture's",
    clock_impossible="between {least} and {most} ahead of the capture's: impossible for one that runs evenly",
    rules_hold="✓ all {rules} causal rules hold",
    rules_broken="✗ {broken} of {rules} causal rules are broken",
    line_rules_hold="all {rules} rules hold",
    line_rules_broken="{broken} of {rules} rules broken",
    rule_broken="✗ {rule}: {detail}",
    clock="clock of the {side}: {detail}",
    legend_bars=(
        "bar: a call, from entry to return · {caused} a segment that it caused · {awaited} one that it waited for"
    ),
    legend_kernel="no mark: the kernel's own",
    legend_guess="STATE?: a guess, which the segments so far cannot prove",
    legend_frames="#n: the n-th packet of the capture",
    legend_numbers="#n: the n-th packet of the conversation",
    no_calls="no calls are known",
    no_calls_of="of the {side} no calls are known",
    segments=("{count} segment", "{count} segments"),
    conversations=("{count} conversation", "{count} conversations"),
    columns={
        Column.NUMBER: "#",
        Column.CLIENT: "client",
        Column.SERVER: "server",
        Column.OUTCOME: "outcome",
        Column.SEGMENTS: "segments",
        Column.DURATION: "duration",
        Column.NOTES: "notes",
    },
    table_hint="{conversations} · --conversation 3,7 draws these two · --outcome, --note and --address choose · "
    "--sort orders",
    calls=("{count} call", "{count} calls"),
    inside="inside {tunnels}",
    bytes_sent={"client": "{count} bytes client → server", "server": "{count} bytes server → client"},
    calls_named="{count} {call}()",
    remark_counted="{count} {remark}",
    remarks=" ({remarks})",
    remarks_between=", ",
    folded="… {parts} in {time}{remarks} …",
    parts_between=", ",
    like="like #{number}",
    title="{client} to {server}: {summary}",
    lacks={
        Lack.OTHER: "{name}",
        Lack.ENCRYPTED: "{name}: encrypted",
        Lack.COMPRESSED: "{name}: compressed",
        Lack.MALFORMED: "malformed {name} header",
        Lack.FRAGMENT: "later fragment of a packet ({name}), without its headers",
        Lack.CUT_OFF: "headers not captured",
        Lack.TOO_DEEP: "more than 32 layers",
    },
    damages={damage: damage.value for damage in Damage},
    faults={fault: fault.value for fault in Fault},
    of_capture={
        Remark.DAMAGED: "the capture is damaged at byte {offset}: {why}; what comes before was read",
        Remark.IMPOSSIBLE_TIMES: (
            "{count} frame has a time that cannot be, beyond the year 2262: shown with the time of the frame before",
            "{count} frames have a time that cannot be, beyond the year 2262: shown with the time of the frame before",
        ),
        # Whether a frame that is encrypted or cut holds TCP, nobody can tell.
        Remark.UNREAD: (
            "{count} frame of which no TCP is read: {reasons}",
            "{count} frames of which no TCP is read: {reasons}",
        ),
        Remark.NOTHING_READ: (
            "no TCP is read in {count} frame: {reasons}",
            "no TCP is read in {count} frames: {reasons}",
        ),
        Remark.REASON: "{lack} ({count})",
        Remark.EMPTY: "there is no frame in it",
        Remark.GIVEN_UP: (
            "{count} conversation was given up half-way, for memory: {packets}",
            "{count} conversations were given up half-way, for memory: {packets}",
        ),
        Remark.PASSED_OVER: ("{count} packet passed over", "{count} packets passed over"),
        Remark.NO_CALLS: "no calls are of a conversation in it: the packets stand alone",
        Remark.CALLS_OF_OTHERS: (
            "{count} call record, and it is of no conversation here: the packets stand alone",
            "none of {count} call records is of a conversation in it: the packets stand alone",
        ),
        Remark.OTHER_TIME: "the calls are of another time: {calls}; the capture: {capture}",
        Remark.SPAN: "{first} to {last} UTC",
        Remark.ONLY_CALLS: (
            "of {count} connection there are calls, but no packet was captured",
            "of {count} connections there are calls, but no packet was captured",
        ),
        Remark.FEWER: "--conversation is {asked}: there are {count}",
        Remark.NONE_CHOSEN: (
            "{count} conversation, and it is not like what was asked for",
            "none of {count} conversations is like what was asked for",
        ),
        Remark.LEFT_OUT: (
            "--html has the first {kept} conversations: {count} is left out",
            "--html has the first {kept} conversations: {count} are left out",
        ),
        Remark.NOT_JUDGED: "what is expected was not judged: the output was closed before the end",
        Remark.NO_TIMES: (
            "{count} call has no time, and is passed over: use {flags}",
            "{count} calls have no time, and are passed over: use {flags}",
        ),
        Remark.NO_TCP_CALLS: "there is no call on a TCP socket in this trace: use {flags} on the program that has it",
        Remark.NO_DATE: "times of day need the capture's date, which it does not tell: use {flags}",
        Remark.DAY_TAKEN: "times of day are taken for those of {day}, in this machine's time zone",
        Remark.UNNAMED: (
            "the addresses of {count} call are not told, and time alone joins it: use {flags}",
            "the addresses of {count} calls are not told, and time alone joins them: use {flags}",
        ),
        Remark.FILTERED: "there is no close() in it: with a filter, use -e trace=%net,%desc,%process",
        Remark.ATTACHED_LATE: (
            "{count} socket was there before strace: which bytes its calls moved is unknown",
            "{count} sockets were there before strace: which bytes their calls moved is unknown",
        ),
        Remark.IO_URING: (
            "{count} call of io_uring: what it sends and receives is in no trace",
            "{count} calls of io_uring: what it sends and receives is in no trace",
        ),
        Remark.NO_RECORDS: "there is no call record in it (a service logs its calls at debug, as JSON; or use {flags})",
        Remark.WRONG_LINES: ("line {number} {why}", "line {number} {why} (the first of {count} such lines)"),
        Remark.NOT_A_CAPTURE: "neither pcap nor pcapng: it starts with {start}",
        Remark.EMPTY_FILE: "neither pcap nor pcapng: it is empty",
        Remark.UNREADABLE: "{flag} is {name!r}: cannot be read ({why})",
        Remark.UNWRITABLE: "{flag} is {name!r}: cannot be written ({why})",
        Remark.OUTPUT_LOST: "the output cannot be written ({why})",
        Remark.STDIN_TWICE: "- is given more than once: standard input can be read once only",
        Remark.LIST_AND_JSON: "--list is given together with --json: it is one of the two",
        Remark.NOTHING_TO_JUDGE: "--junit is given without any of {flags}: there is nothing to judge",
        Remark.MISSED: "missed {flag}: {what}",
        Remark.MISSED_MORE: "missed: {count} more",
        Remark.MISSED_BY: "conversation {number} ({client} to {server}){place}: {figure}{more}",
        Remark.MISSED_BY_ALL: ("there is {count} conversation", "there are {count} conversations"),
        Remark.AT_FRAME: ", at #{frame}",
        Remark.AND_MORE: ", and {count} more",
        Remark.NO_HANDSHAKE_END: "the handshake was not completed",
    },
    about_file="{file}: {remark}",
)

CLOCK_RULE = "{side}'s clock can be the capture's"
