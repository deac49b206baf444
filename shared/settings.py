"""Settings that every service has, and how a service reads its own: flag, then variable, then default."""

import ipaddress
import os
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    CliApp,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from shared.flags import SettingsInvalid


class Variables(PydanticBaseSettingsSource):
    """The environment, read under each field's documented variable and no other name."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        """Return the variable's text (None when unset), the field's key, and False: no JSON in it."""
        text = os.environ.get(self.settings_cls.variable(field_name))  # type: ignore[attr-defined]
        # Compose and .env files write an unset variable as an empty text: it counts as set only where that is allowed.
        may_be_empty = field.annotation is str and not any(getattr(rule, "min_length", 0) for rule in field.metadata)
        return (None if text == "" and not may_be_empty else text), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the fields that the environment sets."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: text for name, text in found.items() if text is not None}


class Settings(BaseSettings):
    """What every service is told: where the echo is, and how to log."""

    model_config = SettingsConfigDict(
        # Without it pydantic-settings 2.16 cuts `--flag=text` at the text's first newline.
        case_sensitive=True,
        cli_kebab_case=True,
        extra="forbid",
        frozen=True,
    )

    variable_prefix: ClassVar[str] = "ECHO_"
    subcommand: ClassVar[str] = ""

    host: str = Field(
        "localhost", min_length=1, description="Server: where to listen, *: all addresses; client: where to connect."
    )
    port: int = Field(5000, ge=1, le=65535, description="TCP port of the echo.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="debug: a line for each socket call; info: a line for each connection."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="On stderr; auto is console on a terminal, else json."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _text(cls, value: object, info: ValidationInfo) -> object:
        # pydantic-settings takes a flag's text "null" for None, which a field of text cannot mean.
        if value is None and cls.model_fields[info.field_name or ""].annotation is str:
            return "null"
        # Bytes that are not UTF-8 reach Python as lone surrogates, which no log line and no JSON document can hold.
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError:
                raise ValueError("should be UTF-8") from None
        return value

    @field_validator("host", mode="after")
    @classmethod
    def _strip_brackets(cls, host: str) -> str:
        # As in host:port and in URLs, where an IPv6 address needs them.
        return _ipv6_address(host) or host

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower_case(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @classmethod
    def variable(cls, field_name: str) -> str:
        """Return the environment variable of a field: the prefix of the class that introduced it, and its name."""
        owner = next(c for c in reversed(cls.__mro__) if field_name in getattr(c, "model_fields", {}))
        return f"{owner.variable_prefix}{field_name.upper()}"  # type: ignore[attr-defined]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Name each flag's variable in `--help`, and the command as it is called (services.X.…settings: services.X)."""
        super().__pydantic_init_subclass__(**kwargs)
        service = ".".join(cls.__module__.split(".")[:2])
        cls.model_config["cli_prog_name"] = f"python -m {service} {cls.subcommand}".rstrip()
        for name, field in cls.model_fields.items():
            note = f" [{cls.variable(name)}]"
            field.description = (field.description or "").removesuffix(note) + note

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the documented variables only; pydantic-settings puts the flags in front."""
        return init_settings, Variables(settings_cls)

    @classmethod
    def load(cls, arguments: Sequence[str]) -> Self:
        """Return the settings of this process.

        Raises SettingsInvalid; `--help` prints the help and raises SystemExit(0).
        """
        try:
            return CliApp.run(cls, cli_args=list(arguments), cli_exit_on_error=False)
        except ValidationError as error:
            raise SettingsInvalid("\n".join(cls._line(problem) for problem in error.errors())) from None
        except SettingsError as error:
            raise SettingsInvalid(str(error).removeprefix("error parsing CLI: ")) from None

    @classmethod
    def refuse_any_port(cls, field_name: str, who: str) -> None:
        """Raise SettingsInvalid where the variable of a port asks for any free one, which `who` could not know.

        They read the same variable, or its default, and would never learn which port it is. Whoever gives the flag can
        read it in the log.
        """
        variable = cls.variable(field_name)
        text = os.environ.get(variable, "").strip()
        if text and set(text) <= set("+-_.0"):  # what pydantic takes for 0
            flag = field_name.replace("_", "-")
            raise SettingsInvalid(
                f"{variable} is {text!r}: should be a port that {who} know; any free one is --{flag} 0"
            )

    @classmethod
    def _line(cls, problem: Any) -> str:
        rule = problem["msg"].removeprefix("Input ").removeprefix("Value error, ")
        if not problem["loc"]:
            return str(rule)
        name = str(problem["loc"][0])
        return f"{cls.variable(name)} (--{name.replace('_', '-')}) is {problem['input']!r}: {rule}"


class FedSettings(Settings):
    """What a service is told that reports socket calls to a scope."""

    scope: str = Field("", description="Where the scope takes call records by UDP, host:port; empty: nowhere.")

    @property
    def scope_address(self) -> tuple[str, int] | None:
        """Host and port of the scope, or None where there is none."""
        return host_and_port(self.scope) if self.scope else None

    @field_validator("scope")
    @classmethod
    def _is_address(cls, scope: str) -> str:
        if scope:
            host_and_port(scope)
        return scope


class WatchedSettings(FedSettings):
    """What a service is told whose socket calls can be watched."""

    watch_calls: int = Field(
        64, ge=1, le=1_000_000, description="So many calls of a connection are sent to the scope; the rest are not."
    )


def host_and_port(text: str) -> tuple[str, int]:
    """Take `host:port` or `[IPv6 address]:port` apart; raise ValueError with the rule."""
    host, _, port = text.rpartition(":")
    is_port = port.isascii() and port.isdigit() and 1 <= int(port) <= 65_535  # noqa: PLR2004 - a port is 16 bits
    if address := _ipv6_address(host):
        host = address
    elif not host or ":" in host or "[" in host or any(character.isspace() for character in host):
        is_port = False
    if not is_port:
        raise ValueError("should be host:port, an IPv6 address in brackets")
    return host, int(port)


def _ipv6_address(text: str) -> str | None:
    """Return the address of `[address]`; None where that is none."""
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        return str(ipaddress.IPv6Address(text[1:-1]))
    except ValueError:
        return None
