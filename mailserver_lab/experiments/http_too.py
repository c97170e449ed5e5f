"""http-too: a web page is asked for by typing, as mail is handed over by typing; HTTP is a protocol like the others."""

from __future__ import annotations

from ..locale import Text
from ..web import HOST, PORT
from . import correction as common
from .console import ByHand, Place
from .experiment import Action, Experiment, Prediction, Situation, Step
from .facts import Facts

SENDER, RECIPIENT = "sender@tsubame.example", "recipient@hibari.example"
MAIL_HOST = "mx.tsubame.example"


def _smtp(facts: Facts) -> bool:
    """The mail server has answered a greeting."""
    return any(one.protocol == "smtp" and one.ok and one.is_("EHLO", "HELO") for one in facts.spoken)


def _http(facts: Facts) -> bool:
    """The web server has given what was asked for."""
    return any(one.protocol == "http" and one.heard.startswith("HTTP/1.1 200 ") for one in facts.spoken)


def _wrong_request(facts: Facts) -> bool:
    """The web server has refused a request."""
    return any(
        one.protocol == "http" and one.heard.startswith(("HTTP/1.1 4", "HTTP/1.1 5")) for one in facts.spoken
    )


def goal(facts: Facts) -> bool:
    """Both servers have done what they were asked, each in its own protocol."""
    return _smtp(facts) and _http(facts)


_TO_WEB = Text(
    ja=f"「話す相手」で {HOST} {PORT}（HTTP）を選び、「つなぐ」を押します。",
    en=f"Choose {HOST} {PORT} (HTTP) beside “Talk to”, and press Connect.",
)
_REQUEST = Text(
    ja=f"`GET / HTTP/1.1` を送り、`Host: {HOST}` を送り、最後に何も書かずに送ります。",
    en=f"Send `GET / HTTP/1.1`, then `Host: {HOST}`, and at last an empty line.",
)
_GREETED: tuple[Action, ...] = (("dial", {}), ("say", {"text": "EHLO pc"}))
_TO_HTTP: Action = ("dial", {"place": 1})

HTTP_TOO = Experiment(
    id="http-too",
    group="useful",
    chapter="02-protocols",
    rfc="RFC 9112 sections 2.1, 3, 3.2 and 4",
    world="by-hand",
    title=Text(ja="ウェブのサーバーとも手で話す", en="Speak to a web server too"),
    question=Text(
        ja="メールサーバーとは、文字を 1 行ずつ打てば話せます。ウェブのサーバーとは、どうでしょう。",
        en="You can talk to a mail server by typing lines of text. What about a web server?",
    ),
    predictions=(
        Prediction(
            "browser",
            Text(ja="話せない。ブラウザーが要る", en="No: that takes a browser"),
            Text(
                ja="あなたの打った文字に、サーバーはページを返しました。ブラウザーが送っているのも、同じ文字です。",
                en="The server gave you the page for what you typed. A browser sends the same words.",
            ),
        ),
        Prediction(
            "server-first",
            Text(
                ja="話せる。メールと同じで、サーバーが先に名乗る",
                en="Yes: it greets first, like a mail server",
            ),
            Text(
                ja="ウェブのサーバーは、つないでも黙っていました。HTTP では、頼むほうが先に話します。",
                en="The web server said nothing when you connected. In HTTP, whoever asks speaks first.",
            ),
        ),
        Prediction(
            "client-first",
            Text(ja="話せる。ただし、こちらが先に話す", en="Yes, but you have to speak first"),
            Text(
                ja="HTTP では、頼むほうが先に話します。だれから話すかも、プロトコルが決めることの一つです。",
                en="In HTTP, whoever asks speaks first. Who begins is one of the things that a protocol settles.",
            ),
            right=True,
        ),
        Prediction(
            "encrypted",
            Text(ja="話せない。暗号化されているから", en="No: the web is encrypted"),
            Text(
                ja="`https` は、TLS で暗号化した接続の中で HTTP を話します。言葉そのものは同じです。ここでは `http` なので、そのまま打てました。",
                en="With `https`, HTTP is spoken inside an encrypted connection, and the words are the same. This was `http`, so you could type them as they are.",
            ),
        ),
    ),
    draft=common.draft(RECIPIENT),
    consoles=(ByHand(f"pc/{SENDER}", (Place(MAIL_HOST, 587, "smtp"), Place(HOST, PORT, "http"))),),
    talk_alone=True,
    judged=_http,
    steps=(
        Step("predict", common.STEP_PREDICT, lambda facts: common.predicted(facts) or bool(facts.spoken)),
        Step("smtp", Text(ja="メールサーバーに名乗る（SMTP）", en="Greet the mail server (SMTP)"), _smtp),
        Step("http", Text(ja="ページを頼む（HTTP）", en="Ask for a page (HTTP)"), _http),
    ),
    goal=goal,
    situations=(
        Situation(
            goal,
            Text(
                ja="達成です。下の「これまでの会話」で、二つの会話を比べてみてください。",
                en="Done. Compare the two conversations below.",
            ),
            (
                Text(
                    ja="`GET` の代わりに `HEAD` と頼むと、返事から何がなくなるでしょう。",
                    en="Say `HEAD` for `GET`, and see what is missing from the answer.",
                ),
            ),
        ),
        Situation(
            _http,
            Text(
                ja="ページが返ってきました。比べるために、メールサーバーとも話しましょう。つないで、`EHLO pc` と言います。",
                en="You have the page. To compare, talk to the mail server too: connect, and say `EHLO pc`.",
            ),
            (
                Text(
                    ja=f"「話す相手」で {MAIL_HOST} 587（SMTP）を選び、「つなぐ」を押します。",
                    en=f"Choose {MAIL_HOST} 587 (SMTP) beside “Talk to”, and press Connect.",
                ),
            ),
        ),
        Situation(
            lambda facts: _smtp(facts) and _wrong_request(facts),
            Text(
                ja="サーバーは断って、接続を切りました。これも本物の HTTP の返事です。もう一度つないで、頼み直しましょう。",
                en="The server refused and hung up; that, too, was a genuine reply in HTTP. Connect again, and ask once more.",
            ),
            (
                Text(
                    ja="断った理由は、返事の最後の行に書かれています。",
                    en="The last line of the reply tells why.",
                ),
                _REQUEST,
            ),
        ),
        Situation(
            _smtp,
            Text(
                ja="メールサーバーは、名乗って、返事をしました。こんどはウェブのサーバーにつないで、ページを頼みましょう。頼みは、空の行で終わります。",
                en="The mail server spoke first, and answered. Now connect to the web server, and ask for a page. A request ends with an empty line.",
            ),
            (
                _TO_WEB,
                Text(
                    ja="ウェブのサーバーは、先に名乗りません。あなたから話します。",
                    en="The web server does not greet: you speak first.",
                ),
                _REQUEST,
            ),
        ),
        Situation(
            lambda facts: any(facts.dialled.values()),
            Text(
                ja="メールサーバーに `EHLO pc` と言い、つぎにウェブのサーバーにページを頼みましょう。",
                en="Say `EHLO pc` to the mail server. Then ask the web server for a page.",
            ),
            (
                Text(
                    ja="`EHLO` は、SMTP で名乗る命令です。",
                    en="`EHLO` is how one says who one is in SMTP.",
                ),
                _REQUEST,
            ),
        ),
        Situation(
            lambda facts: common.predicted(facts) or bool(facts.dialled),
            Text(
                ja="まずメールサーバーと話します。「つなぐ」を押してください。",
                en="First talk to the mail server: press Connect.",
            ),
            (
                Text(
                    ja="つながったら、サーバーが先に名乗ります。そのあと `EHLO pc` と言います。",
                    en="Once you are connected, the server speaks. Then say `EHLO pc`.",
                ),
            ),
        ),
        Situation(
            common.always,
            Text(ja="まず、話せるかどうかを予想してください。", en="First, make a guess."),
            common.HINTS_PREDICT,
        ),
    ),
    explain=Text(
        ja="二つの会話はよく似ています。どちらも文字の行で、命令があり、返事は 3 桁の数で始まります。2 で始まれば「うまくいった」。ヘッダーと空行のあとに中身が続くところは、メールの形そのものです。HTTP は、メールの形を手本にして作られました。\n\n違うのは、約束の中身です。SMTP ではサーバーが先に名乗り、会話が続きます。HTTP では頼むほうが先に話し、頼みの終わりを空の行で示し、一つの頼みに一つの返事が返ります。\n\nブラウザーは、ページを開くたびにこの頼みを何十回も送っています。`https` なら TLS の中で、新しい版の HTTP なら短く符号化して送りますが、頼みと返事の意味は変わりません。",
        en="The two conversations are much alike. Both are lines of text; there are commands, and replies with a number of three digits, where a 2 in front means: done. Headers, an empty line, and then the thing itself: that is the form of a message, and HTTP took it from e-mail.\n\nWhat differs is what was agreed on. In SMTP the server speaks first, and a conversation follows. In HTTP whoever asks speaks first, ends the request with an empty line, and gets one answer to it.\n\nYour browser sends dozens of such requests whenever you open a page. With `https` they go inside TLS, and newer versions of HTTP write them in a shorter code, but requests and replies mean the same.",
    ),
    solution=(
        ("predict", {"choice": "client-first"}),
        *_GREETED,
        _TO_HTTP,
        ("say", {"text": "GET / HTTP/1.1"}),
        ("say", {"text": f"Host: {HOST}"}),
        ("say", {"text": ""}),
        ("wait_arrival", {}),
    ),
    wrong=(
        # the request has no end
        (*_GREETED, _TO_HTTP, ("say", {"text": "GET / HTTP/1.1"}), ("say", {"text": f"Host: {HOST}"})),
        # the language of the other server
        (
            *_GREETED,
            ("say", {"text": "GET / HTTP/1.1"}),
            _TO_HTTP,
            ("say", {"text": "EHLO pc"}),
            ("say", {"text": ""}),
        ),
        # a request without its header is answered, and refused
        (*_GREETED, _TO_HTTP, ("say", {"text": "GET / HTTP/1.1"}), ("say", {"text": ""})),
        # the web alone
        (
            _TO_HTTP,
            ("say", {"text": "GET / HTTP/1.1"}),
            ("say", {"text": f"Host: {HOST}"}),
            ("say", {"text": ""}),
            *_GREETED[:1],
            ("say", {"text": "NOOP"}),
        ),
    ),
)
