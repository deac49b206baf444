"""Every single measurement, and where it was taken: results.json."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.bench.measuring import Plan, Sample


@dataclass(frozen=True)
class Measurement:
    """One peer's turn in one round of one workload."""

    workload: str
    peer: str
    round: int
    sample: Sample


@dataclass
class Results:
    """What a run of the bench found; `plan` and `environment` say how and where."""

    started_at: str
    plan: Plan
    environment: dict[str, Any]
    left_out: dict[str, str] = field(default_factory=dict)
    measurements: list[Measurement] = field(default_factory=list)

    def values(self, workload: str, peer: str, key: str) -> list[float]:
        """Return one figure of each round."""
        return [one.sample[key] for one in self.measurements if (one.workload, one.peer) == (workload, peer)]

    def peers(self, workload: str) -> list[str]:
        """Return who was measured, in the order of the first round."""
        return list(dict.fromkeys(one.peer for one in self.measurements if one.workload == workload))

    def write(self, path: Path) -> None:
        """Write as JSON, a measurement a line, so that a diff can be read."""
        document = asdict(self)
        lines = ",\n".join(f"    {json.dumps(one)}" for one in document.pop("measurements"))
        head = json.dumps({"schema": 1, **document}, indent=2, ensure_ascii=False).removesuffix("\n}")
        path.write_text(f'{head},\n  "measurements": [\n{lines}\n  ]\n}}\n')

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what `write` wrote."""
        document = json.loads(path.read_text())
        document.pop("schema")
        measurements = [Measurement(**one) for one in document.pop("measurements")]
        return cls(**document | {"plan": Plan(**document["plan"])}, measurements=measurements)
