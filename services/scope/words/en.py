"""The phrases in English; the JSON has its notes, rules and checks in these words."""

from services.scope.columns import Column
from services.scope.gaps import Damage, Fault, Lack
from services.scope.model import Outcome
from services.scope.notes import NoteKind
from services.scope.rules import Rule
from services.scope.words import remarks
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
        NoteKind.LOST_BEFORE_LEAVING: "lost before it left",
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
        NoteKind.UNJUDGED: "with what may be missing, causal rules cannot be judged",
        NoteKind.CALLS_DROPPED: (
            "{service}: {count} call record was dropped before it reached the scope",
            "{service}: {count} call records were dropped before they reached the scope",
        ),
        NoteKind.CALLS_LOST: "not seen: call records that came faster than the scope could take them: {count}",
        NoteKind.CALLS_MISSING: (
            "{service}: {count} call record was lost on its way to the scope",
            "{service}: {count} call records were lost on their way to the scope",
        ),
        NoteKind.IO_URING: "not seen: what {service} does by io_uring",
        NoteKind.CONNECTIONS_UNWATCHED: (
            "{service}: {count} connection was not watched: {reason}",
            "{service}: {count} connections were not watched: {reason}",
        ),
        NoteKind.UNWATCHED: (
            "{service}: not watched after {count} call: {reason}",
            "{service}: not watched after {count} calls: {reason}",
        ),
        NoteKind.PACKETS_LOST: (
            "{count} packet was lost by the tap at {subject} meanwhile, and may be missing here",
            "{count} packets were lost by the tap at {subject} meanwhile: some may be missing here",
        ),
        NoteKind.NOTICE: "{service}: {subject}",
    },
    numbered={
        NoteKind.RETRANSMISSION: "retransmission of #{number}",
        NoteKind.FAST_RETRANSMISSION: "fast retransmission of #{number}",
        NoteKind.SPURIOUS_RETRANSMISSION: "spurious retransmission of #{number}",
        NoteKind.GSO: "GSO: {number} segments",
        NoteKind.LOST_BEFORE_LEAVING: (
            "{number} packet before it was lost before it left",
            "{number} packets before it were lost before they left",
        ),
        NoteKind.DUPLICATE_ACK: "duplicate ACK #{number}",
        NoteKind.COPY: "captured twice: a copy of #{number}",
        NoteKind.UNJUDGED: (
            "with what may be missing, {number} causal rule cannot be judged, nor how far the clocks differ",
            "with what may be missing, {number} causal rules cannot be judged, nor how far the clocks differ",
        ),
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
        Lack.INCOMPLETE: "IP fragments of which others are missing ({name})",
        Lack.CUT_OFF: "headers not captured",
        Lack.TOO_DEEP: "more than 32 layers",
    },
    damages={damage: damage.value for damage in Damage},
    faults={fault: fault.value for fault in Fault},
    of_capture=remarks.EN,
    about_file="{file}: {remark}",
)

CLOCK_RULE = "{side}'s clock can be the capture's"
