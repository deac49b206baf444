"""The pictures of this repository, as librsvg paints them: what a wiki, LaTeX or Inkscape shows of them."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.harness.tools import run_tool

_WHITE, _INK = "ffffff", "1f2328"

# Of a line of 1.6 pixels or of a letter, the middle has the colour itself; its edges are mixed with the page's.
_SOME = 40


# It builds the tool image.
pytestmark = pytest.mark.usefixtures("engine")


def painted(name: str) -> Counter[str]:
    """Return how many pixels have which colour."""
    picture = (REPOSITORY / name).read_bytes()
    paint = "rsvg-convert --background-color fuchsia | pngtopam | ppmhist -nomap -noheader"
    # Red, green and blue, 0 to 255; luminosity; pixels.
    lines = (map(int, line.split()) for line in run_tool(paint, given=picture).decode().splitlines())
    return Counter({f"{red:02x}{green:02x}{blue:02x}": pixels for red, green, blue, _, pixels in lines})


def lessons() -> Iterator[str]:
    """Give the pictures of the lessons."""
    for path in sorted((REPOSITORY / "docs" / "lessons").glob("*.svg")):
        yield str(path.relative_to(REPOSITORY))


@pytest.mark.parametrize("name", [*lessons(), "tests/bench/results.svg"])
def test_the_page_is_white_and_the_text_dark(name: str) -> None:
    """And nothing is painted black, as what has no known colour would be."""
    pixels = painted(name)
    assert pixels.most_common(1)[0][0] == _WHITE
    assert pixels[_WHITE] > pixels.total() * 0.8
    assert pixels[_INK] > _SOME
    assert pixels["000000"] == 0


def test_arrows_and_states_have_their_colours() -> None:
    """Green opens, blue carries data, violet ends; a call's bar is yellow."""
    pixels = painted("docs/lessons/01-handshake.svg")
    for name, colour in (("open", "1a7f37"), ("data", "0969da"), ("end", "8250df"), ("bar", "f6c453")):
        assert pixels[colour] > _SOME, name


def test_the_bars_of_the_bench_have_theirs() -> None:
    """Blue is this project, grey is C."""
    pixels = painted("tests/bench/results.svg")
    assert pixels["0969da"] > _SOME
    assert pixels["818b98"] > _SOME
