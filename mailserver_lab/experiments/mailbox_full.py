"""mailbox-full: the recipient exists, but the mailbox has no room."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .correction import Correction
from .experiment import Experiment, Prediction, Situation, Step
from .facts import Facts

SMALL = "small@hibari.example"

_WAY = Correction("5.2.2", SMALL, lambda recipient: recipient == SMALL)


def _room_made(facts: Facts) -> bool:
    return SMALL in facts.emptied


def _room_first(facts: Facts) -> bool:
    """Room was made before anything could come back."""
    last = facts.last
    return not facts.bounces and last is not None and facts.is_delivered(last) and last.recipients == (SMALL,)


def _still_full(facts: Facts) -> bool:
    return _WAY.wrong_again(facts) and _WAY.came_back(facts) and not _room_made(facts)


def _room_for_it(facts: Facts) -> bool:
    return _WAY.bounce_read(facts) and _room_made(facts)


MAILBOX_FULL = Experiment(
    id="mailbox-full",
    group="tutorial",
    chapter="04-mailer-daemon",
    rfc="RFC 5321 section 4.2.3, RFC 3463 section 3.3, RFC 1870 section 6.1, RFC 9208",
    world="mailbox-full",
    other="pc/small@hibari.example",
    other_deletes=True,
    title=Text(ja="いっぱいのメールボックスに送る", en="Write to a mailbox that is full"),
    question=Text(
        ja="宛先は正しく、相手のメールボックスがいっぱいのとき、送ったメールはどうなるでしょう。",
        en="The address is right, but the recipient's mailbox is full. What becomes of the message?",
    ),
    predictions=(
        Prediction(
            "client",
            Text(
                ja="差出人の PC が、送る前に気づいて止める", en="The sender's PC notices and does not send it"
            ),
            Text(
                ja="メールボックスの空きは、それがあるサーバーしか知りません。メールソフトも差出人側のサーバーも、断られるまで気づきませんでした。",
                en="Only the server that keeps the mailbox knows how much room it has. The mail program and the sender's server learned of it when they were refused.",
            ),
        ),
        Prediction(
            "replaced",
            Text(ja="古いメールが消え、代わりに入る", en="The oldest message is removed to make room for it"),
            Text(
                ja="持ち主が残しているメールを、サーバーがだまって消すことはしません。空きを作れるのは、そのメールボックスの持ち主です。",
                en="A server does not quietly throw away what its user has kept. Making room is up to the person whose mailbox it is.",
            ),
        ),
        Prediction(
            "waits",
            Text(ja="空きができるまで、サーバーで待つ", en="It waits on a server until there is room"),
            Text(
                ja="そうするサーバーもあります。452 4.2.2（今は無理）と答えるサーバーが相手なら、差出人側のサーバーは何度か送り直します。この実験のサーバーは 552 5.2.2 と答えたので、待たずにあきらめました。",
                en="With some servers it does: if one says 452 4.2.2 (not now), the sender's server keeps trying for a while. The one here says 552 5.2.2, and that is final.",
            ),
        ),
        Prediction(
            "refused",
            Text(ja="受け取りを断られ、エラーメールが戻る", en="It is refused, and a bounce comes back"),
            Text(
                ja="宛先側のサーバーは、メールの大きさ（SIZE=）と残りの空きを比べ、RCPT TO の時点で「552 5.2.2 Message size exceeds remaining quota」と断りました。",
                en="The recipient's server compares the size of the message (SIZE=) with the room that is left. At RCPT TO it says 552 5.2.2 Message size exceeds remaining quota.",
            ),
            right=True,
        ),
        Prediction(
            "nobody",
            Text(ja="だれにも知らされず、メールは消える", en="It disappears, and nobody is told"),
            common.NEVER_SILENT,
        ),
    ),
    draft=common.draft(SMALL),
    steps=(
        Step("predict", common.STEP_PREDICT, common.predicted_or_past),
        Step("send", common.STEP_SEND, _WAY.sent_wrong),
        Step("read", common.STEP_READ, _WAY.bounce_read),
        Step("room", Text(ja="宛先の人になって空きを作る", en="Make room, as the recipient"), _room_made),
        Step("again", Text(ja="もう一度送る", en="Send again"), _WAY.done),
    ),
    goal=_WAY.done,
    situations=(
        Situation(
            _WAY.done,
            Text(
                ja="達成です。空きができたので、同じメールが相手のメールボックスに届きました。",
                en="Done. Now that there is room, the same message is in the recipient's mailbox.",
            ),
            common.HINTS_DONE,
        ),
        Situation(
            _room_first,
            Text(
                ja="メールは届きました。「最初から」を押して、こんどは何も消さずに送ってみましょう。",
                en="The message arrived. Start over, and send without deleting anything first.",
            ),
            (
                Text(
                    ja="先に空きを作ったので、メールは断られずに届きました。",
                    en="You made room first, so nothing was refused and the message arrived.",
                ),
                Text(
                    ja="「最初から」を押すと、メールボックスはまたいっぱいに戻ります。こんどは消さずに送ってみましょう。",
                    en="Start over, and the mailbox is full again. This time, send before you delete anything.",
                ),
            ),
        ),
        Situation(
            _WAY.sent_elsewhere,
            Text(ja=f"宛先を {SMALL} に戻して送ってみましょう。", en=f"Go back to {SMALL} and send."),
            (
                Text(
                    ja=f"別の宛先に送っています。いっぱいなのは {SMALL} のメールボックスです。",
                    en=f"That went to somebody else. The mailbox that is full is that of {SMALL}.",
                ),
            ),
        ),
        Situation(
            _WAY.other_subject,
            common.MOVE_SAME_SUBJECT,
            common.HINTS_OTHER_SUBJECT,
        ),
        Situation(
            _still_full,
            Text(
                ja="まだ空きがありません。「宛先の人の PC」でメールを一通「削除」してから、送り直しましょう。",
                en="There is still no room. Delete a message on the recipient's PC, then send again.",
            ),
            (
                Text(
                    ja="また断られました。5 で始まる返事は、何かが変わるまで同じです。",
                    en="Refused again. A reply that begins with 5 stays the same until something changes.",
                ),
                Text(
                    ja="「宛先の人の PC」でメールを一通「削除」してから、送り直しましょう。",
                    en="Delete a message on the recipient's PC, then send again.",
                ),
            ),
        ),
        Situation(
            _room_for_it,
            Text(
                ja="空きができました。差出人に戻って、同じ件名でもう一度送りましょう。",
                en="There is room now. Be the sender again, and send once more under the same subject.",
            ),
            (
                Text(
                    ja="空きができました。サーバーのメールボックスの使用量を見てください。",
                    en="There is room now. Look at how much of the mailbox on the server is in use.",
                ),
                Text(
                    ja="差出人に戻って、同じメールをもう一度「送信」しましょう。",
                    en="Be the sender again, and send the same message once more.",
                ),
            ),
        ),
        Situation(
            _WAY.bounce_read,
            Text(
                ja="こんどは宛先の人になってください。「宛先の人の PC」でメールを一通「削除」し、サーバーに空きを作ります。",
                en="Now be the recipient. Delete a message on the recipient's PC to make room on the server.",
            ),
            (
                Text(
                    ja="宛先は正しいのに届きませんでした。Status を見ると、何についての話かがわかります。",
                    en="The address was right, and yet it did not arrive. The Status tells what it is about.",
                ),
                Text(
                    ja="5.2.2 は「メールボックスがいっぱい」という意味です。空きを作れるのは、差出人ではなく宛先の人です。",
                    en="5.2.2 means that the mailbox is full. It is the recipient, not the sender, who can make room.",
                ),
                Text(
                    ja="「宛先の人の PC」で、メールを一通「削除」してください。",
                    en="Delete a message on the recipient's PC.",
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
            Text(
                ja="「送信」を押して、何が起こるか見てみましょう。宛先は合っています。",
                en="Press Send and watch. The address is right.",
            ),
            (
                Text(
                    ja="宛先はこのままで正しいので、そのまま「送信」を押しましょう。",
                    en="The address is right as it is. Press Send.",
                ),
            ),
        ),
        Situation(common.always, common.MOVE_PREDICT, common.HINTS_PREDICT),
    ),
    explain=Text(
        ja=f"差出人側のサーバーは、メールの大きさを SIZE= で告げました。宛先側のサーバーはそれを {SMALL} のメールボックスの残りと比べ、入らないとわかったので、「552 5.2.2 Message size exceeds remaining quota」と断りました。アドレスはどこもまちがっていません。\n\n空きを作れるのはメールボックスの持ち主だけです。宛先の人が端末でメールを削除すると、IMAP を通じてサーバーからも消え、使用量が減りました。だから、同じメールがこんどは届いたのです。\n\nつまり、これは差出人のあなたには直せないエラーです。急ぐなら、電話など別の方法で相手に知らせてください。4.2.2 なら自分の側のサーバーが送り直してくれますが、5.2.2 なら、空いたころに自分で送り直します。",
        en=f"The sender's server told the size of the message by SIZE=. The recipient's server compared it with the room that is left to {SMALL}, and as it did not fit, said 552 5.2.2 Message size exceeds remaining quota. Nothing was wrong with the address.\n\nOnly the owner of a mailbox can make room in it. When the recipient deleted a message on the PC, IMAP deleted it on the server as well, and less was in use there. So the same message could now arrive.\n\nThis is an error that you, the sender, cannot repair. If it is urgent, tell the person in another way. With 4.2.2 your server keeps trying by itself; with 5.2.2 you send again when there is room.",
    ),
    solution=(
        ("predict", {"choice": "refused"}),
        ("send", {"to": SMALL}),
        ("wait_bounce", {}),
        ("read_bounce", {}),
        ("fetch_other", {}),
        ("delete_other", {"uid": 1}),
        ("send", {"to": SMALL}),
        ("wait_delivery", {}),
    ),
    wrong=(
        (
            ("fetch_other", {}),
            ("delete_other", {"uid": 1}),
            ("send", {"to": SMALL}),
            ("wait_delivery", {}),
        ),
        (
            ("send", {"to": SMALL}),
            ("wait_bounce", {}),
            ("send", {"to": SMALL}),
            ("wait_bounce", {}),
        ),
        (
            ("send", {"to": SMALL}),
            ("wait_bounce", {}),
            ("fetch_other", {}),
            ("delete_other", {"uid": 2}),
            ("send", {"to": SMALL, "subject": "x"}),
            ("wait_delivery", {}),
        ),
        (("send", {"to": "recipent@hibari.example"}), ("wait_bounce", {})),
    ),
)
