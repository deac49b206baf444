"""The live scope's own settings."""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self, TypeAlias

from pydantic import Field, field_validator
from pydantic_settings import CliImplicitFlag

from shared.settings import Settings, host_and_port

Show: TypeAlias = Literal["all", "new", "lines", "none"]


class LiveSettings(Settings):
    """Settings of the live scope: where records and packets arrive, what is shown of them, and what is kept."""

    variable_prefix: ClassVar[str] = "ECHO_SCOPE_"

    calls_port: int = Field(
        5001,
        ge=0,
        le=65_535,
        description="Where call records arrive by UDP; as a flag, 0: any free one, which the log names.",
    )
    packets_port: int = Field(
        5002,
        ge=0,
        le=65_535,
        description="Where taps bring packets by TCP; as a flag, 0: any free one, which the log names.",
    )
    captures: str = Field("", description="Folder of the capture, which is kept as rotating pcap files; empty: off.")
    capture_files: int = Field(4, ge=1, le=1000, description="So many files of the capture are kept.")
    capture_mib: int = Field(16, ge=1, le=4096, description="So many MiB make a file of the capture full.")
    conversations: int = Field(0, ge=0, description="End when so many conversations were shown; 0: never.")
    show: Show = Field(
        "new",
        description="Which conversations are drawn: all, those that go another way than the last hundred (the others "
        "have a line each), or none (lines; none: nothing at all).",
    )
    page_port: int = Field(
        8080, ge=0, le=65_535, description="TCP port of the page with the conversations, for a browser; 0: nowhere."
    )
    page_hosts: str = Field("", description="Names that the page answers to besides this machine's own, with commas.")
    keep: int = Field(
        200, ge=1, le=10_000, description="So many conversations are kept, for the page and for latest.json."
    )
    metrics: str = Field(
        "", description="Where the server has its /metrics, host:port, which the page shows as well; empty: nowhere."
    )
    explain: CliImplicitFlag[bool] = Field(False, description="Say with each row what happened and why.")
    lang: Literal["en", "zh"] = Field("en", description="Language of the explanations.")

    @classmethod
    def load(cls, arguments: Sequence[str]) -> Self:
        """Return the settings of this process, as the base class does; only a flag may ask for any free port."""
        settings = super().load(arguments)
        if settings.calls_port == 0:
            cls.refuse_any_port("calls_port", "services")
        if settings.packets_port == 0:
            cls.refuse_any_port("packets_port", "taps")
        return settings

    @field_validator("metrics")
    @classmethod
    def _is_address(cls, text: str) -> str:
        if text:
            host_and_port(text)
        return text

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Host and port of the server's metrics, if there are any."""
        return host_and_port(self.metrics) if self.metrics else None

    @property
    def page_host_names(self) -> frozenset[str]:
        """The names of page_hosts."""
        return frozenset(name.strip().lower() for name in self.page_hosts.split(",") if name.strip())
