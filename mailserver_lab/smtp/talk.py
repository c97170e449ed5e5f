"""SMTP by hand: the states of `states`, and words for somebody who types the commands."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, ClassVar

from ..locale import Text
from ..talk import Mistake, Move, Offer, Talk, arrows
from .states import STAYS, State, moves

_EHLO = Offer("EHLO {host}", Text(ja="名乗って、サーバーにできることを尋ねる", en="Say who you are, and ask what the server can do"))  # fmt: skip
_AUTH = Offer("AUTH PLAIN {plain}", Text(ja="ユーザー ID とパスワードで本人だと示す", en="Sign in with user ID and password"))  # fmt: skip
_MAIL = Offer("MAIL FROM:<{me}>", Text(ja="封筒に差出人を書く", en="Write the sender on the envelope"))
_RCPT = Offer("RCPT TO:<{them}>", Text(ja="封筒に宛先を書く", en="Write a recipient on the envelope"))
_DATA = Offer("DATA", Text(ja="封筒は済んだ、手紙を渡したい、と伝える", en="The envelope is done: ask to hand over the letter"))  # fmt: skip
_RSET = Offer("RSET", Text(ja="封筒を捨てて、書き直す", en="Throw the envelope away"))
_NOOP = Offer("NOOP", Text(ja="何もせず、返事だけもらう", en="Do nothing, just get an answer"))
_HELP = Offer("HELP", Text(ja="使える命令を尋ねる", en="Ask which commands there are"))
_QUIT = Offer("QUIT", Text(ja="会話を終える", en="End the conversation"))
_ORDER: dict[str, tuple[Offer, ...]] = {
    State.GREETED.name: (_EHLO, _HELP, _QUIT),
    State.READY.name: (_MAIL, _NOOP, _HELP, _QUIT),
    State.SIGNED_IN.name: (_MAIL, _NOOP, _HELP, _QUIT),
    State.MAIL.name: (_RCPT, _RSET, _QUIT),
    State.RCPT.name: (_DATA, _RCPT, _RSET, _QUIT),
}

_LISTENING = Text(
    ja="サーバーは何も言いません。手紙がまだ続くと思って聞いているからです。ピリオドだけの行を送ると、手紙の終わりになります。",
    en="The server says nothing: it listens, because the letter may go on. A line with nothing but a full stop ends it.",
)
LETTER = Offer(
    "From: <{me}>\nTo: <{them}>\nSubject: {subject}\n\n{body}\n.",
    Text(
        ja="ヘッダー、空行、本文、最後にピリオドだけの行",
        en="Headers, an empty line, the text, and at last a line with nothing but a full stop",
    ),
)


class SmtpTalk(Talk):
    """A conversation with a mail server.

    Args:
        login: whether the port is one where people sign in.
    """

    protocol = "smtp"
    names: ClassVar[Mapping[str, Text]] = {
        State.START.name: Text(ja="接続した", en="connected"),
        State.GREETED.name: Text(ja="あいさつ待ち", en="greeted"),
        State.READY.name: Text(ja="名乗った", en="introduced"),
        State.SIGNED_IN.name: Text(ja="サインイン済み", en="signed in"),
        State.MAIL.name: Text(ja="差出人まで", en="sender named"),
        State.RCPT.name: Text(ja="宛先まで", en="recipient named"),
        State.DATA.name: Text(ja="手紙を渡す", en="taking the letter"),
        State.CLOSED.name: Text(ja="終わり", en="closed"),
    }

    labels: ClassVar[Mapping[str, str]] = {"": "220", "content": "“.”"}

    def __init__(self, *, login: bool = True) -> None:
        super().__init__()
        self.login = login
        self._moves = {
            state.name: {verb: to.name for verb, to in row.items()}
            for state, row in moves(login=login).items()
        }
        self.state = State.START.name
        self._pending = deque([("", "")])

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._pending)

    def say(self, line: str) -> None:
        """A command; or, after DATA, a line of the letter."""
        if self.mode == "content":
            if line == ".":
                self.mode = "command"
                self._pending.append(("content", line))
        elif self.mode == "secret":
            self._pending.append(("AUTH", line))
        elif self.mode == "command":
            self._pending.append((line.partition(" ")[0].upper(), line))

    def hear(self, line: str, parsed: Mapping[str, Any]) -> Text | None:
        """A line of a reply; the last one of it counts."""
        code = parsed.get("reply")
        if code is None or line[3:4] == "-":
            return None
        before = self.state
        verb, said = self._pending.popleft() if self._pending else ("", "")
        self.mode = "command"
        if code == 421 or (verb == "QUIT" and code < 400):
            self.closed()
        elif code == 334:
            self.mode = "secret"
        elif code < 400 and verb not in STAYS:
            self.state = self._moves[before].get(verb, before)
        elif verb == "content":  # refused or not, the transaction is over (RFC 5321 section 4.1.1.4)
            self.state = self._moves[State.DATA.name]["content"]
        if self.state == State.DATA.name:
            self.mode = "content"
        elif verb == "STARTTLS" and code < 400:
            self.mode = "tls"
        return self._mistake(before, said, line) if code >= 400 else None

    @property
    def silent(self) -> Text | None:
        """While the letter is on its way the server listens, and nothing else."""
        return _LISTENING if self.mode == "content" else None

    def offers(self) -> tuple[Offer, ...]:
        """The lines that fit now, the usual one first."""
        if self.mode == "content":
            return (LETTER, Offer(".", Text(ja="手紙はここまで", en="The letter ends here")))
        if self.mode == "secret":
            return (
                Offer("{plain}", _AUTH.why),
                Offer("*", Text(ja="サインインをやめる", en="Give up signing in")),
            )
        found = _ORDER.get(self.state, ())
        if self.login and self.state == State.READY.name:
            return (_AUTH, *(one for one in found if one is not _MAIL))
        return found

    def moves(self) -> tuple[Move, ...]:
        """The arrows of the state diagram, without those that lead out of the way: starting over, TLS, leaving halfway."""
        main = {
            state: {
                verb: to
                for verb, to in row.items()
                if verb not in {"HELO", "STARTTLS"}
                and not (verb == "EHLO" and state != State.GREETED.name)
                and not (verb == "QUIT" and state not in {State.READY.name, State.SIGNED_IN.name})
            }
            for state, row in self._moves.items()
        }
        if self.login:
            main[State.READY.name].pop("QUIT")
        return arrows(main)

    mistakes = (
        Mistake(
            Text(
                ja="サーバーが待ちくたびれて、接続を切りました。しばらく何も言わないと、こうなります。もう一度つないでください。",
                en="You said nothing for so long that the server hung up. Connect again.",
            ),
            r"421 4\.4\.2",
        ),
        Mistake(
            Text(
                ja="まちがいが続いたので、サーバーが接続を切りました。サーバーは、でたらめを言いつづける相手から身を守ります。もう一度つないで、やり直せます。",
                en="After so many mistakes the server hung up: that is how it protects itself from nonsense. Connect again and start anew.",
            ),
            r"421 4\.7\.0",
        ),
        Mistake(
            Text(ja="サーバーの都合で接続が切られました。", en="The server has to go, and hung up."), r"421"
        ),
        Mistake(
            Text(
                ja="これは HTTP の言葉です。このサーバーは SMTP しか話さないので、命令だとわかりません。",
                en="That is HTTP. This server speaks SMTP alone, and does not take it for a command.",
            ),
            r"500",
            r"(GET|POST|HEAD) |Host:",
        ),
        Mistake(
            Text(
                ja="これは POP3 の言葉です。SMTP にはない命令なので、通じません。",
                en="That is POP3. SMTP has no such command.",
            ),
            r"500",
            r"(USER|PASS|STAT|LIST|RETR|DELE|UIDL)\b",
        ),
        Mistake(
            Text(
                ja="これは手紙の 1 行に見えます。手紙は、`DATA` と言って 354 の返事をもらってから渡します。いまはまだ命令の時間です。",
                en="That looks like a line of the letter. The letter comes after `DATA` and the reply 354; for now the server waits for commands.",
            ),
            r"500",
            r"[A-Za-z-]+: ",
        ),
        Mistake(
            Text(
                ja="ピリオドだけの行は、手紙の終わりの印です。いまは手紙を渡していないので、命令だとわかりません。",
                en="A line with nothing but a full stop ends a letter. You are not handing one over, so the server takes it for a command that it does not know.",
            ),
            r"500",
            r"\.$",
        ),
        Mistake(
            Text(
                ja="何も書かずに送りました。サーバーは、空の行も命令だと思って読みます。",
                en="You sent an empty line, and the server tried to read it as a command.",
            ),
            r"500",
            r"$",
        ),
        Mistake(
            Text(
                ja="サーバーの知らない命令です。つづりを確かめてください。500 は「その命令はわからない」という返事で、何も変わっていません。",
                en="The server knows no such command: check the spelling. 500 means just that, and nothing has changed.",
            ),
            r"500",
        ),
        Mistake(
            Text(
                ja="順番が違います。SMTP では、まず `EHLO` で名乗ります。",
                en="Wrong order. In SMTP one says `EHLO` first.",
            ),
            r"503 5\.5\.1 Say EHLO",
        ),
        Mistake(
            Text(
                ja="まだサインインしていません。このポートでは、`AUTH` で本人だと示した人からだけメールを預かります。",
                en="You have not signed in. At this port the server takes mail only from people who have shown by `AUTH` who they are.",
            ),
            r"530",
        ),
        Mistake(
            Text(
                ja="順番が違います。宛先より先に、`MAIL FROM` で差出人を告げます。",
                en="Wrong order. `MAIL FROM` names the sender before any recipient.",
            ),
            r"503 5\.5\.1 MAIL",
        ),
        Mistake(
            Text(
                ja="まだ宛先がひとつも受け付けられていません。`RCPT TO` で宛先を告げてから `DATA` に進みます。",
                en="No recipient has been accepted yet. Name one by `RCPT TO` before `DATA`.",
            ),
            r"503 5\.5\.1 RCPT",
        ),
        Mistake(
            Text(
                ja="すでに 1 通の封筒を書いている途中です。続きへ進むか、`RSET` で捨ててからやり直します。",
                en="An envelope is under way already. Go on with it, or throw it away by `RSET`.",
            ),
            r"503 5\.5\.1 A transaction",
        ),
        Mistake(
            Text(ja="すでにサインインしています。先へ進みましょう。", en="You are signed in already. Go on."),
            r"503 5\.5\.1 You are signed",
        ),
        Mistake(
            Text(
                ja="base64 の書き方になっていません。「合言葉を作る」で、正しい形を作れます。",
                en="That is not in base64, or not in the form that PLAIN wants. “Make the word” shows how it is made.",
            ),
            r"501 5\.5\.2",
            r"AUTH|[^ ]*$",
        ),
        Mistake(
            Text(
                ja="`AUTH` のあとには、方式の名前を書きます。ここでは `AUTH PLAIN` です。",
                en="`AUTH` wants the name of a way to sign in after it: `AUTH PLAIN`.",
            ),
            r"50[14]",
            r"AUTH",
        ),
        Mistake(
            Text(
                ja="サインインを取りやめました。やり直せます。",
                en="Signing in was given up. You can start it again.",
            ),
            r"501 5\.7\.0",
        ),
        Mistake(
            Text(
                ja="ユーザー ID かパスワードが違います。どちらが違うかは、わざと教えません。他人に手がかりを与えないためです。",
                en="User ID or password is wrong. Which of them it does not say, so as to give strangers no clue.",
            ),
            r"535",
        ),
        Mistake(
            Text(
                ja="サインインした人と違う差出人です。このサーバーは、自分のアドレスを差出人にすることだけを許します。",
                en="That is not the address you signed in with. This server lets you use your own address alone as the sender.",
            ),
            r"553 5\.7\.1",
        ),
        Mistake(
            Text(
                ja="このサーバーは、よその会社宛てのメールを知らない人からは預かりません（リレーの拒否）。自分の会社のサーバーのポート 587 でサインインして頼みます。",
                en="This server carries no mail to other companies for strangers (it refuses to relay). Sign in at port 587 of your own company’s server and ask there.",
            ),
            r"550 5\.7\.1",
        ),
        Mistake(
            Text(
                ja="このポートではサインインしません。ポート 25 は、サーバーどうしが話す入口です。",
                en="Nobody signs in at this port: 25 is where servers meet.",
            ),
            r"502",
            r"AUTH",
        ),
        Mistake(
            Text(
                ja="その名前のユーザーは、このサーバーにいません。@ の左側を確かめてください。封筒の差出人はそのままなので、`RCPT TO` だけを言い直せます。",
                en="This server has no user of that name. Check the part before the @. The sender on the envelope stays, so only `RCPT TO` has to be said again.",
            ),
            r"550 5\.1\.1",
        ),
        Mistake(
            Text(
                ja="書き方が違います。返事の `Syntax:` のあとに、正しい形があります。アドレスは < と > で囲みます。",
                en="Not quite the right form: the reply has it after `Syntax:`. An address stands between < and >.",
            ),
            r"(501|553 5\.1\.[37])",
        ),
    )
