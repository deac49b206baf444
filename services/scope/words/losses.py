"""Where segments were lost, in each language: templates of the places between and behind vantage points."""

from services.scope.vantages import LossPlace

EN = {
    LossPlace.BETWEEN: "lost between {last} and {next}",
    LossPlace.AFTER_ARRIVAL: "dropped after its arrival at {last}",
}

ZH = {
    LossPlace.BETWEEN: "在 {last} 与 {next} 之间丢失",
    LossPlace.AFTER_ARRIVAL: "到达 {last} 之后被丢弃",
}

# Before these, where only a part of a segment was lost: bytes of what the wire has in several segments.
EN_PART = "{length:,} bytes of it "
ZH_PART = "其中 {length:,} 字节"
