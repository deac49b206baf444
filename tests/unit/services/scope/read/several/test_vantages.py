"""Several captures are read together."""

import io
from pathlib import Path

import pytest

from services.scope.capture.reader import read_capture
from tests.unit.services.scope.harness.points.worlds import S_NS, Fate, World
from tests.unit.services.scope.harness.tunnels import TUNNELS
from tests.unit.services.scope.harness.wire import Talk, capture
from tests.unit.services.scope.read.conftest import Ask

QUIET = "no calls are of a conversation in it: the packets stand alone"


@pytest.fixture
def world() -> World:
    """Give a session that three points saw; the server's lost a segment of it."""
    world = World([40, 60], ahead_ns=[5 * S_NS, -S_NS])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5, fate=Fate(1))
    world.say(250_000)
    return world


def written(world: World) -> list[str]:
    """Write what the points captured; return the files' names."""
    names = [f"{name}.pcap" for name in world.names]
    for name, data in zip(names, world.captures(), strict=True):
        Path(name).write_bytes(data)
    return names


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_captures_become_one_whatever_their_order(ask: Ask, world: World, turn: int) -> None:
    """The points stand as the path goes."""
    names = written(world)
    answer = ask(*names[turn:], *names[:turn])
    (found,) = answer.document["conversations"]
    assert (answer.code, answer.lines) == (0, [f"scope: {QUIET}"])
    assert found["vantages"] == ["laptop", "router", "server"]
    assert [clock["vantage"] for clock in found["clocks"]] == ["laptop", "router"]
    assert [one["lost"] for one in found["segments"]] == [None] * 3 + ["lost between router and server"] + [None] * 2


def test_each_frame_has_a_number_of_its_own(ask: Ask, world: World) -> None:
    """In the order of their times, as mergecap numbers them."""
    (found,) = ask(*written(world)).document["conversations"]
    frames = [one["frame"] for one in found["segments"]]
    assert len(set(frames)) == 6
    assert max(frames) <= 6 * 3 - 1


def test_one_of_them_from_the_standard_input(
    ask: Ask, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And only one."""
    names = written(world)
    with (tmp_path / names[0]).open("rb") as stream, (tmp_path / names[0]).open() as text:
        monkeypatch.setattr("sys.stdin", text)
        assert stream.readable()
        (found,) = ask("-", *names[1:]).document["conversations"]
    assert found["vantages"] == ["stdin", "router", "server"]
    assert ask("-", "-").code == 2


def test_what_one_capture_alone_has_stays_as_it_is(ask: Ask, world: World) -> None:
    """And it is said."""
    names = written(world)
    other = Talk(41_000)
    other.handshake()
    Path("other.pcap").write_bytes(capture(other.packets))
    answer = ask(*names, "other.pcap")
    assert [one.get("vantages") for one in answer.document["conversations"]] == [None, ["laptop", "router", "server"]]
    assert answer.lines[0] == "scope: 1 conversation is in one of the captures alone"


def test_addresses_that_are_translated_on_the_way_are_not_joined(ask: Ask, world: World) -> None:
    """Nothing tells that they are the same connection, and each stands alone."""
    names = written(world)
    data = Path(names[0]).read_bytes().replace(bytes((10, 0, 0, 1)), bytes((192, 168, 7, 7)))
    Path(names[0]).write_bytes(data)
    answer = ask(*names)
    assert [one["client"] for one in answer.document["conversations"]] == ["10.0.0.1:40000", "192.168.7.7:40000"]
    assert answer.document["conversations"][0]["vantages"] == ["router", "server"]


def test_inside_and_outside_of_a_tunnel_it_is_one(ask: Ask, world: World) -> None:
    """The network's number is known at one point only; the ladder names the tunnel."""
    names = written(world)
    vxlan = TUNNELS["VXLAN"]
    frames = read_capture(io.BytesIO(Path(names[1]).read_bytes()))
    Path(names[1]).write_bytes(capture([(one.t_ns, vxlan.wrap(one.captured)) for one in frames], vxlan.link_type))
    (found,) = ask(*names).document["conversations"]
    assert found["vantages"] == ["laptop", "router", "server"]
    assert found["tunnels"] == [{"kind": "VXLAN", "number": 42}]
    assert [one["lost"] for one in found["segments"]].count("lost between router and server") == 1


def test_a_damaged_one_loses_its_own_rest(ask: Ask, world: World) -> None:
    """And says which one it is."""
    names = written(world)
    Path(names[0]).write_bytes(Path(names[0]).read_bytes()[:-1])
    answer = ask(*names)
    (found,) = answer.document["conversations"]
    assert len(found["segments"]) == 6
    assert found["segments"][-1]["arrived_ns"] is None
    assert answer.lines[0].startswith("scope: laptop.pcap: the capture is damaged at byte")


def test_what_is_no_capture_is_named_and_nothing_is_read(ask: Ask, world: World) -> None:
    """One line, and the exit code of bad settings."""
    names = written(world)
    Path("notes.txt").write_text("text")
    answer = ask(*names, "notes.txt")
    assert (answer.code, answer.document) == (2, {})
    assert len(answer.lines) == 1
    assert "notes.txt" in answer.lines[0]
    assert ask(*names, "absent.pcap").code == 2


def test_the_same_capture_twice_is_one_point_twice(ask: Ask) -> None:
    """Nothing is lost on the way."""
    (found,) = ask("x.pcap", "x.pcap").document["conversations"]
    assert found["vantages"] == ["x.pcap (1)", "x.pcap (2)"]
    assert [one["left_ns"] == one["arrived_ns"] == one["t_ns"] for one in found["segments"]] == [True] * 10


def test_calls_are_joined_with_what_several_points_saw(ask: Ask) -> None:
    """As with what one saw."""
    alone = ask("x.pcap", "--calls", "calls").document["conversations"][0]
    both = ask("x.pcap", "x.pcap", "--calls", "calls").document["conversations"][0]
    assert [one["segments"] for one in both["calls"]] == [one["segments"] for one in alone["calls"]]
    assert both["checks"] == alone["checks"]
