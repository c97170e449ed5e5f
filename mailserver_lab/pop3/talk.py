"""POP3 by hand: the states of `states`, and words for somebody who types the commands."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, ClassVar

from ..locale import Text
from ..talk import Mistake, Move, Offer, Talk, arrows
from .states import COMMANDS, GREETING, TRANSITIONS, Outcome, State, after

_USER = Offer("USER {me}", Text(ja="ユーザー ID を告げる", en="Say whose mailbox you want"))
_PASS = Offer("PASS {password}", Text(ja="パスワードを告げる", en="Show that it is yours"))
_STAT = Offer("STAT", Text(ja="何通あって、何バイトかを尋ねる", en="Ask how many messages there are, and how large they are"))  # fmt: skip
_LIST = Offer("LIST", Text(ja="1 通ずつの番号と大きさを尋ねる", en="Ask for the number and the size of each"))
_RETR = Offer("RETR 1", Text(ja="1 番のメールを受け取る", en="Get message 1"))
_DELE = Offer("DELE 1", Text(ja="1 番のメールに消す印を付ける", en="Mark message 1 for removal"))
_RSET = Offer("RSET", Text(ja="消す印をすべて外す", en="Take all the marks away"))
_CAPA = Offer("CAPA", Text(ja="サーバーにできることを尋ねる", en="Ask what the server can do"))
_QUIT = Offer("QUIT", Text(ja="会話を終える（消す印のメールは、ここで消える）", en="End the conversation; what is marked is removed now"))  # fmt: skip
_BYE = Offer("QUIT", Text(ja="会話を終える", en="End the conversation"))
_OFFERS: dict[str, tuple[Offer, ...]] = {
    State.AUTHORIZATION: (_USER, _CAPA, _BYE),
    State.PASSWORD: (_PASS, _USER, _BYE),
    State.TRANSACTION: (_STAT, _LIST, _RETR, _DELE, _RSET, _QUIT),
}

_BARE = r"-ERR(?! \[)"
"""A refusal without a code of its own (RFC 2449 section 8): what was typed, and when, tells why. Its words are in the client's language."""
_ABOUT_ONE = frozenset({"RETR", "DELE", "TOP", "LIST", "UIDL"})
_OUTSIDE = frozenset({State.AUTHORIZATION, State.PASSWORD})
_MARKED = Text(
    ja="そのメールには、もう消す印が付いています。`RSET` で印を外せます。",
    en="That message is marked for removal already. `RSET` takes the mark away.",
)
_ENOUGH = Text(
    ja="まちがいが続いたので、サーバーが接続を切りました。もう一度つないで、やり直せます。",
    en="After so many mistakes the server hung up. Connect again and start anew.",
)


class Pop3Talk(Talk):
    """A conversation with a POP3 server."""

    protocol = "pop3"
    names: ClassVar[Mapping[str, Text]] = {
        State.GREETING: Text(ja="接続した", en="connected"),
        State.AUTHORIZATION: Text(ja="本人確認", en="who are you?"),
        State.PASSWORD: Text(ja="パスワード待ち", en="user named"),
        State.TRANSACTION: Text(ja="受信の作業中", en="at the mailbox"),
        State.UPDATE: Text(ja="削除の実行", en="removing"),
        State.CLOSED: Text(ja="終わり", en="closed"),
    }

    labels: ClassVar[Mapping[str, str]] = {GREETING: "+OK"}

    def __init__(self) -> None:
        super().__init__()
        self.state = State.GREETING
        self._pending = deque([(GREETING, "")])
        self._marked: set[str] = set()

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._pending)

    def say(self, line: str) -> None:
        """A command, or the response to a challenge of AUTH."""
        verb = "AUTH" if self.mode == "secret" else line.partition(" ")[0].upper()
        self._pending.append((verb, line))
        if self.mode != "secret":
            self.state = after(State(self.state), verb, Outcome.ASKED)

    def hear(self, line: str, parsed: Mapping[str, Any]) -> Text | None:
        """A line; only the first one of each answer counts."""
        outcome = parsed.get("reply")
        if outcome not in set(Outcome) or not self._pending:
            return None
        verb, said = self._pending.popleft()
        before = State(self.state)
        self.mode = "secret" if outcome == Outcome.MORE else "command"
        self.state = after(before, verb, Outcome(outcome))
        if self.state == State.STARTING_TLS:
            self.mode, self.state = "tls", State.AUTHORIZATION
        elif self.state == State.AUTHENTICATING and outcome != Outcome.MORE:
            self.state = State.AUTHORIZATION
        if self.state == State.CLOSED:
            self.closed()
        number = said.partition(" ")[2].partition(" ")[0] if verb in _ABOUT_ONE else ""
        if outcome != Outcome.ERR:
            self._mark(verb, number)
            return None
        if parsed.get("last"):
            return _ENOUGH
        return _MARKED if number in self._marked else self._mistake(before, said, line)

    def _mark(self, verb: str, number: str) -> None:
        """Remember which messages are marked for removal."""
        if verb == "DELE":
            self._marked.add(number)
        elif verb == "RSET":
            self._marked.clear()

    def refusal(self, line: str, parsed: Mapping[str, Any]) -> bool:
        """Whether a server's line is a refusal."""
        return parsed.get("reply") == Outcome.ERR

    def closed(self) -> None:
        """The connection is gone."""
        self.state, self.mode = State.CLOSED, "closed"

    def offers(self) -> tuple[Offer, ...]:
        """The lines that fit now, the usual one first."""
        return _OFFERS.get(self.state, ()) if self.mode == "command" else ()

    def moves(self) -> tuple[Move, ...]:
        """The arrows of the state diagram: the way by USER and PASS, and successes alone."""
        rows: dict[str, dict[str, str]] = {}
        for state in map(State, self.names):
            for verb, outcomes in TRANSITIONS[state].items():
                to = outcomes.get(Outcome.OK) or outcomes.get(Outcome.ASKED)
                aside = verb in {"APOP", "AUTH", "STLS"} or (verb, state) == ("QUIT", State.PASSWORD)
                if to is not None and to in self.names and not aside:
                    rows.setdefault(state, {})[verb] = to
        return arrows(rows)

    mistakes = (
        Mistake(
            Text(
                ja="ユーザー ID かパスワードが違います。どちらが違うかは、わざと教えません。`USER` からやり直します。",
                en="User ID or password is wrong; which of them, it does not say. Begin again with `USER`.",
            ),
            r"-ERR \[AUTH\]",
        ),
        Mistake(
            Text(
                ja="このメールボックスは、ほかの接続が使っています。POP3 は、一度に一人しか入れません。",
                en="Another connection has this mailbox open. POP3 lets one in at a time.",
            ),
            r"-ERR \[IN-USE\]",
        ),
        Mistake(
            Text(
                ja="これは HTTP の言葉です。このサーバーは POP3 しか話しません。",
                en="That is HTTP. This server speaks POP3 alone.",
            ),
            _BARE,
            r"(GET|POST|HEAD) |Host:",
        ),
        Mistake(
            Text(
                ja="これは SMTP の言葉です。POP3 にはない命令なので、通じません。",
                en="That is SMTP. POP3 has no such command.",
            ),
            _BARE,
            r"(EHLO|HELO|MAIL|RCPT|DATA)\b",
        ),
        Mistake(
            Text(
                ja="サーバーの知らない命令です。つづりを確かめてください。何も変わっていません。",
                en="The server knows no such command: check the spelling. Nothing has changed.",
            ),
            _BARE,
            rf"(?!({'|'.join(sorted(COMMANDS))})( |$))",
        ),
        Mistake(
            Text(
                ja="まだサインインしていません。`USER` と `PASS` で本人だと示すまで、メールのことは何も教えてもらえません。",
                en="You have not signed in. Until `USER` and `PASS` have shown who you are, the server tells nothing of the mail.",
            ),
            _BARE,
            r"(STAT|LIST|UIDL|RETR|TOP|DELE|RSET|NOOP)\b",
            _OUTSIDE,
        ),
        Mistake(
            Text(
                ja="順番が違います。`PASS` の前に、`USER` でユーザー ID を告げます。",
                en="Wrong order. `USER` comes before `PASS`.",
            ),
            _BARE,
            r"PASS\b",
            frozenset({State.AUTHORIZATION}),
        ),
        Mistake(
            Text(ja="もうサインインしています。先へ進みましょう。", en="You are signed in already. Go on."),
            _BARE,
            r"(USER|PASS|APOP|AUTH|STLS)\b",
            frozenset({State.TRANSACTION}),
        ),
        Mistake(
            Text(
                ja="番号が要ります。`LIST` に出た番号を、空白を一つあけて書きます。",
                en="A number is needed, after a space: one that `LIST` has shown.",
            ),
            _BARE,
            r"(RETR|DELE|TOP|LIST|UIDL)(?! \d+( \d+)?$)",
        ),
        Mistake(
            Text(
                ja="その番号のメールはありません。`LIST` で番号を確かめてください。",
                en="There is no message of that number. `LIST` shows which there are.",
            ),
            _BARE,
            r"(TOP \d+ \d+|(RETR|DELE|LIST|UIDL) \d+)$",
        ),
        Mistake(
            Text(
                ja="命令のあとに書くものが、足りないか多すぎます。",
                en="Too little or too much follows the command.",
            ),
            _BARE,
            r"(USER|PASS|APOP|AUTH|LANG)$|(TOP|RETR|DELE|LIST|UIDL|USER|STAT|RSET|NOOP|CAPA|QUIT|STLS|UTF8) ",
        ),
    )
