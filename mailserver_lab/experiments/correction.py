"""What experiments have in common in which a message comes back, is put right and sent again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..locale import Text
from .experiment import Draft, Step
from .facts import Facts


@dataclass(frozen=True, slots=True)
class Correction:
    """The way from a message that comes back to one that arrives. Its methods are predicates.

    Args:
        status: what the bounce must say.
        right: the address that is to have the message in the end.
        is_wrong: whether an address, in canonical form, has the mistake that the experiment is about.
    """

    status: str
    right: str
    is_wrong: Callable[[str], bool]

    def bounce_fetched(self, facts: Facts) -> bool:
        """The bounce is on the device."""
        return facts.bounced(self.status)

    def bounce_read(self, facts: Facts) -> bool:
        """The bounce was opened there."""
        return facts.bounced(self.status, opened=True)

    def sent_wrong(self, facts: Facts) -> bool:
        """The mistake was made at least once."""
        return any(self.is_wrong(recipient) for sent in facts.sent for recipient in sent.recipients)

    def done(self, facts: Facts) -> bool:
        """A message came back and arrived when it was sent again: the goal."""
        return facts.delivered_after_bounce(self.right, self.status)

    def came_back(self, facts: Facts) -> bool:
        """The latest message came back, for this reason."""
        last = facts.last
        return last is not None and any(
            bounce.message == last.queue_id and bounce.status == self.status for bounce in facts.bounces
        )

    def sent_right_first(self, facts: Facts) -> bool:
        """The mistake was not made at all."""
        last = facts.last
        return last is not None and not self.sent_wrong(facts) and last.recipients == (self.right,)

    def sent_elsewhere(self, facts: Facts) -> bool:
        """The latest message has another mistake, or goes to somebody else."""
        last = facts.last
        return last is not None and any(not self.is_wrong(r) and r != self.right for r in last.recipients)

    def wrong_again(self, facts: Facts) -> bool:
        """The bounce was read, and still the latest message has the mistake."""
        last = facts.last
        return (
            self.bounce_read(facts)
            and last is not None
            and len(facts.sent) > 1
            and any(map(self.is_wrong, last.recipients))
        )

    def other_subject(self, facts: Facts) -> bool:
        """The latest message arrived, but it is another one than that which came back."""
        last = facts.last
        return (
            self.bounce_fetched(facts)
            and last is not None
            and facts.is_delivered(last)
            and not self.done(facts)
            and last.recipients == (self.right,)
        )

    def steps(self) -> tuple[Step, ...]:
        """The reader's way, for a mistake in the address."""
        return (
            Step("predict", STEP_PREDICT, predicted_or_past),
            Step("send", STEP_SEND, self.sent_wrong),
            Step("read", STEP_READ, self.bounce_read),
            Step(
                "correct",
                Text(ja="宛先を直して送り直す", en="Correct the address and send again"),
                self.done,
            ),
        )


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake that is made on purpose, and not put right. Its methods are predicates.

    Args:
        is_wrong: whether an address, in canonical form, has the mistake.
    """

    is_wrong: Callable[[str], bool]

    def sent(self, facts: Facts) -> bool:
        """A message went to such addresses alone."""
        return any(all(map(self.is_wrong, sent.recipients)) for sent in facts.sent)

    def sent_elsewhere(self, facts: Facts) -> bool:
        """The latest message goes to somebody else too."""
        last = facts.last
        return last is not None and not all(map(self.is_wrong, last.recipients))


def predicted(facts: Facts) -> bool:
    """An answer was given beforehand."""
    return facts.prediction is not None


def predicted_or_past(facts: Facts) -> bool:
    """An answer was given, or it is too late for one: whoever sends without a guess is not held up by it."""
    return predicted(facts) or sent(facts)


def sent(facts: Facts) -> bool:
    """Something was sent, whatever and to whomever."""
    return bool(facts.sent)


def always(facts: Facts) -> bool:
    """Whatever the situation."""
    return True


def draft(to: str) -> Draft:
    """The message that the sender is about to send."""
    return Draft(
        device="pc/sender@tsubame.example",
        to=to,
        subject=Text(ja="打ち合わせの件", en="Our meeting"),
        body=Text(
            ja="お世話になっております。\n明日の打ち合わせは 10 時からでお願いいたします。\n",
            en="Hello,\n\nshall we meet at ten tomorrow?\n",
        ),
    )


# -- what to say in situations that all of them know

STEP_PREDICT = Text(ja="予想する", en="Predict")
STEP_SEND = Text(ja="送る", en="Send")
STEP_READ = Text(ja="戻ってきたメールを読む", en="Read what came back")
NEVER_SILENT = Text(
    ja="引き受けたサーバーには、届けるか、届かなかったと知らせるかのどちらかをする責任があります（RFC 5321）。だまって消えることはありません。",
    en="A server that has taken a message must either deliver it or say that it could not (RFC 5321). Nothing is dropped in silence.",
)
HINTS_DONE = (
    Text(
        ja="この実験は達成ずみです。「最初から」で何度でも試せます。",
        en="You have done it. Start over to try something else.",
    ),
)
HINTS_OTHER_SUBJECT = (
    Text(
        ja="届きましたが、件名が最初のメールと違います。同じメールを送り直したことになるよう、件名をそろえてください。",
        en="It arrived, but under another subject. Send the same message again, with the same subject.",
    ),
)
HINTS_UNREAD = (
    Text(
        ja="端末の受信トレイに MAILER-DAEMON からメールが届いています。",
        en="There is a message from MAILER-DAEMON in the inbox of the device.",
    ),
    Text(ja="受信トレイの行を選ぶと、そのメールが開きます。", en="Choose its row in the inbox to open it."),
)
HINT_FETCH = Text(
    ja="エラーメールがまだ見えないときは「受信」を押してください。",
    en="If the bounce is not there yet, press Fetch.",
)
HINTS_SET = (
    Text(
        ja="設定を変えただけでは何も起こりません。もう一通送ると、違いが見えます。",
        en="Setting it changes nothing by itself. Send another message to see the difference.",
    ),
)
HINTS_PREDICT = (
    Text(
        ja="まず予想を一つ選んでください。当たらなくてもかまいません。予想してから見ると、違いに気づきやすくなります。",
        en="Choose a prediction first. It need not be right: whoever has guessed sees more.",
    ),
)
HINTS_SEND = (
    Text(
        ja="宛先は、わざと一文字まちがえてあります。そのまま「送信」を押しましょう。",
        en="The address has a mistake in it, on purpose. Press Send as it is.",
    ),
)
MOVE_PREDICT = Text(
    ja="まず、メールがどうなるかを予想してください。", en="First, predict what becomes of the message."
)
MOVE_DONE = Text(
    ja="達成です。宛先を直したメールは、相手のメールボックスに届きました。",
    en="Done. With the right address, the message is in the recipient's mailbox.",
)
MOVE_SAME_SUBJECT = Text(
    ja="件名を最初のメールと同じにして、もう一度送りましょう。",
    en="Send it once more, under the subject of the first message.",
)
MOVE_READ = Text(
    ja="端末の受信トレイに届いた、MAILER-DAEMON からのメールを開いて読みましょう。",
    en="Open the message from MAILER-DAEMON in the inbox of the device, and read it.",
)
MOVE_SEND = Text(
    ja="「送信」を押して、何が起こるか見てみましょう。宛先は、わざと一文字まちがえてあります。",
    en="Press Send and watch. The address has a mistake in it, on purpose.",
)
