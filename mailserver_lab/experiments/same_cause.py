"""same-cause-other-words: one cause, and how each mail system words it."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .experiment import Experiment, Prediction, Situation, Step, Switch
from .facts import Bounce, Facts

DOMAIN = "hibari.example"
WRONG = f"recipent@{DOMAIN}"
ENOUGH = 3  # wordings of which a bounce is to be read


def _is_ours(bounce: Bounce) -> bool:
    """Whether it is about names that do not exist at the recipient's domain."""
    return bounce.action == "failed" and all(_is_wrong(one) for one in bounce.recipients)


def _bounces(facts: Facts) -> list[Bounce]:
    return [bounce for bounce in facts.bounces if _is_ours(bounce)]


def _is_wrong(address: str) -> bool:
    return address.endswith(f"@{DOMAIN}") and address != f"recipient@{DOMAIN}"


_MISTAKE = common.Mistake(_is_wrong)


def _read(facts: Facts) -> set[str]:
    """The wordings of which a bounce was opened."""
    return {bounce.wording for bounce in _bounces(facts) if bounce.opened}


def _read_one(facts: Facts) -> bool:
    return bool(_read(facts))


def _read_two(facts: Facts) -> bool:
    return len(_read(facts)) > 1


def _done(facts: Facts) -> bool:
    return len(_read(facts)) >= ENOUGH


def _unread(facts: Facts) -> bool:
    """A bounce in words that were not read yet is on the device."""
    return any(bounce.uid is not None and bounce.wording not in _read(facts) for bounce in _bounces(facts))


def _two_there(facts: Facts) -> bool:
    return len({bounce.wording for bounce in _bounces(facts)}) > 1


def _under_way(facts: Facts) -> bool:
    last = facts.last
    return (
        last is not None
        and all(map(_is_wrong, last.recipients))
        and not any(bounce.message == last.queue_id for bounce in facts.bounces)
    )


def _set_to_new(facts: Facts) -> bool:
    """The servers are set to words that were not read yet."""
    now = facts.settings.get((DOMAIN, "wording"))
    return _read_one(facts) and now is not None and now not in _read(facts)


SAME_CAUSE = Experiment(
    id="same-cause-other-words",
    group="weird",
    chapter="04-mailer-daemon",
    rfc="RFC 3463 sections 2 and 3.2, RFC 5321 section 4.2",
    world="same-cause",
    title=Text(ja="同じ理由を、別の言葉で聞く", en="Hear the same cause in other words"),
    question=Text(
        ja="同じまちがった宛先に、サーバーのソフトを変えながら送ります。どのソフトのエラーメールでも変わらないのはどれでしょう。",
        en="You send to the same wrong address, and the mail servers run another program each time. What stays the same in every bounce?",
    ),
    predictions=(
        Prediction(
            "subject",
            Text(ja="件名と差出人の名前", en="The subject, and the name that it comes from"),
            Text(
                ja="件名も差出人も、ソフトごとに違いました。Exchange は MAILER-DAEMON ではなく postmaster を名乗ります。件名だけを目印にして探すと、見落とします。",
                en="Both differ from program to program. Exchange does not even call itself MAILER-DAEMON, but postmaster. Whoever looks for one subject misses the others.",
            ),
        ),
        Prediction(
            "text",
            Text(ja="User unknown という言葉", en="The words “User unknown”"),
            Text(
                ja="User unknown と書くのは sendmail と Postfix です。Exim は Unrouteable address、Exchange は RecipientNotFound と書きました。言葉に決まりはありません。",
                en="Sendmail and Postfix say so. Exim says Unrouteable address, Exchange RecipientNotFound. The words are free.",
            ),
        ),
        Prediction(
            "code",
            Text(ja="5.1.1 という番号の全体", en="The whole number 5.1.1"),
            Text(
                ja="番号は言葉よりそろっていますが、それでも Exchange は 5.1.10 と答え、Exim は番号を付けないので 5.0.0 になりました。",
                en="Numbers agree better than words, and yet Exchange says 5.1.10, and Exim gives none, which makes it 5.0.0.",
            ),
        ),
        Prediction(
            "class",
            Text(ja="番号のいちばん左の 5", en="The 5 at the left of the number"),
            Text(
                ja="どのソフトも、返事は 550、Status は 5. で始まりました。5 は「このまま送り直しても同じ」という意味です。人もプログラムも、まずここを見ます。",
                en="With every program the reply began with 5 and so did the Status. A 5 says: sending the same again changes nothing. Look there first.",
            ),
            right=True,
        ),
    ),
    draft=common.draft(WRONG),
    switch=Switch(
        DOMAIN,
        "wording",
        Text(
            ja="二つの会社のメールサーバーは、どのソフトのように話しますか",
            en="Both companies’ mail servers speak like",
        ),
        (
            ("sendmail", Text(ja="sendmail（古くからある、オープンソース）", en="sendmail (one of the oldest)")),
            ("postfix", Text(ja="Postfix（Linux サーバーの定番）", en="Postfix (on many Linux servers)")),
            ("exim", Text(ja="Exim（レンタルサーバーに多い）", en="Exim (at many web hosts)")),
            ("exchange", Text(ja="Exchange（Microsoft 365 など、会社に多い）", en="Exchange (Microsoft 365, in many companies)")),
            ("gmail", Text(ja="Gmail（Google のサービス）", en="Gmail (Google’s service)")),
        ),
        also=("tsubame.example",),
    ),
    judged=_two_there,
    compares=_is_ours,
    steps=(
        Step("predict", common.STEP_PREDICT, common.predicted_or_past),
        Step("send", common.STEP_SEND, _MISTAKE.sent),
        Step("read", common.STEP_READ, _read_one),
        Step("other", Text(ja="ソフトを変えて送り、読み比べる", en="Change the program, send and compare"), _read_two),
        Step("third", Text(ja="三つめのソフトでも読む", en="Read a third one"), _done),
    ),
    goal=_done,
    situations=(
        Situation(
            _done,
            Text(
                ja="達成です。残りのソフトも試せます。Status と Diagnostic-Code を見比べてください。",
                en="Done. Try the others too, and compare Status and Diagnostic-Code.",
            ),
            common.HINTS_DONE,
        ),
        Situation(
            _unread,
            Text(
                ja="端末の受信トレイに戻ってきたメールを開いて、件名、Status、Diagnostic-Code を見ましょう。",
                en="Open the message that came back, and look at its subject, Status and Diagnostic-Code.",
            ),
            (
                Text(
                    ja="差出人の名前はソフトによって違います。まだ開いていない行を選んでください。",
                    en="Who it seems to be from depends on the program. Choose the row that is unread.",
                ),
            ),
        ),
        Situation(
            _under_way,
            Text(
                ja="サーバー同士のやりとりを追いましょう。断る言葉は、ソフトによって違います。",
                en="Follow what the servers say. Each program refuses in words of its own.",
            ),
            (
                Text(
                    ja="✕ の付いた行が、断りの返事です。数字と言葉を覚えておいてください。",
                    en="The line with the ✕ is the refusal. Remember its digits and its words.",
                ),
                common.HINT_FETCH,
            ),
        ),
        Situation(
            _MISTAKE.sent_elsewhere,
            Text(ja=f"宛先を {WRONG} に戻して送ってみましょう。", en=f"Go back to {WRONG} and send."),
            (
                Text(
                    ja=f"比べるのは、{DOMAIN} にいない人に送ったときの断り方です。",
                    en=f"What is compared is how a message to somebody who is not at {DOMAIN} is refused.",
                ),
            ),
        ),
        Situation(
            _set_to_new,
            Text(
                ja="ソフトが変わりました。同じ宛先に、もう一度送りましょう。",
                en="The program is another one now. Send to the same address again.",
            ),
            common.HINTS_SET,
        ),
        Situation(
            _read_one,
            Text(
                ja="こんどは「サーバーの設定」で別のソフトを選び、同じ宛先に送りましょう。",
                en="Now choose another program under “How the server is set”, and send to the same address again.",
            ),
            (
                Text(
                    ja="いまのエラーメールの Status は何でしたか。次のソフトではどうなるか、予想してみてください。",
                    en="What was the Status in this bounce? Guess what it will be with the next program.",
                ),
                Text(
                    ja="「書く」の上の「サーバーの設定」で、まだ試していないソフトを選んでください。",
                    en="Above the message form, under “How the server is set”, choose one that you have not tried.",
                ),
            ),
        ),
        Situation(common.predicted, common.MOVE_SEND, common.HINTS_SEND),
        Situation(
            common.always,
            Text(
                ja="まず、どのソフトでも変わらないのはどれかを予想してください。",
                en="First, predict what stays the same.",
            ),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja="宛先も、断られた理由も、ずっと同じでした。変わったのは、断る言葉、番号の細かいところ、件名、差出人の名前、説明の書き方です。どれもソフトを作った人が自由に決められます。\n\n決まっているのは数字のほうです。返事の三けたの数字と、Status の三つの数字には、RFC に書かれた意味があります。それでも、細かい番号の付け方はソフトによって違い、付けないソフトもあります。いつでもあてになるのは、いちばん左の数字だけです。4 なら待つ、5 なら何かを変える。\n\n見慣れない文面のエラーメールが届いても、あわてることはありません。Status と Diagnostic-Code を探し、左の数字から順に読んでください。",
        en="The address was the same all along, and so was the cause. What changed was the words of refusal, the finer digits, the subject, the name it comes from, and how it is explained: whoever writes the program is free to choose.\n\nThe digits are not free. The three digits of a reply and the three numbers of a Status mean what the RFCs say. And yet programs differ in the finer ones, and some give none at all. What you can always rely on is the first digit: with 4 wait, with 5 change something.\n\nSo do not be put off by a bounce that looks unfamiliar. Find Status and Diagnostic-Code, and read them from the left.",
    ),
    solution=(
        ("predict", {"choice": "class"}),
        ("send", {"to": WRONG}),
        ("wait_bounce", {}),
        ("read_bounce", {}),
        ("turn", {"choice": "exim"}),
        ("send", {"to": WRONG}),
        ("wait_bounce", {}),
        ("read_bounce", {}),
        ("turn", {"choice": "exchange"}),
        ("send", {"to": WRONG}),
        ("wait_bounce", {}),
        ("read_bounce", {}),
    ),
    wrong=(
        # three times in the same words
        (("send", {"to": WRONG}), ("wait_bounce", {}), ("read_bounce", {})) * 3,
        # three kinds, one of them unread
        (
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("read_bounce", {}),
            ("turn", {"choice": "gmail"}),
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("turn", {"choice": "postfix"}),
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("read_bounce", {}),
        ),
        # another cause in other words
        (
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("read_bounce", {}),
            ("turn", {"choice": "gmail"}),
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("read_bounce", {}),
            ("turn", {"choice": "postfix"}),
            ("send", {"to": "recipient@no-such.invalid"}),
            ("wait_bounce", {}),
            ("read_bounce", {}),
        ),
        (("turn", {"choice": "exim"}), ("send", {"to": f"recipient@{DOMAIN}"}), ("wait_delivery", {})),
    ),
)  # fmt: skip
