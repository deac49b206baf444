"""The texts of remarks on captures and on other files, in both languages."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from services.scope.gaps import Remark
from services.scope.words.phrases import Counted


def _use_for_both(text: str) -> Counted:
    """Chinese has one form for any number."""
    return text, text


EN: dict[Remark, str | Counted] = {
    Remark.DAMAGED: "the capture is damaged at byte {offset}: {why}; what comes before was read",
    Remark.IMPOSSIBLE_TIMES: (
        "{count} frame has a time that cannot be, beyond the year 2262: shown with the time of the frame before",
        "{count} frames have a time that cannot be, beyond the year 2262: shown with the time of the frame before",
    ),
    # It may still be TCP, encrypted or cut off; so this does not say "without TCP".
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
    Remark.SEEN_ONCE: (
        "{count} conversation is in one of the captures alone",
        "{count} conversations are in one of the captures alone",
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
    Remark.RAW: "flags are numbers in this trace (-X raw): what they mean, as MSG_PEEK, is not known: use {flags}",
    Remark.FILTERED: "there is no close() in it: with a filter, use -e trace=%net,%desc,%process",
    Remark.ATTACHED_LATE: (
        "{count} socket was there before strace: which bytes its calls moved is unknown",
        "{count} sockets were there before strace: which bytes their calls moved is unknown",
    ),
    Remark.IO_URING: "io_uring is used: what it sends and receives is in no trace",
    Remark.NO_RECORDS: "there is no call record in it (a service logs its calls at debug, as JSON; or use {flags})",
    Remark.WRONG_LINES: ("line {number} {why}", "line {number} {why} (the first of {count} such lines)"),
    Remark.NOT_A_LADDER: "JSON, but no ladder's: {why}",
    Remark.DAMAGED_JSON: "damaged JSON: {why}",
    Remark.LONG_JSON: "JSON of more than {why} bytes",
    Remark.LONG_JSON_TOGETHER: "with what was given before it, JSON of more than {why} bytes",
    Remark.IS_JOINED: "a ladder's JSON, which is joined already: {why} is for captures",
    Remark.AMONG_CAPTURES: "a ladder's JSON, joined already: it cannot be read together with {why}, which is none",
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
}

ZH: dict[Remark, str | Counted] = {
    Remark.DAMAGED: "抓包文件在第 {offset} 字节处损坏：{why}；之前的内容已读取",
    Remark.IMPOSSIBLE_TIMES: _use_for_both("{count} 个帧的时间不可能存在（晚于 2262 年）：按前一帧的时间显示"),
    Remark.UNREAD: _use_for_both("{count} 个帧中没有读到 TCP：{reasons}"),
    Remark.NOTHING_READ: _use_for_both("全部 {count} 个帧中都没有读到 TCP：{reasons}"),
    Remark.REASON: "{lack}（{count}）",
    Remark.EMPTY: "其中没有任何帧",
    Remark.GIVEN_UP: _use_for_both("为节省内存，{count} 个会话中途不再跟踪：{packets}"),
    Remark.PASSED_OVER: _use_for_both("{count} 个报文没有处理"),
    Remark.NO_CALLS: "没有属于其中会话的调用记录：只显示报文",
    Remark.CALLS_OF_OTHERS: "{count} 条调用记录都不属于其中的会话：只显示报文",
    Remark.OTHER_TIME: "调用记录的时间不同：{calls}；抓包：{capture}",
    Remark.SPAN: "{first} 至 {last}（UTC）",
    Remark.ONLY_CALLS: _use_for_both("{count} 个连接只有调用记录，没有抓到任何报文"),
    Remark.SEEN_ONCE: _use_for_both("{count} 个会话只出现在其中一个抓包文件里"),
    Remark.FEWER: "--conversation 为 {asked}：一共只有 {count} 个会话",
    Remark.NONE_CHOSEN: "{count} 个会话中没有一个符合所给的条件",
    Remark.LEFT_OUT: "--html 只含前 {kept} 个会话：略去 {count} 个",
    Remark.NOT_JUDGED: "输出提前关闭：没有判定是否符合预期",
    Remark.NO_TIMES: "{count} 次调用没有时间，已跳过：请用 {flags}",
    Remark.NO_TCP_CALLS: "跟踪中没有对 TCP 套接字的调用：请对使用它的程序用 {flags}",
    Remark.NO_DATE: "只有时刻，需要抓包文件的日期，而其中没有：请用 {flags}",
    Remark.DAY_TAKEN: "时刻按 {day} 当天、本机时区理解",
    Remark.UNNAMED: "{count} 次调用没有地址，只能按时间对应：请用 {flags}",
    Remark.RAW: "这份跟踪中的标志只有数字（-X raw），不知道其含义（例如 MSG_PEEK）：请使用 {flags}",
    Remark.FILTERED: "其中没有 close()：过滤时请用 -e trace=%net,%desc,%process",
    Remark.ATTACHED_LATE: "{count} 个套接字在 strace 之前就已存在：无法得知其调用收发了哪些字节",
    Remark.IO_URING: "使用了 io_uring：它收发的内容不在任何跟踪中",
    Remark.NO_RECORDS: "其中没有调用记录（服务在 debug 级别以 JSON 记录其调用；或者用 {flags}）",
    Remark.WRONG_LINES: ("第 {number} 行{why}", "第 {number} 行{why}（这样的行共 {count} 行）"),
    Remark.NOT_A_LADDER: "是 JSON，但不是时序图的：{why}",
    Remark.DAMAGED_JSON: "JSON 已损坏：{why}",
    Remark.LONG_JSON: "JSON 超过 {why} 字节",
    Remark.LONG_JSON_TOGETHER: "连同之前给出的文件，JSON 超过 {why} 字节",
    Remark.IS_JOINED: "是时序图的 JSON，调用已经结合在内：{why} 只用于抓包文件",
    Remark.AMONG_CAPTURES: "是时序图的 JSON，已经结合完毕：不能与 {why} 一起读取，后者不是这种 JSON",
    Remark.NOT_A_CAPTURE: "既不是 pcap 也不是 pcapng：开头为 {start}",
    Remark.EMPTY_FILE: "既不是 pcap 也不是 pcapng：文件是空的",
    Remark.UNREADABLE: "{flag} 为 {name!r}：无法读取（{why}）",
    Remark.UNWRITABLE: "{flag} 为 {name!r}：无法写入（{why}）",
    Remark.OUTPUT_LOST: "无法写出结果（{why}）",
    Remark.STDIN_TWICE: "- 出现了不止一次：标准输入只能读取一次",
    Remark.LIST_AND_JSON: "--list 和 --json 同时给出：只能选其一",
    Remark.NOTHING_TO_JUDGE: "给了 --junit，却没有给 {flags} 中的任何一个：没有可判定的内容",
    Remark.MISSED: "不符合 {flag}：{what}",
    Remark.MISSED_MORE: "不符合：另有 {count} 处",
    Remark.MISSED_BY: "会话 {number}（{client} 到 {server}）{place}：{figure}{more}",
    Remark.MISSED_BY_ALL: _use_for_both("共有 {count} 个会话"),
    Remark.AT_FRAME: "，在 #{frame}",
    Remark.AND_MORE: "，另有 {count} 处",
    Remark.NO_HANDSHAKE_END: "握手没有完成",
}
