"""That what is written can be read: by WCAG 2.2's contrast of text (1.4.3, level AA)."""

import re

import pytest

from services.scope.draw.svg_style import STYLE
from services.scope.page.static import STATIC

_DARK = "@media (prefers-color-scheme: dark) {"
_AA = 4.5

# Texts of a picture are in these colours; others are of lines and bars.
_TEXTS = re.compile(r"(?:^|, )(?:text|\.soft|\.note|\.good|\.bad)(?:,|$)|\.label$")


def _parts(css: str) -> tuple[str, str]:
    light, _, dark = css.partition(_DARK)
    return light, dark


def _tints(css: str) -> list[str]:
    """Return what lies over a row: nothing, the tint of the row that is lit, that of what belongs to it."""
    return ["#00000000", *re.findall(r"--(?:now|lit): (#[0-9a-f]{8});", css)]


def _channels(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) / 255 for at in range(1, len(colour), 2)]


def _over(tint: str, page: str) -> list[float]:
    *channels, alpha = _channels(tint)
    return [alpha * above + (1 - alpha) * below for above, below in zip(channels, _channels(page), strict=True)]


def _luminance(channels: list[float]) -> float:
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: list[float], other: list[float]) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_of_a_ladder_can_be_read_also_where_its_row_is_lit(scheme: int) -> None:
    """By people whose eyes are not the best, on the page and on both tints."""
    picture, css = _parts(STYLE)[scheme], _parts((STATIC / "style.css").read_text(encoding="utf-8"))[scheme]
    rules = re.findall(r"([^{}\n]+) \{ fill: (#[0-9a-f]{6});", picture)
    page = next(colour for selectors, colour in rules if ".page" in selectors)
    # No segment is closed; of states a later rule says the colour.
    said = [(selectors, colour) for selectors, colour in rules if ".closed .label" not in selectors]
    texts = {colour for selectors, colour in said if _TEXTS.search(selectors.strip())}
    assert len(texts) > 5
    tints = _tints(css)
    assert len(tints) == 3
    worst = min((_contrast(_channels(text), _over(tint, page)), text, tint) for text in texts for tint in tints)
    assert worst[0] >= _AA, worst
