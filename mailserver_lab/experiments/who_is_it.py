"""who-is-it: MAILER-DAEMON is a program, and nobody answers a reply."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .correction import Correction
from .experiment import Experiment, Prediction, Situation, Step
from .facts import Facts, Sent

DOMAIN = "hibari.example"
WRONG = f"recipent@{DOMAIN}"
DAEMON = "mailer-daemon@"
POSTMASTER = "postmaster@tsubame.example"

_WAY = Correction("5.1.1", f"recipient@{DOMAIN}", lambda recipient: recipient == WRONG)


def _replies(facts: Facts) -> list[Sent]:
    return [sent for sent in facts.sent if any(one.startswith(DAEMON) for one in sent.recipients)]


def _taken(facts: Facts) -> bool:
    """A reply lies with the postmaster."""
    return any((reply.queue_id, POSTMASTER) in facts.stored for reply in _replies(facts))


def _done(facts: Facts) -> bool:
    return _WAY.bounce_read(facts) and _taken(facts)


def _replied_unread(facts: Facts) -> bool:
    """A reply was sent to a bounce that nobody has read."""
    return _taken(facts) and not _WAY.bounce_read(facts)


def _reply_elsewhere(facts: Facts) -> bool:
    """A reply went to MAILER-DAEMON at another server, where its postmaster has it."""
    return bool(_replies(facts)) and _WAY.bounce_read(facts) and facts.last in _replies(facts)


WHO_IS_IT = Experiment(
    id="who-is-it",
    group="tutorial",
    chapter="04-mailer-daemon",
    rfc="RFC 5321 sections 4.5.1 and 4.5.5, RFC 2142 section 5, RFC 3834 section 5",
    world="who-is-it",
    other=POSTMASTER,
    replies=True,
    title=Text(ja="MAILER-DAEMON に返信する", en="Reply to MAILER-DAEMON"),
    question=Text(
        ja="MAILER-DAEMON から届いたエラーメールに返信すると、その返信はどうなるでしょう。",
        en="You reply to a bounce from MAILER-DAEMON. What becomes of your reply?",
    ),
    predictions=(
        Prediction(
            "answered",
            Text(
                ja="MAILER-DAEMON さんが読んで、答えてくれる",
                en="MAILER-DAEMON reads it, and answers",
            ),
            Text(
                ja="MAILER-DAEMON は、メールを運ぶプログラムが名乗る名前です。プログラムはエラーメールを書きますが、届いた返信を読むことはありません。",
                en="It is the name under which a program writes, the one that carries the mail. That program writes bounces, and reads no replies.",
            ),
        ),
        Prediction(
            "bounced",
            Text(
                ja="「そんな人はいない」と、またエラーメールが戻る",
                en="It comes back too: there is nobody of that name",
            ),
            Text(
                ja="そうするサーバーもありますが、このサーバーは `250` と答えて受け取りました。多くのサーバーでは、MAILER-DAEMON は管理者（postmaster）の別名になっています。",
                en="With some servers it does. This one said 250: on many servers MAILER-DAEMON is another name for the postmaster.",
            ),
        ),
        Prediction(
            "recipient",
            Text(
                ja="届かなかった宛先の会社に送られる",
                en="It goes to the company of the person whom it did not reach",
            ),
            Text(
                ja="返信は From のアドレスに送られます。この From は差出人側のサーバー（mx.tsubame.example）なので、よその会社には何も送られていません。",
                en="A reply goes to the address in From, which is that of the sender's own server, mx.tsubame.example. Nothing was sent to the other company.",
            ),
        ),
        Prediction(
            "postmaster",
            Text(
                ja="受け取られるが、だれからも返事は来ない",
                en="It is taken, and nobody answers",
            ),
            Text(
                ja="返信は `250` で受け取られ、管理者（postmaster）のメールボックスに入りました。プログラムは返事をせず、管理者もたいてい、いちいち読みません。",
                en="The server said 250 and put it into the mailbox of the postmaster. The program does not answer, and a postmaster seldom reads such mail.",
            ),
            right=True,
        ),
    ),
    draft=common.draft(WRONG),
    judged=_taken,
    steps=(
        Step("predict", common.STEP_PREDICT, common.predicted_or_past),
        Step("send", common.STEP_SEND, _WAY.sent_wrong),
        Step("read", common.STEP_READ, _WAY.bounce_read),
        Step("reply", Text(ja="返信し、行き先を確かめる", en="Reply, and see where it goes"), _done),
    ),
    goal=_done,
    situations=(
        Situation(
            _done,
            Text(
                ja="達成です。返信は postmaster のメールボックスにあります。待っていても、返事は来ません。",
                en="Done. Your reply lies in the postmaster's mailbox. However long you wait, there is no answer.",
            ),
            common.HINTS_DONE,
        ),
        Situation(
            _replied_unread,
            Text(
                ja="返信は届きました。返信した相手がだれなのか、エラーメールを開いて読みましょう。",
                en="The reply is there. Now open the bounce, and read who it was that you wrote to.",
            ),
            common.HINTS_UNREAD,
        ),
        Situation(
            _reply_elsewhere,
            Text(
                ja="返信を運んでいます。開いたエラーメールの「返信」から送ると、書いたサーバーに届きます。",
                en="The reply is on its way. Press Reply in the bounce to write to the very server that wrote it.",
            ),
            (
                Text(
                    ja="エラーメールの From を見てください。@ の右側が、書いたサーバーの名前です。",
                    en="Look at From in the bounce: the name of the server that wrote it stands after the @.",
                ),
            ),
        ),
        Situation(
            _WAY.bounce_read,
            Text(
                ja="差出人（From）、Return-Path、Auto-Submitted の説明を読んだら、「返信」を押して返事を送りましょう。",
                en="Read what From, Return-Path and Auto-Submitted say. Then press Reply, and send your answer.",
            ),
            (
                Text(
                    ja="開いたメールの右上に「返信」があります。宛先と件名は、メールソフトが書き込みます。",
                    en="Reply stands above the opened letter. The mail program fills in the address and the subject.",
                ),
                Text(
                    ja="「返信」で「書く」の欄が埋まったら、「送信」を押してください。",
                    en="When Reply has filled the form, press Send.",
                ),
            ),
        ),
        Situation(_WAY.bounce_fetched, common.MOVE_READ, common.HINTS_UNREAD),
        Situation(
            _WAY.sent_wrong,
            Text(
                ja="サーバー同士のやりとりを追いましょう。断られた行に ✕ が付きます。",
                en="Follow what the servers say to each other. The refusal has a ✕.",
            ),
            (common.HINT_FETCH,),
        ),
        Situation(
            common.sent,
            Text(ja=f"宛先を {WRONG} にして送ってみましょう。", en=f"Send to {WRONG}."),
            (
                Text(
                    ja="返信するには、まず MAILER-DAEMON からメールをもらわなければなりません。いない人に送りましょう。",
                    en="To reply, you need a message from MAILER-DAEMON first. Write to somebody who is not there.",
                ),
            ),
        ),
        Situation(common.predicted, common.MOVE_SEND, common.HINTS_SEND),
        Situation(
            common.always,
            Text(
                ja="まず、MAILER-DAEMON への返信がどうなるかを予想してください。",
                en="First, predict what becomes of a reply to MAILER-DAEMON.",
            ),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja=f"エラーメールを書いたのは、mx.tsubame.example で動いているプログラムです。三つの行がそれを示していました。From の MAILER-DAEMON は、メールを運ぶ係が名乗る名前です。Return-Path は空の `<>` で、エラーの返送先がありません。Auto-Submitted は、自動で作られたという印です。\n\nメールソフトの「返信」は、Return-Path ではなく From に送ります。サーバーはその返信を `250` で受け取り、{POSTMASTER} のメールボックスに入れました。サーバーの管理者宛てのメールは必ず受け取る決まりで（RFC 5321）、MAILER-DAEMON はその別名にしておくのがならわしだからです。断られてはいないので、エラーメールも戻りません。けれども、読む人はいません。\n\n用があるなら、相手を選んで書きましょう。届けたかった人には、宛先を直して送り直します。原因がわからないときは、自分のサーバーの管理者に、エラーメールを丸ごと見せて尋ねます。",
        en=f"A program at mx.tsubame.example wrote the bounce, and three lines said so. MAILER-DAEMON in From is the name of whatever carries the mail. Return-Path is the empty `<>`, with no address for errors. Auto-Submitted marks what was made automatically.\n\nReply in a mail program goes to From, not to Return-Path. The server said 250 to your reply and put it into the mailbox of {POSTMASTER}: a server has to take mail for its postmaster (RFC 5321), and by custom MAILER-DAEMON is another name for that. Nothing was refused, so nothing came back. But nobody reads it.\n\nWrite to somebody who can help instead. To reach the recipient, correct the address and send again. If you do not understand the cause, ask the administrator of your mail server, and show the whole bounce.",
    ),
    solution=(
        ("predict", {"choice": "postmaster"}),
        ("send", {"to": WRONG}),
        ("wait_bounce", {}),
        ("read_bounce", {}),
        ("answer_bounce", {}),
        ("wait_stored", {}),
    ),
    wrong=(
        # a reply to a bounce that was never opened
        (
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("send", {"to": "MAILER-DAEMON@mx.tsubame.example"}),
            ("wait_stored", {}),
        ),
        # another server's MAILER-DAEMON, which had nothing to do with it
        (
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("read_bounce", {}),
            ("send", {"to": f"MAILER-DAEMON@mx.{DOMAIN}"}),
            ("wait_stored", {}),
        ),
        # no reply at all, but a letter to the postmaster
        (
            ("send", {"to": WRONG}),
            ("wait_bounce", {}),
            ("read_bounce", {}),
            ("send", {"to": POSTMASTER}),
            ("wait_stored", {}),
        ),
    ),
)
