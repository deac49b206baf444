"""How a picture looks: its colours by light and dark, its fonts, and the elements that it is made of."""

from html import escape

# Fonts that systems have, since a picture must not load any; the last ones have Chinese.
_SANS = (
    "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
)
_MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

# Each can be read on the page and on a lit row of it: a contrast of 4.5 to 1 at least (WCAG 2.2, 1.4.3).
# Literal colours: librsvg, Inkscape, LaTeX and wikis do not know CSS custom properties, and would paint in black.
_LIGHT = {
    "page": "#ffffff",
    "ink": "#1f2328",
    "soft": "#656d76",
    "faint": "#d0d7de",
    "bar": "#f6c453",
    "bar-edge": "#9a6700",
    "open": "#1a7f37",
    "data": "#0969da",
    "ack": "#656d76",
    "end": "#8250df",
    "bad": "#cf222e",
    "note": "#8f5f00",
    "listen": "#57606a",
}
_DARK = {
    "page": "#0d1117",
    "ink": "#e6edf3",
    "soft": "#8d96a0",
    "faint": "#30363d",
    "bar": "#bb8009",
    "bar-edge": "#eac54f",
    "open": "#3fb950",
    "data": "#58a6ff",
    "ack": "#8d96a0",
    "end": "#bc8cff",
    "bad": "#ff7b72",
    "note": "#d29922",
    "listen": "#8d96a0",
}

# The elements of each colour: selectors, then properties with the colour's name.
_COLOURS: tuple[tuple[str, dict[str, str]], ...] = (
    ("text", {"fill": "ink"}),
    (".soft, .time, .why, .aside, .detail", {"fill": "soft"}),
    (".note", {"fill": "note"}),
    (".good", {"fill": "open"}),
    (".bad", {"fill": "bad"}),
    (".bar", {"fill": "bar", "stroke": "bar-edge"}),
    (".bar.failed", {"fill": "bad", "stroke": "bad"}),
    (".mark", {"fill": "page", "stroke": "bar-edge"}),
    (".mark.caused", {"fill": "bar-edge"}),
    (".life", {"stroke": "faint"}),
    (".page, .fold", {"fill": "page"}),
    (".fold", {"stroke": "soft"}),
    *(
        rule
        for name, colour in (
            ("open", "open"),
            ("opening", "note"),
            ("data", "data"),
            ("ack", "ack"),
            ("end", "end"),
            ("reset", "bad"),
            ("again", "bad"),
            ("established", "open"),
            ("ending", "end"),
            ("listen", "listen"),
            ("closed", "faint"),
        )
        for rule in (
            (f".{name} .wire, .{name}.band", {"stroke": colour}),
            (f".{name} .tip, .{name}.state, .{name} .label", {"fill": colour}),
        )
    ),
    (".closed.state", {"fill": "soft"}),
    (".cross, .stop, .stub", {"stroke": "bad"}),
    (".tip.dropped", {"fill": "page", "stroke": "bad"}),
    (".over", {"stroke": "page"}),
)


def _coloured(palette: dict[str, str]) -> str:
    """Return the rules that give everything its colour."""
    return "".join(
        f"{selectors} {{ {' '.join(f'{name}: {palette[colour]};' for name, colour in properties.items())} }}\n"
        for selectors, properties in _COLOURS
    )


STYLE = f"""
svg {{ color-scheme: light dark; }}
text {{ font: 12px {_MONO}; white-space: pre; }}
.title {{ font: 600 17px {_SANS}; }}
.head {{ font: 600 14px {_SANS}; }}
.time {{ font-size: 11px; }}
.why, .found {{ font: 12.5px {_SANS}; }}
.note {{ font: italic 11.5px {_SANS}; }}
.found.note {{ font-style: normal; }}
.call, .label {{ font-weight: 600; }}
.detail {{ font-weight: 400; }}
.state {{ font: 600 11px {_SANS}; letter-spacing: .3px; }}
.mark {{ stroke-width: 1.5; }}
.life {{ stroke-width: 7; }}
.fold {{ stroke-dasharray: 4 4; }}
.wire, .stub {{ stroke-width: 1.6; }}
.cross, .stop {{ stroke-width: 2.4; }}
.over {{ stroke-width: 4; stroke-linejoin: round; paint-order: stroke; }}
{_coloured(_LIGHT)}@media (prefers-color-scheme: dark) {{
{_coloured(_DARK)}}}
"""


def text(x: float, y: float, content: str, css: str = "", anchor: str = "start") -> str:
    """Return a line of text; `y` is that of its base line."""
    return f'<text x="{x:g}" y="{y:g}" class="{css}" text-anchor="{anchor}">{escaped(content)}</text>'


def line(from_x: float, from_y: float, to_x: float, to_y: float, css: str) -> str:
    """Return a straight line."""
    return f'<line x1="{from_x:g}" y1="{from_y:g}" x2="{to_x:g}" y2="{to_y:g}" class="{css}"/>'


def box(x: float, y: float, width: float, height: float, css: str) -> str:
    """Return a rectangle with round corners."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="3" class="{css}"/>'


def escaped(content: str) -> str:
    """Return a text escaped for XML, without characters that XML does not allow."""
    if not content.isprintable():
        content = "".join(char for char in content if char.isprintable())
    return escape(content)
