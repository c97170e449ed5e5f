"""smtp-by-hand: a message is sent by typing the commands of SMTP."""

from __future__ import annotations

from ..locale import Text
from . import by_hand
from . import correction as common
from .by_hand import RECIPIENT, SENDER
from .console import ByHand, Place
from .experiment import Draft, Experiment, Prediction, Situation, Step
from .facts import Facts

DEVICE = f"pc/{SENDER}"


def arrived(facts: Facts) -> bool:
    """A message that was handed over by hand lies in the recipient's mailbox: the goal."""
    return any((sent.queue_id, RECIPIENT) in facts.stored for sent in facts.sent)


def _handed_over(facts: Facts) -> bool:
    """The server has taken a letter."""
    return bool(facts.sent)


def _elsewhere(facts: Facts) -> bool:
    """A letter was taken that is for somebody else."""
    return bool(facts.sent) and all(RECIPIENT not in sent.recipients for sent in facts.sent)


def _at_port_25(facts: Facts) -> bool:
    return by_hand.is_open(facts) and bool(by_hand.here(facts)) and by_hand.here(facts)[-1].port == 25


def _fresh_transaction(facts: Facts, *commands: str) -> bool:
    """One of these was accepted since the last letter or RSET on the open connection."""
    here = by_hand.here(facts)
    ends = [n for n, one in enumerate(here) if one.ok and (one.content or one.is_("RSET", "EHLO", "HELO"))]
    return by_hand.is_open(facts) and any(
        one.ok and one.is_(*commands) for one in here[ends[-1] if ends else 0 :]
    )


_PASSWORD = Text(
    ja="「合言葉を作る」を開くと、ユーザー ID とパスワードから `AUTH PLAIN` の合言葉を作れます。",
    en="“Make the word” turns user ID and password into the word that follows `AUTH PLAIN`.",
)

SMTP_BY_HAND = Experiment(
    id="smtp-by-hand",
    group="tutorial",
    chapter="02-1-smtp",
    rfc="RFC 5321 sections 3.1 to 3.3 and 4.1.1, RFC 6409 section 4.3, RFC 4954 section 4",
    world="by-hand",
    title=Text(ja="SMTP を手で話す", en="Speak SMTP by hand"),
    question=Text(
        ja="メールソフトの代わりに、あなたがサーバーと話します。手紙の本文を渡したあと、サーバーは何を合図に「ここで終わり」と知るでしょう。",
        en="You take the mail program’s place and talk to the server yourself. Once you hand over the letter, how does the server know where it ends?",
    ),
    predictions=(
        Prediction(
            "quit",
            Text(ja="QUIT という命令", en="By the command QUIT"),
            Text(
                ja="QUIT は会話を終える命令です。手紙を渡している途中に書けば、手紙の 1 行になってしまいます。",
                en="QUIT ends the conversation. Typed in the middle of a letter, it becomes a line of the letter.",
            ),
        ),
        Prediction(
            "dot",
            Text(ja="ピリオドだけの行", en="By a line with nothing but a full stop"),
            Text(
                ja="ピリオドだけの行が終わりの印です。手紙の中にそういう行があるときは、メールソフトがピリオドを一つ足して送り、受け取った側が外します。",
                en="A lone full stop ends the letter. Where a letter has such a line itself, the mail program adds a second full stop, and the receiving side takes it away again.",
            ),
            right=True,
        ),
        Prediction(
            "empty",
            Text(ja="空の行", en="By an empty line"),
            Text(
                ja="空の行は、ヘッダーと本文の境目です。本文の中にも自由に書けます。",
                en="An empty line parts the headers from the text, and the text may have as many as it likes.",
            ),
        ),
        Prediction(
            "silence",
            Text(ja="しばらく何も送られてこないこと", en="By a pause, when nothing more comes"),
            Text(
                ja="サーバーは続きを待ちつづけます。何分も黙っていれば、届けるのではなく、接続を切ります。",
                en="The server waits for more. After minutes of silence it does not deliver but hangs up.",
            ),
        ),
    ),
    draft=Draft(
        DEVICE,
        RECIPIENT,
        Text(ja="手で送ったメール", en="Sent by hand"),
        Text(ja="SMTP の命令を自分で打って送りました。", en="I typed the commands of SMTP myself."),
    ),
    other=RECIPIENT,
    consoles=(
        ByHand(
            DEVICE,
            (
                Place("mx.tsubame.example", 587, "smtp"),
                Place("mx.hibari.example", 25, "smtp"),
                Place("mx.tsubame.example", 465, "smtp"),
            ),
        ),
    ),
    steps=(
        Step("predict", common.STEP_PREDICT, lambda facts: common.predicted(facts) or bool(facts.spoken)),
        Step(
            "ehlo",
            Text(ja="名乗る（EHLO）", en="Introduce yourself (EHLO)"),
            lambda facts: by_hand.done(facts, "EHLO", "HELO"),
        ),
        Step(
            "envelope",
            Text(ja="封筒を書く（MAIL、RCPT）", en="Write the envelope (MAIL, RCPT)"),
            lambda facts: by_hand.done(facts, "MAIL") and by_hand.done(facts, "RCPT"),
        ),
        Step(
            "letter",
            Text(ja="手紙を渡す（DATA）", en="Hand over the letter (DATA)"),
            _handed_over,
        ),
        Step("arrive", Text(ja="相手に届く", en="It arrives"), arrived),
    ),
    goal=arrived,
    situations=(
        Situation(
            lambda facts: arrived(facts) and by_hand.is_open(facts) and not by_hand.done(facts, "QUIT"),
            Text(
                ja="届きました。終わりに `QUIT` とあいさつして、会話を閉じましょう。",
                en="It has arrived. Now say `QUIT`, and end the conversation politely.",
            ),
            (
                Text(
                    ja="このまま、もう 1 通を `MAIL FROM` から始めることもできます。",
                    en="You could also begin another message with `MAIL FROM`.",
                ),
                Text(
                    ja="わざと順番をまちがえて、サーバーが何と答えるかを見るのもよい練習です。",
                    en="Or get the order wrong on purpose, and see what the server says.",
                ),
            ),
        ),
        Situation(
            arrived,
            Text(
                ja="あなたが打った命令だけで、メールが届きました。下の説明も読んでみてください。",
                en="The commands that you typed were all it took. The explanation is below.",
            ),
            (
                Text(
                    ja="もう一度つないで、相手の会社のサーバー（ポート 25）に直接話してみましょう。サインインは求められません。",
                    en="Connect once more, to port 25 of the other company’s server. It asks for no password.",
                ),
            ),
        ),
        Situation(
            _elsewhere,
            Text(
                ja=f"手紙は預けられましたが、宛先が違います。もう 1 通、{RECIPIENT} に送ってください。",
                en=f"The server took the letter, but it is for somebody else. Send one to {RECIPIENT}.",
            ),
            (
                Text(
                    ja="宛先を決めるのは、手紙の `To:` ではなく、封筒の `RCPT TO` です。",
                    en="Where it goes is decided by `RCPT TO` on the envelope, not by `To:` in the letter.",
                ),
                Text(ja=f"`RCPT TO:<{RECIPIENT}>` と書きます。", en=f"Type `RCPT TO:<{RECIPIENT}>`."),
            ),
        ),
        Situation(
            _handed_over,
            Text(
                ja="サーバーが手紙を預かりました。ここから先はサーバーの仕事です。地図で行き先を見てください。",
                en="The server has taken the letter, and the rest is its business. Follow the map.",
            ),
            (
                Text(
                    ja="250 のあとの `queued as` は、「配送待ちの列に入れた」という意味です。",
                    en="`queued as` after 250 says that it is in the queue for delivery.",
                ),
            ),
        ),
        Situation(
            by_hand.last_refused,
            Text(
                ja="断られましたが、会話は続いています。返事の数字と、その下の説明を読んでください。",
                en="That was refused, but the conversation goes on. Read the number, and what it means.",
            ),
            (
                Text(
                    ja="断られた行の下に、どうして断られたかが書いてあります。",
                    en="Below the refusal stands why.",
                ),
                Text(
                    ja="「いま言えること」のいちばん上が、いつもの次の一手です。",
                    en="The first of “What fits now” is the usual next line.",
                ),
            ),
        ),
        Situation(
            lambda facts: _fresh_transaction(facts, "DATA"),
            Text(
                ja="手紙を渡しましょう。ヘッダー、空の行、本文、最後にピリオドだけの行です。",
                en="Hand over the letter: headers, an empty line, the text, and at last a line with nothing but a full stop.",
            ),
            (
                Text(
                    ja="サーバーは、ピリオドだけの行が来るまで何も答えません。",
                    en="The server says nothing until a line comes with nothing but a full stop.",
                ),
                Text(
                    ja="「いま言えること」から手紙の見本を入れられます。",
                    en="“What fits now” has a letter ready.",
                ),
            ),
        ),
        Situation(
            lambda facts: _fresh_transaction(facts, "RCPT"),
            Text(
                ja="封筒ができました。`DATA` で、手紙を渡したいと伝えます。",
                en="The envelope is done. `DATA` asks to hand over the letter.",
            ),
            (Text(ja="`DATA` とだけ書いて送ります。", en="Type `DATA` and nothing else."),),
        ),
        Situation(
            lambda facts: _fresh_transaction(facts, "MAIL"),
            Text(
                ja="つぎは宛先です。`RCPT TO:<アドレス>` と書きます。",
                en="Now the recipient: `RCPT TO:<address>`.",
            ),
            (
                Text(ja="アドレスは < と > で囲みます。", en="The address stands between < and >."),
                Text(ja=f"`RCPT TO:<{RECIPIENT}>` と書きます。", en=f"Type `RCPT TO:<{RECIPIENT}>`."),
            ),
        ),
        Situation(
            lambda facts: (
                _fresh_transaction(facts, "AUTH") or (_at_port_25(facts) and by_hand.done(facts, "EHLO"))
            ),
            Text(
                ja="封筒を書きましょう。まず差出人を `MAIL FROM:<アドレス>` で告げます。",
                en="Now the envelope. First the sender: `MAIL FROM:<address>`.",
            ),
            (
                Text(
                    ja="封筒の差出人は、届かなかったときに知らせが戻る先です。",
                    en="The sender on the envelope is where a bounce would go.",
                ),
                Text(ja=f"`MAIL FROM:<{SENDER}>` と書きます。", en=f"Type `MAIL FROM:<{SENDER}>`."),
            ),
        ),
        Situation(
            lambda facts: _fresh_transaction(facts, "EHLO", "HELO"),
            Text(
                ja="サーバーは、サインインした人からだけメールを預かります。`AUTH PLAIN` で本人だと示しましょう。",
                en="The server takes mail only from people who sign in. Show who you are by `AUTH PLAIN`.",
            ),
            (
                Text(
                    ja="EHLO の返事にあった `AUTH PLAIN LOGIN` が、使える方式の一覧です。",
                    en="The answer to EHLO had `AUTH PLAIN LOGIN`: the ways to sign in.",
                ),
                _PASSWORD,
            ),
        ),
        Situation(
            by_hand.is_open,
            Text(
                ja="サーバーが先に 220 と名乗りました。`EHLO` と自分の名前を返しましょう。",
                en="The server spoke first: 220. Answer with `EHLO` and your own name.",
            ),
            (
                Text(
                    ja="SMTP の会話は、かならず `EHLO` から始まります。",
                    en="A conversation in SMTP always begins with `EHLO`.",
                ),
                Text(
                    ja="`EHLO pc.sender.tsubame.example` と書きます。",
                    en="Type `EHLO pc.sender.tsubame.example`.",
                ),
            ),
        ),
        Situation(
            lambda facts: common.predicted(facts) or bool(facts.dialled),
            Text(
                ja="「つなぐ」を押して、自分の会社のサーバーと話しはじめましょう。",
                en="Press Connect, and begin to talk to your own company’s server.",
            ),
            (
                Text(
                    ja="ポート 587 は、メールを出す人のための入口です。",
                    en="Port 587 is where people hand in their mail.",
                ),
                Text(
                    ja="つながると、サーバーのほうから先に話しかけてきます。",
                    en="Once you are connected, it is the server that speaks first.",
                ),
            ),
        ),
        Situation(
            common.always,
            Text(ja="まず、予想を一つ選んでください。", en="First, make a guess."),
            (
                Text(
                    ja="当たらなくてかまいません。理由を一つ思い浮かべてみてください。",
                    en="It need not be right. Just think of a reason.",
                ),
            ),
        ),
    ),
    explain=Text(
        ja="あなたは、メールソフトが「送信」のたびにしていることを、そのまま手でしました。`EHLO` で名乗り、`AUTH` で本人だと示し、`MAIL FROM` と `RCPT TO` で封筒を書き、`DATA` で手紙を渡しました。\n\n封筒と手紙は別のものです。サーバーが読んで運ぶのは封筒だけで、手紙の `From:` や `To:` は見ていません。だから、宛先を手紙に書き忘れても届き、封筒に書かなければ届きません。\n\n最後の 250 が引き受けの印です。そのあとサーバーは、DNS で届け先を調べ、こんどは自分が話し手になって、同じ SMTP で相手のサーバーに渡しました。",
        en="You did by hand what a mail program does whenever you press Send: you introduced yourself (`EHLO`), signed in (`AUTH`), wrote the envelope (`MAIL FROM`, `RCPT TO`) and handed over the letter (`DATA`).\n\nEnvelope and letter are two things. A server reads the envelope and carries the letter by it; it does not look at `From:` and `To:` inside. A letter without a `To:` arrives all the same, and one without `RCPT TO` goes nowhere.\n\nThe last 250 says that the server answers for it from here on. It then asked the DNS where to go, and spoke SMTP itself, this time to the other company’s server.",
    ),
    judged=_handed_over,
    solution=(
        ("predict", {"choice": "dot"}),
        ("dial", {}),
        ("say", {"text": "EHLO pc.sender.tsubame.example"}),
        ("say", {"text": "AUTH PLAIN AHNlbmRlckB0c3ViYW1lLmV4YW1wbGUAdHN1YmFtZS0yMDI2"}),
        ("say", {"text": f"MAIL FROM:<{SENDER}>"}),
        ("say", {"text": f"RCPT TO:<{RECIPIENT}>"}),
        ("say", {"text": "DATA"}),
        ("say", {"text": f"From: <{SENDER}>\nTo: <{RECIPIENT}>\nSubject: By hand\n\nHello."}),
        ("say", {"text": "."}),
        ("wait_delivery", {}),
        ("wait_arrival", {}),
        ("say", {"text": "QUIT"}),
    ),
    wrong=(
        (
            ("dial", {}),
            ("say", {"text": f"MAIL FROM:<{SENDER}>"}),
            ("say", {"text": f"RCPT TO:<{RECIPIENT}>"}),
            ("say", {"text": "DATA"}),
            ("say", {"text": "Subject: nothing"}),
        ),
        (
            ("dial", {}),
            ("say", {"text": "EHLO pc"}),
            ("say", {"text": "AUTH PLAIN AHNlbmRlckB0c3ViYW1lLmV4YW1wbGUAdHN1YmFtZS0yMDI2"}),
            ("say", {"text": f"MAIL FROM:<{SENDER}>"}),
            ("say", {"text": f"RCPT TO:<{RECIPIENT}>"}),
            ("say", {"text": "DATA"}),
            ("say", {"text": f"To: <{RECIPIENT}>\nSubject: the dot is missing\n\nQUIT"}),
            ("hang_up", {}),
        ),
        (
            ("dial", {}),
            ("say", {"text": "EHLO pc"}),
            ("say", {"text": "AUTH PLAIN AHNlbmRlckB0c3ViYW1lLmV4YW1wbGUAdHN1YmFtZS0yMDI2"}),
            ("say", {"text": f"MAIL FROM:<{SENDER}>"}),
            ("say", {"text": "RCPT TO:<somebody@hibari.example>"}),
            ("say", {"text": "DATA"}),
            ("say", {"text": f"To: <{RECIPIENT}>\n\nOnly in the letter.\n."}),
            ("wait_bounce", {}),
        ),
    ),
)
