"""imap-idle: a device that keeps its line open is told of new mail at once, without asking."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .experiment import Experiment, Prediction, Situation, Step
from .facts import Facts

RECIPIENT = "recipient@hibari.example"
HOST = "phone.recipient.hibari.example"


def _told(facts: Facts) -> bool:
    return facts.fetching.count("told", HOST) > 0


def _waits(facts: Facts) -> bool:
    return facts.fetching.waits(HOST)


def _has_waited(facts: Facts) -> bool:
    return facts.fetching.count("waits", HOST) > 0


def _done(facts: Facts) -> bool:
    """The server told the waiting device of a message, and then the device fetched it."""
    ours = {sent.queue_id for sent in facts.sent if RECIPIENT in sent.recipients}
    return facts.fetching.in_order(
        lambda one: (one.what, one.who) == ("waits", HOST),
        lambda one: (one.what, one.who) == ("told", HOST),
        lambda one: (one.what, one.who) == ("handed", HOST) and one.message in ours,
    )


def _sent_elsewhere(facts: Facts) -> bool:
    last = facts.last
    return last is not None and RECIPIENT not in last.recipients


def _handed(facts: Facts) -> set[str]:
    return {one.message for one in facts.fetching.happened if (one.what, one.who) == ("handed", HOST)}


def _asked_for(facts: Facts) -> bool:
    """The latest message came because the device asked."""
    last = facts.last
    return last is not None and last.queue_id in _handed(facts)


def _unnoticed(facts: Facts) -> bool:
    """The latest message lies in the mailbox, and the device knows nothing of it."""
    last = facts.last
    return last is not None and (last.queue_id, RECIPIENT) in facts.stored and not _waits(facts)


IMAP_IDLE = Experiment(
    id="imap-idle",
    group="useful",
    chapter="02-3-imap",
    rfc="RFC 2177, RFC 9051 section 6.3.13",
    world="imap",
    other=f"phone/{RECIPIENT}",
    inbox="waits",
    title=Text(ja="聞かずに待つ", en="Wait without asking"),
    question=Text(
        ja="宛先の人のスマートフォンが、サーバーにつないだまま、何も言わずに待っています。そこへメールが届くと、どうなるでしょう。",
        en="The recipient’s phone is connected to its server and says nothing. Now mail arrives. What happens?",
    ),
    predictions=(
        Prediction(
            "asks",
            Text(
                ja="スマートフォンがしばらくして聞きに行き、そのとき気づく",
                en="The phone asks again after a while, and finds it then",
            ),
            Text(
                ja="何分かおきに聞きに行くメールソフトもあります。でも IDLE で待つあいだは聞きません。記録でも、IDLE から EXISTS までのあいだ、端末はひとことも言っていません。",
                en="Some mail programs do ask every few minutes. But in IDLE there is no need: between IDLE and EXISTS in the record, the phone says nothing.",
            ),
        ),
        Prediction(
            "told",
            Text(
                ja="つながっている線で、サーバーのほうから知らせる",
                en="The server tells it at once, on the line that is open",
            ),
            Text(
                ja="サーバーは、聞かれていないのに「* 1 EXISTS」（これでメールは 1 通）と言いました。端末はそれを聞いて待つのをやめ（DONE）、取りに行きました。",
                en="Without being asked, the server said * 1 EXISTS: there is one message now. Thereupon the phone stopped waiting (DONE) and fetched it.",
            ),
            right=True,
        ),
        Prediction(
            "calls",
            Text(
                ja="サーバーがスマートフォンに新しく接続してくる",
                en="The server opens a connection to the phone",
            ),
            Text(
                ja="接続するのは、いつも端末のほうです。サーバーが話しかけられたのは、端末がつないだままの線があったからです。",
                en="It is always the device that connects. The server could speak to it only because the phone had kept its line open.",
            ),
        ),
        Prediction(
            "sender",
            Text(
                ja="差出人の PC が、相手のスマートフォンに知らせる", en="The sender’s PC lets the phone know"
            ),
            Text(
                ja="二つの端末が直接話すことはありません。差出人の PC は、自分の側のサーバーにメールを渡したところで仕事を終えています。",
                en="The two devices never talk to each other. The PC was done when its own server had taken the message.",
            ),
        ),
    ),
    draft=common.draft(RECIPIENT),
    judged=_told,
    steps=(
        Step("predict", common.STEP_PREDICT, common.predicted_or_past),
        Step("wait", Text(ja="つないだまま待たせる", en="Let the phone wait"), _has_waited),
        Step("send", common.STEP_SEND, common.sent),
        Step("hear", Text(ja="知らせが来るのを見る", en="See it being told"), _done),
    ),
    goal=_done,
    situations=(
        Situation(
            _done,
            Text(
                ja="達成です。スマートフォンは何も聞いていないのに、サーバーが知らせてきました。",
                en="Done. The phone had not asked, and the server told it.",
            ),
            (
                Text(
                    ja="「待つのをやめる」を押してからもう 1 通送り、違いを見くらべてください。「受信」を押すまで、スマートフォンは何も知りません。",
                    en="Press “Stop waiting”, send another message, and compare: until you press Fetch, the phone knows nothing.",
                ),
            ),
        ),
        Situation(
            _sent_elsewhere,
            Text(ja=f"宛先を {RECIPIENT} に戻して送ってみましょう。", en=f"Go back to {RECIPIENT} and send."),
            (
                Text(
                    ja=f"待つのは {RECIPIENT} のスマートフォンです。",
                    en=f"The phone that waits is that of {RECIPIENT}.",
                ),
            ),
        ),
        Situation(
            _waits,
            Text(
                ja="スマートフォンは IDLE で待っています。メールを送りましょう。",
                en="The phone is waiting in IDLE. Send a message.",
            ),
            (
                Text(
                    ja="「送信」を押してください。スマートフォンには触らずに見ていましょう。",
                    en="Press Send. Do not touch the phone; just watch.",
                ),
            ),
        ),
        Situation(
            _asked_for,
            Text(
                ja="聞きに行ったので届きました。こんどは待たせてから、もう 1 通送りましょう。",
                en="It came because the phone asked. Now let it wait, then send another message.",
            ),
            (
                Text(
                    ja="「つないだまま待つ」を押してから送ってください。",
                    en="Press “Wait on the line”, then Send.",
                ),
            ),
        ),
        Situation(
            _unnoticed,
            Text(
                ja="メールはサーバーに入りましたが、スマートフォンは知りません。待たせてから、もう 1 通送りましょう。",
                en="The message is on the server, and the phone knows nothing of it. Let it wait, then send another.",
            ),
            (
                Text(
                    ja="「受信」を押せば取りに行きますが、それは「聞いた」ことになります。",
                    en="“Fetch” would get it, but that would be asking.",
                ),
                Text(
                    ja="「つないだまま待つ」を押してから、もう 1 通送ってください。",
                    en="Press “Wait on the line”, then send another message.",
                ),
            ),
        ),
        Situation(
            common.sent,
            Text(ja="メールは配送の途中です。", en="The message is on its way."),
            (
                Text(
                    ja="スマートフォンは待っていないので、着いても知らされません。",
                    en="The phone is not waiting, so nothing will tell it.",
                ),
            ),
        ),
        Situation(
            common.predicted,
            Text(
                ja="「宛先の人のスマートフォン」で「つないだまま待つ」を押しましょう。",
                en="On the recipient’s phone, press “Wait on the line”.",
            ),
            (
                Text(
                    ja="ボタンは、宛先の人の受信トレイのすぐ上にあります。押すと、端末がサインインして IDLE と言います。",
                    en="The button is just above the recipient’s inbox. The phone then signs in and says IDLE.",
                ),
            ),
        ),
        Situation(
            common.always,
            Text(
                ja="まず、待っているスマートフォンに何が起こるかを予想してください。",
                en="First, predict what happens to the phone that waits.",
            ),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja="スマートフォンは IDLE と言ったあと、ひとことも話していません。それでも、メールがメールボックスに入るとすぐ、サーバーのほうから「* 1 EXISTS」と言ってきました。ふだんは端末が聞いて、サーバーが答えます。IDLE のあいだだけは、サーバーから話しかけてよいのです（RFC 2177）。\n\nサーバーが伝えたのは「1 通になった」ことだけです。どんなメールかは言わないので、端末は DONE で待つのをやめ、UID FETCH で取りに行き、また IDLE に戻りました。\n\nメールが届いたとたんに端末が鳴るのは、こうして線がつながっているか、スマートフォン会社の通知のしくみを借りているからです。どちらもなければ、つぎに聞きに行くまで、届いたことはわかりません。",
        en="After IDLE, the phone did not say a word. All the same, as soon as the message was in the mailbox, the server said * 1 EXISTS. Normally the device asks and the server answers. In IDLE, and only there, the server may speak first (RFC 2177).\n\nIt told no more than the number: there is one message now. So the phone ended the waiting with DONE, fetched the message with UID FETCH, and went back to IDLE.\n\nIf your phone rings the moment mail arrives, there is a line like this one, or the phone maker’s notification service in its place. Without either, your device learns of new mail when it next asks.",
    ),
    solution=(
        ("predict", {"choice": "told"}),
        ("wait", {"on": True}),
        ("wait_happened", {"what": "waits", "who": HOST}),
        ("send", {"to": RECIPIENT}),
        ("wait_happened", {"what": "waits", "who": HOST, "times": 2}),
        ("wait", {"on": False}),
        ("wait_happened", {"what": "stopped", "who": HOST}),
    ),
    wrong=(
        (("send", {"to": RECIPIENT}), ("wait_stored", {})),
        # asked for, in two ways
        (("send", {"to": RECIPIENT}), ("wait_stored", {}), ("fetch_other", {}),
         ("wait_happened", {"what": "handed", "who": HOST})),
        (("send", {"to": RECIPIENT}), ("wait_stored", {}), ("wait", {"on": True}),
         ("wait_happened", {"what": "waits", "who": HOST})),
        # no longer waiting when the message came
        (("wait", {"on": True}), ("wait_happened", {"what": "waits", "who": HOST}), ("wait", {"on": False}),
         ("send", {"to": RECIPIENT}), ("wait_stored", {})),
        (("wait", {"on": True}), ("wait_happened", {"what": "waits", "who": HOST}),
         ("send", {"to": "sender@tsubame.example"}), ("wait_stored", {})),
    ),
)  # fmt: skip
