"""`python -m tests.bench.report.plot`: results.json as a picture for the README, an SVG that follows light and dark."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from tests.bench.peers.build import HERE
from tests.bench.peers.peers import PEERS, YARDSTICK
from tests.bench.report.results import Results
from tests.bench.report.summary import summarize
from tests.bench.workloads import WORKLOADS

# Two panels side by side, as wide as GitHub shows a README; pixels.
_WIDTH = 880
_MARGIN = 20
_PANEL_WIDTH = 410
_PANEL_HEAD = 46
_ROW = 21
_BAR = 13
_LABEL_WIDTH = 138
_BAR_WIDTH = 212
_TOP = 64
_FOOT = 46

_TITLE = "What an echo costs"
_FONT = '-apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif'
# Not as CSS variables: librsvg, and what builds on it, does not know those.
_LIGHT = """
  text { fill: #1f2328 } .quiet { fill: #59636e } .card { fill: #ffffff } .rule { stroke: #d1d9e0 }
  .bar-ours { fill: #0969da } .bar-c { fill: #818b98 } .bar-other { fill: #c8d1da } .whisker { stroke: #1f2328 }
"""
_DARK = """
  text { fill: #f0f6fc } .quiet { fill: #9198a1 } .card { fill: #0d1117 } .rule { stroke: #3d444d }
  .bar-ours { fill: #4493f8 } .bar-c { fill: #818b98 } .bar-other { fill: #3d444d } .whisker { stroke: #f0f6fc }
"""
_STYLE = f"""
  text {{ font: 12px {_FONT} }} .title {{ font-size: 17px; font-weight: 600 }}
  .head {{ font-size: 13px; font-weight: 600 }} .us {{ font-weight: 600 }} .end {{ text-anchor: end }}
  .whisker {{ opacity: .65 }}{_LIGHT}  @media (prefers-color-scheme: dark) {{{_DARK}  }}
"""


@dataclass(frozen=True)
class Panel:
    """A workload's bars, up to `limit`: a longer one is cut, and its number tells."""

    workload: str
    head: str
    limit: float
    is_ratio: bool = True


# Four times C shows what tells these servers apart; whoever is beyond is out of the contest.
_PANELS = (
    Panel("64B", "64 B messages: CPU per message", 4),
    Panel("1KiB", "1 KiB messages: CPU per message", 4),
    Panel("64KiB", "64 KiB messages: CPU per message", 4),
    Panel("64KiB-copied", "64 KiB messages, copied by the load", 4),
    Panel("connect", "Connect, echo 64 B, close: CPU per connection", 4),
    Panel("idle", "An idle connection: resident memory", 6000, is_ratio=False),
)


@dataclass(frozen=True)
class Bar:
    """One peer in one panel, in the panel's measure."""

    peer: str
    value: float
    low: float
    high: float
    label: str


def picture(results: Results) -> str:
    """Return the SVG: a panel for each workload that was measured."""
    shown = [(panel, bars) for panel in _PANELS if (bars := _bars(results, panel))]
    panel_height = _PANEL_HEAD + _ROW * max((len(bars) for _, bars in shown), default=0) + 14
    height = _TOP + panel_height * ((len(shown) + 1) // 2) + _FOOT
    size = f'width="{_WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" {size} role="img">',
        f"<title>{escape(_TITLE)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="card" {size} rx="8"/>',
        _text(_MARGIN, 32, _TITLE, "title"),
        _text(
            _MARGIN, 51, "CPU time of the server, as a multiple of a plain C epoll server. Shorter is better.", "quiet"
        ),
    ]
    for number, (panel, bars) in enumerate(shown):
        left = _MARGIN + (number % 2) * (_WIDTH - 2 * _MARGIN - _PANEL_WIDTH)
        parts += _panel(panel, bars, left, _TOP + (number // 2) * panel_height)
    parts += [_text(_MARGIN, height - 26 + 15 * line, text, "quiet") for line, text in enumerate(_foot(results))]
    return "\n".join([*parts, "</svg>", ""])


def _foot(results: Results) -> list[str]:
    where, plan = results.environment, results.plan
    machine, versions = where["machine"], where["versions"]
    how = (
        f"Medians of {plan.rounds} rounds of {plan.seconds:g} s, {plan.connections} connections (whiskers: all rounds)."
    )
    on = f"{machine['cpu']}, {machine['cores']} cores, Linux {where['kernel']}, Python {versions['python']}"
    return [
        f"{how} Server and load on a core each.",
        f"{on}, uvloop {versions['uvloop']}, commit {(where['commit'] or 'unknown')[:7]}.",
    ]


def _bars(results: Results, panel: Panel) -> list[Bar]:
    workload = WORKLOADS[panel.workload]
    bars = []
    for peer in results.peers(workload.name):
        found = summarize(results, workload, workload.cost, peer)
        if not panel.is_ratio:
            bars.append(Bar(peer, found.median, found.low, found.high, f"{found.median:,.0f} B"))
        elif found.yardstick:
            value, low, high = (one / found.yardstick for one in (found.median, found.low, found.high))
            bars.append(Bar(peer, value, low, high, f"{value:.2f}"))
    return bars


def _panel(panel: Panel, bars: list[Bar], left: int, top: int) -> list[str]:
    axis, bottom = left + _LABEL_WIDTH, top + _PANEL_HEAD + _ROW * len(bars) - 4
    parts = [_text(left, top + 30, panel.head, "head")]
    for number, bar in enumerate(bars):
        parts += _row(panel, bar, left, top + _PANEL_HEAD + _ROW * number)
    parts.append(_line(axis, top + _PANEL_HEAD - 4, axis, bottom, "rule"))
    if panel.is_ratio:
        one = axis + _BAR_WIDTH / panel.limit
        parts.append(_line(one, top + _PANEL_HEAD - 4, one, bottom, "rule", ' stroke-dasharray="3 3"'))
    return parts


def _row(panel: Panel, bar: Bar, left: int, top: int) -> list[str]:
    axis, middle = left + _LABEL_WIDTH, top + _BAR / 2
    scale = _BAR_WIDTH / panel.limit
    width, low, high = (min(one, panel.limit) * scale for one in (bar.value, bar.low, bar.high))
    kind = "ours" if bar.peer == "ours" else "c" if bar.peer == YARDSTICK else "other"
    weight = " us" if kind == "ours" else ""
    parts = [
        _text(axis - 8, top + 10.5, PEERS[bar.peer].title, f"end{weight}"),
        f'<rect class="bar-{kind}" x="{axis}" y="{top}" width="{max(width, 1):.1f}" height="{_BAR}"/>',
    ]
    if bar.value > panel.limit:
        # Cut: two strokes of background through the bar say so.
        x = axis + width - 14
        parts.append(f'<path d="M{x} {top + _BAR + 2} l5 {-_BAR - 4} h4 l-5 {_BAR + 4} z" class="card"/>')
    else:
        parts += [_line(axis + low, middle, axis + high, middle, "whisker")]
        parts += [_line(axis + end, middle - 3, axis + end, middle + 3, "whisker") for end in (low, high)]
    return [*parts, _text(axis + max(width, high) + 7, top + 10.5, bar.label, weight.strip())]


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str, more: str = "") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"{more}/>'


def main(arguments: list[str]) -> int:
    """Draw; return 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.report.plot", description=__doc__)
    parser.add_argument("results", nargs="?", type=Path, default=HERE / "results.json")
    parser.add_argument("--out", type=Path, default=HERE / "results.svg")
    options = parser.parse_args(arguments)
    options.out.write_text(picture(Results.read(options.results)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
