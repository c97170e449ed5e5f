"""pop3-by-hand: a message is fetched, and removed from the server, by typing the commands of POP3."""

from __future__ import annotations

from ..locale import Text
from . import by_hand
from . import correction as common
from .by_hand import ARRIVED, LETTER, PASSWORD, RECIPIENT
from .console import ByHand, Place
from .experiment import Action, Experiment, Prediction, Situation, Step
from .facts import Facts, Spoken


def _conversations(facts: Facts) -> list[list[Spoken]]:
    """What was done by hand, connection by connection."""
    return [[one for one in facts.spoken if one.conn == conn and one.ok] for conn in facts.dialled]


def _here(facts: Facts) -> list[Spoken]:
    """What was done on the connection that is open; empty where none is."""
    return [one for one in by_hand.here(facts) if one.ok] if by_hand.is_open(facts) else []


def _numbers(talk: list[Spoken], command: str) -> set[str]:
    """Which messages a command was given for; marks that RSET took away do not count."""
    found: set[str] = set()
    for one in talk:
        if one.is_(command):
            found.add(one.said.split()[1])
        elif command == "DELE" and one.is_("RSET"):
            found.clear()
    return found


def _signed_in(facts: Facts) -> bool:
    return any(one.is_("PASS", "APOP", "AUTH") for one in _here(facts))


def _fetched(facts: Facts) -> bool:
    """A message came down the line."""
    return any(_numbers(talk, "RETR") for talk in _conversations(facts))


def _marked(facts: Facts) -> bool:
    """A message that came down the line is marked, or was."""
    return any(_numbers(talk, "RETR") & _numbers(talk, "DELE") for talk in _conversations(facts))


def _quit(talk: list[Spoken]) -> bool:
    return any(one.is_("QUIT") for one in talk)


def moved(facts: Facts) -> bool:
    """A message was fetched, marked and, with QUIT, removed: it is here, and no longer on the server. The goal."""
    return RECIPIENT in facts.emptied and any(
        _numbers(talk, "RETR") & _numbers(talk, "DELE") and _quit(talk) for talk in _conversations(facts)
    )


def _lost(facts: Facts) -> bool:
    """Something is gone from the server that nobody has fetched."""
    return RECIPIENT in facts.emptied and not moved(facts)


def _still_marked(facts: Facts) -> bool:
    here = _here(facts)
    return bool(_numbers(here, "RETR") & _numbers(here, "DELE"))


def _left_unsaid(facts: Facts) -> bool:
    """A connection on which something was marked ended without QUIT."""
    return any(
        not open_ and _numbers(talk, "DELE") and not _quit(talk)
        for (_, open_), talk in zip(facts.dialled.items(), _conversations(facts), strict=True)
    )


_EMPTY_HANDED = Text(
    ja="「最初から」を押すと、もう一度届けるところから始められます。",
    en="Start over sends you back to the beginning, with a new mailbox.",
)

_SIGNED_IN: tuple[Action, ...] = (
    *ARRIVED,
    ("dial", {}),
    ("say", {"text": f"USER {RECIPIENT}"}),
    ("say", {"text": f"PASS {PASSWORD}"}),
)

POP3_BY_HAND = Experiment(
    id="pop3-by-hand",
    group="tutorial",
    chapter="02-2-pop3",
    rfc="RFC 1939 sections 3 to 7",
    world="by-hand",
    title=Text(ja="POP3 を手で話す", en="Speak POP3 by hand"),
    question=Text(
        ja="POP3 でメールを受け取り、消すように頼みます。そのメールがサーバーから本当に消えるのは、いつでしょう。",
        en="You fetch a message by POP3 and ask for its removal. When does it really go from the server?",
    ),
    predictions=(
        Prediction(
            "retr",
            Text(ja="受け取ったとき（RETR）", en="When it is fetched (RETR)"),
            Text(
                ja="RETR は写しを渡すだけです。サーバーのメールはそのまま残っています。",
                en="RETR hands out a copy. The message stays on the server as it was.",
            ),
        ),
        Prediction(
            "dele",
            Text(ja="消すように頼んだとき（DELE）", en="When its removal is asked for (DELE)"),
            Text(
                ja="DELE は「消す」という印を付けるだけです。途中で回線が切れても、メールを失わないためです。",
                en="DELE only marks it. So nothing is lost if the connection breaks before all is done.",
            ),
        ),
        Prediction(
            "quit",
            Text(ja="終わりのあいさつをしたとき（QUIT）", en="When you say goodbye (QUIT)"),
            Text(
                ja="QUIT を聞いてはじめて、サーバーは印の付いたメールを消します。RFC 1939 では、この段階を UPDATE と呼びます。",
                en="Only when it hears QUIT does the server remove what is marked. RFC 1939 calls this the UPDATE state.",
            ),
            right=True,
        ),
        Prediction(
            "never",
            Text(ja="消えない（POP3 では消せない）", en="Never: POP3 cannot remove anything"),
            Text(
                ja="POP3 には消す命令があります。受け取ったら消すのが、もともとの使い方です。",
                en="POP3 has a command for it, and to fetch and remove is how it was meant to be used.",
            ),
        ),
    ),
    draft=LETTER,
    other=RECIPIENT,
    consoles=(
        ByHand(
            f"pc/{RECIPIENT}",
            (Place("mx.hibari.example", 110, "pop3"), Place("mx.hibari.example", 995, "pop3")),
        ),
    ),
    steps=(
        Step("predict", common.STEP_PREDICT, lambda facts: common.predicted(facts) or bool(facts.sent)),
        Step("send", Text(ja="1 通送っておく", en="Send a message"), by_hand.stored),
        Step(
            "fetch",
            Text(ja="受け取る（RETR）", en="Fetch it (RETR)"),
            _fetched,
        ),
        Step("mark", Text(ja="消す印を付ける（DELE）", en="Mark it (DELE)"), _marked),
        Step("gone", Text(ja="QUIT で本当に消える", en="Say QUIT, and it goes"), moved),
    ),
    goal=moved,
    situations=(
        Situation(
            moved,
            Text(
                ja="メールはあなたの手元にあり、サーバーからは消えました。下の説明も読んでみてください。",
                en="The message is with you, and gone from the server. The explanation is below.",
            ),
            (
                Text(
                    ja="もう 1 通送って、こんどは `DELE` のあと「切る」を押してみましょう。メールは残っているでしょうか。",
                    en="Send another, and this time press Hang up after `DELE`. Is the message still there?",
                ),
            ),
        ),
        Situation(
            _lost,
            Text(
                ja="受け取らずに消したメールは、もうどこにもありません。「最初から」で、やり直しましょう。",
                en="A message was removed that nobody had fetched: now it is nowhere. Start over.",
            ),
            (
                Text(
                    ja="POP3 のサーバーは、あなたが本当に受け取ったかどうかを確かめません。",
                    en="A POP3 server does not check whether you have really fetched what you remove.",
                ),
                _EMPTY_HANDED,
            ),
        ),
        Situation(
            by_hand.last_refused,
            Text(
                ja="断られましたが、会話は続いています。返事と、その下の説明を読んでください。",
                en="That was refused, but the conversation goes on. Read the reply, and what it means.",
            ),
            (
                Text(
                    ja="「いま言えること」のいちばん上が、いつもの次の一手です。",
                    en="The first of “What fits now” is the usual next line.",
                ),
            ),
        ),
        Situation(
            _still_marked,
            Text(
                ja="印は付きました。下の「サーバーのメールボックス」を見てください。メールはまだあります。では、`QUIT` と言ってみましょう。",
                en="It is marked. Look at the mailbox on the server below: the message is still there. Now say `QUIT`.",
            ),
            (
                Text(
                    ja="`RSET` と言えば、印は外れます。`QUIT` までは、気が変わってもかまいません。",
                    en="`RSET` would take the mark away. Until `QUIT` you may change your mind.",
                ),
                Text(ja="`QUIT` とだけ書いて送ります。", en="Type `QUIT` and nothing else."),
            ),
        ),
        Situation(
            lambda facts: bool(_numbers(_here(facts), "RETR")),
            Text(
                ja="メールがあなたの手元に来ました。サーバーにもまだあります。`DELE 1` で、消す印を付けましょう。",
                en="The message has come to you, and is still on the server. Mark it for removal by `DELE 1`.",
            ),
            (
                Text(
                    ja="`RETR` は何度でもできます。渡されるのは、いつも写しです。",
                    en="You may say `RETR` again: what you get is always a copy.",
                ),
                Text(ja="`DELE 1` と書きます。", en="Type `DELE 1`."),
            ),
        ),
        Situation(
            _signed_in,
            Text(
                ja="サインインできました。`STAT` か `LIST` で何が届いているかを見て、`RETR 1` で受け取りましょう。",
                en="You are signed in. `STAT` or `LIST` shows what there is; `RETR 1` fetches it.",
            ),
            (
                Text(
                    ja="`LIST` の 1 行は、番号と大きさ（バイト）です。",
                    en="Each line of `LIST` is a number and a size in bytes.",
                ),
                Text(ja="`RETR 1` と書きます。", en="Type `RETR 1`."),
            ),
        ),
        Situation(
            lambda facts: any(one.is_("USER") for one in _here(facts)),
            Text(
                ja="つぎはパスワードです。`PASS` に続けて書きます。",
                en="Now the password: it follows `PASS`.",
            ),
            (
                Text(
                    ja=f"パスワードは {PASSWORD} です。この実験だけのものです。",
                    en=f"The password is {PASSWORD}. It is good in this experiment alone.",
                ),
            ),
        ),
        Situation(
            lambda facts: any(facts.dialled.values()),
            Text(
                ja="サーバーが先に名乗りました。`USER` に続けて、自分のユーザー ID（アドレス）を書きましょう。",
                en="The server spoke first. Say `USER` and your user ID, which is your address.",
            ),
            (
                Text(
                    ja="POP3 では、まず本人だと示します。それまで、メールのことは何も教えてもらえません。",
                    en="In POP3 one shows first who one is. Until then the server tells nothing of the mail.",
                ),
                Text(ja=f"`USER {RECIPIENT}` と書きます。", en=f"Type `USER {RECIPIENT}`."),
            ),
        ),
        Situation(
            _left_unsaid,
            Text(
                ja="`QUIT` を言わずに切れたので、印は忘れられ、メールはサーバーに残りました。もう一度つないで、最後までやってみましょう。",
                en="The connection ended without `QUIT`: the mark is forgotten, and the message stayed. Connect again and go through with it.",
            ),
            (
                Text(
                    ja="これは故障ではありません。回線が切れてもメールを失わないための決まりです。",
                    en="That is no fault: it keeps mail from being lost when a connection breaks.",
                ),
            ),
        ),
        Situation(
            by_hand.stored,
            Text(
                ja="メールが届きました。こんどは受け取る人になって、「つなぐ」を押してください。",
                en="The message has arrived. Now be its recipient, and press Connect.",
            ),
            (
                Text(
                    ja="ポート 110 が、POP3 の入口です。",
                    en="Port 110 is where POP3 is spoken.",
                ),
            ),
        ),
        Situation(
            lambda facts: common.predicted(facts) or bool(facts.sent),
            Text(
                ja="まず 1 通送って、相手のメールボックスに入れておきましょう。",
                en="First send a message, so that there is something to fetch.",
            ),
            (
                Text(
                    ja="件名も本文も、好きなように変えてかまいません。",
                    en="Write whatever you like.",
                ),
                Text(
                    ja=f"宛先は {RECIPIENT} のままにしてください。", en=f"Leave it addressed to {RECIPIENT}."
                ),
            ),
        ),
        Situation(
            common.always,
            Text(ja="まず、予想を一つ選んでください。", en="First, make a guess."),
            (
                Text(
                    ja="途中で回線が切れたらどうなるかを考えてみてください。",
                    en="Think of what should happen if the connection breaks halfway.",
                ),
            ),
        ),
    ),
    explain=Text(
        ja="POP3 の会話は三つの段階に分かれています。本人だと示す段階、メールを扱う段階、そして `QUIT` のあとの後始末です。消す印の付いたメールは、この後始末ではじめて消えます。途中で回線が切れたときは後始末がないので、何も消えません。\n\nいま、メールはあなたの端末だけにあります。これがもともとの POP3 の姿です。サーバーの場所を取らず、接続していなくても読めます。その代わり、ほかの端末からはもう受け取れず、この端末が壊れればメールもなくなります。\n\n多くのメールソフトには「サーバーにメールを残す」という設定があります。そのとき、メールソフトは `DELE` を言わずに `QUIT` しています。",
        en="A conversation in POP3 has three parts: showing who you are, dealing with the mail, and the clearing up that follows `QUIT`. What is marked is removed in this last part. If the connection breaks before, there is no clearing up, and nothing is removed.\n\nThe message is now on your device and nowhere else. That is POP3 as it was meant: it takes up no room on the server and can be read without a connection. In return, no other device can fetch it any more, and if this one breaks, the message is gone.\n\nMost mail programs can be set to leave a copy on the server. Then they simply say `QUIT` without any `DELE`.",
    ),
    judged=moved,
    solution=(
        ("predict", {"choice": "quit"}),
        *_SIGNED_IN,
        ("say", {"text": "STAT"}),
        ("say", {"text": "LIST"}),
        ("say", {"text": "RETR 1"}),
        ("say", {"text": "DELE 1"}),
        ("say", {"text": "QUIT"}),
        ("wait_arrival", {}),
    ),
    wrong=(
        (*_SIGNED_IN, ("say", {"text": "RETR 1"}), ("say", {"text": "QUIT"})),
        (*_SIGNED_IN, ("say", {"text": "RETR 1"}), ("say", {"text": "DELE 1"}), ("hang_up", {})),
        (
            *_SIGNED_IN,
            ("say", {"text": "RETR 1"}),
            ("say", {"text": "DELE 1"}),
            ("say", {"text": "RSET"}),
            ("say", {"text": "QUIT"}),
        ),
        (*_SIGNED_IN, ("say", {"text": "DELE 1"}), ("say", {"text": "QUIT"})),
    ),
)
