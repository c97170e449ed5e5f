"""too-large: the message with its attachment is larger than the recipient's server takes."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .correction import Correction
from .experiment import Draft, Experiment, Prediction, Situation, Step
from .facts import Facts

TO = "recipient@hibari.example"

_WAY = Correction("5.3.4", TO, lambda recipient: recipient == TO)


def _was_too_large(facts: Facts) -> bool:
    return any(bounce.status == _WAY.status for bounce in facts.bounces)


def _done(facts: Facts) -> bool:
    """A message with an attachment came back, and arrived when it was sent again, still with one.

    Whether that one holds the same as the first, nobody can tell: a reader may have made it smaller with their own tools.
    """
    too_large = {
        bounce.message for bounce in facts.bounces if bounce.status == _WAY.status and bounce.uid is not None
    }
    return any(
        first.queue_id in too_large
        and first.files > 0
        and again.files > 0
        and again.subject == first.subject
        and (again.queue_id, TO) in facts.delivered
        for n, first in enumerate(facts.sent)
        for again in facts.sent[n + 1 :]
    )


def _not_taken(facts: Facts) -> bool:
    """The sender's own server refused the latest message."""
    last = facts.last
    return last is not None and last.queue_id is None and last.files > 0 and last.recipients == (TO,)


def _without(facts: Facts) -> bool:
    """The latest message arrived, and had nothing attached."""
    last = facts.last
    return last is not None and last.files == 0 and facts.is_delivered(last)


def _other_subject(facts: Facts) -> bool:
    return _was_too_large(facts) and _small(facts)


def _small(facts: Facts) -> bool:
    """The latest message arrived with its attachment."""
    last = facts.last
    return last is not None and last.files > 0 and facts.is_delivered(last)


def _too_large_again(facts: Facts) -> bool:
    refused = [bounce for bounce in facts.bounces if bounce.status == _WAY.status]
    return len(refused) > 1 and _WAY.bounce_read(facts) and _WAY.came_back(facts)


TOO_LARGE = Experiment(
    id="too-large",
    group="tutorial",
    chapter="04-mailer-daemon",
    rfc="RFC 1870, RFC 5321 section 4.5.3.1, RFC 3463 section 3.4, RFC 2045 section 6.8",
    world="too-large",
    samples=("table", "photograph"),
    title=Text(ja="大きなファイルを添付して送る", en="Send a file that is too large"),
    question=Text(
        ja="差出人側のサーバーは 10 MB、宛先側のサーバーは 1 MB までしか受け取りません。1 MB を超えるメールを送ると、だれが、いつ断るでしょう。",
        en="The sender's server takes messages of up to 10 MB, the recipient's up to 1 MB. You send one of more than 1 MB: who refuses it, and when?",
    ),
    predictions=(
        Prediction(
            "client",
            Text(
                ja="差出人の PC が、大きすぎると気づいて送らない",
                en="The sender's PC notices and does not send it",
            ),
            Text(
                ja="メールソフトは、相手の側のサーバーの上限を知りません。話をするのは自分の側のサーバーとだけだからです。",
                en="A mail program does not know the other server's limit. The only server that it talks to is its own.",
            ),
        ),
        Prediction(
            "sending-server",
            Text(
                ja="差出人側のサーバーが、預かるときに断る",
                en="The sender's server, when it is handed the message",
            ),
            Text(
                ja="差出人側のサーバーが比べるのは、自分の上限（10 MB）です。そこには収まったので、そのまま預かりました。10 MB を超えていたら、その場で断られ、エラーメールにもなりません。",
                en="It compares the message with its own limit, 10 MB, and there it fitted. Had it been larger than that, it would have been refused on the spot, without any bounce.",
            ),
        ),
        Prediction(
            "before",
            Text(
                ja="宛先側のサーバーが、中身を受け取る前に断る",
                en="The recipient's server, before the message itself is sent",
            ),
            Text(
                ja="差出人側のサーバーは、MAIL FROM の SIZE= でメールの大きさを先に告げます。宛先側のサーバーはそれを自分の上限と比べ、中身を 1 バイトも受け取らずに「552 5.3.4 Message exceeds maximum fixed size」と断りました。",
                en="The sender's server tells the size in advance, by SIZE= in MAIL FROM. The recipient's server compared it with its own limit and, without taking one byte of the message, said 552 5.3.4 Message exceeds maximum fixed size.",
            ),
            right=True,
        ),
        Prediction(
            "after",
            Text(
                ja="宛先側のサーバーが、ぜんぶ受け取ってから断る",
                en="The recipient's server, when it has received all of it",
            ),
            Text(
                ja="昔はそうでした。いまも、大きさを告げない相手には、受け取ってみるまでわかりません。SIZE= はそのむだを省くために作られました（RFC 1870）。",
                en="It used to be so, and still is with a client that does not tell the size. SIZE= was invented to spare that effort (RFC 1870).",
            ),
        ),
        Prediction(
            "nobody",
            Text(
                ja="だれも断らず、サーバーが小さくして届ける",
                en="Nobody: a server makes it smaller and delivers it",
            ),
            Text(
                ja="配送するサーバーは、メールの中身に手を加えません。小さくできるのは、送るあなただけです。",
                en="Servers carry a message and leave its content alone. To make it smaller is up to you, the sender.",
            ),
        ),
    ),
    draft=Draft(
        device="pc/sender@tsubame.example",
        to=TO,
        subject=Text(ja="資料をお送りします", en="The file you asked for"),
        body=Text(
            ja="お世話になっております。\nご依頼の資料を添付いたします。\n",
            en="Hello,\n\nhere is the file that you asked for.\n",
        ),
    ),
    steps=(
        Step("predict", common.STEP_PREDICT, common.predicted_or_past),
        Step(
            "send",
            Text(ja="大きなファイルを添付して送る", en="Attach a large file and send"),
            _was_too_large,
        ),
        Step("read", common.STEP_READ, _WAY.bounce_read),
        Step(
            "again",
            Text(ja="添付を小さくして送り直す", en="Make the attachment smaller and send again"),
            _done,
        ),
    ),
    goal=_done,
    situations=(
        Situation(
            _done,
            Text(
                ja="達成です。小さくした添付ファイルは、メールと一緒に相手のメールボックスに届きました。",
                en="Done. With the smaller attachment, the message is in the recipient's mailbox.",
            ),
            common.HINTS_DONE,
        ),
        Situation(
            _not_taken,
            Text(
                ja="自分の側のサーバーの上限も超えています。「送信」の上の説明を読み、もっと小さいファイルで試しましょう。",
                en="That is more than even your own server takes. Read what is said above Send, and try a smaller file.",
            ),
            (
                Text(
                    ja="断ったのは自分の側のサーバーです。メールはまだ手元にあるので、エラーメールは届きません。",
                    en="It was your own server that refused. The message never left you, so no bounce will come.",
                ),
                Text(
                    ja="1 MB より大きく、7 MB より小さいファイルなら、自分の側のサーバーは預かります。見本の表がちょうどよい大きさです。",
                    en="A file of more than 1 MB and less than 7 MB is taken by your own server. The sample table has such a size.",
                ),
            ),
        ),
        Situation(
            _WAY.sent_elsewhere,
            Text(ja=f"宛先を {TO} に戻して送ってみましょう。", en=f"Go back to {TO} and send."),
            (
                Text(
                    ja=f"別の宛先に送っています。この実験で試すのは大きさだけです。宛先は {TO} のままにします。",
                    en=f"That went to somebody else. This experiment is about size alone: leave {TO} as it is.",
                ),
            ),
        ),
        Situation(
            _without,
            Text(
                ja="メールは届きましたが、添付がありません。ファイルを添付して送りましょう。",
                en="The message arrived, but nothing was attached. Attach a file and send.",
            ),
            (
                Text(
                    ja="添付がなければ、メールはとても小さく、断られません。",
                    en="Without an attachment a message is tiny, and nobody refuses it.",
                ),
                Text(
                    ja="「見本：売上の表」を押すと、すぐに添付できます。自分のファイルでもかまいません。",
                    en="The button “Sample: a sales table” attaches one at once; a file of your own will do too.",
                ),
            ),
        ),
        Situation(_other_subject, common.MOVE_SAME_SUBJECT, common.HINTS_OTHER_SUBJECT),
        Situation(
            _small,
            Text(
                ja="この大きさなら断られませんでした。「見本：売上の表」を、圧縮せずに送ってみましょう。",
                en="A file of that size is not refused. Attach the sample sales table, and send it uncompressed.",
            ),
            (
                Text(
                    ja="宛先側のサーバーの上限は約 1 MB です。それより小さいメールは、そのまま届きます。",
                    en="The recipient's server takes up to about 1 MB. What is smaller arrives.",
                ),
                Text(
                    ja="添付を外して「見本：売上の表」に替え、圧縮せずに送りましょう。",
                    en="Remove the attachment, take the sample sales table instead, and send it uncompressed.",
                ),
            ),
        ),
        Situation(
            _too_large_again,
            Text(
                ja="まだ大きすぎます。「圧縮する」か「画像を小さくする」で 1 MB より小さくしてから、送り直しましょう。",
                en="It is still too large. Use Compress, or Make the picture smaller, until it has less than 1 MB; then send again.",
            ),
            (
                Text(
                    ja="また断られました。同じ大きさのまま送り直しても、返事は同じです。",
                    en="Refused again. As long as the size is the same, so is the answer.",
                ),
                Text(
                    ja="写真は、zip にしてもあまり小さくなりません。「元に戻す」を押してから「画像を小さくする」を使ってください。表や文書なら「圧縮する」がよく効きます。",
                    en="Zip does little for a photograph: take that back, and use Make the picture smaller. For tables and documents, Compress works well.",
                ),
            ),
        ),
        Situation(
            _WAY.bounce_read,
            Text(
                ja="添付の「圧縮する」（写真なら「画像を小さくする」）を押して小さくし、同じ件名で送り直しましょう。",
                en="Press Compress beside the attachment (for a picture: Make the picture smaller), and send again under the same subject.",
            ),
            (
                Text(
                    ja="断りの言葉の最後にある、かっこの中の数字は何でしょう。添付の大きさと比べてみてください。",
                    en="What is the number in parentheses at the end of the refusal? Compare it with the size of your attachment.",
                ),
                Text(
                    ja="5.3.4 は「メールがシステムの上限を超えている」という意味で、数字は上限（バイト）です。",
                    en="5.3.4 means that the message is larger than the system takes, and the number is that limit, in bytes.",
                ),
                Text(
                    ja="添付の横の「圧縮する」を押してから、もう一度「送信」しましょう。",
                    en="Press Compress beside the attachment, then Send once more.",
                ),
            ),
        ),
        Situation(_WAY.bounce_fetched, common.MOVE_READ, common.HINTS_UNREAD),
        Situation(
            common.sent,
            Text(
                ja="サーバー同士のやりとりを追いましょう。SIZE= の数字と、✕ の付いた返事を見てください。",
                en="Follow what the servers say to each other. Look at the number after SIZE=, and at the reply with the ✕.",
            ),
            (
                Text(
                    ja="差出人側と宛先側のサーバーは、どちらも最初に SIZE で自分の上限を告げています。二つの数字を見くらべてみましょう。",
                    en="Both servers begin by telling their limit, by SIZE. Compare the two numbers.",
                ),
                common.HINT_FETCH,
            ),
        ),
        Situation(
            common.predicted,
            Text(
                ja="「見本：売上の表」を押して添付し、そのまま「送信」を押しましょう。自分のファイルでもかまいません。",
                en="Press “Sample: a sales table” to attach it, then Send. A file of your own will do too.",
            ),
            (
                Text(
                    ja="添付ファイルは、メールに入ると約 37 % 大きくなります。一覧に両方の大きさが出ます。",
                    en="In a mail a file grows by about 37 %. The list shows both sizes.",
                ),
                Text(
                    ja="「見本：売上の表」か「見本：写真」を添付して、小さくせずに「送信」を押しましょう。",
                    en="Attach the sample table or the sample photograph, and press Send without making it smaller.",
                ),
            ),
        ),
        Situation(
            common.always,
            Text(
                ja="まず、だれが、いつ断るかを予想してください。",
                en="First, predict who refuses the message, and when.",
            ),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja="差出人側のサーバーは、メールの大きさを SIZE= で先に告げました。宛先側のサーバーの上限はそれより小さいので、中身を受け取らずに「552 5.3.4 Message exceeds maximum fixed size」と断りました。かっこの中の数字は、その上限（バイト）です。\n\nメールで送るファイルは、base64 という方法で文字に書き直されるため、約 37 % 大きくなります。上限が 1 MB なら、送れるファイルは 0.75 MB ほどまでです。小さくした添付は上限に収まったので、同じ件名のメールがこんどは届きました。\n\nつぎに動くのは、差出人のあなたです。表や文書は zip でよく縮みます。写真や動画は、はじめから圧縮されていることが多く、zip ではほとんど縮みません。写真なら画素を減らします。それでも入らないファイルは、ファイル共有サービスなど、メール以外の方法で渡してください。",
        en="The sender's server told the size of the message in advance, by SIZE=. The recipient's server takes less than that, so without receiving any of it, it said 552 5.3.4 Message exceeds maximum fixed size. The number in parentheses is its limit, in bytes.\n\nA file in a mail is rewritten as text, by a method called base64, and grows by about 37 %. With a limit of 1 MB, what you can send is a file of some 0.75 MB. The smaller attachment fitted, so the message arrived.\n\nThe next move is yours, the sender's. Tables and documents shrink a great deal when they are zipped. Photographs and films are mostly compressed already, and zip does little for them: give a photograph fewer pixels. What still does not fit, share in another way than by mail.",
    ),
    solution=(
        ("predict", {"choice": "before"}),
        ("attach", {"sample": "table"}),
        ("send", {"to": TO}),
        ("wait_bounce", {}),
        ("read_bounce", {}),
        ("compress", {}),
        ("send", {"to": TO}),
        ("wait_delivery", {}),
    ),
    wrong=(
        (  # the same once more
            ("attach", {"sample": "table"}),
            ("send", {"to": TO}),
            ("wait_bounce", {}),
            ("send", {"to": TO}),
            ("wait_bounce", {}),
        ),
        (  # without the attachment
            ("attach", {"sample": "table"}),
            ("send", {"to": TO}),
            ("wait_bounce", {}),
            ("remove", {}),
            ("send", {"to": TO}),
            ("wait_delivery", {}),
        ),
        (  # zip does not help a photograph
            ("attach", {"sample": "photograph"}),
            ("send", {"to": TO}),
            ("wait_bounce", {}),
            ("compress", {}),
            ("send", {"to": TO}),
            ("wait_bounce", {}),
        ),
        (  # nothing was ever refused
            ("attach", {"sample": "table"}),
            ("compress", {}),
            ("send", {"to": TO}),
            ("wait_delivery", {}),
        ),
        (  # another message
            ("attach", {"sample": "table"}),
            ("send", {"to": TO}),
            ("wait_bounce", {}),
            ("compress", {}),
            ("send", {"to": TO, "subject": "x"}),
            ("wait_delivery", {}),
        ),
        (("send", {"to": TO}), ("wait_delivery", {})),
    ),
)
