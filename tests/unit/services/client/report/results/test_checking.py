"""JSON made a result."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.report.results.checking import Unfit, checked, parse
from services.client.report.results.parts import Warmup
from tests.unit.services.client.report.harness.results import load

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"schema": 2}, "schema is 2: should be 1"),
        ({"schema": "1"}, "schema is '1': should be 1"),
        ({"schema": True}, "schema is True: should be 1"),
        ({"schema": None}, "schema is None: should be 1"),
        ({"kind": "other"}, "kind is 'other': should be 'session', 'load' or 'report'"),
        ({"kind": []}, "kind is []: should be 'session', 'load' or 'report'"),
        ({"kind": "x" * 100}, f"kind is '{'x' * 56}...: should be 'session', 'load' or 'report'"),
    ],
)
def test_another_schema_or_kind_is_refused(change: dict[str, object], line: str) -> None:
    """Nothing is guessed from a document that says it is something else."""
    with pytest.raises(Unfit) as caught:
        parse(load() | change)
    assert str(caught.value) == line


@given(key=st.sampled_from(sorted(set(load()) - {"schema"})), value=JSON)
def test_any_value_anywhere_is_taken_or_refused_in_one_line(key: str, value: object) -> None:
    """There is no JSON that is answered with a traceback."""
    try:
        parse(load() | {key: value})
    except Unfit as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 -- that it is raised is not the promise


def test_a_part_is_checked_by_the_same_rules() -> None:
    """What a merge computes is held to what it reads."""
    with pytest.raises(Unfit, match=r"^sessions is missing$"):
        checked(
            Warmup, {"messages_sent": 0, "messages_verified": 0, "bytes_sent": 0, "bytes_verified": 0, "errors": {}}
        )
