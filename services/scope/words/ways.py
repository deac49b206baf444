"""What is said of segments seen at several points: where, how long they were on their way, where the time went."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from dataclasses import dataclass

from services.scope.vantages import SpentOn
from services.scope.words.phrases import Counted


@dataclass(frozen=True, slots=True)
class WayPhrases:
    """The phrases of one language; a `span` is that between two times, a `point` a vantage point's name."""

    captured_at: str
    points_between: str
    span: str
    arrives: str
    arrives_after: str
    comes: str  # the same where the number stands beside
    comes_after: str
    lost: str  # segments left out of a ladder

    # Names of what is told of one segment.
    left: str
    arrived: str
    on_its_way: str
    loss: str

    # How far a point's clock is ahead of that of the last point.
    clock: str
    ahead: str
    behind: str
    about: str  # where it may be either
    at_least_ahead: str
    at_most_ahead: str
    unknown: str
    set_meanwhile: str
    drift: str

    # Where the time went.
    spent: str
    slowest: str
    spent_on: dict[SpentOn, str]
    each_way: str  # behind the time on the network, where both are known
    losses: Counted


EN = WayPhrases(
    captured_at="captured at {points}",
    points_between=" → ",
    span="{least} to {most}",
    arrives="{frame} arrives",
    arrives_after="{frame} arrives, after {span}",
    comes="arrives",
    comes_after="after {span}",
    lost="{count} lost",
    left="Left {point}",
    arrived="Arrived at {point}",
    on_its_way="On its way",
    loss="Loss",
    clock="clock of {point}: {offset}{drift}",
    ahead="{span} ahead of that of {last}",
    behind="{span} behind that of {last}",
    about="between {behind} behind and {ahead} ahead of that of {last}",
    at_least_ahead="at least {time} ahead of that of {last}",
    at_most_ahead="at most {time} ahead of that of {last}",
    unknown="compared with that of {last}, unknown",
    set_meanwhile="set meanwhile, so how it differs from that of {last} is unknown",
    drift=", drift {ppm} ppm",
    spent="where the time went, of {time}: {parts}",
    slowest="slowest message, {first} to {answer}, of {time}: {parts}",
    spent_on={
        SpentOn.NETWORK: "{time} on the network",
        SpentOn.KERNEL: "{time} in the {side}'s kernel",
        SpentOn.BEFORE_RECV: "{time} until the {side}'s program called recv()",
        SpentOn.BEFORE_SEND: "{time} in the {side}'s program",
        SpentOn.HOST: "{time} in the {side}'s host, kernel or program",
        SpentOn.SENDING: "{time} from the {side}'s first segment to its last",
        SpentOn.SENDING_AGAIN: "{time} until the {side} sent again what was lost",
        SpentOn.UNKNOWN: "{time} unknown, as both were sending",
    },
    each_way=" ({there} there, {back} back)",
    losses=("{count} segment was lost or dropped", "{count} segments were lost or dropped"),
)

ZH = WayPhrases(
    captured_at="抓包于 {points}",
    points_between=" → ",
    span="{least} 到 {most}",
    arrives="{frame} 到达",
    arrives_after="{frame} 到达，途中 {span}",
    comes="到达",
    comes_after="途中 {span}",
    lost="丢失 {count} 个",
    left="离开 {point}",
    arrived="到达 {point}",
    on_its_way="途中",
    loss="丢失",
    clock="{point} 的时钟：{offset}{drift}",
    ahead="比 {last} 快 {span}",
    behind="比 {last} 慢 {span}",
    about="与 {last} 相比，慢不超过 {behind}，快不超过 {ahead}",
    at_least_ahead="比 {last} 至少快 {time}",
    at_most_ahead="比 {last} 最多快 {time}",
    unknown="与 {last} 的差别未知",
    set_meanwhile="其间被重新设置，与 {last} 的差别未知",
    drift="，漂移 {ppm} ppm",
    spent="时间花在哪里（共 {time}）：{parts}",
    slowest="最慢的一次往返，{first} 到 {answer}（共 {time}）：{parts}",
    spent_on={
        SpentOn.NETWORK: "网络上 {time}",
        SpentOn.KERNEL: "{side}内核 {time}",
        SpentOn.BEFORE_RECV: "{side}程序调用 recv() 之前 {time}",
        SpentOn.BEFORE_SEND: "{side}程序 {time}",
        SpentOn.HOST: "{side}主机（内核或程序）{time}",
        SpentOn.SENDING: "{side}从第一个报文段到最后一个 {time}",
        SpentOn.SENDING_AGAIN: "{side}重传丢失的报文段之前 {time}",
        SpentOn.UNKNOWN: "双方同时发送，无法区分 {time}",
    },
    each_way="（去程 {there}，回程 {back}）",
    losses=("{count} 个报文段丢失或被丢弃", "{count} 个报文段丢失或被丢弃"),
)
