"""IMAP by hand: the states of `states`, and words for somebody who types the commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from ..locale import Text
from ..talk import Mistake, Move, Offer, Talk, arrows
from .states import GREETING, TRANSITIONS, Outcome, State, after

_LITERAL = re.compile(r"\{(\d{1,9})\}$")
_LOGIN = Offer('{tag} LOGIN {me} {password}', Text(ja="ユーザー ID とパスワードでサインインする", en="Sign in with user ID and password"))  # fmt: skip
_CAPABILITY = Offer(
    "{tag} CAPABILITY", Text(ja="サーバーにできることを尋ねる", en="Ask what the server can do")
)
_LIST = Offer('{tag} LIST "" *', Text(ja="フォルダーの一覧を尋ねる", en="Ask which folders there are"))
_SELECT = Offer("{tag} SELECT INBOX", Text(ja="受信トレイを開く", en="Open the inbox"))
_STATUS = Offer("{tag} STATUS INBOX (MESSAGES UNSEEN)", Text(ja="開かずに、何通あるかを尋ねる", en="Ask how many messages there are, without opening it"))  # fmt: skip
_FETCH = Offer("{tag} FETCH 1 (FLAGS BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])", Text(ja="1 番のメールの印、差出人、件名を見る", en="Look at the flags, sender and subject of message 1"))  # fmt: skip
_BODY = Offer("{tag} FETCH 1 BODY[]", Text(ja="1 番のメールを読む", en="Read message 1"))
_STORE = Offer("{tag} STORE 1 +FLAGS (\\Flagged)", Text(ja="1 番のメールに印を付ける", en="Flag message 1"))
_IDLE = Offer("{tag} IDLE", Text(ja="何か起きたら知らせてもらう", en="Be told as soon as something happens"))
_DONE = Offer("DONE", Text(ja="待つのをやめる", en="Stop waiting"))
_CLOSE = Offer("{tag} UNSELECT", Text(ja="受信トレイを閉じる", en="Close the inbox"))
_LOGOUT = Offer("{tag} LOGOUT", Text(ja="会話を終える", en="End the conversation"))
_OFFERS: dict[str, tuple[Offer, ...]] = {
    State.NOT_AUTHENTICATED: (_LOGIN, _CAPABILITY, _LOGOUT),
    State.AUTHENTICATED: (_LIST, _SELECT, _STATUS, _LOGOUT),
    State.SELECTED: (_FETCH, _BODY, _STORE, _IDLE, _CLOSE, _LOGOUT),
}
_DRAWN = ("LOGIN", "SELECT", "UNSELECT", "CLOSE", "LOGOUT", GREETING)


class ImapTalk(Talk):
    """A conversation with an IMAP server."""

    protocol = "imap"
    names: ClassVar[Mapping[str, Text]] = {
        State.GREETING: Text(ja="接続した", en="connected"),
        State.NOT_AUTHENTICATED: Text(ja="本人確認", en="who are you?"),
        State.AUTHENTICATED: Text(ja="サインイン済み", en="signed in"),
        State.SELECTED: Text(ja="フォルダーを開いた", en="folder open"),
        State.LOGOUT: Text(ja="終わり", en="closed"),
    }

    labels: ClassVar[Mapping[str, str]] = {GREETING: "* OK"}

    def __init__(self) -> None:
        super().__init__()
        self.state = State.GREETING
        self._pending: dict[str, tuple[str, str]] = {}  # by tag: command and line
        self._greeted = False
        self._literal = 0  # octets of a literal that are still to come
        self._idle = ""
        self._number = 0

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come. In IDLE and before a literal it comes later."""
        return not self._greeted or (bool(self._pending) and self.mode == "command" and not self._idle)

    def say(self, line: str) -> None:
        """A command, what continues it, or DONE."""
        if self.mode == "content":
            self._literal -= len(line.encode()) + 2
            if self._literal <= 0:
                self.mode = "command"
            return
        if self.mode == "secret":
            self.mode = "command"
            return
        if self._idle:
            self._idle = ""
            return
        tag, _, rest = line.partition(" ")
        words = rest.upper().split(" ", 2)
        verb = words[1] if words[0] == "UID" and len(words) > 1 else words[0]
        self._pending[tag] = (verb, line)
        self._number += 1

    def hear(self, line: str, parsed: Mapping[str, Any]) -> Text | None:
        """A line; tagged ones answer a command, `+` asks for more."""
        outcome, tag = parsed.get("reply"), parsed.get("tag")
        before = State(self.state)
        if not self._greeted:
            self._greeted = True
            self.state = after(before, GREETING, Outcome(outcome or "OK"))
            return None
        if line.startswith("+"):
            self._more()
            return None
        if outcome == Outcome.BYE:
            if not any(verb == "LOGOUT" for verb, _ in self._pending.values()):  # its answer is still to come
                self.closed()
            return self._mistake(before, "", line)
        if outcome is None or (tag is None and outcome != Outcome.BAD):
            return None
        key = tag if tag in self._pending else next(iter(self._pending), "")
        verb, said = self._pending.pop(key, ("", ""))
        self.mode, self._idle = "command", ""
        self.state = after(before, verb, Outcome(outcome))
        if verb == "STARTTLS" and outcome == Outcome.OK:
            self.mode = "tls"
        if self.state == State.LOGOUT:
            self.closed()
        return self._mistake(before, said, line) if outcome in {Outcome.NO, Outcome.BAD} else None

    def _more(self) -> None:
        verb, said = next(reversed(self._pending.values()), ("", ""))
        if verb == "IDLE":
            self._idle = verb
        elif verb == "AUTHENTICATE":
            self.mode = "secret"
        elif found := _LITERAL.search(said):
            self._literal, self.mode = int(found[1]), "content"

    def refusal(self, line: str, parsed: Mapping[str, Any]) -> bool:
        """Whether a server's line is a refusal."""
        return parsed.get("reply") in {Outcome.NO, Outcome.BAD}

    @property
    def silent(self) -> Text | None:
        """A literal ends where its octets end."""
        if self.mode != "content":
            return None
        return Text(
            ja=f"サーバーは、あと {self._literal} バイトを待っています。",
            en=f"The server waits for {self._literal} more bytes.",
        )

    def closed(self) -> None:
        """The connection is gone."""
        self.state, self.mode, self._greeted = State.LOGOUT, "closed", True

    def offers(self) -> tuple[Offer, ...]:
        """The lines that fit now, the usual one first."""
        if self._idle:
            return (_DONE,)
        return _OFFERS.get(self.state, ()) if self.mode == "command" else ()

    def fill(self, line: str, values: Mapping[str, str]) -> str:
        """An offered line with its names filled in; every command has a tag of its own."""
        return super().fill(line, {**values, "tag": f"a{self._number + 1}"})

    def moves(self) -> tuple[Move, ...]:
        """The arrows of the state diagram: the commands that change the state, where they succeed."""
        return arrows(
            {
                state: {
                    verb: outcomes[Outcome.OK]
                    for verb, outcomes in TRANSITIONS[State(state)].items()
                    if verb in _DRAWN and Outcome.OK in outcomes
                }
                for state in self.names
            }
        )

    mistakes = (
        Mistake(
            Text(
                ja="しばらく何も言わなかったので、サーバーが接続を切りました。もう一度つないでください。",
                en="You said nothing for so long that the server hung up. Connect again.",
            ),
            r"\* BYE Idle",
        ),
        Mistake(
            Text(
                ja="まちがいが続いたので、サーバーが接続を切りました。もう一度つないで、やり直せます。",
                en="After so many mistakes the server hung up. Connect again and start anew.",
            ),
            r"\* BYE Too many",
        ),
        Mistake(
            Text(
                ja="IMAP の命令は、`a1` のようなタグで始めます。返事に同じタグが付くので、どの命令への返事かがわかります。先頭の言葉がタグとして読まれました。",
                en="An IMAP command begins with a tag such as `a1`, which the answer bears too: that is how one knows what it answers. The first word was taken for the tag.",
            ),
            r".*\bBAD\b",
            r"(LOGIN|LIST|SELECT|FETCH|STORE|LOGOUT|CAPABILITY|NOOP|STATUS|IDLE|UID|SEARCH|EXAMINE)\b",
        ),
        Mistake(
            Text(
                ja="ユーザー ID かパスワードが違います。どちらが違うかは、わざと教えません。",
                en="User ID or password is wrong; which of them, it does not say.",
            ),
            r"\S+ NO \[AUTHENTICATIONFAILED\]",
        ),
        Mistake(
            Text(
                ja="まだサインインしていません。先に `LOGIN` で本人だと示します。",
                en="You have not signed in. `LOGIN` comes first.",
            ),
            r"\S+ BAD",
            r"\S+ (SELECT|EXAMINE|LIST|STATUS|FETCH|STORE|UID|SEARCH|IDLE|CREATE)\b",
            frozenset({State.NOT_AUTHENTICATED}),
        ),
        Mistake(
            Text(
                ja="フォルダーがまだ開いていません。先に `SELECT INBOX` で開きます。",
                en="No folder is open. Open one by `SELECT INBOX` first.",
            ),
            r"\S+ BAD",
            r"\S+ (FETCH|STORE|UID|SEARCH|COPY|MOVE|EXPUNGE|CLOSE|UNSELECT)\b",
            frozenset({State.AUTHENTICATED}),
        ),
        Mistake(
            Text(
                ja="その名前のフォルダーはありません。`LIST` で確かめてください。",
                en="There is no folder of that name. `LIST` shows which there are.",
            ),
            r"\S+ NO",
            r"\S+ (SELECT|EXAMINE|STATUS)\b",
        ),
        Mistake(
            Text(
                ja="サーバーには読み取れません。命令のつづりと、かっこや引用符の組を確かめてください。何も変わっていません。",
                en="The server cannot read that. Check the spelling, and that brackets and quotation marks come in pairs. Nothing has changed.",
            ),
            r".*\bBAD\b",
        ),
    )
