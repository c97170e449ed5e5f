"""server-down: the recipient's server is off, and the message waits in the queue until it is on again."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .experiment import Experiment, Prediction, Situation, Step, Switch
from .facts import Facts

DOMAIN = "hibari.example"
RECIPIENT = f"recipient@{DOMAIN}"
HOUR = 3_600


def _is_off(facts: Facts) -> bool:
    return facts.settings.get((DOMAIN, "server")) == "off"


def _waited(facts: Facts) -> set[str]:
    """The messages that could not be handed over, because there was no connection."""
    ours = {sent.queue_id for sent in facts.sent if sent.recipients == (RECIPIENT,)}
    return {queue_id for queue_id, _, reply in facts.deferred if " 4.4.1 " in reply and queue_id in ours}


def _waits(facts: Facts) -> bool:
    return bool(_waited(facts))


def _on_again(facts: Facts) -> bool:
    return _waits(facts) and not _is_off(facts)


def _done(facts: Facts) -> bool:
    """One copy of such a message is in the mailbox, and it is all that was sent since."""
    return any(
        (queue_id, RECIPIENT) in facts.delivered and facts.stored.count((queue_id, RECIPIENT)) == 1
        for queue_id in _waited(facts)
    )


def _was_off(facts: Facts) -> bool:
    return (DOMAIN, "server") in facts.settings


def _arrived_at_once(facts: Facts) -> bool:
    last = facts.last
    return last is not None and last.queue_id not in _waited(facts) and facts.is_delivered(last)


def _sent_elsewhere(facts: Facts) -> bool:
    last = facts.last
    return last is not None and last.recipients != (RECIPIENT,)


SERVER_DOWN = Experiment(
    id="server-down",
    group="weird",
    chapter="04-mailer-daemon",
    rfc="RFC 5321 section 4.5.4.1",
    world="user-unknown",  # the same two companies
    clock=True,
    title=Text(ja="宛先側のサーバーを止める", en="Switch the recipient’s server off"),
    question=Text(
        ja="宛先側のメールサーバーの電源が切れています。そこへ送ったメールはどこにあるでしょう。",
        en="The recipient’s mail server is switched off. Where is a message that you send to it?",
    ),
    predictions=(
        Prediction(
            "outbox",
            Text(ja="差出人の PC の送信トレイ", en="In the outbox of the sender’s PC"),
            Text(
                ja="PC は、自分の側のサーバーに渡せた時点で「送信済み」にします。宛先側のサーバーが止まっていることを、PC は知りません。",
                en="The PC counts it as sent when its own server has it, and knows nothing of the other server.",
            ),
        ),
        Prediction(
            "queue",
            Text(ja="差出人側のメールサーバー", en="On the sender’s mail server"),
            Text(
                ja="差出人側のサーバーが預かり、時間をおいて何度もつなぎに行きました。相手が動きだせば、次に試したときに届きます。",
                en="It keeps the message, and tries to connect again and again. Once the other server is there, the next attempt succeeds.",
            ),
            right=True,
        ),
        Prediction(
            "dns",
            Text(ja="DNS", en="In the DNS"),
            Text(
                ja="DNS は届け先のサーバーの名前とアドレスを答えるだけで、メールは預かりません。サーバーが止まっていても、答えは変わりません。",
                en="The DNS only tells which server to go to. It holds no mail, and its answer is the same when that server is off.",
            ),
        ),
        Prediction(
            "nowhere",
            Text(ja="どこにもない。失われた", en="Nowhere: it is lost"),
            common.NEVER_SILENT,
        ),
    ),
    draft=common.draft(RECIPIENT),
    switch=Switch(
        DOMAIN,
        "server",
        Text(ja=f"mx.{DOMAIN}（宛先側のサーバー）の電源", en=f"mx.{DOMAIN} (the recipient’s server) is"),
        (("on", Text(ja="入れる", en="on")), ("off", Text(ja="切る", en="off"))),
    ),
    judged=_waits,
    steps=(
        Step("predict", common.STEP_PREDICT, common.predicted_or_past),
        Step("off", Text(ja="サーバーを止める", en="Switch the server off"), _was_off),
        Step("send", common.STEP_SEND, _waits),
        Step("on", Text(ja="サーバーを動かす", en="Switch it on again"), _on_again),
        Step("later", Text(ja="時計を進めて届くのを見る", en="Move the clock, and see it arrive"), _done),
    ),
    goal=_done,
    situations=(
        Situation(
            _done,
            Text(
                ja="達成です。送り直していないのに、メールは一通だけ届きました。",
                en="Done. You did not send it again, and one copy arrived.",
            ),
            common.HINTS_DONE,
        ),
        Situation(
            _sent_elsewhere,
            Text(ja=f"宛先を {RECIPIENT} に戻して送ってみましょう。", en=f"Go back to {RECIPIENT} and send."),
            (
                Text(
                    ja=f"止めるのは {DOMAIN} のサーバーです。宛先もそこにしましょう。",
                    en=f"It is the server of {DOMAIN} that is off. Write to somebody there.",
                ),
            ),
        ),
        Situation(
            _on_again,
            Text(
                ja="サーバーが動きだしました。「1 時間進める」を押すと、差出人側のサーバーがもう一度つなぎに行きます。",
                en="The server is there again. Press “1 hour later”, and the sender’s server tries again.",
            ),
            (
                Text(
                    ja="差出人側のサーバーは、相手が動きだしたことを知りません。次に試す時刻が来るまで待っています。",
                    en="The sender’s server is not told that the other one is back. It waits for its next attempt.",
                ),
            ),
        ),
        Situation(
            _waits,
            Text(
                ja="メールは差出人側のサーバーで待っています。「サーバーの設定」で電源を入れましょう。",
                en="The message waits on the sender’s server. Switch the other one on again.",
            ),
            (
                Text(
                    ja="やりとりの記録の「差出人側のサーバーで待つ」を見てください。4.4.1 は「相手から応答がない」です。",
                    en="See “Waits on the sender’s server” in the record: 4.4.1 says that there is no answer.",
                ),
                Text(
                    ja="「書く」の上の「サーバーの設定」で「入れる」を選んでください。",
                    en="Above the message form, under “How the server is set”, choose “on”.",
                ),
            ),
        ),
        Situation(
            _arrived_at_once,
            Text(
                ja="サーバーが動いているので、すぐ届きました。こんどは電源を切ってから送りましょう。",
                en="The server was on, so it arrived at once. Switch it off, then send.",
            ),
            (
                Text(
                    ja="「書く」の上の「サーバーの設定」で「切る」を選び、もう一通送ってください。",
                    en="Above the message form, choose “off”, and send another message.",
                ),
            ),
        ),
        Situation(
            common.sent,
            Text(
                ja="差出人側のサーバーが、相手につなごうとしています。",
                en="The sender’s server is trying to connect.",
            ),
            (
                Text(
                    ja="DNS は答えますが、その先の接続ができません。",
                    en="The DNS answers, but there is no connection to be had.",
                ),
            ),
        ),
        Situation(
            _is_off,
            Text(
                ja="サーバーは止まっています。「送信」を押しましょう。", en="The server is off. Press Send."
            ),
            (
                Text(
                    ja="宛先はこのままで正しいので、そのまま「送信」を押してください。",
                    en="The address is right as it is. Press Send.",
                ),
            ),
        ),
        Situation(
            common.predicted,
            Text(
                ja="「サーバーの設定」で、宛先側のサーバーの電源を切りましょう。",
                en="Under “How the server is set”, switch the recipient’s server off.",
            ),
            (
                Text(
                    ja="「書く」の上にあります。「切る」を選ぶと、そのサーバーはほんとうに接続を受けなくなります。",
                    en="It is above the message form. Choose “off”, and that server really takes no connections.",
                ),
            ),
        ),
        Situation(
            common.always,
            Text(
                ja="まず、メールがどこにあるかを予想してください。", en="First, predict where the message is."
            ),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja="DNS は宛先側のサーバーのアドレスを答えましたが、そこにつながりませんでした。差出人側のサーバーはこれを 4.4.1（相手から応答がない）と記録し、メールを待ち行列に残しました。サーバーの故障や入れ替えは珍しくないので、つながらないだけでは失敗とみなしません。\n\nサーバーが動きだしたことは、だれも差出人側に知らせません。差出人側のサーバーが、決めておいた時刻にまたつなぎに行き、そのとき届きました。250 と言われたところで待ち行列から消すので、届くのは一通だけです。\n\n相手のサーバーが止まっていても、あなたがすることはありません。急ぐときだけ、別の方法で知らせてください。",
        en="The DNS told where the recipient’s server is, but there was no connection to be had. The sender’s server noted 4.4.1, no answer from the host, and kept the message in its queue. Servers are repaired and replaced all the time, so that is no failure yet.\n\nNobody told the sender’s server that the other one was back. It came again when it had meant to, and then the message was taken. With the 250 it left the queue, so only one copy arrived.\n\nIf the other server is down, there is nothing for you to do. Only if it is urgent, tell the person in another way.",
    ),
    solution=(
        ("predict", {"choice": "queue"}),
        ("turn", {"choice": "off"}),
        ("send", {"to": RECIPIENT}),
        ("wait_deferred", {}),
        ("turn", {"choice": "on"}),
        ("advance", {"seconds": HOUR}),
        ("wait_delivery", {}),
    ),
    wrong=(
        (("send", {"to": RECIPIENT}), ("wait_delivery", {})),
        (
            ("turn", {"choice": "off"}),
            ("send", {"to": RECIPIENT}),
            ("wait_deferred", {}),
            ("advance", {"seconds": HOUR}),
            ("wait_deferred", {"count": 2}),
        ),
        # off and on again before anything was sent
        (
            ("turn", {"choice": "off"}),
            ("turn", {"choice": "on"}),
            ("send", {"to": RECIPIENT}),
            ("wait_delivery", {}),
        ),
        (("turn", {"choice": "off"}), ("send", {"to": "recipient@no-such.invalid"}), ("wait_bounce", {})),
    ),
)
