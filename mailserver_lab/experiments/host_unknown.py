"""host-unknown: the part after the @ does not exist."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .correction import Correction
from .experiment import Experiment, Prediction, Situation

HOME, DOMAIN = "tsubame.example", "hibari.example"
WRONG_DOMAIN = "hibali.example"
WRONG = f"recipient@{WRONG_DOMAIN}"
RIGHT = f"recipient@{DOMAIN}"


def _is_wrong(recipient: str) -> bool:
    return recipient.rpartition("@")[2] not in {HOME, DOMAIN}


_WAY = Correction("5.1.2", RIGHT, _is_wrong)

HOST_UNKNOWN = Experiment(
    id="host-unknown",
    group="tutorial",
    chapter="04-mailer-daemon",
    rfc="RFC 5321 section 5.1, RFC 3463 section 3.2, RFC 3464 section 2.3",
    world="user-unknown",  # the same two companies
    title=Text(ja="存在しないドメインに送る", en="Write to a domain that is not there"),
    question=Text(
        ja="@ の右側を一文字まちがえたまま送ると、そのメールはどこまで進むでしょう。",
        en="One letter after the @ is wrong. How far does the message get?",
    ),
    predictions=(
        Prediction(
            "client",
            Text(ja="差出人の PC から出ない", en="It does not leave the sender's PC"),
            Text(
                ja=f"メールソフトが確かめるのは、アドレスの形だけです。{WRONG_DOMAIN} も形はととのっているので、そのまま自分のサーバーに渡しました。",
                en=f"A mail program checks no more than the form of an address. {WRONG_DOMAIN} looks like any domain, so the message was handed to the server.",
            ),
        ),
        Prediction(
            "sending-server",
            Text(ja="差出人側のメールサーバーまで", en="As far as the sender's mail server"),
            Text(
                ja="差出人側のサーバーがメールを預かり、DNS に届け先を尋ねると、「そのドメインはない」という答えでした。つなぐ相手がいないので、メールはここで止まります。エラーメールを書くのも、このサーバーです。",
                en="It took the message, asked the DNS for the way, and was told that there is no such domain. With no server to connect to, the message ends here; this server writes the bounce too.",
            ),
            right=True,
        ),
        Prediction(
            "dns",
            Text(ja="DNS まで", en="As far as the DNS"),
            Text(
                ja=f"まちがいがわかったのは DNS のおかげですが、DNS は名前についての問い合わせに答えるだけで、メールを運びません。届いたのは「{WRONG_DOMAIN} 宛てはどのサーバーへ？」という問い合わせだけです。",
                en=f"The DNS is where the mistake came to light, but it only answers questions about names. What reached it was a question, where mail for {WRONG_DOMAIN} goes, and not the message.",
            ),
        ),
        Prediction(
            "receiving-server",
            Text(ja="宛先側のメールサーバーまで", en="As far as the recipient's mail server"),
            Text(
                ja="宛先側のサーバーには、接続すらしていません。どのサーバーへ行けばよいかは @ の右側で決まるので、そこがまちがっていると、たどり着きようがないのです。宛先側の会社は、このメールのことを何も知りません。",
                en="Nothing even connected to it. The part after the @ decides which server to go to, and with that part wrong there is no way to find it. The recipient's company knows nothing of this message.",
            ),
        ),
        Prediction(
            "nobody",
            Text(ja="途中で消えて、だれにも知らされない", en="It disappears on the way, and nobody is told"),
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
                ja=f"メールは届きました。こんどは宛先を {WRONG} にして、どこで止まるか見てみましょう。",
                en=f"The message arrived. Now send one to {WRONG} and see where it ends.",
            ),
            (
                Text(
                    ja="このドメインは実在するので、メールは無事に届きました。@ の右側をまちがえるとどうなるでしょう。",
                    en="That domain exists, so the message arrived. What happens if the part after the @ is wrong?",
                ),
                Text(
                    ja=f"宛先を {WRONG}（r が l になっています）にして送ってみましょう。",
                    en=f"Send to {WRONG}, with an l where the r should be.",
                ),
            ),
        ),
        Situation(
            _WAY.sent_elsewhere,
            Text(
                ja=f"@ の右側は実在するドメインです。宛先を {WRONG} にして送ってみましょう。",
                en=f"The part after the @ is a domain that exists. Send to {WRONG}.",
            ),
            (
                Text(
                    ja="@ の右側は実在するドメインです。この実験でまちがえるのは、@ の右側だけです。",
                    en="The part after the @ is a domain that exists. In this experiment it is the only part that is wrong.",
                ),
                Text(
                    ja=f"@ の左側だけが存在しないときは、User unknown という別のエラーになります。宛先を {WRONG} にして送りましょう。",
                    en=f"If only the part before the @ does not exist, that is another error, User unknown. Send to {WRONG}.",
                ),
            ),
        ),
        Situation(
            _WAY.wrong_again,
            Text(
                ja="そのドメインも存在しません。@ の右側のつづりをもう一度確かめて、直して送ってください。",
                en="There is no such domain either. Check the part after the @ once more, and send again.",
            ),
            (
                Text(
                    ja="そのドメインも存在しないようです。戻ってきたメールの Final-Recipient を、@ の右側に注意して読み直してみましょう。",
                    en="There is no such domain either. Read Final-Recipient in what came back once more, after the @.",
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
                ja="@ の右側（ドメイン）のつづりを確かめ、正しい宛先に直して、同じ件名で送り直しましょう。",
                en="Check how the part after the @ (the domain) is spelt, correct it, and send again under the same subject.",
            ),
            (
                Text(
                    ja="まちがっていたのは、宛先のどの部分でしょう。Status を見てください。",
                    en="Which part of the address was at fault? Look at the Status.",
                ),
                Text(
                    ja="5.1.2 は「@ の右側のドメインが存在しない」という意味です。",
                    en="5.1.2 means: the domain after the @ does not exist.",
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
                ja="差出人側のサーバーが DNS に何を尋ね、どんな答えが返ったかを追いましょう。✕ の付いた行です。",
                en="Follow what the sender's server asks the DNS. The answer has a ✕.",
            ),
            (
                Text(
                    ja="DNS とのやりとりを見てみましょう。赤い ✕ の行が答えです。そのあと、宛先側のサーバーへの接続はありません。",
                    en="Look at what the DNS said, at the line with the ✕. No connection to the recipient's server follows it.",
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
                ja="まず、メールがどこまで進むかを予想してください。",
                en="First, predict how far the message gets.",
            ),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja=f"差出人側のサーバーはメールを預かり、{WRONG_DOMAIN} 宛てのメールをどのサーバーが受け取るのか、DNS に尋ねました。答えは NXDOMAIN、つまり「そのドメインは存在しない」です。つなぐ相手がいないので、宛先側のサーバーとは一言も話していません。\n\nそのため、エラーメールを書いたのは差出人側のサーバーです（Reporting-MTA）。断ったサーバーがないので Remote-MTA の行はなく、Diagnostic-Code にあるのは差出人側のサーバー自身の言葉です。\n\n5 で始まるエラーなので、同じ宛先に送り直しても結果は変わりません。@ の右側を直すのは、差出人であるあなたの番です。ただし、まちがえて書いたドメインがたまたま実在していたら、メールは知らない会社のサーバーに渡ってしまいます。大事なメールほど、送る前に @ の右側も確かめてください。",
        en=f"The sender's server took the message and asked the DNS which server takes mail for {WRONG_DOMAIN}. The answer was NXDOMAIN: there is no such domain. With nobody to connect to, it never spoke to the recipient's server.\n\nSo the bounce was written by the sender's own server (Reporting-MTA). As no other server refused, there is no Remote-MTA, and the words in Diagnostic-Code are those of the sender's server itself.\n\nA status that begins with 5 is final: the same address gives the same answer. The next move is yours, the sender's: correct the part after the @. But had the misspelt domain happened to exist, the message would have gone to a stranger's server. The more a message matters, the more closely look at that part before you send.",
    ),
    solution=(
        ("predict", {"choice": "sending-server"}),
        ("send", {"to": WRONG}),
        ("wait_bounce", {}),
        ("read_bounce", {}),
        ("send", {"to": RIGHT}),
        ("wait_delivery", {}),
    ),
    wrong=(
        (("send", {"to": RIGHT}), ("wait_delivery", {})),
        (
            ("send", {"to": f"recipent@{DOMAIN}"}),
            ("wait_bounce", {}),
            ("send", {"to": RIGHT}),
            ("wait_delivery", {}),
        ),
        (
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("send", {"to": "recipient@no-such.invalid"}),
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
