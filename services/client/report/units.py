"""Numbers and foreign text as people read them."""


def duration(value_us: float) -> str:
    """Return microseconds with three digits and the unit that suits them."""
    for unit, size_us in (("s", 1e6), ("ms", 1e3)):
        # 999,500 us round to 1,000 ms, which is 1 s.
        if value_us >= size_us * 0.9995:
            return f"{_three_digits(value_us / size_us)} {unit}"
    return f"{_three_digits(value_us)} µs"


def count(value: float) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,.0f}"


def number(value: float, noun: str, many: str = "") -> str:
    """Return how many of them there are, with the noun in its singular or plural (`many`, if that is no -s)."""
    return f"{count(value)} {noun if round(value) == 1 else many or noun + 's'}"


def rate(per_s: float) -> str:
    """Return messages a second; a slow rate has decimals."""
    return f"{per_s:,.0f}" if per_s >= 100 else f"{per_s:.3g}"  # noqa: PLR2004 -- three digits


def size(value_bytes: float) -> str:
    """Return bytes with three digits and the binary unit that suits them."""
    for unit, power in (("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if value_bytes >= 2**power * 0.9995:
            return f"{_three_digits(value_bytes / 2**power)} {unit}"
    return f"{value_bytes:.0f} B"


def percent(share: float) -> str:
    """Return a share of one as a percentage; less than all never reads as 100 %."""
    return "100 %" if share >= 1 else f"{min(share * 100, 99.99):.4g} %"


def printable(text: object) -> str:
    """Return text from outside without characters that would control a terminal or break a line."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in str(text))


def _three_digits(value: float) -> str:
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0  # noqa: PLR2004 -- where rounding adds a digit
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
