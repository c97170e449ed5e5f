"""common-language: a server that is spoken to in another protocol than its own understands nothing, and says so."""

from __future__ import annotations

from ..locale import Text
from . import by_hand
from . import correction as common
from .by_hand import RECIPIENT, SENDER
from .console import ByHand, Place
from .experiment import Experiment, Prediction, Situation, Step
from .facts import Facts, Spoken

HOST = "mx.tsubame.example"

_SMTP = ("EHLO", "HELO", "MAIL", "RCPT", "DATA", "VRFY")
_POP3 = ("USER", "PASS", "APOP", "STAT", "LIST", "RETR", "TOP", "DELE", "UIDL", "CAPA")
_HTTP = ("GET", "HEAD", "POST", "PUT", "OPTIONS")


def _not_understood(facts: Facts, protocol: str, words: tuple[str, ...]) -> bool:
    """A server of that protocol has refused these words of another one."""
    return any(
        one.protocol == protocol and one.is_(*words) and bool(one.heard) and not one.ok
        for one in facts.spoken
    )


def _pop3_to_smtp(facts: Facts) -> bool:
    return _not_understood(facts, "smtp", _POP3)


def _http_to_smtp(facts: Facts) -> bool:
    return _not_understood(facts, "smtp", _HTTP)


def _smtp_to_pop3(facts: Facts) -> bool:
    return _not_understood(facts, "pop3", _SMTP)


def _at_all(facts: Facts) -> bool:
    return _pop3_to_smtp(facts) or _http_to_smtp(facts) or _smtp_to_pop3(facts)


def goal(facts: Facts) -> bool:
    """All three were tried, and each was refused by a server."""
    return _pop3_to_smtp(facts) and _http_to_smtp(facts) and _smtp_to_pop3(facts)


def _here(facts: Facts) -> list[Spoken]:
    """What was said and answered on the latest connection."""
    return [one for one in by_hand.here(facts) if one.heard]


def _understood(facts: Facts) -> bool:
    """What was said last was understood."""
    return by_hand.is_open(facts) and any(one.ok for one in _here(facts)[-1:])


def _hung_up(facts: Facts) -> bool:
    """After many mistakes the server has had enough."""
    return not by_hand.is_open(facts) and any(
        one.heard.startswith(("421", "-ERR Too many")) for one in _here(facts)[-1:]
    )


def _at(facts: Facts, protocol: str) -> bool:
    """The reader has said something to a server of that protocol, and may go on."""
    return by_hand.is_open(facts) and any(one.protocol == protocol for one in _here(facts))


_TO_SMTP = Text(
    ja=f"「話す相手」で {HOST} 587（SMTP）を選び、「つなぐ」を押します。",
    en=f"Choose {HOST} 587 (SMTP) beside “Talk to”, and press Connect.",
)
_TO_POP3 = Text(
    ja=f"「話す相手」で {HOST} 110（POP3）を選び、「つなぐ」を押します。",
    en=f"Choose {HOST} 110 (POP3) beside “Talk to”, and press Connect.",
)
_SAY_POP3 = Text(ja=f"たとえば `USER {SENDER}` と書きます。", en=f"Type `USER {SENDER}`, for example.")
_SAY_HTTP = Text(ja="`GET / HTTP/1.1` と書きます。", en="Type `GET / HTTP/1.1`.")
_SAY_SMTP = Text(ja="たとえば `EHLO pc` と書きます。", en="Type `EHLO pc`, for example.")

COMMON_LANGUAGE = Experiment(
    id="common-language",
    group="weird",
    chapter="02-protocols",
    rfc="RFC 5321 sections 4.2.4 and 4.3, RFC 1939 section 3",
    world="by-hand",
    title=Text(ja="通じない言葉で話しかける", en="Speak the wrong language"),
    question=Text(
        ja="SMTP のサーバーに、POP3 や HTTP の言葉で話しかけます。サーバーはどうするでしょう。",
        en="You speak POP3, and then HTTP, to a server that expects SMTP. What does it do?",
    ),
    predictions=(
        Prediction(
            "adapts",
            Text(ja="気がついて、その言葉で答える", en="It notices, and answers in that language"),
            Text(
                ja="同じ機械が POP3 も話せるのに、答えませんでした。一つの入口で話される言葉は、一つだけです。",
                en="It did not, although the same machine speaks POP3 at another port. At each port, one language is spoken.",
            ),
        ),
        Prediction(
            "silent",
            Text(ja="何も答えない", en="It says nothing"),
            Text(
                ja="1 行ごとに返事がありました。わからなかったことを、相手に伝える決まりだからです。",
                en="It replied to every line. The protocol has a reply for what is not understood, too.",
            ),
        ),
        Prediction(
            "refuses",
            Text(ja="わからない、と断る", en="It says that it does not understand"),
            Text(
                ja="知っている命令の表にないので、「命令ではない」と断りました。意味を推しはかることはしません。",
                en="The word is not among the commands that it knows, so it refused. It does not try to guess what you meant.",
            ),
            right=True,
        ),
        Prediction(
            "hangs-up",
            Text(ja="すぐに接続を切る", en="It hangs up at once"),
            Text(
                ja="会話は続いていました。接続を切るのは、まちがいが何度も重なったときだけです。",
                en="The conversation went on. It hangs up only after one mistake too many.",
            ),
        ),
    ),
    draft=common.draft(RECIPIENT),
    consoles=(ByHand(f"pc/{SENDER}", (Place(HOST, 587, "smtp"), Place(HOST, 110, "pop3"))),),
    talk_alone=True,
    judged=_at_all,
    steps=(
        Step("predict", common.STEP_PREDICT, lambda facts: common.predicted(facts) or bool(facts.spoken)),
        Step("pop3", Text(ja="SMTP のサーバーに POP3 で", en="POP3 to the SMTP server"), _pop3_to_smtp),
        Step("http", Text(ja="SMTP のサーバーに HTTP で", en="HTTP to the SMTP server"), _http_to_smtp),
        Step("smtp", Text(ja="POP3 のサーバーに SMTP で", en="SMTP to the POP3 server"), _smtp_to_pop3),
    ),
    goal=goal,
    situations=(
        Situation(
            goal,
            Text(
                ja="達成です。どの言葉も正しい言葉なのに、相手が違うだけで通じませんでした。",
                en="Done. Nothing was wrong with the words, but nobody who knew them was there.",
            ),
            (
                Text(
                    ja="こんどは、入口に合った言葉で話してみましょう。SMTP に `EHLO pc`、POP3 に `CAPA` です。",
                    en="Now try the words that belong there: `EHLO pc` to SMTP, `CAPA` to POP3.",
                ),
            ),
        ),
        Situation(
            _hung_up,
            Text(
                ja="まちがいが続いたので、サーバーが接続を切りました。「つなぐ」を押せば、また話せます。",
                en="After so many mistakes the server hung up. Press Connect to go on.",
            ),
            (
                Text(
                    ja="断られたことは、もう記録に残っています。残りを試しましょう。",
                    en="What was refused is in the record already. Try what is left.",
                ),
            ),
        ),
        Situation(
            _understood,
            Text(
                ja="通じました。この入口の言葉だからです。こんどは、わざと違う言葉で話しかけてみましょう。",
                en="That was understood: it is the language of this port. Now speak another one, on purpose.",
            ),
            (
                Text(
                    ja="SMTP のサーバーには `USER …` や `GET / HTTP/1.1`、POP3 のサーバーには `EHLO pc` です。",
                    en="Say `USER …` or `GET / HTTP/1.1` to the SMTP server, and `EHLO pc` to the POP3 server.",
                ),
            ),
        ),
        Situation(
            lambda facts: _pop3_to_smtp(facts) and _http_to_smtp(facts) and not _at(facts, "pop3"),
            Text(
                ja="SMTP のサーバーには、どちらも通じませんでした。こんどは POP3 のサーバーにつないで、SMTP の言葉で話しかけましょう。",
                en="Neither was understood. Now connect to the POP3 server, and speak SMTP there.",
            ),
            (_TO_POP3, _SAY_SMTP),
        ),
        Situation(
            lambda facts: _at(facts, "pop3") and not _smtp_to_pop3(facts),
            Text(
                ja="POP3 のサーバーにつながっています。SMTP の言葉で話しかけてみましょう。",
                en="You are connected to the POP3 server. Speak SMTP to it.",
            ),
            (_SAY_SMTP,),
        ),
        Situation(
            lambda facts: _pop3_to_smtp(facts) and not _http_to_smtp(facts),
            Text(
                ja="POP3 は通じませんでした。つぎは SMTP のサーバーに、ブラウザーの言葉（HTTP）で話しかけましょう。",
                en="POP3 was not understood. Next, speak to the SMTP server as a browser would, in HTTP.",
            ),
            (_TO_SMTP, _SAY_HTTP),
        ),
        Situation(
            lambda facts: bool(facts.dialled) and not _pop3_to_smtp(facts),
            Text(
                ja="SMTP のサーバーに、POP3 の言葉で話しかけてみましょう。",
                en="Speak POP3 to the SMTP server.",
            ),
            (
                Text(
                    ja="POP3 の会話は、`USER` とユーザー ID で始まります。",
                    en="A conversation in POP3 begins with `USER` and a user ID.",
                ),
                _TO_SMTP,
                _SAY_POP3,
            ),
        ),
        Situation(
            common.predicted,
            Text(
                ja="「つなぐ」を押して、SMTP のサーバーにつなぎましょう。",
                en="Press Connect, to talk to the SMTP server.",
            ),
            (_TO_SMTP,),
        ),
        Situation(
            common.always,
            Text(
                ja="まず、サーバーがどうするかを予想してください。", en="First, guess what the server does."
            ),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja="あなたが話した言葉は、どれも正しいものでした。POP3 のサーバーなら `USER` を、ウェブのサーバーなら `GET` を、すぐに理解したでしょう。けれども、目の前にいる相手がその言葉を知らなければ、何ひとつ伝わりません。\n\nSMTP のサーバーは、どちらにも同じ返事をしました。`500` は「その命令はわからない」という意味で、SMTP のなかで決められています。POP3 のサーバーは、同じことを `-ERR` で言いました。断り方まで、言葉によって違います。\n\nだから、話しはじめる前に、どの言葉を使うのかがわかっていなければなりません。ポート番号が、その約束です。メールソフトの設定でプロトコルとポートの組み合わせをまちがえると、あなたがいま見たのと同じことが起こります。",
        en="There was nothing wrong with what you said. A POP3 server would have understood `USER` at once, and a web server `GET`. But to somebody who does not know the language, it means nothing.\n\nThe SMTP server gave the same answer to both: `500`, which in SMTP stands for “I know no such command”. The POP3 server said the same by `-ERR`. Even the way to refuse belongs to the language.\n\nSo both sides have to know beforehand which language will be spoken, and that is what the port number tells. If the settings of a mail program put the wrong protocol and port together, what you have just seen is what happens.",
    ),
    solution=(
        ("predict", {"choice": "refuses"}),
        ("dial", {}),
        ("say", {"text": "EHLO pc"}),
        ("say", {"text": f"USER {SENDER}"}),
        ("say", {"text": "GET / HTTP/1.1"}),
        ("dial", {"place": 1}),
        ("say", {"text": "EHLO pc"}),
        ("wait_arrival", {}),
    ),
    wrong=(
        # each server in its own language: what is refused there was understood
        (
            ("dial", {}),
            ("say", {"text": "EHLO pc"}),
            ("say", {"text": f"MAIL FROM:<{SENDER}>"}),
            ("say", {"text": "DATA"}),
            ("dial", {"place": 1}),
            ("say", {"text": f"USER {SENDER}"}),
            ("say", {"text": "PASS wrong"}),
            ("say", {"text": "QUIT"}),
        ),
        # words of no language at all
        (
            ("dial", {}),
            ("say", {"text": "HELLO"}),
            ("say", {"text": "How are you?"}),
            ("dial", {"place": 1}),
            ("say", {"text": "HELLO"}),
        ),
        # one of the three is missing
        (
            ("dial", {}),
            ("say", {"text": f"USER {SENDER}"}),
            ("dial", {"place": 1}),
            ("say", {"text": "EHLO pc"}),
            ("say", {"text": "GET / HTTP/1.1"}),
        ),
    ),
)
