"""login: whoever wants the mail has to show a password first, and without it learns nothing."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .experiment import Experiment, Prediction, Situation, Step
from .facts import Facts

RECIPIENT = "recipient@hibari.example"
HOST = "pc.recipient.hibari.example"
WRONG, RIGHT = "hibari-2025", "hibari-2026"


def _there(facts: Facts) -> bool:
    """There is something in the mailbox that is worth protecting."""
    return facts.fetching.in_order(lambda one: (one.what, one.who) == ("stored", RECIPIENT))


def _refused(facts: Facts) -> bool:
    """A wrong password was tried while mail was there."""
    return facts.fetching.in_order(
        lambda one: (one.what, one.who) == ("stored", RECIPIENT),
        lambda one: (one.what, one.who) == ("refused", HOST),
    )


def _refused_in_vain(facts: Facts) -> bool:
    return facts.fetching.count("refused", HOST) > 0 and not _refused(facts)


def _done(facts: Facts) -> bool:
    """A message lay there when a wrong password was refused, and was handed out to the right one afterwards."""
    for kept in facts.fetching.happened:
        if (kept.what, kept.who) == ("stored", RECIPIENT) and facts.fetching.in_order(
            lambda one, kept=kept: one is kept,  # type: ignore[misc]
            lambda one: (one.what, one.who) == ("refused", HOST),
            lambda one, kept=kept: (one.what, one.who, one.message) == ("handed", HOST, kept.message),  # type: ignore[misc]
        ):
            return True
    return False


def _fetched_first(facts: Facts) -> bool:
    """All that was there has been handed out to the right password, so there is nothing left to try the wrong one on."""
    handed = {one.message for one in facts.fetching.happened if one.what == "handed"}
    stored = [one.message for one in facts.fetching.happened if (one.what, one.who) == ("stored", RECIPIENT)]
    return bool(stored) and handed.issuperset(stored)


def _sent_elsewhere(facts: Facts) -> bool:
    last = facts.last
    return last is not None and RECIPIENT not in last.recipients


LOGIN = Experiment(
    id="login",
    group="tutorial",
    chapter="02-protocols",
    rfc="RFC 1939 section 4, RFC 3206 section 3, RFC 9051 section 6.2.3, RFC 5530 section 3",
    world="user-unknown",  # the same two companies
    other=f"pc/{RECIPIENT}",
    inbox="signs-in",
    password=WRONG,
    title=Text(ja="まちがったパスワードで受信する", en="Fetch with a wrong password"),
    question=Text(
        ja="宛先の人のメールボックスにメールが届いています。まちがったパスワードで受信しようとすると、サーバーは何を教えてくれるでしょう。",
        en="There is mail in the recipient’s mailbox, and somebody tries to fetch it with a wrong password. What does the server tell them?",
    ),
    predictions=(
        Prediction(
            "list",
            Text(ja="差出人と件名だけは見せる", en="Senders and subjects, but not the messages"),
            Text(
                ja="一覧を見せるのも、本人だとわかってからです。断られた接続の記録には、メールについての行が 1 行もありません。",
                en="Even a list is for the owner only. In the record of the refused connection, no line is about mail at all.",
            ),
        ),
        Prediction(
            "count",
            Text(ja="何通あるかだけは教える", en="Only how many messages there are"),
            Text(
                ja="何通あるかも、本人だとわかるまでは教えません。POP3 では、正しいパスワードへの +OK で初めて、通数と大きさが出てきます。",
                en="Not even that. With POP3, number and size come for the first time in the +OK to the right password.",
            ),
        ),
        Prediction(
            "password",
            Text(
                ja="ユーザー ID は合っていて、パスワードだけが違うと教える",
                en="That the user ID is right and only the password is wrong",
            ),
            Text(
                ja="どちらが違うのかは言いません。いないユーザーの名前でも、返事は同じになります。違いを教えると、あてずっぽうで試す人の手がかりになるからです。",
                en="It does not say which of the two is wrong; for a user who does not exist, the answer would be the same. Anything more would help those who guess.",
            ),
        ),
        Prediction(
            "nothing",
            Text(
                ja="サインインを断るだけで、メールのことは何も教えない",
                en="That it refuses, and nothing about the mail",
            ),
            Text(
                ja="返事は、POP3 なら「-ERR [AUTH]」、IMAP なら「NO [AUTHENTICATIONFAILED]」で始まる 1 行だけでした。メールの数も差出人も、そのユーザーがいるかどうかも言っていません。",
                en="The answer was one line, with -ERR [AUTH] in POP3 or NO [AUTHENTICATIONFAILED] in IMAP: no number, no sender, not even whether that user exists.",
            ),
            right=True,
        ),
    ),
    draft=common.draft(RECIPIENT),
    judged=_refused,
    steps=(
        Step("predict", common.STEP_PREDICT, common.predicted_or_past),
        Step("send", Text(ja="メールを送っておく", en="Send a message"), _there),
        Step("wrong", Text(ja="まちがったパスワードで受信する", en="Fetch with a wrong password"), _refused),
        Step("right", Text(ja="正しいパスワードで受信する", en="Fetch with the right one"), _done),
    ),
    goal=_done,
    situations=(
        Situation(
            _done,
            Text(
                ja="達成です。正しいパスワードを見せたら、同じメールが端末に届きました。",
                en="Done. With the right password, the same message came to the device.",
            ),
            (
                Text(
                    ja="もう一方のプロトコルでも試せます。メールをもう 1 通送り、POP3 と IMAP を切り替えてください。",
                    en="Try the other protocol too: send another message, and choose IMAP in place of POP3 or the other way round.",
                ),
            ),
        ),
        Situation(
            _sent_elsewhere,
            Text(ja=f"宛先を {RECIPIENT} に戻して送ってみましょう。", en=f"Go back to {RECIPIENT} and send."),
            (
                Text(
                    ja=f"受信を試すのは {RECIPIENT} です。メールもそこへ送りましょう。",
                    en=f"It is {RECIPIENT} who will fetch. Send the message there.",
                ),
            ),
        ),
        Situation(
            _fetched_first,
            Text(
                ja="受け取れました。こんどはもう 1 通送り、まちがったパスワードを先に試しましょう。",
                en="It was handed out. Send another message, and this time try the wrong password first.",
            ),
            (
                Text(
                    ja="届いていたメールは、もう端末にあります。断られるところを見るには、新しいメールが要ります。",
                    en="What was there is on the device already. To see a refusal, there has to be something new.",
                ),
            ),
        ),
        Situation(
            _refused,
            Text(
                ja="断られました。正しいパスワードに直して、もう一度受信しましょう。",
                en="Refused. Put the right password in, and fetch again.",
            ),
            (
                Text(
                    ja="記録で ✕ の付いた行を見てください。サーバーはメールについて何か言っているでしょうか。",
                    en="Look at the line with ✕ in the record. Does the server say anything about mail?",
                ),
                Text(
                    ja=f"正しいパスワードは {RIGHT} です。入力欄に入れて「サインインして受信」を押してください。",
                    en=f"The right password is {RIGHT}. Put it into the field, then press “Sign in and fetch”.",
                ),
            ),
        ),
        Situation(
            _there,
            Text(
                ja="メールはサーバーに届きました。「宛先の人の PC」で、入っているパスワードのまま受信してみましょう。",
                en="The message is on the server. On the recipient’s PC, try to fetch with the password that stands there.",
            ),
            (
                Text(
                    ja="入っているのは去年のパスワードで、もう使えません。わざとそのまま「サインインして受信」を押してください。",
                    en="It is last year’s password and no longer good. Press “Sign in and fetch” all the same.",
                ),
            ),
        ),
        Situation(
            _refused_in_vain,
            Text(
                ja="断られましたが、メールボックスはまだ空です。先にメールを送りましょう。",
                en="Refused, but the mailbox is still empty. Send a message first.",
            ),
            (
                Text(
                    ja="守るものがあるときに断られるのを見たいので、まず「送信」を押してください。",
                    en="It should be refused while there is something to protect. Press Send first.",
                ),
            ),
        ),
        Situation(
            common.sent,
            Text(ja="メールは配送の途中です。", en="The message is on its way."),
            (
                Text(
                    ja="メールボックスに入るまで、もう少し待ってください。",
                    en="Wait until it is in the mailbox.",
                ),
            ),
        ),
        Situation(
            common.predicted,
            Text(
                ja="「送信」を押して、宛先の人のメールボックスにメールを入れておきましょう。",
                en="Press Send, so that there is mail in the recipient’s mailbox.",
            ),
            (Text(ja="宛先はこのままで合っています。", en="The address is right as it is."),),
        ),
        Situation(
            common.always,
            Text(
                ja="まず、サーバーが何を教えてくれるかを予想してください。",
                en="First, predict what the server will tell.",
            ),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja="メールはずっとサーバーにありました。それでも、パスワードが違うあいだは、中身も件名も通数も、サーバーはひとことも言いませんでした。メールを渡す前に、相手が持ち主かどうかを確かめる。これを認証といいます。\n\n送るときと受け取るときでは、入口が違います。差出人のメールを受け取るとき、宛先側のサーバーはパスワードを求めませんでした。だれから届くかわからないのがメールだからです。取り出すときは、持ち主だけです。\n\n言い換えると、あなたのパスワードを知っている人は、どこからでもあなたのメールを読めます。ほかのサービスと同じパスワードを使わないでください。",
        en="The message was on the server all the time. But as long as the password was wrong, the server said not a word about it: no text, no subject, no number. Before it hands mail out, it makes sure who is asking. That is called authentication.\n\nThe way in and the way out are not alike. When the mail arrived, the recipient’s server asked the other server for no password, because anybody may write to you. To take mail out, you have to be its owner.\n\nSo whoever knows your password can read your mail, from anywhere. Do not use it for anything else.",
    ),
    solution=(
        ("predict", {"choice": "nothing"}),
        ("send", {"to": RECIPIENT}),
        ("wait_stored", {}),
        ("sign_in", {"password": WRONG, "protocol": "pop3"}),
        ("sign_in", {"password": WRONG, "protocol": "imap"}),
        ("sign_in", {"password": RIGHT, "protocol": "pop3"}),
        ("wait_happened", {"what": "handed", "who": HOST}),
    ),
    wrong=(
        (("send", {"to": RECIPIENT}), ("wait_stored", {}), ("sign_in", {"password": WRONG, "protocol": "imap"}),
         ("wait_happened", {"what": "refused", "who": HOST})),
        (("send", {"to": RECIPIENT}), ("wait_stored", {}), ("sign_in", {"password": RIGHT, "protocol": "imap"}),
         ("wait_happened", {"what": "handed", "who": HOST})),
        # the right one before the wrong one
        (("send", {"to": RECIPIENT}), ("wait_stored", {}), ("sign_in", {"password": RIGHT, "protocol": "pop3"}),
         ("sign_in", {"password": WRONG, "protocol": "pop3"}), ("wait_happened", {"what": "refused", "who": HOST})),
        # the wrong one when there was nothing to protect
        (("sign_in", {"password": WRONG, "protocol": "imap"}), ("send", {"to": RECIPIENT}), ("wait_stored", {}),
         ("sign_in", {"password": RIGHT, "protocol": "imap"}), ("wait_happened", {"what": "handed", "who": HOST})),
        (("send", {"to": "sender@tsubame.example"}), ("wait_stored", {}),
         ("sign_in", {"password": WRONG, "protocol": "imap"}), ("sign_in", {"password": RIGHT, "protocol": "imap"}),
         ("wait_happened", {"what": "refused", "who": HOST})),
    ),
)  # fmt: skip
