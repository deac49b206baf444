"""What is good enough: one line for each threshold that a run has missed."""

from services.client.histogram import Durations
from services.client.load.result import Outcome


def missed(outcome: Outcome, latency: Durations) -> list[str]:
    """Return a line for each threshold that was missed; where nothing was verified no latency is good enough."""
    settings = outcome.settings
    p99_us = latency.summary()["p99"]
    lines = []
    if settings.max_p99_us is not None and (p99_us > settings.max_p99_us or not latency.count):
        found = f"{p99_us} us" if latency.count else "unknown: no message was verified"
        lines.append(f"the latency's 99th percentile is {found}, {settings.max_p99_us:g} us is allowed")
    if settings.max_error_rate is not None and outcome.error_rate > settings.max_error_rate:
        lines.append(f"the error rate is {outcome.error_rate:.6g}, {settings.max_error_rate:g} is allowed")
    if settings.min_rate is not None and outcome.rate_achieved < settings.min_rate:
        lines.append(f"the rate is {outcome.rate_achieved:.6g} messages/s, {settings.min_rate:g} is asked for")
    return lines
