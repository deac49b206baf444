"""Short names of kinds of notes, where the phrase of a note is too long or needs values of a single note."""

from services.scope.notes import NoteKind

EN = {
    NoteKind.FIN_WITH_ACK: "FIN with ACK",
    NoteKind.BY_TCP_INFO: "state by TCP_INFO",
    NoteKind.CORRECTED: "state corrected by TCP_INFO",
    NoteKind.NO_HANDSHAKE: "captured from the middle",
    NoteKind.SCALE_UNKNOWN: "window scale unknown",
    NoteKind.NOT_CAPTURED: "no packet captured",
    NoteKind.COPIES: "copies left out",
    NoteKind.GIVEN_UP: "given up for memory",
    NoteKind.OFFSETS_UNKNOWN: "offsets unknown",
    NoteKind.TRACED: "times are strace's",
    NoteKind.BEGUN_BEFORE: "begun before its trace",
    NoteKind.CALLS_DROPPED: "calls not reported",
    NoteKind.CALLS_LOST: "calls lost by the scope",
    NoteKind.CALLS_MISSING: "calls lost on the way",
    NoteKind.UNJUDGED: "rules not judged",
    NoteKind.IO_URING: "io_uring not seen",
    NoteKind.CONNECTIONS_UNWATCHED: "connections not watched",
    NoteKind.UNWATCHED: "not watched to the end",
    NoteKind.PACKETS_LOST: "packets lost by a tap",
    NoteKind.NOTICE: "notice of a service",
}

ZH = {
    NoteKind.FIN_WITH_ACK: "FIN 捎带 ACK",
    NoteKind.BY_TCP_INFO: "状态来自 TCP_INFO",
    NoteKind.CORRECTED: "状态已按 TCP_INFO 更正",
    NoteKind.NO_HANDSHAKE: "没有抓到三次握手",
    NoteKind.SCALE_UNKNOWN: "窗口扩大因子未知",
    NoteKind.NOT_CAPTURED: "没有抓到报文",
    NoteKind.COPIES: "略去了副本",
    NoteKind.GIVEN_UP: "不再跟踪",
    NoteKind.OFFSETS_UNKNOWN: "字节归属未知",
    NoteKind.TRACED: "时间来自 strace",
    NoteKind.BEGUN_BEFORE: "跟踪开始得晚",
    NoteKind.CALLS_DROPPED: "调用记录缺失",
    NoteKind.CALLS_LOST: "scope 丢失调用记录",
    NoteKind.CALLS_MISSING: "途中丢失调用记录",
    NoteKind.UNJUDGED: "规则无法判定",
    NoteKind.IO_URING: "未见 io_uring",
    NoteKind.CONNECTIONS_UNWATCHED: "有连接未被观察",
    NoteKind.UNWATCHED: "没有观察到底",
    NoteKind.PACKETS_LOST: "tap 丢失报文",
    NoteKind.NOTICE: "服务的通知",
}
