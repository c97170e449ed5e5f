"""break-it: whatever goes wrong for a while, the message waits, and arrives when it is mended. What goes wrong is the reader's choice."""

from __future__ import annotations

from ..locale import Text
from . import correction as common
from .experiment import Experiment, Prediction, Situation, Step
from .facts import Facts

DOMAIN = "hibari.example"
RECIPIENT = f"recipient@{DOMAIN}"
HOUR = 3_600


def _struck(facts: Facts) -> set[str]:
    """The messages that met a fault."""
    ours = {sent.queue_id for sent in facts.sent if sent.recipients == (RECIPIENT,)}
    return {queue_id for queue_id, _, _ in facts.struck if queue_id in ours}


def _waited(facts: Facts) -> set[str]:
    """Those that had to wait for it."""
    return _struck(facts) & {queue_id for queue_id, _, _ in facts.deferred}


def _waits(facts: Facts) -> bool:
    return bool(_waited(facts))


def _done(facts: Facts) -> bool:
    """One copy of such a message is in the mailbox."""
    return any(
        (queue_id, RECIPIENT) in facts.delivered and facts.stored.count((queue_id, RECIPIENT)) == 1
        for queue_id in _waited(facts)
    )


def _broke(facts: Facts) -> bool:
    return bool(facts.broken)


def _sent_elsewhere(facts: Facts) -> bool:
    last = facts.last
    return last is not None and last.recipients != (RECIPIENT,)


def _last_arrived(facts: Facts) -> bool:
    return facts.last is not None and facts.is_delivered(facts.last)


def _last_gave_up(facts: Facts) -> bool:
    last = facts.last
    return last is not None and any(
        bounce.message == last.queue_id and bounce.action == "failed" for bounce in facts.bounces
    )


def _last_waits(facts: Facts) -> bool:
    return facts.last is not None and facts.last.queue_id in _waited(facts) and not _last_arrived(facts)


def _last_got_through(facts: Facts) -> bool:
    """It met a fault, and arrived all the same, without waiting."""
    return facts.last is not None and facts.last.queue_id in _struck(facts) and _last_arrived(facts)


def _last_met_nothing(facts: Facts) -> bool:
    return _broke(facts) and _last_arrived(facts)


_NOT_SURE = Text(
    ja="迷ったら、「2 台とも」の「接続が途中で切れる」を試してください。",
    en="Not sure? Try “the connection breaks” on both servers.",
)

BREAK_IT = Experiment(
    id="break-it",
    group="weird",
    chapter="04-mailer-daemon",
    rfc="RFC 5321 sections 4.5.4.1 and 5.1",
    world="break-it",
    other=RECIPIENT,
    breaks=DOMAIN,
    clock=True,
    title=Text(ja="自分でこわしてみる", en="Break something yourself"),
    question=Text(
        ja="宛先側のサーバーか DNS を好きなようにこわしてから、メールを送ります。そのメールはどうなるでしょう。",
        en="You break the recipient’s servers or the DNS, in a way of your own choice, and send a message. What becomes of it?",
    ),
    predictions=(
        Prediction(
            "lost",
            Text(ja="失われる", en="It is lost"),
            common.NEVER_SILENT,
        ),
        Prediction(
            "bounce",
            Text(ja="すぐにエラーメールが戻る", en="A bounce comes back at once"),
            Text(
                ja="ここで起こせる故障は、どれも「いまは無理」です。返事が 4 で始まるか、返事がないだけなので、差出人側のサーバーはまだあきらめません。",
                en="Whatever can be broken here says “not now”: the reply begins with 4, or there is none. So the sender’s server does not give up yet.",
            ),
        ),
        Prediction(
            "twice",
            Text(ja="試した回数だけ、何通も届く", en="It arrives several times, once for each attempt"),
            Text(
                ja="受け取る側が「預かりました」（250）と答える前の故障なので、相手の手元には何も残っていません。試し直しても、届くのは 1 通です。",
                en="The fault came before the recipient’s server had said 250, “I have it”. Nothing was kept there, and however often it is tried, one copy arrives.",
            ),
        ),
        Prediction(
            "waits",
            Text(ja="差出人側のサーバーで待ち、直れば届く", en="It waits on the sender’s server, and arrives once it is mended"),
            Text(
                ja="差出人側のサーバーがメールを預かったまま、間隔をあけて試し直しました。故障の種類が違っても、することは同じです。",
                en="The sender’s server kept it, and tried again later. Whatever the fault was, it did the same.",
            ),
            right=True,
        ),
    ),
    draft=common.draft(RECIPIENT),
    judged=_waits,
    steps=(
        Step("predict", common.STEP_PREDICT, common.predicted_or_past),
        Step("break", Text(ja="何かをこわす", en="Break something"), _broke),
        Step("send", Text(ja="送って、待たせる", en="Send, so that it has to wait"), _waits),
        Step("mend", Text(ja="直して届ける", en="Mend it, so that it arrives"), _done),
    ),
    goal=_done,
    situations=(
        Situation(
            _done,
            Text(
                ja="達成です。ほかの故障も起こして、やりとりのどこが変わるかを比べてみましょう。",
                en="Done. Try other faults, and compare what changes in what the servers say.",
            ),
            common.HINTS_DONE,
        ),
        Situation(
            _sent_elsewhere,
            Text(ja=f"宛先を {RECIPIENT} に戻して送ってみましょう。", en=f"Go back to {RECIPIENT} and send."),
            (
                Text(
                    ja=f"こわせるのは、{DOMAIN} のサーバーと、その DNS の答えです。",
                    en=f"What you can break is the servers of {DOMAIN}, and what the DNS says of it.",
                ),
            ),
        ),
        Situation(
            _last_gave_up,
            Text(
                ja="5 日たったので、サーバーはあきらめました。直してから、もう一度送りましょう。",
                en="Five days have passed, and the server has given up. Mend it, and send again.",
            ),
            (
                Text(
                    ja="こんどは、時計を進める前に「すべて直す」を押してください。",
                    en="This time, press “Mend everything” before you move the clock.",
                ),
            ),
        ),
        Situation(
            _last_waits,
            Text(
                ja="メールは差出人側のサーバーで待っています。故障を直してから、「1 時間進める」を押しましょう。",
                en="The message waits on the sender’s server. Mend what is broken, then press “1 hour later”.",
            ),
            (
                Text(
                    ja="やりとりの記録で ✕ の付いた行を見てください。どの故障に当たったのか、説明が出ます。",
                    en="Look at the line with the ✕ in the record: it tells which fault the message met.",
                ),
                Text(
                    ja="「すべて直す」、「1 時間進める」の順に押してください。回数の決まった故障なら、時計を進めるだけで終わることもあります。",
                    en="Press “Mend everything”, then “1 hour later”. A fault that strikes a number of times may be over by itself.",
                ),
            ),
        ),
        Situation(
            _last_got_through,
            Text(
                ja="故障に当たりましたが、待たずに届きました。こんどは「2 台とも」か DNS をこわして送りましょう。",
                en="It met the fault, and arrived all the same. Now break both servers, or the DNS, and send again.",
            ),
            (
                Text(
                    ja="宛先側のサーバーは 2 台あります。1 台がだめなら、もう 1 台が受け取ります。返事が遅いだけなら、待てば済みます。",
                    en="There are two servers: where one fails, the other takes the message. And one that is merely slow is waited for.",
                ),
            ),
        ),
        Situation(
            _last_met_nothing,
            Text(
                ja="故障に当たらずに届きました。もう一度送るか、「2 台とも」か DNS をこわしてみましょう。",
                en="It arrived without meeting a fault. Send again, or break both servers or the DNS.",
            ),
            (
                Text(
                    ja="2 台の優先順位は同じなので、どちらへ行くかはそのつど偶然で決まります（RFC 5321 の 5.1 節）。",
                    en="Both servers have the same preference, and it is chance to which of them a message goes (RFC 5321 section 5.1).",
                ),
                Text(
                    ja="すでに直した故障や、回数の終わった故障には、もう当たりません。",
                    en="What was mended, or has struck as often as it was to, strikes no more.",
                ),
            ),
        ),
        Situation(
            lambda facts: common.sent(facts) and not _broke(facts),
            Text(
                ja="まだ何もこわしていないので、届きます。「こわす」で場所と故障を選び、「起こす」を押しましょう。",
                en="Nothing is broken yet, so it arrives. Choose a place and a fault, and press Break.",
            ),
            (
                _NOT_SURE,
            ),
        ),
        Situation(
            common.sent,
            Text(ja="サーバー同士のやりとりを追いましょう。", en="Follow what the servers say to each other."),
            (
                Text(
                    ja="返事の遅い故障では、その秒数だけ何も起こりません。",
                    en="Where a server is slow, nothing happens for as many seconds.",
                ),
            ),
        ),
        Situation(
            _broke,
            Text(ja="こわれました。「送信」を押して、何が起こるか見てみましょう。", en="It is broken. Press Send and watch."),
            (
                Text(
                    ja="宛先はこのままでかまいません。こわしたものは「いまこわれているもの」に並びます。",
                    en="The address is right. What you have broken is listed under “Broken now”.",
                ),
            ),
        ),
        Situation(
            common.predicted,
            Text(
                ja="「こわす」で場所と故障を選び、「起こす」を押しましょう。",
                en="Choose a place and a fault, and press Break.",
            ),
            (
                Text(
                    ja="どれを選んでも、元に戻せます。「直す」か「元に戻す」を押せば済みます。",
                    en="You can take anything back, with Mend or with Undo.",
                ),
                _NOT_SURE,
            ),
        ),
        Situation(common.always, common.MOVE_PREDICT, common.HINTS_PREDICT),
    ),
    explain=Text(
        ja="故障に当たるたびに、差出人側のサーバーは同じことをしました。メールを預かったまま控えを取り、間隔をあけて試し直したのです。相手が「預かりました」と答えるまで、メールは差出人側にあります。だから、途中で接続が切れても失われず、2 通にもなりません。\n\nどの故障なのか、差出人側のサーバーにはわかりません。わかるのは、返事が 4 で始まったか、返事がなかったかだけです。それでも、あとで試し直すにはそれで足ります。\n\n受け取る側のサーバーは 2 台あり、DNS は 2 台を同じ優先順位（10）で答えます。差出人側のサーバーはどちらかを偶然で選び、つながらなければもう 1 台へ行きます。1 台が故障しても届いたのは、そのためです。ただし、あいさつが済んだあと、差出人や宛先を聞いた相手が 4 で始まる返事をしたら、もう 1 台には行かずに待ちます。",
        en="Whatever the fault was, the sender’s server did the same: it kept the message, made a note, and tried again later. Until the other side has said that it has the message, the sender’s side has it. So a connection that breaks loses nothing, and makes no second copy.\n\nThe sender’s server does not know what is wrong. It knows that the reply began with 4, or that there was none, and to try again later that is enough.\n\nThe recipient has two servers, and the DNS gives both the same preference (10). The sender’s server picks one by chance, and goes to the other if it cannot talk to that one. This is why a message may arrive although one server is broken. But once they have greeted each other, a reply with a 4 to the sender or the recipient is an answer: then it does not go to the other server, and waits.",
    ),
    solution=(
        ("predict", {"choice": "waits"}),
        ("break", {"place": f"mx2.{DOMAIN}", "do": "down"}),
        ("break", {"place": f"mx1.{DOMAIN}", "do": "disk-full", "at": "rcpt", "times": "1"}),
        ("send", {"to": RECIPIENT}),
        ("wait_deferred", {}),
        ("advance", {"seconds": HOUR}),
        ("wait_delivery", {}),
    ),
    wrong=(
        # nothing is broken
        (("send", {"to": RECIPIENT}), ("wait_delivery", {})),
        # it still waits
        (
            ("break", {"place": "dns", "do": "servfail"}),
            ("send", {"to": RECIPIENT}),
            ("wait_deferred", {}),
            ("advance", {"seconds": HOUR}),
            ("wait_deferred", {"count": 2}),
        ),
        # one of two is broken: the other takes it at once
        (
            ("break", {"place": f"mx2.{DOMAIN}", "do": "down"}),
            ("send", {"to": RECIPIENT}),
            ("wait_delivery", {}),
        ),
        # the server mended, another message sent
        (
            ("break", {"place": "all", "do": "unavailable"}),
            ("send", {"to": RECIPIENT}),
            ("wait_deferred", {}),
            ("mend_all", {}),
            ("send", {"to": RECIPIENT}),
            ("wait_delivery", {}),
        ),
        # another cause
        (
            ("break", {"place": "all", "do": "drop"}),
            ("send", {"to": "recipient@no-such.invalid"}),
            ("wait_bounce", {}),
        ),
    ),
)  # fmt: skip
