"""user-unknown: the part before the @ does not exist at that domain."""

from __future__ import annotations

from ..locale import Text
from .experiment import Draft, Experiment, Hint, Move, Prediction, Step
from .facts import Facts

DOMAIN = "hibari.example"
WRONG = f"recipent@{DOMAIN}"
RIGHT = f"recipient@{DOMAIN}"


def _predicted(facts: Facts) -> bool:
    return facts.prediction is not None


def _bounce_fetched(facts: Facts) -> bool:
    return facts.bounced("5.1.1")


def _bounce_read(facts: Facts) -> bool:
    return facts.bounced("5.1.1", opened=True)


def _bounce_sent(facts: Facts) -> bool:
    return any(_local_wrong(recipient) for sent in facts.sent for recipient in sent.recipients)


def _local_wrong(recipient: str) -> bool:
    return recipient.endswith(f"@{DOMAIN}") and recipient != RIGHT


def _goal(facts: Facts) -> bool:
    return _bounce_fetched(facts) and facts.delivered_after_bounce(RIGHT)


def _sent_right_first(facts: Facts) -> bool:
    return bool(facts.sent) and not _bounce_sent(facts) and facts.sent[-1].recipients == (RIGHT,)


def _sent_elsewhere(facts: Facts) -> bool:
    last = facts.last
    return last is not None and any(not recipient.endswith(f"@{DOMAIN}") for recipient in last.recipients)


def _other_wrong_name(facts: Facts) -> bool:
    last = facts.last
    return (
        _bounce_read(facts)
        and last is not None
        and len(facts.sent) > 1
        and any(_local_wrong(r) for r in last.recipients)
    )


def _other_subject(facts: Facts) -> bool:
    last = facts.last
    return (
        _bounce_fetched(facts)
        and last is not None
        and facts.is_delivered(last)
        and not _goal(facts)
        and last.recipients == (RIGHT,)
    )


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
            Text(
                ja="引き受けたサーバーには、届けるか、届かなかったと知らせるかのどちらかをする責任があります（RFC 5321）。だまって消えることはありません。",
                en="A server that has taken a message must either deliver it or say that it could not (RFC 5321). Nothing is dropped in silence.",
            ),
        ),
    ),
    draft=Draft(
        device="pc/sender@tsubame.example",
        to=WRONG,
        subject=Text(ja="打ち合わせの件", en="Our meeting"),
        body=Text(
            ja="お世話になっております。\n明日の打ち合わせは 10 時からでお願いいたします。\n",
            en="Hello,\n\nshall we meet at ten tomorrow?\n",
        ),
    ),
    steps=(
        Step("predict", Text(ja="予想する", en="Predict"), _predicted),
        Step("send", Text(ja="送る", en="Send"), _bounce_sent),
        Step("read", Text(ja="戻ってきたメールを読む", en="Read what came back"), _bounce_read),
        Step("correct", Text(ja="宛先を直して送り直す", en="Correct the address and send again"), _goal),
    ),
    goal=_goal,
    hints=(
        Hint(
            _goal,
            (
                Text(
                    ja="この実験は達成ずみです。「最初から」で何度でも試せます。",
                    en="You have done it. Start over to try something else.",
                ),
            ),
        ),
        Hint(
            _sent_right_first,
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
        Hint(
            _sent_elsewhere,
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
        Hint(
            _other_wrong_name,
            (
                Text(
                    ja="その名前のユーザーもいないようです。戻ってきたメールの Final-Recipient を、正しいつづりと見比べてみましょう。",
                    en="Nobody has that name either. Compare Final-Recipient in what came back with how the word is spelt.",
                ),
                Text(ja=f"正しい宛先は {RIGHT} です。", en=f"The right address is {RIGHT}."),
            ),
        ),
        Hint(
            _other_subject,
            (
                Text(
                    ja="届きましたが、件名が最初のメールと違います。同じメールを送り直したことになるよう、件名をそろえてください。",
                    en="It arrived, but under another subject. Send the same message again, with the same subject.",
                ),
            ),
        ),
        Hint(
            _bounce_read,
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
        Hint(
            _bounce_fetched,
            (
                Text(
                    ja="端末の受信トレイに MAILER-DAEMON からメールが届いています。",
                    en="There is a message from MAILER-DAEMON in the inbox of the device.",
                ),
                Text(
                    ja="受信トレイの行を選ぶと、そのメールが開きます。",
                    en="Choose its row in the inbox to open it.",
                ),
            ),
        ),
        Hint(
            _bounce_sent,
            (
                Text(
                    ja="サーバー同士のやりとりを追ってみましょう。赤い ✕ の行が、断られたところです。",
                    en="Follow what the servers say. The line with the ✕ is the refusal.",
                ),
                Text(
                    ja="エラーメールがまだ見えないときは「受信」を押してください。",
                    en="If the bounce is not there yet, press Fetch.",
                ),
            ),
        ),
        Hint(
            _predicted,
            (
                Text(
                    ja="宛先は、わざと一文字まちがえてあります。そのまま「送信」を押しましょう。",
                    en="The address has a mistake in it, on purpose. Press Send as it is.",
                ),
            ),
        ),
        Hint(
            lambda facts: True,
            (
                Text(
                    ja="まず予想を一つ選んでください。当たらなくても構いません。予想してから見ると、違いに気づきやすくなります。",
                    en="Choose a prediction first. It need not be right: whoever has guessed sees more.",
                ),
            ),
        ),
    ),
    moves=(
        Move(
            _goal,
            Text(
                ja="達成です。宛先を直したメールは、相手のメールボックスに届きました。",
                en="Done. With the right address, the message is in the recipient's mailbox.",
            ),
        ),
        Move(
            _sent_right_first,
            Text(
                ja=f"メールは届きました。こんどは宛先を {WRONG} にして、断られるようすを見てみましょう。",
                en=f"The message arrived. Now send one to {WRONG} and see it refused.",
            ),
        ),
        Move(
            _other_wrong_name,
            Text(
                ja="この名前のユーザーもいません。つづりをもう一度確かめて、直して送ってください。",
                en="Nobody has that name either. Check the spelling once more, and send again.",
            ),
        ),
        Move(
            _bounce_read,
            Text(
                ja="@ の左側（ローカル部）のつづりを確かめ、正しい宛先に直して、同じ件名で送り直しましょう。",
                en="Check how the part before the @ (the local part) is spelt, correct it, and send again under the same subject.",
            ),
        ),
        Move(
            _bounce_fetched,
            Text(
                ja="端末の受信トレイに届いた、MAILER-DAEMON からのメールを開いて読みましょう。",
                en="Open the message from MAILER-DAEMON in the inbox of the device, and read it.",
            ),
        ),
        Move(
            _sent_elsewhere,
            Text(
                ja=f"@ の右側まで変わっています。宛先を {WRONG} に戻して送ってみましょう。",
                en=f"The part after the @ is different too. Go back to {WRONG} and send.",
            ),
        ),
        Move(
            lambda facts: bool(facts.sent),
            Text(
                ja="サーバー同士のやりとりを追いましょう。断られた行に ✕ が付きます。",
                en="Follow what the servers say to each other. The refusal has a ✕.",
            ),
        ),
        Move(
            _predicted,
            Text(
                ja="「送信」を押して、何が起こるか見てみましょう。宛先は、わざと一文字まちがえてあります。",
                en="Press Send and watch. The address has a mistake in it, on purpose.",
            ),
        ),
        Move(
            lambda facts: True,
            Text(
                ja="まず、どこで断られるかを予想してください。", en="First, predict where it is turned away."
            ),
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
