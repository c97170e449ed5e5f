"""who-wrote-it: which server writes the bounce depends on when the recipient's server refuses."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .experiment import Experiment, Prediction, Situation, Step, Switch
from .facts import Bounce, Facts

DOMAIN = "hibari.example"
WRONG = f"recipent@{DOMAIN}"
SENDERS, RECIPIENTS = "mx.tsubame.example", f"mx.{DOMAIN}"
IN_SESSION, LATER = "in-session", "after-accepting"


def _bounces(facts: Facts) -> list[Bounce]:
    """Those about names that do not exist at the recipient's domain."""
    return [
        bounce
        for bounce in facts.bounces
        if bounce.status == "5.1.1" and all(one.endswith(f"@{DOMAIN}") for one in bounce.recipients)
    ]


def _read(facts: Facts) -> set[str]:
    """The servers of which a bounce was opened."""
    return {bounce.writer for bounce in _bounces(facts) if bounce.opened}


def _done(facts: Facts) -> bool:
    return _read(facts) == {SENDERS, RECIPIENTS}


def _one_read(facts: Facts) -> bool:
    return bool(_read(facts))


def _both_there(facts: Facts) -> bool:
    return {bounce.writer for bounce in _bounces(facts) if bounce.uid is not None} == {SENDERS, RECIPIENTS}


def _unread(facts: Facts) -> bool:
    """A bounce of a kind that was not opened yet is on the device."""
    return any(bounce.uid is not None and bounce.writer not in _read(facts) for bounce in _bounces(facts))


def _under_way(facts: Facts) -> bool:
    """The latest message went to nobody, and its bounce is not there yet."""
    last = facts.last
    return last is not None and all(map(_is_wrong, last.recipients)) and not any(
        bounce.message == last.queue_id for bounce in facts.bounces
    )  # fmt: skip


def _is_wrong(address: str) -> bool:
    return address.endswith(f"@{DOMAIN}") and address != f"recipient@{DOMAIN}"


_MISTAKE = common.Mistake(_is_wrong)


def _set_otherwise(facts: Facts) -> bool:
    """The server is set to what makes the other server write."""
    later = facts.settings.get((DOMAIN, "refuse"), IN_SESSION) == LATER
    return _one_read(facts) and (RECIPIENTS if later else SENDERS) not in _read(facts)


def _recipients_wrote(facts: Facts) -> bool:
    return any(bounce.writer == RECIPIENTS for bounce in facts.bounces)


WHO_WROTE_IT = Experiment(
    id="who-wrote-it",
    group="useful",
    chapter="04-mailer-daemon",
    rfc="RFC 5321 section 6.1, RFC 3464 sections 2.2.2 and 2.3.5",
    world="user-unknown",  # the same two companies
    title=Text(ja="断るタイミングを変える", en="Change when the server refuses"),
    question=Text(
        ja="宛先側のサーバーがメールをいったん受け取り、そのあとで「この人はいない」と気づきました。エラーメールを書くのはどこでしょう。",
        en="The recipient's server takes the message, and only then finds that there is no such user. Who writes the bounce?",
    ),
    predictions=(
        Prediction(
            "sending-server",
            Text(ja="差出人側のメールサーバー", en="The sender's mail server"),
            Text(
                ja="やりとりの途中で断られたときは、そのとおりです。けれども、いったん受け取ってもらえたら、差出人側のサーバーの仕事はそこで終わりです。メールはもう手元になく、その先のことは知りようがありません。",
                en="So it is when it was refused during the dialogue. But once the other server has said 250, the sender's server is done: it does not have the message any more, and nobody tells it what happens next.",
            ),
        ),
        Prediction(
            "receiving-server",
            Text(ja="宛先側のメールサーバー", en="The recipient's mail server"),
            Text(
                ja="250 と答えて受け取ったサーバーが、そのメールに責任を持ちます。届けられないとわかったら、差出人に知らせるのもそのサーバーです。だから MAILER-DAEMON@ の右側も、宛先側のサーバーの名前になりました。",
                en="A server that has said 250 answers for the message. If it cannot deliver it, it has to tell the sender. That is why the name after MAILER-DAEMON@ is now that of the recipient's server.",
            ),
            right=True,
        ),
        Prediction(
            "central",
            Text(
                ja="世界のどこかにある MAILER-DAEMON のサーバー",
                en="The server of MAILER-DAEMON, somewhere in the world",
            ),
            Text(
                ja="MAILER-DAEMON という一つのサーバーがあるわけではありません。どのメールサーバーも、エラーメールを書くときにこの名前を名乗ります。どのサーバーなのかは、@ の右側でわかります。",
                en="There is no one server of that name. Every mail server calls itself MAILER-DAEMON when it writes a bounce; which server it is stands after the @.",
            ),
        ),
        Prediction(
            "nobody",
            Text(
                ja="どこも書かない。受け取った以上は届いたことになる",
                en="Nobody: what was accepted counts as delivered",
            ),
            common.NEVER_SILENT,
        ),
    ),
    draft=common.draft(WRONG),
    switch=Switch(
        DOMAIN,
        "refuse",
        Text(
            ja=f"{RECIPIENTS}（宛先側）は、いない人宛てのメールを",
            en=f"Mail for somebody unknown: {RECIPIENTS} (the recipient's server)",
        ),
        (
            (IN_SESSION, Text(ja="やりとりの途中で断る", en="refuses during the dialogue")),
            (
                LATER,
                Text(
                    ja="いったん受け取り、あとで断る",
                    en="accepts first, and refuses afterwards",
                ),
            ),
        ),
    ),
    judged=_recipients_wrote,
    steps=(
        Step("predict", common.STEP_PREDICT, common.predicted_or_past),
        Step("send", common.STEP_SEND, _MISTAKE.sent),
        Step("read", common.STEP_READ, _one_read),
        Step(
            "other",
            Text(ja="サーバーの設定を変えて、同じ宛先に送る", en="Set the server the other way, send again"),
            _both_there,
        ),
        Step("compare", Text(ja="もう一通を読んで比べる", en="Read the other bounce and compare"), _done),
    ),
    goal=_done,
    situations=(
        Situation(
            _done,
            Text(
                ja="達成です。二通の差出人と Reporting-MTA を、もう一度見くらべてみてください。",
                en="Done. Compare the two once more: who each is from, and its Reporting-MTA.",
            ),
            common.HINTS_DONE,
        ),
        Situation(_unread, common.MOVE_READ, common.HINTS_UNREAD),
        Situation(
            _under_way,
            Text(
                ja="サーバー同士のやりとりを追いましょう。RCPT TO への返事が、設定によって変わります。",
                en="Follow what the servers say. The reply to RCPT TO depends on how the server is set.",
            ),
            (
                Text(
                    ja="RCPT TO への返事を見てください。250 なら受け取り、550 なら断りです。",
                    en="Look at the reply to RCPT TO: 250 accepts, 550 refuses.",
                ),
                common.HINT_FETCH,
            ),
        ),
        Situation(
            _MISTAKE.sent_elsewhere,
            Text(ja=f"宛先を {WRONG} にして送ってみましょう。", en=f"Send to {WRONG}."),
            (
                Text(
                    ja=f"この実験では、{DOMAIN} にいない人に送ります。@ の右側は合っていて、左側だけがまちがっている宛先です。",
                    en=f"In this experiment, write to somebody who is not at {DOMAIN}: the part after the @ is right, and only the name is wrong.",
                ),
                Text(ja=f"宛先を {WRONG} に戻しましょう。", en=f"Go back to {WRONG}."),
            ),
        ),
        Situation(
            _set_otherwise,
            Text(
                ja="設定が変わりました。同じ宛先に、もう一度送りましょう。",
                en="The server is set the other way now. Send to the same address again.",
            ),
            common.HINTS_SET,
        ),
        Situation(
            _one_read,
            Text(
                ja="こんどは「サーバーの設定」をもう一方に変えて、同じ宛先に送りましょう。",
                en="Now set the server the other way, and send to the same address again.",
            ),
            (
                Text(
                    ja="このエラーメールを書いたのはどのサーバーでしょう。Reporting-MTA を見てください。",
                    en="Which server wrote this bounce? Look at Reporting-MTA.",
                ),
                Text(
                    ja="「書く」の上の「サーバーの設定」で、もう一方を選んでください。",
                    en="Above the message form, under “How the server is set”, choose the other one.",
                ),
            ),
        ),
        Situation(common.predicted, common.MOVE_SEND, common.HINTS_SEND),
        Situation(
            common.always,
            Text(
                ja="まず、エラーメールを書くのはどこかを予想してください。",
                en="First, predict who writes the bounce.",
            ),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja=f"宛先は同じで、いないのも同じ人です。違ったのは、{RECIPIENTS} がいつ断ったかだけでした。\n\nやりとりの途中で断ると、メールは差出人側のサーバーの手元に残ります。困っているのはこちらなので、{SENDERS} がエラーメールを書きました。Reporting-MTA は {SENDERS}、断った側の名前は Remote-MTA にあります。\n\n受け取ってから断ると、メールはもう {RECIPIENTS} の手元にあります。250 と答えたサーバーには、届けるか、知らせるかの責任があります。そこで {RECIPIENTS} がエラーメールを書き、差出人側のサーバーに SMTP で送り返しました。Reporting-MTA は {RECIPIENTS} に変わり、Remote-MTA の行はありません。ほかのサーバーに断られたわけではないからです。\n\nだれかに相談するなら、断ったサーバーの管理者です。Remote-MTA があればそのサーバー、なければ Reporting-MTA のサーバーだとわかります。",
        en=f"It was the same address, and the same person who does not exist. All that differed is when {RECIPIENTS} refused.\n\nIf it refuses during the dialogue, the sender's server still has the message and cannot get rid of it. So {SENDERS} wrote the bounce: it is the Reporting-MTA, and Remote-MTA names the one that refused.\n\nIf it refuses afterwards, {RECIPIENTS} has the message already. A server that has said 250 must deliver or tell. So {RECIPIENTS} wrote the bounce and sent it back by SMTP. It is the Reporting-MTA now, and there is no Remote-MTA, because no other server refused anything.\n\nIf you have to ask somebody, ask the administrator of the server that refused: the one in Remote-MTA, or, where there is none, the one in Reporting-MTA.",
    ),
    solution=(
        ("predict", {"choice": "receiving-server"}),
        ("turn", {"choice": LATER}),
        ("send", {"to": WRONG}),
        ("wait_bounce", {}),
        ("read_bounce", {}),
        ("turn", {"choice": IN_SESSION}),
        ("send", {"to": WRONG}),
        ("wait_bounce", {}),
        ("read_bounce", {}),
    ),
    wrong=(
        # the same setting twice
        (
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("read_bounce", {}),
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("read_bounce", {}),
        ),
        # one of them unread
        (
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("turn", {"choice": LATER}),
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("read_bounce", {}),
        ),
        # another mistake, about which the recipient's server says nothing
        (
            ("turn", {"choice": LATER}),
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("read_bounce", {}),
            ("send", {"to": "recipient@no-such.invalid"}),
            ("wait_bounce", {}),
            ("read_bounce", {}),
        ),
        (("turn", {"choice": LATER}), ("send", {"to": f"recipient@{DOMAIN}"}), ("wait_delivery", {})),
    ),
)
