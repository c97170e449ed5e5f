"""Worlds as data."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab.world import WorldError, bundled, bundled_names, is_domain_name, parse


def good(**changes: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(bundled("user-unknown").as_json())), **changes}


def with_domain(**changes: Any) -> dict[str, Any]:
    value = good()
    value["domains"]["hibari.example"].update(changes)
    return value


@pytest.mark.parametrize("name", bundled_names())
def test_servers_wait_for_every_answer_where_people_read_along(name: str) -> None:
    """In a group of commands the refusal of one brings others with it, which a beginner reads as more errors."""
    assert bundled(name).pipelining is (name == "main")


@pytest.mark.parametrize("name", bundled_names())
def test_what_comes_with_the_package_survives_json(name: str) -> None:
    spec = bundled(name)
    assert parse(json.loads(json.dumps(spec.as_json()))) == spec


@pytest.mark.parametrize("name", ["nowhere", "../world", "", "main.toml", "a/b"])
def test_a_world_that_is_not_there_is_told_with_those_that_are(name: str) -> None:
    with pytest.raises(WorldError, match="main, "):
        bundled(name)


@pytest.mark.parametrize(
    "value",
    [
        {}, {"name": "x"}, {"name": "x", "domains": {}}, {"name": "x", "domains": []}, {"name": "x", "domains": {"a.example": 1}},
        good(lang="fr"), good(clock="yesterday"), good(clock="2026-04-01T09:00:00"), good(clock=7), good(frobs=1), good(faults=[]),
        with_domain(host="mx.gmail.com"), with_domain(host=7), with_domain(host="MX.hibari.example"), with_domain(host="-.example"),
        with_domain(address="8.8.8.8"), with_domain(address="127.0.0.1"), with_domain(address="::1"), with_domain(address="192.0.2.10"), with_domain(address=None),
        with_domain(address="203.0.113.53"), with_domain(size_limit="1M"), with_domain(size_limit=0), with_domain(full_mailbox="maybe"), with_domain(refuse="never"), with_domain(refuse=["in-session"]), with_domain(colour="red"),
        with_domain(also={"mx.hibari.example": "198.51.100.21"}), with_domain(also={"mx2.hibari.example": "198.51.100.20"}), with_domain(also={"mx2.hibari.example": "8.8.8.8"}), with_domain(also={"mx2.hibari.com": "198.51.100.21"}), with_domain(also=7),
        with_domain(accounts={"a b": {"password": "x"}}), with_domain(accounts={"a": {}}), with_domain(accounts={"a": {"password": "x", "quota": -1}}),
        with_domain(accounts={"a": {"password": "x", "quota": "20k"}}), with_domain(accounts={"a\r\n": {"password": "x"}}),
        good(dns={"a b": {"mx": ["."]}}), good(dns={"a.example": {"mx": ["b..c"]}}), good(dns={"a.example": {"a": ["nowhere"]}}), good(dns=[]),
        good(dns={"a.example": {"aaaa": ["192.0.2.1"]}}), good(dns={"a.example": {"txt": [7]}}), good(dns={"a.example": {"txt": ["x" * 4001]}}),
        good(dns={"a.example": {"cname": ["b.example"]}}), good(dns={"a.example": {"txt": "v=spf1 -all"}}), good(dns={"a.example": {"mx": 7}}),
        with_domain(address="2001:4860::1"), with_domain(address="2001:DB8::1"), with_domain(address="2001:db8:0::1"),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_a_world_error(value: dict[str, Any]) -> None:
    with pytest.raises(WorldError):
        parse(value)


def test_an_address_may_be_of_ipv6_in_the_one_way_to_write_it() -> None:
    assert parse(with_domain(address="2001:db8::20")).domains["hibari.example"].address == "2001:db8::20"
    with pytest.raises(WorldError, match=r"as 2001:db8::20\Z"):
        parse(with_domain(address="2001:0db8::0020"))


def test_a_kind_of_record_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(WorldError, match=r"a\.example cannot have cname; it can have mx, a, aaaa and txt"):
        parse(good(dns={"a.example": {"cname": ["b.example"]}}))


def test_a_server_refuses_in_the_session_unless_it_is_said_otherwise() -> None:
    assert parse(good()).domains["hibari.example"].refuse == "in-session"
    assert parse(with_domain(refuse="after-accepting")).domains["hibari.example"].refuse == "after-accepting"
    with pytest.raises(WorldError, match="refuse is in-session or after-accepting, not 'never'"):
        parse(with_domain(refuse="never"))


def test_two_hosts_cannot_share_an_address_even_under_one_name() -> None:
    value = good()
    value["domains"]["other.example"] = {"host": "mx.hibari.example", "address": "198.51.100.20"}
    with pytest.raises(WorldError, match="cannot both have it"):
        parse(value)


def test_toml_gives_the_clock_as_a_time() -> None:
    assert parse(good(clock=datetime(2026, 4, 1, tzinfo=UTC))).clock == datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("a.example", True),
        ("x" * 63 + ".example", True),
        ("x" * 64 + ".example", False),
        ("a..b", False),
        ("", False),
        ("a_b.example", False),
        ("a.example\n", False),
        ("A.example", False),
        (".".join(["a"] * 130), False),
    ],
)
def test_domain_names(name: str, good: bool) -> None:
    assert is_domain_name(name) is good


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["host", "address", "accounts", "password", "quota", "mx", "a", "x.example"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(st.sampled_from(["name", "domains", "clock", "dns", "require_tls", "lang"]), JSON)
def test_no_value_raises_anything_else(key: str, value: Any) -> None:
    try:
        parse(good(**{key: value}))
        parse(with_domain(accounts=value))
    except WorldError:
        return
