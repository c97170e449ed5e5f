"""user-unknown: the part before the @ does not exist at that domain."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .correction import Correction
from .experiment import Experiment, Prediction, Situation

DOMAIN = "hibari.example"
WRONG = f"recipent@{DOMAIN}"
RIGHT = f"recipient@{DOMAIN}"


def _is_wrong(recipient: str) -> bool:
    return recipient.endswith(f"@{DOMAIN}") and recipient != RIGHT


_WAY = Correction("5.1.1", RIGHT, _is_wrong)

USER_UNKNOWN = Experiment(
    id="user-unknown",
    group="tutorial",
    chapter="04-mailer-daemon",
    rfc="RFC 5321 section 4.2.3, RFC 3463 section 3.2, RFC 3464 section 2.3",
    world="user-unknown",
    title=Text(ja="存在しない宛先に送る", en="Write to someone who is not there"),
    question=Text(
        ja="宛先の名前を一文字まちがえたまま送ると、そのメールを断るのはどこでしょう。",
        en="One letter of the recipient's name is wrong. Who turns the message away?",
    ),
    predictions=(
        Prediction(
            "client",
            Text(ja="差出人の PC（メールソフト）", en="The sender's PC (the mail program)"),
            Text(
                ja="メールソフトが確かめるのは、アドレスの形だけです。その名前の人が相手の会社にいるかどうかは、相手のサーバーしか知りません。",
                en="A mail program checks no more than the form of an address. Who works at the other company, it cannot know.",
            ),
        ),
        Prediction(
            "sending-server",
            Text(ja="差出人側のメールサーバー", en="The sender's mail server"),
            Text(
                ja="差出人側のサーバーはいったん引き受け、運ぶ先を探します。他社のユーザーの名簿は持っていないので、断ることはできません。ただし、断られたあとでエラーメールを書くのはこのサーバーです。",
                en="It takes the message and looks for the way. It has no list of another company's users, so it cannot refuse. But once it is refused, this is the server that writes the bounce.",
            ),
        ),
        Prediction(
            "dns",
            Text(ja="DNS", en="The DNS"),
            Text(
                ja="DNS が知っているのは @ の右側（ドメイン）の届け先だけです。hibari.example は存在するので、何も問題なく答えます。",
                en="The DNS knows where mail for the part after the @ goes, and nothing about the part before it. hibari.example exists, so it answers as usual.",
            ),
        ),
        Prediction(
            "receiving-server",
            Text(ja="宛先側のメールサーバー", en="The recipient's mail server"),
            Text(
                ja="自社のユーザーの名簿を持っているのは宛先側のサーバーだけです。RCPT TO で名前を聞いた時点で「550 5.1.1 User unknown」と断りました。",
                en="Only the recipient's server has the list of its own users. As soon as RCPT TO names one that is not on it, it says 550 5.1.1 User unknown.",
            ),
            right=True,
        ),
        Prediction(
            "nobody",
            Text(ja="だれも断らず、メールは消える", en="Nobody: the message just disappears"),
            common.NEVER_SILENT,
        ),
    ),
    draft=common.draft(WRONG),
    steps=_WAY.steps(),
    goal=_WAY.done,
    situations=(
        Situation(
            _WAY.done,
            common.MOVE_DONE,
            common.HINTS_DONE,
        ),
        Situation(
            _WAY.sent_right_first,
            Text(
                ja=f"メールは届きました。こんどは宛先を {WRONG} にして、断られるようすを見てみましょう。",
                en=f"The message arrived. Now send one to {WRONG} and see it refused.",
            ),
            (
                Text(
                    ja="この宛先は実在するので、メールは無事に届きました。まちがった宛先ではどうなるでしょう。",
                    en="That address exists, so the message arrived. What happens if it is wrong?",
                ),
                Text(
                    ja=f"宛先を {WRONG}（i が一つ足りません）にして送ってみましょう。",
                    en=f"Send to {WRONG}: an i is missing.",
                ),
            ),
        ),
        Situation(
            _WAY.sent_elsewhere,
            Text(
                ja=f"@ の右側まで変わっています。宛先を {WRONG} に戻して送ってみましょう。",
                en=f"The part after the @ is different too. Go back to {WRONG} and send.",
            ),
            (
                Text(
                    ja="@ の右側も変わっています。この実験でまちがえるのは、@ の左側だけです。",
                    en="The part after the @ is different too. In this experiment only the part before it is wrong.",
                ),
                Text(
                    ja=f"@ の右側が存在しないときは Host unknown という別のエラーになります。宛先を {WRONG} に戻しましょう。",
                    en=f"If the part after the @ does not exist, that is another error, Host unknown. Go back to {WRONG}.",
                ),
            ),
        ),
        Situation(
            _WAY.wrong_again,
            Text(
                ja="この名前のユーザーもいません。つづりをもう一度確かめて、直して送ってください。",
                en="Nobody has that name either. Check the spelling once more, and send again.",
            ),
            (
                Text(
                    ja="その名前のユーザーもいないようです。戻ってきたメールの Final-Recipient を、正しいつづりと見比べてみましょう。",
                    en="Nobody has that name either. Compare Final-Recipient in what came back with how the word is spelt.",
                ),
                Text(ja=f"正しい宛先は {RIGHT} です。", en=f"The right address is {RIGHT}."),
            ),
        ),
        Situation(
            _WAY.other_subject,
            common.MOVE_SAME_SUBJECT,
            common.HINTS_OTHER_SUBJECT,
        ),
        Situation(
            _WAY.bounce_read,
            Text(
                ja="@ の左側（ローカル部）のつづりを確かめ、正しい宛先に直して、同じ件名で送り直しましょう。",
                en="Check how the part before the @ (the local part) is spelt, correct it, and send again under the same subject.",
            ),
            (
                Text(
                    ja="届かなかったのは、宛先のどの部分のせいでしょう。Status を見てください。",
                    en="Which part of the address was at fault? Look at the Status.",
                ),
                Text(
                    ja="5.1.1 は「@ の左側の名前が、そのドメインにない」という意味です。",
                    en="5.1.1 means: no such name before the @ at that domain.",
                ),
                Text(
                    ja=f"宛先を {RIGHT} に直して、もう一度送ってください。",
                    en=f"Correct the address to {RIGHT} and send again.",
                ),
            ),
        ),
        Situation(
            _WAY.bounce_fetched,
            common.MOVE_READ,
            common.HINTS_UNREAD,
        ),
        Situation(
            common.sent,
            Text(
                ja="サーバー同士のやりとりを追いましょう。断られた行に ✕ が付きます。",
                en="Follow what the servers say to each other. The refusal has a ✕.",
            ),
            (
                Text(
                    ja="サーバー同士のやりとりを追ってみましょう。赤い ✕ の行が、断られたところです。",
                    en="Follow what the servers say. The line with the ✕ is the refusal.",
                ),
                common.HINT_FETCH,
            ),
        ),
        Situation(
            common.predicted,
            common.MOVE_SEND,
            common.HINTS_SEND,
        ),
        Situation(
            common.always,
            Text(
                ja="まず、どこで断られるかを予想してください。", en="First, predict where it is turned away."
            ),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja="差出人側のサーバーは、DNS で hibari.example の届け先を調べ、そのサーバーにメールを渡そうとしました。宛先側のサーバーは RCPT TO の時点で「550 5.1.1 User unknown」と断りました。@ の右側は正しく、左側の名前だけが存在しなかったからです。\n\nSMTP のやりとりの途中で断られたので、エラーメールを書いたのは差出人側のサーバーです（Reporting-MTA）。断った側の名前は Remote-MTA に、その言葉は Diagnostic-Code に残っています。\n\n5 で始まるエラーは、同じ宛先に送り直しても結果が変わりません。@ の左側を直すのは、差出人であるあなたの番です。正しい名前がわからなければ、電話など別の方法で相手に確かめてください。",
        en="The sender's server asked the DNS where mail for hibari.example goes, and tried to hand the message over there. The recipient's server said 550 5.1.1 User unknown as soon as RCPT TO named the recipient: the part after the @ was right, the name before it did not exist.\n\nIt refused during the SMTP dialogue, so the bounce was written by the sender's own server (Reporting-MTA). Who refused stands in Remote-MTA, and its words in Diagnostic-Code.\n\nA status that begins with 5 is final: the same address gives the same answer. The next move is yours, the sender's: correct the part before the @. If you do not know the right one, ask the person by some other way.",
    ),
    solution=(
        ("predict", {"choice": "receiving-server"}),
        ("send", {"to": WRONG}),
        ("wait_bounce", {}),
        ("read_bounce", {}),
        ("send", {"to": RIGHT}),
        ("wait_delivery", {}),
    ),
    wrong=(
        (("send", {"to": RIGHT}), ("wait_delivery", {})),
        (
            ("send", {"to": "x@no-such.invalid"}),
            ("wait_bounce", {}),
            ("send", {"to": RIGHT}),
            ("wait_delivery", {}),
        ),
        (
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("send", {"to": f"recipeint@{DOMAIN}"}),
            ("wait_bounce", {}),
        ),
        (
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("send", {"to": RIGHT, "subject": "x"}),
            ("wait_delivery", {}),
        ),
    ),
)
