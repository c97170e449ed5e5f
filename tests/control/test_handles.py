"""What every handle does, whether it calls the lab directly, from another thread, or over HTTP."""

import asyncio
import base64
import contextlib
import email
import email.policy
import io
import random
import zipfile
from typing import Any

import pytest

from mailserver_lab.control import open_lab
from mailserver_lab.control.handle import Handle, World
from mailserver_lab.control.service import OPERATIONS
from mailserver_lab.locale import LANGUAGES, Problem
from tests.control.conftest import Reached
from tests.waiting import until_true

SENDER, PC = "sender@tsubame.example", "pc/sender@tsubame.example"
RECIPIENT, WRONG = "recipient@hibari.example", "recipent@hibari.example"


@pytest.fixture
async def world(handle: Handle) -> World:
    return await open_lab("user-unknown", handle=handle, lang="en")


async def until(world: World, **wanted: Any) -> dict[str, Any]:
    """The first event that has these values."""
    async with asyncio.timeout(10):
        async with contextlib.aclosing(world.events()) as batches:  # type: ignore[type-var]
            async for batch in batches:
                for event in batch:
                    if all(event.get(key) == value for key, value in wanted.items()):
                        return event
    raise AssertionError("the world ended before")


class LateHandle(Handle):
    """A lab whose answers come when the test says so."""

    def __init__(self) -> None:
        self.asked: list[asyncio.Future[dict[str, Any]]] = []

    async def call(self, name: str, /, **arguments: Any) -> Any:
        self.asked.append(asyncio.get_running_loop().create_future())
        return await self.asked[-1]

    def events(self, world: str, after: int = 0) -> Any:
        raise NotImplementedError

    async def close(self) -> None:
        pass


async def test_a_description_that_comes_late_does_not_hide_a_later_one() -> None:
    """Over HTTP, or with several threads, the answer to the first question may come last."""
    handle = LateHandle()
    world = World(handle, "w", {"edition": 1})
    looking = asyncio.ensure_future(world.look())
    breaking = asyncio.ensure_future(world.fault("hibari.example", "down"))
    await asyncio.sleep(0)
    looked, broken = handle.asked
    broken.set_result({"edition": 3})
    await breaking
    looked.set_result({"edition": 2})
    await looking
    assert world.description == {"edition": 3}


class TestWorlds:
    async def test_are_opened_described_listed_and_closed(self, handle: Handle) -> None:
        opened = await handle.call("open_world", world="w", spec="user-unknown", lang="en")
        assert opened["lang"] == "en"
        assert set(opened["domains"]) == {"tsubame.example", "hibari.example"}
        assert opened["domains"]["hibari.example"]["ports"]["imap"][0] == "127.0.0.1"
        described = await handle.call("describe", world="w")
        assert {**described, "now": "", "edition": 0} == {**opened, "now": "", "edition": 0}
        assert described["edition"] > opened["edition"]
        assert [one["world"] for one in await handle.call("worlds")] == ["w"]
        assert await handle.call("close_world", world="w") is None
        assert await handle.call("close_world", world="w") is None
        assert await handle.call("worlds") == []

    async def test_are_opened_from_a_description_too(self, handle: Handle) -> None:
        spec = {
            "name": "x",
            "domains": {
                "a.example": {
                    "host": "mx.a.example",
                    "address": "192.0.2.1",
                    "accounts": {"me": {"password": "p"}},
                }
            },
        }
        opened = await handle.call("open_world", world="own", spec=spec)
        assert opened["world"] == "own"
        assert opened["domains"]["a.example"]["accounts"]["me"]["password"] == "p"

    async def test_begin_anew_when_reset(self, world: World) -> None:
        await world.send(PC, RECIPIENT, "Hello", "Hello")
        await until(world, kind="mailbox")
        before = world.description
        await world.reset()
        assert (await world.mailbox(RECIPIENT))["folders"]["INBOX"] == []
        assert (await world.device(PC))["folders"]["Sent"] == []
        assert await world.trace() == []
        assert before["world"] == world.description["world"]
        assert (await world.send(PC, RECIPIENT, "Again", ""))["queue_id"] == "q0001"

    async def test_of_one_name_replace_each_other(self, handle: Handle) -> None:
        await handle.call("open_world", world="w", spec="user-unknown", lang="ja")
        await handle.call("open_world", world="w", spec="user-unknown", lang="en")
        assert [one["lang"] for one in await handle.call("worlds")] == ["en"]

    async def test_are_refused_when_there_are_too_many(
        self, handle: Handle, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mailserver_lab.lab.lab.MOST_WORLDS", 2)
        for name in ("a", "b", "a"):
            await handle.call("open_world", world=name, spec="user-unknown")
        with pytest.raises(Problem) as told:
            await handle.call("open_world", world="c", spec="user-unknown")
        assert told.value.status == 503
        assert "閉じて" in told.value.do.ja

    async def test_are_refused_when_the_process_has_no_sockets_left(
        self, reached: Reached, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def fail(*_: object) -> None:
            raise OSError(24, "Too many open files")

        monkeypatch.setattr(reached.service.lab, "open", fail)
        with pytest.raises(Problem) as told:
            await reached.handle.call("open_world", world="c", spec="user-unknown")
        assert told.value.status == 503

    async def test_nobody_uses_are_culled_and_others_stay(
        self, reached: Reached, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        service, handle = reached.service, reached.handle
        for name in ("used", "unused", "followed"):
            await handle.call("open_world", world=name, spec="user-unknown")
        follower = asyncio.create_task(_collect(handle, "followed"))
        await until_true(lambda: "followed" in service._followers)
        for name in ("unused", "followed"):
            service._used[name] -= 10_000
        slept = 0

        async def sleep(_: float) -> None:
            nonlocal slept
            slept += 1
            if slept == 2:
                raise asyncio.CancelledError

        monkeypatch.setattr("mailserver_lab.control.operations.worlds.asyncio.sleep", sleep)
        cull = service.cull()
        with pytest.raises(asyncio.CancelledError):
            await _on_its_loop(reached, cull)
        monkeypatch.undo()
        assert {one["world"] for one in await handle.call("worlds")} == {"used", "followed"}
        await handle.call("close_world", world="followed")
        await follower


async def _on_its_loop(reached: Reached, coroutine: Any) -> None:
    host = getattr(reached.handle, "_host", None)
    if host is None:
        await coroutine
    else:
        # a CancelledError crosses no thread: it is the end of the work there
        with contextlib.suppress(BaseException):
            host.submit(coroutine).result(10)
        raise asyncio.CancelledError


class TestFiles:
    async def test_are_kept_by_a_device_and_travel_in_a_message(self, world: World) -> None:
        content = bytes(range(256)) * 40
        file = await world.attach(PC, "報告 書.bin", content)
        assert (file["name"], file["type"], file["size"]) == (
            "報告 書.bin",
            "application/octet-stream",
            10_240,
        )
        assert file["carried"] == len(base64.encodebytes(content).replace(b"\n", b"\r\n"))
        assert await world.files(PC) == [file]
        assert await world.files("pc/" + RECIPIENT) == []
        assert base64.b64decode((await world.file(PC, file["id"]))["raw"]) == content
        sent = await world.send(PC, RECIPIENT, "With a file", "Here", files=[file["id"]])
        await until(world, kind="queue", queue_id=sent["queue_id"], conn=None)
        raw = base64.b64decode((await world.message(RECIPIENT, 1))["raw"])
        (part,) = email.message_from_bytes(raw, policy=email.policy.default).iter_attachments()
        assert (part.get_filename(), part.get_content()) == ("報告 書.bin", content)

    async def test_are_compressed_into_another_file(self, world: World) -> None:
        sample = await world.attach_sample(PC, "table")
        archive = await world.compress(PC, sample["id"])
        assert (archive["made_of"], archive["type"], archive["name"]) == (
            sample["id"],
            "application/zip",
            "sales.zip",
        )
        assert archive["size"] * 5 < sample["size"]
        raw = base64.b64decode((await world.file(PC, archive["id"]))["raw"])
        with zipfile.ZipFile(io.BytesIO(raw)) as opened:
            assert opened.testzip() is None
            assert opened.namelist() == ["sales.csv"]
            assert len(opened.read("sales.csv")) == sample["size"]

    async def test_are_taken_off_and_are_gone_with_the_world(self, world: World) -> None:
        file = await world.attach(PC, "a.txt", b"a")
        await world.attach(PC, "b.txt", b"b", file["id"])
        await world.detach(PC, file["id"])
        await world.detach(PC, file["id"])
        assert [one["name"] for one in await world.files(PC)] == ["b.txt"]
        await world.reset()
        assert await world.files(PC) == []

    async def test_that_are_too_large_are_refused_and_the_others_stay(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mailserver_lab.devices.files.FILE_LIMIT", 1_000_000)
        monkeypatch.setattr("mailserver_lab.devices.files.TOTAL_LIMIT", 2_000_000)
        monkeypatch.setattr("mailserver_lab.devices.files.MOST_FILES", 3)
        kept = await world.attach(PC, "a", bytes(1_000_000))
        for size, said in ((1_000_001, "1 MB"), (1_000_000, ""), (1, "2 MB")):
            if not said:
                await world.attach(PC, "b", bytes(size))
                continue
            with pytest.raises(Problem) as told:
                await world.attach(PC, "c", bytes(size))
            assert told.value.status == 413
            assert said in told.value.why.en
            assert said in told.value.why.ja
        await world.attach(PC, "empty", b"")
        monkeypatch.setattr("mailserver_lab.control.operations.files.ALL_FILES", 2_000_000)
        with pytest.raises(Problem) as told:
            await world.attach("pc/" + RECIPIENT, "another's", b"x")
        assert "2 MB" in told.value.why.en
        with pytest.raises(Problem) as told:
            await world.attach(PC, "one more", b"")
        assert "3" in told.value.why.ja
        assert (await world.files(PC))[0] == kept

    async def test_of_twenty_megabytes_arrive_octet_by_octet(self, world: World, handle: Handle) -> None:
        for domain in ("tsubame.example", "hibari.example"):
            await handle.call("change_domain", world=world.name, domain=domain, size_limit=40_000_000)
        content = random.Random(1).randbytes(20_000_000)
        file = await world.attach(PC, "noise", content)
        sent = await world.send(PC, RECIPIENT, "Much", "", files=[file["id"]])
        await until(world, kind="queue", queue_id=sent["queue_id"], conn=None)
        raw = base64.b64decode((await world.message(RECIPIENT, 1))["raw"])
        head, _, encoded = raw.rpartition(b'noise"\r\n\r\n')
        assert head
        assert base64.b64decode(encoded[: encoded.index(b"--")]) == content
        assert max(len(str(event)) for event in await world.trace()) < 10_000


class TestMail:
    async def test_goes_from_device_to_mailbox(self, world: World) -> None:
        sent = await world.send(PC, RECIPIENT, "Hello", "Good morning")
        assert (sent["queue_id"], sent["refused"]) == ("q0001", [])
        assert 250 < sent["size"] < 350
        await until(world, kind="queue", queue_id="q0001", conn=None)
        box = await world.mailbox(RECIPIENT)
        (listed,) = box["folders"]["INBOX"]
        assert (box["host"], box["quota"], box["used"]) == ("mx.hibari.example", None, listed["size"])
        assert "Subject: Hello" in listed["head"]
        raw = base64.b64decode((await world.message(RECIPIENT, listed["uid"]))["raw"])
        assert raw.endswith(b"\r\n\r\nGood morning\r\n")
        assert len(raw) == listed["size"]
        assert [one["head"].count("Hello") for one in (await world.device(PC))["folders"]["Sent"]] == [1]

    async def test_may_be_a_whole_message(self, world: World) -> None:
        raw = b"Subject: whole\r\n\r\nbody\r\n"
        await world.send(PC, RECIPIENT, raw=base64.b64encode(raw).decode())
        await until(world, kind="queue", queue_id="q0001", conn=None)
        stored = base64.b64decode((await world.message(RECIPIENT, 1))["raw"])
        assert stored.endswith(raw)

    async def test_that_bounces_is_synced_and_read(self, world: World) -> None:
        await world.send(PC, WRONG, "Hello", "")
        await until(world, kind="mailbox", queue_id="q0002")
        (listed,) = (await world.sync(PC))["folders"]["INBOX"]
        assert not listed["seen"]
        read = await world.read(PC, listed["uid"])
        assert b"5.1.1" in base64.b64decode(read["raw"])
        assert (await world.mailbox(SENDER))["folders"]["INBOX"][0]["flags"] == ["\\Seen"]
        text = await world.transcript("q0001")
        assert "  S 550 5.1.1 <recipent@hibari.example>... User unknown\n" in text

    async def test_that_is_refused_at_once_says_by_whom(self, world: World) -> None:
        sent = await world.send(PC, "nobody@tsubame.example", "Hello", "")
        assert sent["queue_id"] is None
        assert sent["refused"][0]["address"] == "nobody@tsubame.example"
        assert sent["refused"][0]["reply"].startswith("550 5.1.1")

    async def test_waits_in_the_queue_while_the_other_server_is_off(self, world: World) -> None:
        await world.call("server", domain="hibari.example", on=False)
        await world.send(PC, RECIPIENT, "Hello", "")
        await until(world, kind="queue", queue_id="q0001", conn=None)
        (waiting,) = await world.queue()
        assert (waiting["id"], waiting["domain"], waiting["from"]) == ("q0001", "tsubame.example", SENDER)
        assert waiting["recipients"][0]["attempts"] == 1
        await world.call("server", domain="hibari.example", on=True)
        await world.advance(61)
        await until(world, kind="mailbox", step="store")
        async with asyncio.timeout(5):
            while await world.queue():
                await asyncio.sleep(0.01)

    async def test_held_before_a_step_goes_on_when_told(self, world: World) -> None:
        await world.pause(before="rcpt")
        await world.send(PC, RECIPIENT, "Hello", "")
        held = await until(world, kind="pause")
        assert (held["step"], held["queue_id"]) == ("rcpt", "q0001")
        assert (await world.mailbox(RECIPIENT))["folders"]["INBOX"] == []
        await world.go_on()
        await until(world, kind="mailbox", step="store")

    async def test_is_not_sent_or_fetched_by_a_device_off_the_network(self, world: World) -> None:
        await world.call("online", device=PC, online=False)
        for attempt in (world.send(PC, RECIPIENT, "Hello", ""), world.sync(PC)):
            with pytest.raises(Problem) as told:
                await attempt
            assert told.value.status == 409
        assert not (await world.device(PC))["online"]
        await world.call("online", device=PC, online=True)
        await world.sync(PC)


class TestChanges:
    async def test_of_an_account_count_from_now_on(self, world: World) -> None:
        changed = await world.call("change_account", address=RECIPIENT, quota=10, password="new")
        assert changed["domains"]["hibari.example"]["accounts"]["recipient"]["quota"] == 10
        await world.send(PC, RECIPIENT, "Hello", "")
        refused = await until(world, kind="queue", queue_id="q0001", conn=None)
        assert refused["parsed"]["reply"].startswith("552 5.2.2")
        changed = await world.call("change_account", address=RECIPIENT, quota=None)
        account = changed["domains"]["hibari.example"]["accounts"]["recipient"]
        assert (account["quota"], account["password"]) == (None, "new")

    async def test_of_a_password_leave_the_quota(self, world: World) -> None:
        await world.call("change_account", address=RECIPIENT, quota=7)
        changed = await world.call("change_account", address=RECIPIENT, password="p")
        assert changed["domains"]["hibari.example"]["accounts"]["recipient"]["quota"] == 7

    async def test_of_a_domain_count_from_now_on(self, world: World) -> None:
        changed = await world.call("change_domain", domain="hibari.example", size_limit=100)
        assert changed["domains"]["hibari.example"]["size_limit"] == 100
        await world.send(PC, RECIPIENT, "Hello", "x" * 200)
        refused = await until(world, kind="queue", queue_id="q0001", conn=None)
        assert refused["parsed"]["reply"].startswith("552 5.3.4")

    async def test_of_how_a_server_refuses_count_from_now_on_and_stand_in_the_record(
        self, world: World
    ) -> None:
        assert world.description["domains"]["hibari.example"]["refuse"] == "in-session"
        await world.change_domain("Hibari.example", refuse="after-accepting")
        assert world.description["domains"]["hibari.example"]["refuse"] == "after-accepting"
        told = await until(world, kind="setting")
        assert (told["from"], told["text"]) == ("mx.hibari.example", "refuse = after-accepting")
        assert told["parsed"] == {"domain": "hibari.example", "refuse": "after-accepting"}
        await world.send(PC, WRONG, "Hello", "")
        assert (await until(world, kind="bounce"))["from"] == "mx.hibari.example"

    async def test_of_how_a_server_words_its_replies_count_from_now_on(self, world: World) -> None:
        await world.change_domain("hibari.example", wording="postfix")
        assert world.description["domains"]["hibari.example"]["wording"] == "postfix"
        await world.send(PC, WRONG, "Hello", "")
        refused = await until(world, kind="queue", queue_id="q0001", conn=None)
        assert "Recipient address rejected" in refused["parsed"]["reply"]
        with pytest.raises(Problem) as told:
            await world.change_domain("hibari.example", wording="qmail")
        assert "wording is default or sendmail" in told.value.why.en

    async def test_are_undone_when_the_world_begins_anew(self, world: World) -> None:
        before = world.description["domains"]
        await world.change_domain("hibari.example", refuse="after-accepting", size_limit=100)
        await world.call("change_account", address=RECIPIENT, quota=5, password="p")
        await world.reset()
        for name, domain in world.description["domains"].items():
            assert {**domain, "ports": None} == {**before[name], "ports": None}

    async def test_let_something_be_wrong_and_put_it_right(self, world: World) -> None:
        await world.fault("Hibari.example", "drop", "rcpt", times=1)
        await world.fault("hibari.example", "slow", seconds=0)
        faults = world.description["domains"]["hibari.example"]["faults"]
        assert [(one["do"], one["at"], one["times"]) for one in faults] == [
            ("drop", "rcpt", 1),
            ("slow", "ehlo", None),
        ]
        await world.send(PC, RECIPIENT, "Hello", "")
        told = await until(world, kind="queue", queue_id="q0001", conn=None)
        assert told["parsed"]["state"] == "deferred"
        await world.lift("hibari.example", "slow")
        assert world.description["domains"]["hibari.example"]["faults"] == []
        for at in ("mail", "rcpt"):
            await world.fault("hibari.example", "unavailable", at, host="mx.hibari.example")
        await world.lift("hibari.example", "unavailable", "mail", "mx.hibari.example")
        await world.lift("hibari.example", "unavailable", "rcpt", "mx2.hibari.example")
        (left,) = world.description["domains"]["hibari.example"]["faults"]
        assert (left["at"], left["host"], left["struck"]) == ("rcpt", "mx.hibari.example", 0)
        world.description = {}
        await world.look()
        assert world.description["domains"]["hibari.example"]["faults"] == [left]
        await world.fault("hibari.example", "down")
        await world.lift("hibari.example")
        await world.advance(61)
        await until(world, kind="mailbox")

    async def test_of_a_server_switch_it_off_and_on(self, world: World) -> None:
        await world.server("Hibari.example", on=False)
        assert world.description["domains"]["hibari.example"]["server"] == "off"
        told = await until(world, kind="setting")
        assert told["parsed"] == {"domain": "hibari.example", "server": "off"}
        await world.server("hibari.example", on=True)
        assert world.description["domains"]["hibari.example"]["server"] == "on"

    async def test_of_the_clock_move_it(self, world: World) -> None:
        told = await world.call("clock", advance=86_400)
        assert told["now"].startswith("2026-04-02T09:00:0")


# operation, arguments, status, words of the English sentence
BAD = [
    ("no-such", {}, 404, "no operation"),
    ("describe", {"world": "none"}, 404, "not running"),
    ("describe", {}, 400, "needs world"),
    ("worlds", {"extra": 1}, 400, "does not take 'extra'"),
    ("open_world", {"world": "n", "spec": "no-such-world"}, 400, "no world is called"),
    ("open_world", {"world": "n", "spec": "../worlds/main"}, 400, "no world is called"),
    ("open_world", {"world": "n", "spec": {}}, 400, "lacks"),
    ("open_world", {"world": "n", "spec": ["main"]}, 400, "spec cannot be"),
    ("open_world", {"world": "n", "spec": "main", "lang": "fr"}, 400, "lang is ja or en"),
    ("open_world", {"world": "main", "spec": "main"}, 400, "opened by the lab itself"),
    ("close_world", {"world": "main"}, 400, "ends with the lab"),
    ("change_account", {"address": "x@hibari.example", "quota": 1}, 404, "no account"),
    ("change_account", {"address": RECIPIENT, "quota": "x"}, 400, "quota cannot be 'x'"),
    ("change_account", {"address": RECIPIENT, "quota": True}, 400, "quota cannot be True"),
    ("change_account", {"address": RECIPIENT, "quota": 1.5}, 400, "quota cannot be 1.5"),
    ("change_account", {"address": RECIPIENT, "quota": -1}, 400, "not negative"),
    ("change_account", {"address": RECIPIENT, "password": 5}, 400, "password cannot be 5"),
    ("change_account", {"address": RECIPIENT, "password": "\ud800"}, 400, "password cannot be"),
    ("change_domain", {"domain": "none.example", "size_limit": 1}, 400, "no domain"),
    ("change_domain", {"domain": "hibari.example", "size_limit": 0}, 400, "positive"),
    ("change_domain", {"domain": "hibari.example", "size_limit": "x"}, 400, "size_limit cannot be"),
    ("change_domain", {"domain": "hibari.example", "full_mailbox": "never"}, 400, "permanent or temporary"),
    ("change_domain", {"domain": "hibari.example", "refuse": "never"}, 400, "in-session or after-accepting"),
    ("change_domain", {"domain": "hibari.example", "refuse": 1}, 400, "refuse cannot be"),
    ("server", {"domain": "none.example", "on": True}, 400, "no domain"),
    ("fault", {"domain": "none.example", "do": "down"}, 400, "no domain"),
    ("fault", {"domain": "hibari.example", "do": "burn"}, 400, "a fault is down"),
    ("fault", {"domain": "hibari.example", "do": "down", "host": "mx9.hibari.example"}, 400, "no host"),
    ("fault", {"domain": "hibari.example", "do": "drop", "times": 0}, 400, "at least once"),
    ("lift", {"domain": "none.example"}, 400, "no domain"),
    ("lift", {"domain": "hibari.example", "do": "burn"}, 400, "a fault is down"),
    ("server", {"domain": "hibari.example", "on": "yes"}, 400, "on cannot be"),
    ("clock", {"advance": -1}, 400, "at most a year"),
    ("clock", {"advance": float("nan")}, 400, "at most a year"),
    ("clock", {"advance": 1e300}, 400, "at most a year"),
    ("clock", {"advance": "x"}, 400, "advance cannot be"),
    ("pause", {"before": "lunch"}, 400, "the steps are"),
    ("go_on", {"steps": 0}, 400, "at least 1"),
    ("go_on", {"steps": "x"}, 400, "steps cannot be"),
    ("retry", {"message": "q9999"}, 400, "no queue holds"),
    ("retry", {"message": 5}, 400, "message cannot be"),
    ("mailbox", {"address": "x@hibari.example"}, 404, "no account"),
    ("mailbox", {"address": "x"}, 404, "no account"),
    ("message", {"address": RECIPIENT, "uid": 1}, 400, "no message 1"),
    ("message", {"address": RECIPIENT, "uid": 1, "folder": "none"}, 400, "no message 1 in none"),
    ("message", {"address": "x@hibari.example", "uid": 1}, 404, "no account"),
    ("device", {"device": "phone/sender@tsubame.example"}, 400, "nobody"),
    ("device", {"device": "fridge"}, 400, "nobody"),
    ("read", {"device": PC, "uid": 1}, 400, "no message 1"),
    ("delete", {"device": PC, "uid": 1}, 400, "no message 1"),
    ("sign_in", {"device": PC, "password": "x", "protocol": "smtp"}, 400, "imap or pop3"),
    ("sign_in", {"device": PC, "password": ""}, 400, "a line of text"),
    ("sign_in", {"device": PC, "password": "x\r\nDELE 1", "protocol": "pop3"}, 400, "a line of text"),
    ("sign_in", {"device": PC, "password": "x" * 201}, 400, "not that long"),
    ("sign_in", {"device": "fridge", "password": "x"}, 400, "nobody"),
    ("wait", {"device": "fridge", "on": True}, 400, "nobody"),
    ("wait", {"device": PC, "on": 1}, 400, "on cannot be 1"),
    ("read", {"device": PC, "uid": "x"}, 400, "uid cannot be"),
    ("send", {"device": PC, "to": ""}, 400, "no recipient"),
    ("send", {"device": PC, "to": RECIPIENT, "raw": "***"}, 400, "not base64"),
    ("send", {"device": PC, "to": RECIPIENT, "raw": "日本"}, 400, "not base64"),
    ("send", {"device": PC, "to": RECIPIENT, "body": "\udfff"}, 400, "body cannot be"),
    ("send", {"device": PC, "to": "a@hibari.example>\rRCPT TO:<b"}, 400, "a path holds no"),
    ("send", {"device": PC, "to": RECIPIENT, "files": ["f9"]}, 400, "no file 'f9'"),
    ("send", {"device": PC, "to": RECIPIENT, "files": [{}]}, 400, "no file"),
    ("send", {"device": PC, "to": RECIPIENT, "files": "f9"}, 400, "files cannot be"),
    ("attach", {"device": PC, "name": "x", "content": b"", "made_of": "f9"}, 400, "no file 'f9'"),
    ("attach", {"device": "fridge", "name": "x", "content": b""}, 400, "nobody"),
    ("attach", {"device": PC, "name": "x", "content": "text"}, 400, "content cannot be"),
    ("attach_sample", {"device": PC, "sample": "none"}, 400, "the samples are"),
    ("compress", {"device": PC, "file": "f9"}, 400, "no file 'f9'"),
    ("file", {"device": PC, "file": "f9"}, 400, "no file 'f9'"),
    ("files", {"device": "fridge"}, 400, "nobody"),
    ("detach", {"device": "fridge", "file": "f1"}, 400, "nobody"),
    ("dial", {"device": PC, "host": "mx.none.example", "port": 25}, 400, "no host"),
    ("dial", {"device": PC, "host": "mx.hibari.example", "port": 26}, 409, "cannot be reached"),
    ("dial", {"device": "fridge", "host": "mx.hibari.example", "port": 25}, 400, "nobody"),
    ("say", {"line": 9, "text": "NOOP"}, 409, "closed already"),
    ("say", {"line": 9, "text": "\udfff"}, 400, "text cannot be"),
    ("secure", {"line": 9, "host": "mx.hibari.example"}, 409, "closed already"),
    ("hang_up", {"line": "x"}, 400, "line cannot be"),
    ("online", {"device": PC, "online": 1}, 400, "online cannot be 1"),
    ("trace", {"limit": -1}, 400, "at the most"),
    ("transcript", {}, 400, "needs message"),
]  # fmt: skip


class TestWhatCannotBeDone:
    @pytest.mark.parametrize(("operation", "given", "status", "words"), BAD)
    async def test_is_a_problem_told_in_both_languages(
        self, world: World, operation: str, given: dict[str, Any], status: int, words: str
    ) -> None:
        ours = {"describe", "worlds", "no-such", "open_world", "close_world"}
        arguments = given if operation in ours else {"world": world.name, **given}
        with pytest.raises(Problem) as told:
            await world.handle.call(operation, **arguments)
        problem = told.value
        assert problem.status == status
        assert words in f"{problem.what.en} {problem.why.en}"
        for lang in LANGUAGES:
            assert all(problem.as_json(lang).values())
        assert problem.what.ja != problem.what.en
        assert any("ぁ" <= char <= "ん" for char in problem.do.ja)
        assert (await world.call("describe"))["world"] == world.name  # and the lab goes on

    async def test_covers_every_operation(self) -> None:
        harmless = {"reset", "queue", "sync"}
        assert {operation for operation, *_ in BAD} - {"no-such"} == set(OPERATIONS) - harmless

    async def test_is_said_of_a_world_that_is_gone(self, world: World) -> None:
        await world.call("close_world")
        for operation in ("reset", "queue", "trace"):
            with pytest.raises(Problem) as told:
                await world.call(operation)
            assert told.value.status == 404


async def _collect(handle: Handle, world: str, after: int = 0) -> list[dict[str, Any]]:
    return [event async for batch in handle.events(world, after) for event in batch]


class TestEvents:
    async def test_are_the_record_from_its_beginning_until_the_world_closes(self, world: World) -> None:
        following = asyncio.create_task(_collect(world.handle, world.name))
        await world.send(PC, RECIPIENT, "Hello", "")
        await until(world, kind="queue", queue_id="q0001", conn=None)
        record = await world.trace()
        await world.call("close_world")
        async with asyncio.timeout(3):
            followed = await following
        assert followed[: len(record)] == record
        assert [event["n"] for event in followed] == list(range(1, len(followed) + 1))

    async def test_end_with_a_world_that_is_reset(self, world: World) -> None:
        following = asyncio.create_task(_collect(world.handle, world.name))
        await world.send(PC, RECIPIENT, "Hello", "")
        await until(world, kind="mailbox")
        await world.reset()
        async with asyncio.timeout(3):
            assert len(await following) > 10

    async def test_begin_after_the_number_that_is_asked_for(self, world: World) -> None:
        await world.send(PC, RECIPIENT, "Hello", "")
        await until(world, kind="mailbox")
        async with contextlib.aclosing(world.events(after=5)) as batches:  # type: ignore[type-var]
            assert (await anext(batches))[0]["n"] == 6
        assert [event["n"] for event in await world.call("trace", after=5, limit=2)] == [6, 7]
        async with contextlib.aclosing(world.events(after=-5)) as batches:  # type: ignore[type-var]
            assert (await anext(batches))[0]["n"] == 1

    async def test_come_in_batches_and_a_slow_reader_misses_none(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mailserver_lab.control.operations.record.BATCH", 7)
        numbers: list[int] = []
        async with contextlib.aclosing(world.events()) as batches:  # type: ignore[type-var]
            await world.send(PC, WRONG, "Hello", "")
            async with asyncio.timeout(10):
                async for batch in batches:
                    assert len(batch) <= 7
                    numbers += [event["n"] for event in batch]
                    await asyncio.sleep(0.01)
                    if any(event["kind"] == "mailbox" for event in batch):
                        break
        assert len(numbers) > 30
        assert numbers == list(range(1, len(numbers) + 1))

    async def test_tell_a_reader_whom_the_record_has_left_behind(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mailserver_lab.trace.Trace.KEEP", 10)
        small = await open_lab("user-unknown", handle=world.handle)
        await small.send(PC, WRONG, "Hello", "")
        await until(small, kind="mailbox")
        async with contextlib.aclosing(small.events()) as batches:  # type: ignore[type-var]
            first, second, *_ = await anext(batches)
        assert first == {"kind": "lost", "n": second["n"] - 1, "count": second["n"] - 1}

    async def test_of_a_world_that_is_not_there_are_a_problem(self, handle: Handle) -> None:
        with pytest.raises(Problem) as told:
            await _collect(handle, "none")
        assert told.value.status == 404
        assert "動いていません" in told.value.what.ja

    async def test_stop_costing_anything_when_the_follower_goes(self, reached: Reached) -> None:
        world = await open_lab("user-unknown", handle=reached.handle)
        following = asyncio.create_task(_collect(reached.handle, world.name))
        await until_true(lambda: world.name in reached.service._followers)
        following.cancel()
        await until_true(lambda: world.name not in reached.service._followers)
        assert not reached.service.lab.worlds[world.name].trace._followers

    async def test_stop_costing_anything_when_the_follower_goes_before_they_begin(
        self, reached: Reached
    ) -> None:
        world = await open_lab("user-unknown", handle=reached.handle)
        for turns in range(40):  # of the loop: from before the connection to after the first events
            following = asyncio.create_task(_collect(reached.handle, world.name))
            for _ in range(turns):
                await asyncio.sleep(0)
            following.cancel()
        last = asyncio.create_task(_collect(reached.handle, world.name))
        await until_true(lambda: world.name in reached.service._followers)
        last.cancel()
        await until_true(lambda: world.name not in reached.service._followers)
