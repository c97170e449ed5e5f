"""temporary: a refusal that begins with 4 makes the message wait, and one day the waiting ends."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .experiment import Experiment, Prediction, Situation, Step
from .facts import Facts

SMALL = "small@hibari.example"
HOUR, DAY = 3_600, 86_400


def _ours(facts: Facts) -> set[str]:
    """The messages to the mailbox that is full."""
    return {sent.queue_id for sent in facts.sent if sent.queue_id and sent.recipients == (SMALL,)}


def _waits(facts: Facts) -> bool:
    """A message was turned away for now, at least once."""
    return any(queue_id in _ours(facts) for queue_id, _, _ in facts.deferred)


def _told(facts: Facts) -> bool:
    return bool(facts.told("delayed") & _ours(facts))


def _told_and_read(facts: Facts) -> bool:
    return bool(facts.told("delayed", opened=True) & _ours(facts))


def _arrived(facts: Facts) -> bool:
    """A message of whose delay the reader has read is in the mailbox."""
    read = facts.told("delayed", opened=True) & _ours(facts)
    return any((queue_id, SMALL) in facts.delivered for queue_id in read)


def _given_up(facts: Facts) -> bool:
    """Of such a message the bounce is on the device."""
    return bool(facts.told("delayed", opened=True) & facts.told("failed") & _ours(facts))


def _done(facts: Facts) -> bool:
    read = facts.told("delayed", opened=True) & _ours(facts)
    return _arrived(facts) or bool(read & facts.told("failed", opened=True))


def _unread(facts: Facts) -> bool:
    return any(bounce.uid is not None and not bounce.opened for bounce in facts.bounces)


def _ended_unwarned(facts: Facts) -> bool:
    """The latest message is there already, before there was anything to be told."""
    last = facts.last
    return last is not None and facts.is_delivered(last) and last.queue_id not in facts.told("delayed")


def _sent_elsewhere(facts: Facts) -> bool:
    last = facts.last
    return last is not None and last.recipients != (SMALL,)


def _room_made(facts: Facts) -> bool:
    return _told_and_read(facts) and SMALL in facts.emptied


TEMPORARY = Experiment(
    id="temporary",
    group="useful",
    chapter="04-mailer-daemon",
    rfc="RFC 5321 section 4.5.4.1, RFC 3463 section 2, RFC 3464 section 2.3.3",
    world="temporary",
    other="pc/small@hibari.example",
    other_deletes=True,
    clock=True,
    title=Text(ja="「いまは無理」と言われたメールを待つ", en="Wait for a message that was told “not now”"),
    question=Text(
        ja="宛先のメールボックスがいっぱいで、サーバーは 452（いまは無理）と断りました。そのあと、差出人のあなたは何をしなければならないでしょう。",
        en="The recipient’s mailbox is full, and its server says 452: not now. What do you, the sender, have to do next?",
    ),
    predictions=(
        Prediction(
            "again",
            Text(ja="空いたころに、自分で送り直す", en="Send it again when there may be room"),
            Text(
                ja="送り直すと、同じメールが二通になります。最初の一通は差出人側のサーバーが預かっていて、空きができれば届くからです。",
                en="Then there would be two of it. The sender’s server has kept the first one, which arrives as soon as there is room.",
            ),
        ),
        Prediction(
            "nothing",
            Text(
                ja="何もしなくてよい。差出人側のサーバーが送り直す",
                en="Nothing: the sender’s server tries again by itself",
            ),
            Text(
                ja="断られるたびに、差出人側のサーバーはしばらく待って送り直しました。4 時間たつと「遅れています」と知らせ、5 日たつとあきらめてエラーメールを書きます。",
                en="Each time it was refused, the sender’s server waited a while and tried again. After four hours it says that the message is late; after five days it gives up and writes a bounce.",
            ),
            right=True,
        ),
        Prediction(
            "bounce",
            Text(ja="すぐ戻ってくるエラーメールを読む", en="Read the bounce, which comes at once"),
            Text(
                ja="エラーメールがすぐ戻るのは、5 で始まる返事のときです。4 なら、まだあきらめていません。",
                en="A bounce comes at once when the reply begins with 5. With a 4, nobody has given up yet.",
            ),
        ),
        Prediction(
            "resend-pc",
            Text(ja="PC をつけたままにしておく", en="Leave the PC switched on, so that it can try again"),
            Text(
                ja="PC は、差出人側のサーバーに渡したところで役目を終えています。待っているあいだ、電源を切ってもかまいません。",
                en="The PC was done when it had handed the message to its server. You may switch it off while the message waits.",
            ),
        ),
    ),
    draft=common.draft(SMALL),
    judged=_told,
    steps=(
        Step("predict", common.STEP_PREDICT, common.predicted_or_past),
        Step("send", common.STEP_SEND, _waits),
        Step("late", Text(ja="時計を進める", en="Move the clock"), _told),
        Step("read", Text(ja="遅れの知らせを読む", en="Read that it is late"), _told_and_read),
        Step(
            "end",
            Text(ja="空きを作って届けるか、期限まで待つ", en="Make room, or wait until time is up"),
            _done,
        ),
    ),
    goal=_done,
    situations=(
        Situation(
            _arrived,
            Text(
                ja="達成です。送り直していないのに、同じメールが届きました。",
                en="Done. You did not send it again, and yet it arrived.",
            ),
            common.HINTS_DONE,
        ),
        Situation(
            _done,
            Text(
                ja="達成です。期限が来て、サーバーがあきらめました。Status の 4.4.7 は「配送の期限が過ぎた」です。",
                en="Done. Time was up, and the server gave up: the Status 4.4.7 says so.",
            ),
            common.HINTS_DONE,
        ),
        Situation(
            _unread,
            Text(
                ja="端末の受信トレイに届いた MAILER-DAEMON からのメールを開き、Action と Status を見ましょう。",
                en="Open the message from MAILER-DAEMON, and look at Action and Status.",
            ),
            common.HINTS_UNREAD,
        ),
        Situation(
            _ended_unwarned,
            Text(
                ja="遅れの知らせが来る前に届きました。「最初から」を押して、こんどは空きを作らずに時計を進めてみましょう。",
                en="It arrived before you were told that it is late. Start over, and move the clock before you make room.",
            ),
            (
                Text(
                    ja="先に空きがあれば、遅れの知らせは書かれません。「最初から」で、いっぱいの状態に戻ります。",
                    en="With room in time, nothing is late. Start over, and the mailbox is full again.",
                ),
            ),
        ),
        Situation(
            _sent_elsewhere,
            Text(ja=f"宛先を {SMALL} に戻して送ってみましょう。", en=f"Go back to {SMALL} and send."),
            (
                Text(
                    ja=f"いっぱいなのは {SMALL} のメールボックスです。",
                    en=f"The mailbox that is full is that of {SMALL}.",
                ),
            ),
        ),
        Situation(
            _given_up,
            Text(
                ja="期限が来ました。エラーメールを開きましょう。",
                en="Time is up. Open the bounce.",
            ),
            common.HINTS_UNREAD,
        ),
        Situation(
            _room_made,
            Text(
                ja="空きができました。「1 時間進める」を押すと、サーバーがもう一度送ってみます。",
                en="There is room now. Press “1 hour later”, and the server tries again.",
            ),
            (
                Text(
                    ja="送り直す必要はありません。差出人側のサーバーが次に試す時刻まで、時計を進めましょう。",
                    en="There is no need to send it again. Move the clock to when the sender’s server will try again.",
                ),
            ),
        ),
        Situation(
            _told_and_read,
            Text(
                ja="「宛先の人の PC」で一通「削除」して空きを作り、時計を進めましょう。何もせず 5 日待ってもかまいません。",
                en="Delete a message on the recipient’s PC to make room, then move the clock. Or do nothing, and wait five days.",
            ),
            (
                Text(
                    ja="Action: delayed は「まだあきらめていない」という意味です。空きができれば届きます。",
                    en="Action: delayed says that nobody has given up. With room, it will arrive.",
                ),
                Text(
                    ja="「宛先の人の PC」で「削除」を押してから、「1 時間進める」を押してください。",
                    en="Press Delete on the recipient’s PC, then “1 hour later”.",
                ),
            ),
        ),
        Situation(
            _waits,
            Text(
                ja="メールはサーバーで待っています。「ラボの時計」を 4 時間進めてみましょう。",
                en="The message waits on the server. Move the lab’s clock on by four hours.",
            ),
            (
                Text(
                    ja="✕ の付いた 452 の行を見てください。4 で始まるので、エラーメールはまだ書かれません。",
                    en="Look at the line with 452 and the ✕. As it begins with 4, no bounce is written yet.",
                ),
                Text(
                    ja="「4 時間進める」を押すと、サーバーがもう一度送ってみて、遅れを知らせます。",
                    en="Press “4 hours later”: the server tries again, and tells you that the message is late.",
                ),
            ),
        ),
        Situation(
            common.sent,
            Text(
                ja="サーバー同士のやりとりを追いましょう。", en="Follow what the servers say to each other."
            ),
            (
                Text(
                    ja="RCPT TO への返事の、最初の数字を見てください。",
                    en="Look at the first digit of the reply to RCPT TO.",
                ),
            ),
        ),
        Situation(
            common.predicted,
            Text(ja="宛先はこのままで「送信」を押しましょう。", en="Press Send. The address is right."),
            (
                Text(
                    ja="宛先は合っています。相手のメールボックスがいっぱいなだけです。",
                    en="The address is right; the mailbox is full, that is all.",
                ),
            ),
        ),
        Situation(
            common.always,
            Text(
                ja="まず、断られたあとに何をしなければならないかを予想してください。",
                en="First, predict what you have to do after the refusal.",
            ),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja="宛先側のサーバーは 452 4.2.2 と答えました。4 は「いまは無理」です。そこで差出人側のサーバーは、メールを捨てずに待ち行列に残し、間隔をあけて自分から送り直しました。\n\n4 時間たっても届かなかったので、「遅れています」という知らせ（Action: delayed）を書きました。これは失敗の知らせではありません。メールはまだサーバーにあります。空きができれば次に試したときに届き、できなければ 5 日であきらめて、Action: failed、Status 4.4.7 のエラーメールを書きます。4 時間と 5 日はこの実験のサーバーの設定で、どれだけ待つかはサーバーによって違います。\n\n「遅れています」という知らせを受け取ったら、送り直さずに待ってください。急ぐときは、電話など別の方法で知らせます。",
        en="The recipient’s server said 452 4.2.2. A 4 says: not now. So the sender’s server kept the message in its queue, and tried again by itself, at longer and longer intervals.\n\nAfter four hours it wrote to say that the message is late (Action: delayed). That is no failure: the server still has the message. If there is room, it arrives with the next attempt. If there is none, the server gives up after five days, and writes a bounce with Action: failed and the Status 4.4.7. Four hours and five days are how this server is set; others wait for longer, or not so long.\n\nSo when you are told that a message is late, do not send it again. If it is urgent, tell the person in another way.",
    ),
    solution=(
        ("predict", {"choice": "nothing"}),
        ("send", {"to": SMALL}),
        ("wait_deferred", {}),
        ("advance", {"seconds": 4 * HOUR}),
        ("wait_told", {"action": "delayed"}),
        ("read_bounce", {}),
        ("fetch_other", {}),
        ("delete_other", {"uid": 1}),
        ("advance", {"seconds": HOUR}),
        ("wait_delivery", {}),
    ),
    wrong=(
        # there was room before anything was late
        (
            ("send", {"to": SMALL}),
            ("wait_deferred", {}),
            ("fetch_other", {}),
            ("delete_other", {"uid": 1}),
            ("advance", {"seconds": HOUR}),
            ("wait_delivery", {}),
        ),
        # late, and not read
        (
            ("send", {"to": SMALL}),
            ("wait_deferred", {}),
            ("advance", {"seconds": 4 * HOUR}),
            ("wait_told", {"action": "delayed"}),
            ("fetch_other", {}),
            ("delete_other", {"uid": 1}),
            ("advance", {"seconds": HOUR}),
            ("wait_delivery", {}),
        ),
        # sent again instead of waited for: another message, of whose delay nobody was told
        (
            ("send", {"to": SMALL}),
            ("wait_deferred", {}),
            ("fetch_other", {}),
            ("delete_other", {"uid": 1}),
            ("send", {"to": SMALL}),
            ("wait_delivery", {}),
        ),
        (("send", {"to": "recipent@hibari.example"}), ("wait_bounce", {}), ("read_bounce", {})),
    ),
)
