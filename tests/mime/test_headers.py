"""Fields of a header, asked for by name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailserver_lab.mime import headers

PIECES = st.sampled_from(
    [b"To", b"to ", b"Cc", b"X-To", b":", b" ", b"\t", b"\r\n", b"\n", b"\n ", b"a", b"(", b"\xff"]
)


@given(st.lists(PIECES, max_size=40).map(b"".join), st.booleans())
def test_fields_by_name_are_those_among_all_fields(head: bytes, spaced: bool) -> None:
    everything = [*headers.fields(head, spaced=spaced)]
    assert [*headers.fields(head, "to", "cc", spaced=spaced)] == [
        (name, value) for name, value in everything if name in {"to", "cc"}
    ]
