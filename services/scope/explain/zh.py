"""The explanations in Chinese: one sentence for each case, with its numbers in braces."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

SENTENCES = {
    # Beginnings
    "syn": "{sender}内核请求建立连接：SYN 报文段通告自己的初始序列号（这里记作相对序号 0）。",
    "syn_of_connect": "connect() 使内核发出 SYN（第一次握手），通告自己的初始序列号（记作 0），然后等待应答。",
    "syn_data": "SYN 已携带 {length} 字节数据：TCP Fast Open（RFC 7413）。",
    "syn_crossed": "{sender}内核也请求建立连接，此时它还没有收到{peer}的 SYN：双方同时打开（RFC 9293 3.5）。",
    "syn_again": "{wait} 内没有收到应答，内核的重传定时器到期，重传 SYN；connect() 对此毫不知情。",
    "syn_again_answered": "{wait} 后{sender}内核重传 SYN：抓到的 SYN,ACK 并没有到达它。",
    "syn_again_refused": "RST 没有结束这次尝试：{wait} 后{sender}内核以相同的序号再次发出 SYN；有些系统会尝试三次。",
    "syn_ack": (
        "服务器内核自行应答（第二次握手）：SYN,ACK 确认对方的 SYN，同时通告自己的初始序列号；accept() 并不参与。"
    ),
    "syn_ack_asleep": "服务器内核自行应答（第二次握手），此时 accept() 仍在睡眠：发送 SYN,ACK 的并不是 accept()。",
    "syn_ack_early": "服务器内核自行应答（第二次握手）：此时还没有人调用 accept()，发送 SYN,ACK 也不需要它。",
    "syn_ack_crossed": "{sender}内核应答{peer}的 SYN：再次发出自己的 SYN，这次带上 ACK；双方同时打开（RFC 9293 3.5）。",
    "syn_ack_again": "{wait} 后服务器内核重传 SYN,ACK：它没有接受第三次握手的 ACK（丢失，或全连接队列已满）。",
    "syn_ack_again_asked": "SYN 又来了一次，服务器内核以同样的 SYN,ACK 再次应答。",
    "syn_ack_again_unanswered": "{wait} 内没有收到确认，服务器内核的重传定时器到期，重传 SYN,ACK。",
    "third_ack": "客户端内核确认服务器的 SYN（第三次握手）：三次握手完成，连接进入全连接队列，等待 accept() 取走。",
    "third_ack_wakes": "第三次握手的 ACK 到达，三次握手完成：连接进入全连接队列，唤醒正在等待的 accept()。",
    "third_ack_dropped": "客户端认为连接已建立，但服务器内核没有接受这个 ACK：它的全连接队列已满，或报文段丢失。",
    # Data
    "data": "携带{sender}数据流中的 {length} 字节（偏移 {start} 到 {end}）。",
    "data_unplaced": "携带{sender}数据流中的 {length} 字节；它们在流中的位置，从这次抓包中看不出来。",
    "data_of_send": "携带 send() 放入{sender}发送缓冲区的 {length} 字节（流内偏移 {start} 到 {end}）。",
    "numbers": "SYN 占用相对序号 0，所以流内偏移 n 的字节，相对序号是 n + 1。",
    "gso": "它比 MSS 长：抓包时还没有切分成报文段，或已经合并（GSO、GRO）。",
    "lost_before_leaving": (
        "{sender}的主机给报文逐个编号（IPv4 标识），而在它之前的编号没有任何一处看到：那个报文还没有离开就被丢弃，"
        "原因是该主机的防火墙，或者发送队列已满。"
    ),
    "fin_acked": "它同时确认了{peer}的 FIN。",
    "window_full": "接收窗口已被填满：在{peer}读取数据之前，{sender}不得再发送。",
    "out_of_order": "它是乱序到达的：后面的报文段先到了。",
    "not_captured": "在它之前有报文段没有被抓到。",
    # Acknowledgements
    "ack": "{sender}内核确认：序号 {ack} 之前的数据都已收到；这不需要任何系统调用，也不会通知任何调用。",
    "ack_of_before": "它没有确认这个 SYN：{sender}内核中还有同样端口的上一个连接，这些序号属于那个连接。",
    "ack_fin": "{sender}内核确认对方的 FIN（FIN 占用一个序号）：这个方向已关闭，另一个方向仍然开放，即半关闭。",
    "ack_fin_time_wait": (
        "最后一个 ACK：{sender}是主动关闭方，所以停留在 TIME-WAIT（Linux 上为 60 秒），以防这个 ACK 丢失或旧"
        "报文段迟到。"
    ),
    "ack_fin_last": "{sender}内核确认{peer}的 FIN：两个方向都已关闭。",
    "duplicate_ack": "重复确认：有数据到达，但不是{sender}等待的序号 {ack}；连续三个重复确认表示丢包（RFC 5681）。",
    "window_update": "窗口更新：没有确认新的数据，只是通告{sender}的接收缓冲区现在有 {window} 字节的空间。",
    "zero_window": "零窗口：没有人读取，或读得不如来得快，{sender}的接收缓冲区已满，以窗口 0 通知{peer}停止发送。",
    "zero_window_probe": "零窗口探测：窗口仍然关闭，{wait} 后{sender}内核探测它是否已经打开（RFC 9293 3.8.6.1）。",
    "zero_window_probe_early": "看起来像零窗口探测，但定时器不会这么快到期：它可能与关闭窗口的报文段在途中交错。",
    "zero_window_probe_ack": "对零窗口探测的应答：现在的窗口是 {window} 字节。",
    "keepalive": "保活探测：不带数据，序号退后一个，对方如果还在就必须应答。",
    "keepalive_early": "看起来像保活探测，但距前一个报文段这么近，定时器不会到期：它可能只是较晚才被抓到。",
    "keepalive_ack": "对保活探测的应答：{sender}还在。",
    # Repetitions
    "again": "{wait} 内没有收到确认，{sender}内核的重传定时器到期，重传这个报文段；没有任何系统调用参与。",
    "again_early": "{wait} 内没有收到确认，比 Linux 最小的重传超时（200 ms）还早：这是尾部丢失探测（TLP，RFC 8985）。",
    "again_soon": "{wait} 后{sender}内核又发送了一次，比定时器到期还早：原因从这次抓包中看不出来。",
    "again_unknown": "{sender}内核重传这个报文段；它所重复的报文段没有抓到。",
    "again_told": "此后{peer}的确认表明缺了数据，{sender}内核因此重传，不需要等定时器（RFC 5681、RFC 6675）。",
    "again_of_syn": "SYN,ACK 只确认了 SYN，{sender}内核因此重传 SYN 所携带的数据（RFC 7413）。",
    "again_fast": "快速重传：重复确认说明缺了哪一段，{sender}内核不等定时器到期就重传（RFC 5681）。",
    "again_spurious": "虚假重传：{peer}其实已经收到，只是确认来晚了或丢失了。",
    "again_spurious_soon": "{peer}其实已经收到，{wait} 后却又发送了一次，比定时器到期还早：原因从这次抓包中看不出来。",
    "again_spurious_unseen": "{peer}已经确认了它，而此前没有抓到它：可能是重传，也可能只是较晚才被抓到。",
    # Endings
    "fin": "{sender}不再发送数据：FIN 关闭这个方向，占用一个序号；另一个方向仍然开放。",
    "fin_of_call": "{call}() 表示{sender}不再发送数据：FIN 关闭这个方向，占用一个序号；另一个方向仍然开放。",
    "fin_of_kernel": "这个 FIN 不是{sender}的任何调用发出的：进程已结束，或描述符由别的进程最后释放，由内核代为关闭。",
    "fin_of_end": "{sender}的进程已结束，由内核关闭它留下的套接字：FIN 关闭这个方向，占用一个序号。",
    "rst_of_end": "{sender}的进程已结束而数据没有读完，由内核关闭套接字：RST 告知数据已丢失（RFC 1122 4.2.2.13）。",
    "fin_with_ack": (
        "{sender}读到流的末尾就立即关闭：这一个报文段既是自己的 FIN，又确认了对方的 FIN，所以挥手只用三个报文"
        "段，而不是四个。"
    ),
    "fin_with_ack_late": "这个 FIN 也确认了{peer}的 FIN，但确认不会推迟 {wait}：之前已有一个 ACK，只是没有抓到。",
    "fin_second": "现在{sender}也关闭自己的方向；前一个 FIN 早已被单独确认，所以这是四次挥手。",
    "fin_simultaneous": "双方同时关闭：这个 FIN 没有确认对方仍在途中的 FIN，因此双方都要经过 CLOSING。",
    "fin_simultaneous_late": "这个 FIN 没有确认 {wait} 前发出的另一个 FIN：它丢失了，或双方同时关闭；都经过 CLOSING。",
    "rst_refused": "这个端口没有人监听：内核以 RST 应答 SYN，connect() 以 ECONNREFUSED 失败。",
    "rst_refused_once": "这个端口没有人监听：内核以 RST 应答 SYN。",
    "rst_not_taken": "这个 RST 不可接受：它的序号或确认号不是{peer}所期待的，因此被丢弃（RFC 9293 3.10.7）。",
    "rst_after_close": "{sender}已经关闭，再也没有人能读取这些数据：内核以 RST 应答。",
    "rst_no_connection": "{sender}内核中没有（或不再有）这个连接，于是以 RST 告知对方。",
    "rst_of_syn_sent": ("{sender}内核拒绝没有确认其 SYN 的报文段：RST 结束{peer}的上一个连接，这次连接尝试继续进行。"),
    "rst_aborted": "{sender}放弃连接，不经过正常的关闭过程：RST 之后双方都没有 TIME-WAIT。",
    "rst_unread": (
        "{sender}关闭时接收缓冲区里还有未读的数据，或主动中止：以 RST 告诉{peer}数据已丢失（RFC 1122 4.2.2.13）。"
    ),
    "rst_unread_close": (
        "close() 时{sender}的接收缓冲区里还有未读的数据，或主动中止：发出 RST 而不是 FIN，表示数据已丢失（"
        "RFC 1122 4.2.2.13）。"
    ),
    # A correction
    "revised": "{side}内核自己（TCP_INFO）报告的状态是 {state}：仅凭报文段推断的状态已据此更正。",
    # Between vantage points
    "crosses": "它从 {first} 离开，到达了 {last}。",
    "crosses_after": "它从 {first} 离开，经过 {span} 到达 {last}。",
    "arrives": "从 {first} 离开的报文段到达 {last}。",
    "arrives_after": "从 {first} 离开的报文段到达 {last}，途中经过 {span}。",
    "way_lost": "它离开了 {first}，在 {last} 与 {next} 之间丢失，没有到达接收方。",
    "way_lost_part": "其中 {length} 字节在 {last} 与 {next} 之间丢失。",
    "way_dropped": "它到达了 {last}，在那里被丢弃：接收方的 TCP 没有得到它。",
    "way_dropped_part": "其中 {length} 字节到达了 {last}，在那里被丢弃：接收方的 TCP 没有得到它们。",
    "way_again": "它离开 {wait} 之后被重传。",
    "repeats_lost": "它所重传的报文段在 {last} 与 {next} 之间丢失。",
    "repeats_dropped": "它所重传的报文段到达了 {last}，在那里被丢弃。",
    "repeats_arrived": "它所重传的报文段其实已经到达：是确认来晚了或丢失了。",
    # Calls
    "socket": "socket() 创建一个描述符；不发送任何报文段，也还没有端口。",
    "bind": "bind() 给套接字绑定本地地址和端口；不发送任何报文段。",
    "listen": "从 listen() 起，内核自行应答发往这个端口的 SYN，并把完成握手的连接放入全连接队列，等待 accept()。",
    "connect_enter": "调用 connect()：它将一直等待，直到握手得到应答。",
    "connect": "SYN,ACK 已到，connect() 返回：对客户端来说连接已是 ESTABLISHED，不论是否有人调用过 accept()。",
    "connect_refused": "connect() 以 ECONNREFUSED 失败：收到的应答是 RST。",
    "connect_failed": "connect() 以 {errno} 失败：没有收到可用的应答。",
    "accept_enter": "调用 accept()：全连接队列里还没有完成握手的连接，于是睡眠等待。",
    "accept_enter_ready": "调用 accept()：全连接队列里已有完成握手的连接。",
    "accept": "accept() 从全连接队列取走已完成握手的连接，返回一个新的描述符；它不发送任何报文段。",
    "send_enter": "send() 把数据复制到内核的发送缓冲区；之后如何发送由内核决定。",
    "send": "send() 返回 {bytes}：这么多字节已放入发送缓冲区，并不表示对方已经收到。",
    "recv_enter": "调用 recv()：数据还没有到，于是等待。",
    "recv_enter_ready": "调用 recv()：所要的数据已经在接收缓冲区里。",
    "recv": "recv() 从接收缓冲区取走 {bytes} 字节；内核此前已收下它们。",
    "recv_end": "recv() 返回 0：{peer}的 FIN 之前的数据都已读完，流到此结束。",
    "recv_end_own": "recv() 返回 0，是因为{side}自己关闭了接收方向，与{peer}的 FIN 无关。",
    "recv_end_unseen": "recv() 返回 0，与流结束时一样：{peer}的 FIN 没有抓到，或者要求读取的就是 0 字节。",
    "shutdown": "shutdown() 表示不再发送：内核发出 FIN，但仍可继续接收，即半关闭。",
    "shutdown_both": "shutdown() 表示不再发送，所以内核发出 FIN；也不再接收：此后 recv() 直接返回 0。",
    "shutdown_receiving": "shutdown(SHUT_RD) 使此后的 recv() 返回 0；不发送任何报文段，{peer}也不会得知。",
    "dup": "{call}() 为同一个套接字再建一个描述符；不发送任何报文段，此后要等最后一个描述符关闭才会发出 FIN。",
    "close_fin": "close() 归还描述符；它是最后一个，所以内核发出 FIN。",
    "close_rst": "close() 归还描述符，但数据没有读完：内核发出 RST。",
    "close_aborted": "close() 归还描述符；数据都已读完，但内核发出 RST 而不是 FIN，如同 SO_LINGER 为 0 时。",
    "close_listener": "close() 结束监听；accept() 已经返回的连接不受影响。",
    "close_after": "close() 只是归还描述符：FIN 早已发出。",
    "close_shared": "close() 归还描述符；另一个描述符（由 dup 或 fork 产生）仍持有这个套接字，所以不发送任何报文段。",
    "close": "close() 归还描述符。",
    "exit": "进程没有调用 close() 就结束：由内核代为关闭套接字。",
    "killed": "{call} 结束了进程：由内核代为关闭套接字。",
    "return": "{call}() 返回；其余的事由内核完成。",
    "reset": "{call}() 以 {errno} 失败：{peer}的 RST 已终止连接。",
    "failed": "{call}() 以 {errno} 失败。",
    "fold": "长时间的传输：{sender}在接收窗口和拥塞窗口允许的范围内发送；确认是累积的，一个 ACK 可以确认多个报文段。",
    "fold_calls": "更多同样的调用。",
}
