"""The explanations of how segments went from one vantage point to another, in English."""

WAYS = {
    "crosses": "It left {first}, and arrived at {last}.",
    "crosses_after": "It left {first}, and arrived at {last} {span} later.",
    "arrives": "What left {first} arrives at {last}.",
    "arrives_after": "What left {first} arrives at {last}, {span} later.",
    "way_lost": "It left {first}, and was lost between {last} and {next}: it never came to its receiver.",
    "way_lost_part": "{length} bytes of it were lost between {last} and {next}.",
    "way_dropped": "It came to {last}, and was dropped there: its receiver's TCP never got it.",
    "way_dropped_part": "{length} bytes of it came to {last}, and were dropped there, before TCP.",
    "way_again": "It was sent again {wait} after it had left.",
    "repeats_lost": "What it repeats was lost between {last} and {next}.",
    "repeats_dropped": "What it repeats came to {last}, and was dropped there.",
    "repeats_arrived": "What it repeats had arrived: it is the ACK that was late, or lost.",
}
