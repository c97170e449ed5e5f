"""The way of a message as hops and as a graph."""

from dataclasses import replace

import pytest

from mailserver_lab.experiments import Leg, Line, Machines
from mailserver_lab.locale import Text
from mailserver_lab.widgets import route

PC, SERVER, OTHER = "pc.sender.tsubame.example", "mx.tsubame.example", "mx.hibari.example"
MACHINES = Machines(PC, SERVER, (OTHER,), "sender@tsubame.example")
REFUSAL = "550 5.1.1 <recipent@hibari.example>... User unknown"


def leg(step: str, source: str, target: str = "", protocol: str = "", text: str = "250 ok", queue_id: str = "q1") -> Leg:  # fmt: skip
    line = Line(1, "server", text, text.startswith(("4", "5")) or "NXDOMAIN" in text, None)
    return Leg(f"{step}-{queue_id}", step, Text("題", "title"), protocol, 0, source, target, (line,), 1.0, queue_id)  # fmt: skip


SUBMIT = leg("submit", PC, SERVER, "smtp")
ASK = leg("mx", SERVER, "dns", "dns")
REFUSED = leg("deliver", SERVER, OTHER, "smtp", REFUSAL)
BOUNCE, STORED = leg("bounce", SERVER), leg("store", SERVER, queue_id="q2")
FETCH = leg("fetch", PC, SERVER, "imap", queue_id="q2")
WAY = [SUBMIT, ASK, REFUSED, BOUNCE, STORED, FETCH]


def test_hops_go_in_the_order_of_the_record() -> None:
    hops = route.hops(MACHINES, WAY)
    box = f"mailbox:{SERVER}"
    assert [(hop.number, hop.tail, hop.head) for hop in hops] == [
        ("1", PC, SERVER), ("2", SERVER, "dns"), ("3", SERVER, OTHER), ("4–5", SERVER, box), ("6", box, PC)
    ]  # fmt: skip
    assert [hop.code for hop in hops] == ["", "", "550 5.1.1", "", ""]
    assert [hop.bounce for hop in hops] == [False, False, False, True, False]
    assert [hop.leg for hop in hops] == [one.id for one in WAY if one is not STORED]


def test_a_fault_is_where_the_message_stops_by_its_name_if_nobody_gave_a_code() -> None:
    broke = Line(3, "fault", "drop at rcpt", True, None, "drop")
    cut = replace(REFUSED, lines=(Line(2, "client", "RCPT TO:<a>", False, None), broke))
    (hop,) = route.hops(MACHINES, [SUBMIT, cut])[1:]
    assert (hop.code, hop.fault) == ("drop", True)
    assert route.sentence(hop, MACHINES, "en").endswith("SMTP delivery ✕ stopped by a fault (drop)")
    said = replace(cut, lines=(*cut.lines, Line(4, "server", "452 4.3.1 Full", True, None)))
    (hop,) = route.hops(MACHINES, [SUBMIT, said])[1:]
    assert (hop.code, hop.fault) == ("452 4.3.1", False)


def test_where_nobody_is_there_the_map_says_so() -> None:
    off = replace(REFUSED, lines=(Line(3, "unreached", f"{OTHER} port 25", True, None),))
    (hop,) = route.hops(MACHINES, [SUBMIT, off])[1:]
    assert (hop.code, hop.fault, hop.failed) == ("", False, True)
    assert route.edge_label([hop], "ja") == ["2 SMTP 配送", "✕ 接続できませんでした"]
    assert route.sentence(hop, MACHINES, "en").endswith("SMTP delivery ✕ no connection")
    assert "mb-on-refused" in route.dot(MACHINES, [hop], "en", "LR")


def test_on_a_narrow_map_a_server_that_is_none_stands_below_the_others() -> None:
    wrong = replace(REFUSED, target="old-mx.hibari.example")
    (hop,) = route.hops(MACHINES, [SUBMIT, wrong])[1:]
    edges = [
        line
        for line in route.dot(MACHINES, [hop], "en", "TB").splitlines()
        if "minlen" in line and "old-mx" in line
    ]
    assert len(edges) == 1
    assert "minlen=3" in edges[0]


def test_mail_goes_into_the_mailbox_by_the_door_that_it_came_to() -> None:
    deliver = leg("deliver", SERVER, "mx2.hibari.example", "smtp")
    hops = route.hops(MACHINES, [SUBMIT, deliver, leg("store", OTHER)])
    assert (hops[-1].tail, hops[-1].head) == ("mx2.hibari.example", f"mailbox:{OTHER}")
    hops = route.hops(MACHINES, [SUBMIT, deliver, leg("store", SERVER)])  # another recipient's, at home
    assert (hops[-1].tail, hops[-1].head) == (SERVER, f"mailbox:{SERVER}")


def test_only_the_message_sent_last_is_on_the_map() -> None:
    again = leg("submit", PC, SERVER, "smtp", queue_id="q3")
    assert [hop.leg for hop in route.hops(MACHINES, [*WAY, again])] == [again.id]


def test_a_notification_that_the_other_side_wrote_travels_back_dashed() -> None:
    back = leg("deliver", OTHER, SERVER, "smtp", queue_id="q2")
    hops = route.hops(MACHINES, [SUBMIT, leg("bounce", OTHER), back, STORED])
    assert [(hop.tail, hop.head, hop.bounce) for hop in hops[1:]] == [
        (OTHER, OTHER, True), (OTHER, SERVER, True), (SERVER, f"mailbox:{SERVER}", True)
    ]  # fmt: skip


def test_a_notice_to_the_postmaster_goes_into_a_mailbox_of_its_own() -> None:
    postmasters = replace(leg("store", OTHER, queue_id="q3"), account="postmaster@hibari.example")
    fetched = leg("fetch", "pc.postmaster.hibari.example", OTHER, "imap", queue_id="q3")
    hops = route.hops(MACHINES, [SUBMIT, leg("bounce", OTHER), postmasters, fetched])
    box = f"mailbox:{OTHER}:postmaster"
    assert [(hop.tail, hop.head) for hop in hops[1:]] == [(OTHER, box), (box, "pc.postmaster.hibari.example")]
    assert route.sentence(hops[2], MACHINES, "en") == "Postmaster’s mailbox → Postmaster’s PC: IMAP fetching"
    assert route.node_name(f"mailbox:{OTHER}", MACHINES, "en")[0] == "Recipient’s\nmailbox"


def test_a_name_that_the_dns_does_not_know_fails_there() -> None:
    (hop,) = route.hops(MACHINES, [leg("mx", SERVER, "dns", "dns", "nowhere.example NXDOMAIN")])
    assert hop.code == "NXDOMAIN"


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_before_anything_is_sent_there_are_machines_alone(lang: str, direction: str) -> None:
    graph = route.dot(MACHINES, [], lang, direction)  # type: ignore[arg-type]
    assert f"rankdir={direction}" in graph
    assert "mb-edge" not in graph
    assert graph.count("mb-node") == 5
    assert graph.count("shape=cylinder") == 1


def test_the_graph_tells_order_protocol_failure_and_bounce() -> None:
    graph = route.dot(MACHINES, route.hops(MACHINES, WAY), "ja", "LR")
    for words in ("1 SMTP 送信", "3 SMTP 配送", "✕ 550 5.1.1", "4–5 エラーメール", "6 IMAP 受信"):
        assert words in graph
    assert graph.count("style=dashed") == 1
    assert graph.count("mb-on-refused") == 1
    assert "edge-deliver-mx-tsubame-example-mx-hibari-example" in graph


def test_thousands_of_attempts_stay_one_edge_and_few_hops() -> None:
    ids = [REFUSED] * 10_000
    hops = route.hops(MACHINES, [SUBMIT, *ids])
    assert len(hops) == route.LATEST
    graph = route.dot(MACHINES, hops, "en", "LR")
    assert graph.count("mb-edge") == 1
    assert len(graph) < 5_000


def test_a_sentence_says_what_the_map_shows() -> None:
    hops = route.hops(MACHINES, WAY)
    assert route.sentence(hops[2], MACHINES, "en") == (
        "Sender’s server (mx.tsubame.example) → Recipient’s server (mx.hibari.example): SMTP delivery ✕ refused (550 5.1.1)"
    )
    assert route.sentence(hops[4], MACHINES, "ja") == "差出人のメールボックス → 差出人の PC：IMAP 受信"


def test_a_message_that_waits_does_not_move_and_is_counted_all_the_same() -> None:
    wait = leg("wait", SERVER, text="451 4.4.1 cannot be reached")
    hops = route.hops(MACHINES, [SUBMIT, ASK, wait, replace(ASK, id="again")])
    assert [hop.number for hop in hops] == ["1", "2", "4"]


def test_a_notice_of_delay_is_not_called_a_bounce() -> None:
    hops = route.hops(MACHINES, [SUBMIT, leg("delay", SERVER), STORED])
    assert [(hop.tail, hop.head, hop.bounce) for hop in hops[1:]] == [(SERVER, f"mailbox:{SERVER}", True)]
    assert "notice of delay" in route.sentence(hops[1], MACHINES, "en")
    assert "bounce" not in route.sentence(hops[1], MACHINES, "en")
