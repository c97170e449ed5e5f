import http.client
import imaplib
import json
import signal
import socket
import stat
from pathlib import Path

import pytest

from mailserver_lab.lab.certificates import Certificates
from mailserver_lab.lab.running import PORTS
from tests.ports import free_base
from tests.served import COMPANY, OTHER, RECIPIENT, SENDER, Served, eventually, refused

NO_QUOTA = None
TAKEN = 2 * len(PORTS) + 3  # ports that a lab takes: of two companies, the DNS, the web and the control API


def subjects(served: Served, address: str) -> list[str]:
    """The subjects in an inbox, read by IMAP."""
    with imaplib.IMAP4(*served.at(address.partition("@")[2], "imap"), timeout=20) as imap:
        imap.login(address, served.password(address))
        if imap.select("INBOX", readonly=True)[1] == [b"0"]:
            return []  # an empty mailbox has no number that * could stand for
        found = imap.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
        return [part[1].decode().partition(":")[2].strip() for part in found if isinstance(part, tuple)]


class TestTheLine:
    def test_has_every_key_of_the_contract_and_is_in_the_ready_file_too(self, tmp_path: Path) -> None:
        ready = tmp_path / "ready.json"
        with Served("--ready-file", ready) as served:
            told = served.told
            assert list(told) == ["domains", "dns", "http", "accounts", "control", "ca_file"]
            assert list(told["domains"]) == [COMPANY, OTHER]
            assert all(list(services) == list(PORTS) for services in told["domains"].values())
            assert set(told["control"]) == {"url", "token"}
            for domain in told["domains"]:
                quotas = [
                    about["quota"]
                    for address, about in told["accounts"].items()
                    if address.endswith(f"@{domain}")
                ]
                assert NO_QUOTA in quotas
            assert ready.read_text() == served.line
            assert stat.S_IMODE(ready.stat().st_mode) == 0o600
            assert list(tmp_path.iterdir()) == [ready]

    def test_replaces_an_old_ready_file_that_others_could_read(self, tmp_path: Path) -> None:
        ready = tmp_path / "ready.json"
        ready.write_text("old")
        ready.chmod(0o644)
        with Served("--ready-file", ready) as served:
            assert ready.read_text() == served.line
            assert stat.S_IMODE(ready.stat().st_mode) == 0o600

    def test_names_places_that_answer(self) -> None:
        with Served() as served:
            told = served.told
            for services in told["domains"].values():
                for service, place in services.items():
                    with socket.create_connection(place, timeout=5) as plain:
                        if service in {"submissions", "pop3s", "imaps"}:
                            with served.trust().wrap_socket(plain, server_hostname="localhost") as secure:
                                assert secure.recv(100)
                        else:
                            assert plain.recv(100)
            page = http.client.HTTPConnection(*told["http"], timeout=5)
            page.request("GET", "/")
            assert page.getresponse().status == 200
            page.close()
            api = http.client.HTTPConnection(told["control"]["url"].split("/")[2], timeout=5)
            api.request(
                "GET",
                "/mailserver-lab/api/worlds",
                headers={"Authorization": f"token {told['control']['token']}"},
            )
            assert [world["world"] for world in json.loads(api.getresponse().read())] == ["main"]
            api.close()

    def test_counts_ports_from_port_base_in_its_own_order(self) -> None:
        base = free_base(TAKEN)
        with Served("--port-base", str(base)) as served:
            told = served.told
            places = [place for services in told["domains"].values() for place in services.values()]
            places += [told["dns"], told["http"]]
            assert [port for _, port in places] == list(range(base, base + len(places)))
            assert f":{base + len(places)}/" in told["control"]["url"]


class TestTheEnd:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_of_a_signal_is_silent_and_0(self, number: int) -> None:
        with Served() as served:
            assert served.stop(number) == (0, "")

    def test_comes_at_once_though_clients_are_connected(self, tmp_path: Path) -> None:
        with Served("--dir", tmp_path) as served, socket.socket() as silent:
            clients = [
                socket.create_connection(place, timeout=5)
                for services in served.told["domains"].values()
                for place in services.values()
            ]
            clients.append(socket.create_connection(served.told["http"], timeout=5))
            for plain in clients:
                plain.sendall(b"NOO")
            idle = imaplib.IMAP4(*served.at(COMPANY, "imap"), timeout=5)
            idle.login(SENDER, served.password(SENDER))
            idle.select()
            idle.send(b"a1 IDLE\r\n")
            api = http.client.HTTPConnection(served.told["control"]["url"].split("/")[2], timeout=5)
            upgrade = {
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
                "Sec-WebSocket-Version": "13",
            }
            api.request(
                "GET",
                "/mailserver-lab/api/worlds/main/events",
                headers=upgrade | {"Authorization": f"token {served.told['control']['token']}"},
            )
            assert api.getresponse().status == 101
            silent.connect(served.at(COMPANY, "mx"))
            code, said = served.stop()  # waits 20 s at the most, which is less than any time-out of a server
            assert (code, said) == (0, "")
            for plain in clients:
                plain.close()
            idle.shutdown()
            api.close()


class TestAFolder:
    def test_keeps_world_mail_ports_and_ca_from_one_start_to_the_next(self, tmp_path: Path) -> None:
        # From a base that no lab takes by itself: one that a test beside this has just opened would be in the way.
        base = free_base(TAKEN)
        with Served("--dir", tmp_path / "lab", "--port-base", str(base)) as served:
            served.submit(RECIPIENT, subject="kept")
            eventually(lambda: subjects(served, RECIPIENT) == ["kept"])
            ca = Path(served.told["ca_file"]).read_bytes()
            accounts, domains = served.told["accounts"], served.told["domains"]
            assert served.stop() == (0, "")
        with Served("--dir", tmp_path / "lab") as served:
            assert subjects(served, RECIPIENT) == ["kept"]
            assert Path(served.told["ca_file"]).read_bytes() == ca
            assert served.told["accounts"] == accounts
            assert served.told["domains"] == domains

    def test_replaces_only_a_port_that_was_taken_in_the_meantime(self, tmp_path: Path) -> None:
        base = free_base(TAKEN)
        with Served("--dir", tmp_path, "--port-base", str(base)) as served:
            domains = served.told["domains"]
            served.stop()
        with socket.create_server(("127.0.0.1", base)), Served("--dir", tmp_path) as served:
            told = served.told["domains"]
        (service, place), *rest = domains[COMPANY].items()
        assert place[1] == base
        assert told[COMPANY].pop(service)[1] != base
        assert told == domains | {COMPANY: dict(rest)}

    def test_is_private_where_it_holds_secrets(self, tmp_path: Path) -> None:
        with Served("--dir", tmp_path) as served:
            served.stop()
        assert stat.S_IMODE((tmp_path / "ca.key.pem").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "main.json").stat().st_mode) == 0o600

    def test_serves_one_lab_at_a_time(self, tmp_path: Path) -> None:
        with Served("--dir", tmp_path) as served:
            (said,) = refused("--dir", tmp_path)
            assert "another lab is running in" in said
            assert str(tmp_path) in said
            served.submit(RECIPIENT, subject="undisturbed")
            eventually(lambda: subjects(served, RECIPIENT) == ["undisturbed"])
        with Served("--dir", tmp_path) as served:  # the first was killed, which leaves no stale lock
            assert set(subjects(served, RECIPIENT)) == {"undisturbed"}

    def test_without_one_nothing_is_left(self) -> None:
        with Served() as served:
            folder = Path(served.told["ca_file"]).parent
            assert folder.is_dir()
            served.stop()
            assert not folder.exists()


class TestWhatCannotBeServed:
    @pytest.mark.parametrize("offset", [0, 5, 2 * len(PORTS), 2 * len(PORTS) + 1, TAKEN - 1])
    def test_a_taken_port_is_one_sentence(self, offset: int) -> None:
        base = free_base(TAKEN)
        with socket.create_server(("127.0.0.1", base + offset)):
            (said,) = refused("--port-base", str(base))
        assert "in use" in said
        assert "--port-base" in said

    @pytest.mark.parametrize("base", ["0", "-1", "65535"])
    def test_a_port_that_is_none_is_one_sentence(self, base: str) -> None:
        (said,) = refused("--port-base", base)
        assert "65535" in said

    def test_a_file_in_place_of_the_folder_is_one_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "lab").write_text("")
        (said,) = refused("--dir", tmp_path / "lab")
        assert str(tmp_path / "lab") in said

    @pytest.mark.parametrize(
        "content", ["", "{", "[]", '{"name": "main"}', '{"name": "main", "domains": {"x.example": {}}}']
    )
    def test_a_folder_with_a_broken_world_is_one_sentence(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "main.json").write_text(content)
        (said,) = refused("--dir", tmp_path)
        assert said.startswith("The lab could not start: ")

    def test_a_mailbox_file_that_is_no_database_is_one_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "worlds" / "main").mkdir(parents=True)
        (tmp_path / "worlds" / "main" / f"{OTHER}.sqlite").write_text("this is no database, " * 100)
        (said,) = refused("--dir", tmp_path)
        assert "not a database" in said

    @pytest.mark.parametrize("file", ["ca.pem", "ca.key.pem"])
    def test_a_damaged_ca_is_one_sentence(self, tmp_path: Path, file: str) -> None:
        assert Certificates(tmp_path).ca_file.exists()
        (tmp_path / file).write_text("damaged")
        (said,) = refused("--dir", tmp_path)
        assert "ca.key.pem are not a CA and its key" in said

    def test_a_ready_file_nowhere_is_one_sentence(self, tmp_path: Path) -> None:
        (said,) = refused("--ready-file", tmp_path / "none" / "ready.json")
        assert "ready.json" in said
