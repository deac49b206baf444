"""Charts of letters: bars for a histogram, a row of blocks for a timeline."""

from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_HEIGHTS = " ▁▂▃▄▅▆▇█"


def bar(share: float, width: int) -> str:
    """Return a bar of this share of the width, to the eighth of a letter; what is not zero is seen."""
    eighths = round(share * width * 8)
    if share > 0:
        eighths = max(eighths, 1)
    full, rest = divmod(eighths, 8)
    return "█" * full + _EIGHTHS[rest].strip()


def blocks(values: Sequence[float], low: float, high: float) -> str:
    """Return a letter for each value: as high as it stands between `low` and `high`; what is above `low` is seen."""
    letters = []
    for value in values:
        share = (value - low) / (high - low) if high > low else float(value > 0)
        height = round(max(0.0, min(share, 1.0)) * 8)
        letters.append(_HEIGHTS[max(height, int(value > low))])
    return "".join(letters)
