"""imap-by-hand: a flag that is set in one session is there in the next, because the mail stays on the server."""

from __future__ import annotations

import re

from ..locale import Text
from . import by_hand
from . import correction as common
from .by_hand import ARRIVED, LETTER, PASSWORD, RECIPIENT
from .console import ByHand, Place
from .experiment import Action, Experiment, Prediction, Situation, Step
from .facts import Facts, Spoken

_STORE = re.compile(r"\S+ (?:UID )?STORE \S+ \+FLAGS(?:\.SILENT)? \(?(\\\w+)", re.IGNORECASE)
_FLAGS = re.compile(r"\* \d+ FETCH \(.*\bFLAGS \(([^)]*)\)")


def _set(facts: Facts) -> list[tuple[int, str]]:
    """(connection, flag) of each flag that was set by hand."""
    found = [(one.conn, _STORE.match(one.said)) for one in facts.spoken if one.ok]
    return [(conn, match[1].lower()) for conn, match in found if match]


def _seen_again(facts: Facts) -> bool:
    """A flag that was set on one connection was found on a later one, where nobody has set it: the goal."""
    return any(
        later.conn > conn and (later.conn, flag) not in _set(facts) and flag in _flags(later)
        for conn, flag in _set(facts)
        for later in facts.spoken
    )


def _flags(one: Spoken) -> set[str]:
    """The flags that the server told in answer to a FETCH."""
    if not (one.is_("FETCH") or one.is_("UID")) or not one.ok:
        return set()
    told = (match for line in one.told if (match := _FLAGS.match(line)))
    return {flag.lower() for match in told for flag in match[1].split()}


def _done_here(facts: Facts, *commands: str) -> bool:
    """One of these was done on the connection that is open."""
    return by_hand.is_open(facts) and any(one.ok and one.is_(*commands) for one in by_hand.here(facts))


def _set_here(facts: Facts) -> bool:
    return by_hand.is_open(facts) and any(conn == by_hand.latest(facts) for conn, _ in _set(facts))


_LOGIN = Text(
    ja=f"たとえば `a1 LOGIN {RECIPIENT} {PASSWORD}` です。先頭の `a1` がタグです。",
    en=f"For example `a1 LOGIN {RECIPIENT} {PASSWORD}`. The `a1` in front is the tag.",
)

_IN: tuple[Action, ...] = (
    ("dial", {}),
    ("say", {"text": f"a1 LOGIN {RECIPIENT} {PASSWORD}"}),
    ("say", {"text": "a2 SELECT INBOX"}),
)

IMAP_BY_HAND = Experiment(
    id="imap-by-hand",
    group="tutorial",
    chapter="02-3-imap",
    rfc="RFC 9051 sections 2.2 and 2.3.2, 6.2.3, 6.3.2, 6.4.5 and 6.4.6",
    world="by-hand",
    title=Text(ja="IMAP を手で話す", en="Speak IMAP by hand"),
    question=Text(
        ja="IMAP でサインインし、メールに「大事」の印を付けて、終わります。その印は、どこに残るでしょう。",
        en="You sign in by IMAP, flag a message as important, and leave. Where is the flag now?",
    ),
    predictions=(
        Prediction(
            "device",
            Text(ja="印を付けた端末の中", en="On the device that set it"),
            Text(
                ja="端末には何も残していません。つなぎ直した会話は前の会話を知りませんが、それでも印が見えました。",
                en="The device kept nothing. The new session knew nothing of the old one, and saw the flag all the same.",
            ),
        ),
        Prediction(
            "server",
            Text(ja="サーバーの、そのメールのところ", en="On the server, with the message"),
            Text(
                ja="STORE は、サーバーにあるメールの印を変える命令です。だから、どの端末からつないでも同じ印が見えます。",
                en="STORE changes the flags of a message on the server. So every device that connects sees the same.",
            ),
            right=True,
        ),
        Prediction(
            "session",
            Text(ja="どこにも残らない。会話が終われば消える", en="Nowhere: it ends with the session"),
            Text(
                ja="会話が終わっても残っていました。IMAP4rev1 の `\\Recent` のように、会話ごとの印もありますが、ふつうの印は消えません。",
                en="It outlasted the session. There are flags that do not, such as `\\Recent` of IMAP4rev1, but ordinary ones stay.",
            ),
        ),
        Prediction(
            "letter",
            Text(ja="メールのヘッダーに書き足される", en="In the message’s header"),
            Text(
                ja="届いたメールは、1 バイトも変わりません。印はメールの外側に、別に覚えられています。",
                en="Not a byte of a message changes once it has arrived. Flags are kept beside it.",
            ),
        ),
    ),
    draft=LETTER,
    other=RECIPIENT,
    consoles=(
        ByHand(
            f"pc/{RECIPIENT}",
            (Place("mx.hibari.example", 143, "imap"), Place("mx.hibari.example", 993, "imap")),
        ),
    ),
    judged=_seen_again,
    steps=(
        Step("predict", common.STEP_PREDICT, common.predicted_or_past),
        Step("send", Text(ja="1 通送っておく", en="Send a message"), by_hand.stored),
        Step(
            "select",
            Text(ja="受信トレイを開く（SELECT）", en="Open the inbox (SELECT)"),
            lambda facts: by_hand.done(facts, "SELECT", "EXAMINE"),
        ),
        Step("flag", Text(ja="印を付ける（STORE）", en="Set a flag (STORE)"), lambda facts: bool(_set(facts))),
        Step("again", Text(ja="つなぎ直して印を見る", en="Connect again, and find it"), _seen_again),
    ),
    goal=_seen_again,
    situations=(
        Situation(
            _seen_again,
            Text(
                ja="達成です。新しい会話でも印が見えました。メールも印も、ずっとサーバーにあります。",
                en="Done. The new session found the flag: message and flag have been on the server all the time.",
            ),
            (
                Text(
                    ja="`STORE 1 -FLAGS (\\Flagged)` で印を外せます。`BODY[]` を取り寄せると、`\\Seen` が付きます。",
                    en="`STORE 1 -FLAGS (\\Flagged)` takes it away again. Fetching `BODY[]` sets `\\Seen`.",
                ),
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
            _set_here,
            Text(
                ja="印が付きました。`LOGOUT` で会話を終え、もう一度つなぎましょう。別の端末になったつもりで。",
                en="The flag is set. End the conversation by `LOGOUT` and connect again, as if from another device.",
            ),
            (
                Text(
                    ja="つなぎ直した会話は、前の会話のことを何も知りません。",
                    en="The new conversation knows nothing of this one.",
                ),
                Text(ja="たとえば `a9 LOGOUT` です。", en="For example `a9 LOGOUT`."),
            ),
        ),
        Situation(
            lambda facts: _done_here(facts, "SELECT", "EXAMINE") and bool(_set(facts)),
            Text(
                ja="受信トレイが開きました。`FETCH 1 FLAGS` で、1 番のメールの印を見ましょう。",
                en="The inbox is open. `FETCH 1 FLAGS` shows the flags of message 1.",
            ),
            (Text(ja="タグを付けて `b3 FETCH 1 FLAGS` です。", en="With a tag: `b3 FETCH 1 FLAGS`."),),
        ),
        Situation(
            lambda facts: _done_here(facts, "SELECT", "EXAMINE"),
            Text(
                ja="受信トレイが開きました。`FETCH` で 1 番のメールをのぞき、`STORE` で印を付けましょう。",
                en="The inbox is open. Look at message 1 by `FETCH`, then flag it by `STORE`.",
            ),
            (
                Text(
                    ja="`EXISTS` の前の数が、メールの数です。",
                    en="The number before `EXISTS` tells how many messages there are.",
                ),
                Text(
                    ja="印を付けるのは `a4 STORE 1 +FLAGS (\\Flagged)` です。",
                    en="To set the flag, type `a4 STORE 1 +FLAGS (\\Flagged)`.",
                ),
            ),
        ),
        Situation(
            lambda facts: _done_here(facts, "LOGIN", "AUTHENTICATE"),
            Text(
                ja="サインインできました。`LIST` でフォルダーを見て、`SELECT INBOX` で受信トレイを開きましょう。",
                en="You are signed in. `LIST` shows the folders; `SELECT INBOX` opens the inbox.",
            ),
            (Text(ja="タグを付けて `a3 SELECT INBOX` です。", en="With a tag: `a3 SELECT INBOX`."),),
        ),
        Situation(
            by_hand.is_open,
            Text(
                ja="サーバーが先に名乗りました。`LOGIN` でサインインしましょう。命令の前にタグを付けます。",
                en="The server spoke first. Sign in by `LOGIN`, with a tag in front of the command.",
            ),
            (_LOGIN,),
        ),
        Situation(
            lambda facts: bool(_set(facts)),
            Text(
                ja="会話は終わりました。もう一度「つなぐ」を押して、印が残っているかを確かめましょう。",
                en="That conversation is over. Press Connect again, and see whether the flag is there.",
            ),
            (
                Text(
                    ja="サインインし、受信トレイを開いて、`FETCH 1 FLAGS` と言います。",
                    en="Sign in, open the inbox, and say `FETCH 1 FLAGS`.",
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
                    ja="ポート 143 が、IMAP の入口です。",
                    en="Port 143 is where IMAP is spoken.",
                ),
            ),
        ),
        Situation(
            common.predicted_or_past,
            Text(
                ja="まず 1 通送って、相手のメールボックスに入れておきましょう。",
                en="First send a message, so that there is one to flag.",
            ),
            (
                Text(
                    ja=f"宛先は {RECIPIENT} のままにしてください。",
                    en=f"Leave it addressed to {RECIPIENT}.",
                ),
            ),
        ),
        Situation(
            common.always,
            Text(ja="まず、印がどこに残るかを予想してください。", en="First, guess where the flag is kept."),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja="`LOGIN` で本人だと示し、`SELECT` でフォルダーを開き、`FETCH` でのぞき、`STORE` で印を付ける。あなたがいま手で打ったのは、メールソフトがふだん裏で言っていることです。\n\nPOP3 と違って、メールは一度もサーバーを離れていません。取り寄せたのは写しで、印はサーバーにあるメールに付きました。だから、つなぎ直しても、別の端末からでも、同じ印が見えます。\n\nスマートフォンで読んだメールが PC でも既読になるのは、このためです。端末が壊れても、メールも印もなくなりません。",
        en="Show who you are by `LOGIN`, open a folder by `SELECT`, look by `FETCH`, set a flag by `STORE`: what you have typed is what your mail program says behind the scenes.\n\nUnlike with POP3, the message never left the server. What you fetched was a copy, and the flag was set on the message there. So a new session sees it, and so does any other device.\n\nThat is why a message that you read on the phone shows as read on the PC. And if the device breaks, neither message nor flag is lost.",
    ),
    solution=(
        ("predict", {"choice": "server"}),
        *ARRIVED,
        ("dial", {}),
        ("say", {"text": f"a1 LOGIN {RECIPIENT} {PASSWORD}"}),
        ("say", {"text": 'a2 LIST "" *'}),
        ("say", {"text": "a3 SELECT INBOX"}),
        ("say", {"text": "a4 FETCH 1 (FLAGS BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])"}),
        ("say", {"text": "a5 STORE 1 +FLAGS (\\Flagged)"}),
        ("say", {"text": "a6 LOGOUT"}),
        *_IN,
        ("say", {"text": "a3 FETCH 1 FLAGS"}),
        ("wait_arrival", {}),
        ("say", {"text": "a4 LOGOUT"}),
    ),
    wrong=(
        # seen in the session that set it alone
        (*ARRIVED, *_IN, ("say", {"text": "a3 STORE 1 +FLAGS (\\Flagged)"}), ("say", {"text": "a4 FETCH 1 FLAGS"})),
        # nothing was set
        (*ARRIVED, *_IN, ("say", {"text": "a3 FETCH 1 FLAGS"}), ("say", {"text": "a4 LOGOUT"}), *_IN,
         ("say", {"text": "a3 FETCH 1 FLAGS"})),
        # opened for reading only: the server refuses to set it
        (*ARRIVED, ("dial", {}), ("say", {"text": f"a1 LOGIN {RECIPIENT} {PASSWORD}"}),
         ("say", {"text": "a2 EXAMINE INBOX"}), ("say", {"text": "a3 STORE 1 +FLAGS (\\Flagged)"}),
         ("say", {"text": "a4 LOGOUT"}), *_IN, ("say", {"text": "a3 FETCH 1 FLAGS"})),
        # set again in the second session, instead of looked for
        (*ARRIVED, *_IN, ("say", {"text": "a3 STORE 1 +FLAGS (\\Flagged)"}), ("say", {"text": "a4 LOGOUT"}), *_IN,
         ("say", {"text": "a3 STORE 1 +FLAGS (\\Flagged)"}), ("say", {"text": "a4 FETCH 1 FLAGS"})),
    ),
)  # fmt: skip
