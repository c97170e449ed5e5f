"""no-bounce-of-bounce: a bounce that cannot be delivered ends with the postmaster."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .experiment import Experiment, Prediction, Situation, Step
from .facts import Bounce, Facts

DOMAIN = "hibari.example"
WRONG = f"recipent@{DOMAIN}"
RIGHT = f"recipient@{DOMAIN}"
POSTMASTER = f"postmaster@{DOMAIN}"


def _double(facts: Facts) -> list[Bounce]:
    """Notices to the postmaster of the recipient's domain, on that PC."""
    return [bounce for bounce in facts.double_bounces if bounce.owner == POSTMASTER]


def _there(facts: Facts) -> bool:
    return bool(_double(facts))


def _done(facts: Facts) -> bool:
    return any(bounce.opened for bounce in _double(facts))


def _is_wrong(address: str) -> bool:
    return address.endswith(f"@{DOMAIN}") and address not in {RIGHT, POSTMASTER}


_MISTAKE = common.Mistake(_is_wrong)


def _doubled(facts: Facts) -> bool:
    return bool(facts.double_bounces)


NO_BOUNCE_OF_BOUNCE = Experiment(
    id="no-bounce-of-bounce",
    group="weird",
    chapter="04-mailer-daemon",
    rfc="RFC 5321 sections 4.5.5 and 6.1, RFC 3464 section 2",
    world="no-bounce-of-bounce",
    other=f"pc/{POSTMASTER}",
    title=Text(ja="エラーメールを届かなくする", en="Make a bounce undeliverable"),
    question=Text(
        ja="エラーメールを送り返そうとしたら、差出人のメールボックスがいっぱいで断られました。そのエラーメールはどうなるでしょう。",
        en="A server sends a bounce back, and is refused: the sender's mailbox is full. What becomes of the bounce?",
    ),
    predictions=(
        Prediction(
            "for-ever",
            Text(
                ja="エラーメールのエラーメールが、いつまでも往復する",
                en="It is bounced too, and so on, back and forth for ever",
            ),
            Text(
                ja="そうならないように、エラーメールは `MAIL FROM:<>` で送られます。返送先が空なので、送り返す先がありません。二通目を差出人側のサーバーに送った記録は、どこにもありません。",
                en="That is why a bounce travels with `MAIL FROM:<>`. It has no return address, so there is nowhere to send another one. The record has no second message to the sender's server.",
            ),
        ),
        Prediction(
            "waits",
            Text(ja="空きができるまで、サーバーで待つ", en="It waits on the server until there is room"),
            Text(
                ja="4 で始まる返事なら、そうなります。返事は「552 5.2.2」、つまり「このままでは無理」だったので、待たずにあきらめました。エラーメールも、そこはふつうのメールと同じです。",
                en="It would, if the reply began with 4. It was 552 5.2.2, and 5 is final: in this a bounce is a message like any other.",
            ),
        ),
        Prediction(
            "squeezed-in",
            Text(
                ja="エラーメールは特別なので、いっぱいでも入る",
                en="A bounce is special, and is let in all the same",
            ),
            Text(
                ja="エラーメールも、メールとしては 1 通です。入る場所がなければ断られます。特別なのは、断られたあとの扱いだけです。",
                en="It is a message, and it needs room like any other. Only what happens after the refusal is special.",
            ),
        ),
        Prediction(
            "postmaster",
            Text(
                ja="書いたサーバーの管理者（postmaster）に知らされて終わる",
                en="The postmaster of the server that wrote it is told, and that is the end",
            ),
            Text(
                ja="書いたサーバーの管理者のメールボックスに、お知らせが 1 通入りました。同じサーバーの中なので、これ以上どこにも送られません。差出人のあなたには、何も届きませんでした。",
                en="One notice went into the mailbox of the postmaster at the server that wrote the bounce. It did not leave that server, and nothing follows. You, the sender, were told nothing at all.",
            ),
            right=True,
        ),
    ),
    draft=common.draft(WRONG),
    judged=_doubled,
    steps=(
        Step("predict", common.STEP_PREDICT, common.predicted_or_past),
        Step("send", common.STEP_SEND, _MISTAKE.sent),
        Step("end", Text(ja="エラーメールの行方を追う", en="Follow the bounce to its end"), _there),
        Step(
            "read",
            Text(ja="postmaster になって、お知らせを読む", en="Read the notice, as the postmaster"),
            _done,
        ),
    ),
    goal=_done,
    situations=(
        Situation(
            _done,
            Text(
                ja="達成です。書かれたのは、エラーメールと、管理者へのお知らせの 2 通だけでした。",
                en="Done. Two notices were written in all: the bounce, and the one to the postmaster.",
            ),
            common.HINTS_DONE,
        ),
        Situation(
            _there,
            Text(
                ja="「管理者（postmaster）の PC」に届いたお知らせを開いて読みましょう。",
                en="Open the notice on the postmaster's PC, and read it.",
            ),
            (
                Text(
                    ja="差出人の受信トレイには何も来ません。下にある、もう一つのメールボックスを見てください。",
                    en="Nothing comes to the sender. Look at the other mailbox, further down.",
                ),
                Text(
                    ja=f"{POSTMASTER} の受信トレイの行を選ぶと、お知らせが開きます。",
                    en=f"Choose the row in the inbox of {POSTMASTER} to open the notice.",
                ),
            ),
        ),
        Situation(
            _MISTAKE.sent_elsewhere,
            Text(ja=f"宛先を {WRONG} にして送ってみましょう。", en=f"Send to {WRONG}."),
            (
                Text(
                    ja=f"エラーメールが生まれないと、この実験は始まりません。{DOMAIN} にいない人に送ってください。",
                    en=f"Without a bounce there is nothing to see here. Write to somebody who is not at {DOMAIN}.",
                ),
                Text(ja=f"宛先を {WRONG} に戻しましょう。", en=f"Go back to {WRONG}."),
            ),
        ),
        Situation(
            common.sent,
            Text(
                ja="宛先側のサーバーが書いたエラーメールの行方を、やりとりの記録で追いましょう。",
                en="Follow the bounce that the recipient's server writes, in the record.",
            ),
            (
                Text(
                    ja="赤い ✕ の行が、エラーメールが断られたところです。その上の MAIL FROM を見てください。",
                    en="The line with the ✕ is where the bounce was refused. Look at MAIL FROM above it.",
                ),
            ),
        ),
        Situation(common.predicted, common.MOVE_SEND, common.HINTS_SEND),
        Situation(
            common.always,
            Text(
                ja="まず、届かないエラーメールがどうなるかを予想してください。",
                en="First, predict what becomes of a bounce that cannot be delivered.",
            ),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja=f"宛先側のサーバーは、メールをいったん受け取ってから、{WRONG} がいないと気づきました。そこでエラーメールを書き、差出人側のサーバーにつないで `MAIL FROM:<>` と告げました。返事は「552 5.2.2」。あなたのメールボックスは、もういっぱいだったからです。\n\nふつうのメールなら、ここでエラーメールが書かれ、MAIL FROM に書かれた差出人へ送り返されます。けれども、エラーメールの MAIL FROM は空です。送り返す先がないので、宛先側のサーバーは自分の管理者（{POSTMASTER}）のメールボックスにお知らせを 1 通入れて、終わりにしました。お知らせは 2 通だけです。3 通目が書かれることはありません。\n\nあなたにとっては、こういうことです。自分のメールボックスがいっぱいだと、送ったメールが届かなかったという知らせも届きません。何も戻ってこないのは、届いたからとは限らないのです。",
        en=f"The recipient's server took the message, and only then found that there is no {WRONG}. So it wrote a bounce, connected to the sender's server and said `MAIL FROM:<>`. The answer was 552 5.2.2, because your mailbox was full already.\n\nWith any other message this would be the moment for a bounce to whoever stands in MAIL FROM. In a bounce nobody stands there. With nowhere to send one, the recipient's server put a notice into the mailbox of its own postmaster ({POSTMASTER}), and that was the end. Two notices were written; there is never a third.\n\nWhat it means for you: while your mailbox is full, you do not even hear that what you sent did not arrive. If nothing comes back, that need not mean that all is well.",
    ),
    solution=(
        ("predict", {"choice": "postmaster"}),
        ("send", {"to": WRONG}),
        ("wait_double_bounce", {}),
        ("read_bounce", {}),
    ),
    wrong=(
        (("send", {"to": WRONG}), ("wait_double_bounce", {})),
        (("send", {"to": RIGHT}), ("wait_delivery", {})),
        # this one ends with the postmaster of the sender's own server, where the reader is not
        (("send", {"to": "recipient@no-such.invalid"}),),
    ),
)
