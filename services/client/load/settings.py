"""The load's own settings."""

from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from services.client.outputs import why_unwritable
from services.client.settings import size_of
from services.client.thresholds import Thresholds
from shared.settings import FedSettings

# A file is held in memory, once for all connections.
MAX_FILE_BYTES = 64 * 1_048_576

# Messages a second; far beyond what one process can do.
_MAX_RATE = 10**7


class LoadSettings(FedSettings):
    """Settings of a load: how many connections, which messages, how often, for how long, and what is good enough."""

    subcommand: ClassVar[str] = "load"
    variable_prefix: ClassVar[str] = "ECHO_LOAD_"

    connections: int = Field(10, ge=1, le=100_000, description="Connections that are open at a time.")
    rate: float = Field(
        0,
        ge=0,
        le=_MAX_RATE,
        allow_inf_nan=False,
        description="Messages a second over all connections, each due at its own time (open loop); 0: the next message "
        "as soon as an echo is back (closed loop). A..B: from A to B in steps.",
    )
    rate_to: float | None = Field(
        None, gt=0, le=_MAX_RATE, allow_inf_nan=False, description="The last step's rate; the first one's is the rate."
    )
    steps: int = Field(
        5, ge=2, le=100, description="From one rate to another in so many steps, each for the whole duration."
    )
    duration_s: float = Field(10, gt=0, le=86_400, allow_inf_nan=False, description="Messages are due for so long.")
    warmup_s: float = Field(
        1, ge=0, le=3600, allow_inf_nan=False, description="The same load before that, counted apart."
    )
    ramp_s: float = Field(
        0, ge=0, le=3600, allow_inf_nan=False, description="Spread the opening of the connections over so long."
    )
    size_bytes: int = Field(
        64,
        ge=1,
        le=2**30,
        description="Of one message: from 16 on it begins with its connection and number, and seeded random bytes "
        "follow; smaller ones are cut from a stream of these.",
    )
    message: str | None = Field(None, min_length=1, description="Send this text, as UTF-8, and not size_bytes.")
    file: Path | None = Field(None, description="Send this file's bytes (at most 64 MiB), and not size_bytes.")
    pipeline: int = Field(1, ge=1, le=1024, description="Messages in flight on a connection, at most.")
    messages_per_connection: int = Field(
        0, ge=0, le=10**9, description="Then half-close, read to the end, and connect again; 0: never."
    )
    expect_clients: int = Field(
        1, ge=1, le=1000, description="Replicas, this one included, that start to measure together."
    )
    peers: str = Field("client", min_length=1, description="Name that resolves to the replicas, for expect_clients.")
    peers_port: int = Field(5001, ge=1, le=65535, description="UDP port on which the replicas find each other.")
    http_port: int = Field(
        8000, ge=0, le=65535, description="Where the server has /metrics, which say how it is run; 0: it is not asked."
    )
    out: Path | None = Field(None, description="Write the result to this file as well.")
    max_p99_us: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="Exit 99 if the latency's 99th percentile is higher."
    )
    max_error_rate: float | None = Field(
        None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Exit 99 if a larger share of the messages that were due failed, and 0 if not, "
        "unless bytes came back wrong.",
    )
    min_rate: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="Exit 99 if fewer messages a second were verified."
    )
    connect_timeout_s: float = Field(
        10,
        gt=0,
        le=3600,
        allow_inf_nan=False,
        description="Until connected, retries included; also until all replicas are there.",
    )
    timeout_s: float = Field(
        5, gt=0, le=3600, allow_inf_nan=False, description="For a message in flight to make some progress."
    )

    @property
    def rates(self) -> list[float]:
        """The rate of each step; one where there are no steps."""
        if self.rate_to is None:
            return [self.rate]
        # Rounded as a person would write it.
        wide = (self.rate_to - self.rate) / (self.steps - 1)
        return [round(self.rate + wide * step, 3) for step in range(self.steps)]

    @property
    def thresholds(self) -> Thresholds:
        """What is good enough."""
        return Thresholds(self.max_p99_us, self.max_error_rate, self.min_rate)

    @model_validator(mode="before")
    @classmethod
    def _split_rates(cls, values: Any) -> Any:
        rate = values.get("rate") if isinstance(values, dict) else None
        if isinstance(rate, str) and ".." in rate:
            first, _, last = rate.partition("..")
            return values | {"rate": first, "rate_to": last}
        return values

    @field_validator("rate_to")
    @classmethod
    def _climbs(cls, rate_to: float | None, info: ValidationInfo) -> float | None:
        first = info.data.get("rate")
        if rate_to is not None and first is not None and not 0 < first < rate_to:
            raise ValueError(f"should be greater than the first rate, and that greater than 0 (it is {first:g})")
        return rate_to

    @field_validator("file")
    @classmethod
    def _readable(cls, path: Path | None) -> Path | None:
        if path is not None and not 0 < size_of(path) <= MAX_FILE_BYTES:
            raise ValueError(f"should hold 1 to {MAX_FILE_BYTES} bytes")
        return path

    @field_validator("out")
    @classmethod
    def _writable(cls, path: Path | None) -> Path | None:
        # Checked now: when the run is over, its result would be lost.
        if path is not None and (why := why_unwritable(path)) is not None:
            raise ValueError(f"cannot be written ({why})")
        return path

    @model_validator(mode="after")
    def _one_payload(self) -> Self:
        given = [name for name in ("size_bytes", "message", "file") if name in self.model_fields_set]
        given = [name for name in given if getattr(self, name) is not None]
        if len(given) > 1:
            names = " and ".join(f"{self.variable(name)} (--{name.replace('_', '-')})" for name in given)
            raise ValueError(f"{names} cannot go together: choose one")
        return self
