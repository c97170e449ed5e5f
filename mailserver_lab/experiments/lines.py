"""What a line of a dialogue means, for a reader who sees it for the first time."""

from __future__ import annotations

import re
from typing import Any

from ..dsn.read import meaning
from ..locale import Text
from .addresses import megabytes


def explain(protocol: str, side: str | None, text: str, parsed: dict[str, Any]) -> Text | None:
    """The meaning of a line, or None where there is nothing to say that the line does not say itself.

    Args:
        protocol: smtp, imap, pop3, dns or http.
        side: who spoke, client or server.
        text: the line.
        parsed: what the record knows of it.
    """
    if protocol == "smtp":
        return _smtp_command(text) if side == "client" else _smtp_reply(text, parsed)
    rules = {
        "imap": (_IMAP_CLIENT, _IMAP_SERVER),
        "pop3": (_POP3_CLIENT, _POP3_SERVER),
        "dns": (_DNS_QUESTION, _DNS_ANSWER),
        "http": (_HTTP_CLIENT, _HTTP_SERVER),
    }.get(protocol)
    if rules is None:
        return None
    if side == "client":
        return _first(rules[0], text) or _first(_FOREIGN, text)
    return _first(rules[1], text)


def handed(protocol: str) -> Text:
    """What was handed over in one piece, a message or a page."""
    if protocol == "http":
        return Text(
            ja="頼んだものの中身です。ブラウザーは、これをページとして表示します。",
            en="What was asked for. A browser would show it as a page.",
        )
    return Text(ja="メールの中身です。", en="The message itself.")


def content(protocol: str, size: int) -> Text:
    """The same, with its size and, for a message, how it is built."""
    if protocol == "http":
        said = handed(protocol)
        return Text(ja=f"{said.ja}{size:,} バイトです。", en=f"{said.en} It has {size:,} bytes.")
    return Text(
        ja=f"メールの中身です（{size:,} バイト）。見出し（ヘッダー）、空行、本文の順に並びます。",
        en=f"The message itself ({size:,} bytes): headers, an empty line, the body.",
    )


def _first(rules: tuple[tuple[str, Text], ...], text: str) -> Text | None:
    return next((meaning for pattern, meaning in rules if re.match(pattern, text, re.IGNORECASE)), None)


def _smtp_command(text: str) -> Text | None:
    meant = _first(_COMMANDS, text) or _first(_FOREIGN, text)
    size = re.match(r"MAIL FROM:.* SIZE=(\d{6,15})\b", text, re.IGNORECASE)
    if meant is None or size is None:
        return meant
    told = megabytes(int(size[1]))
    return Text(
        ja=f"{meant.ja}ここでは約 {told}。大きすぎるなら、サーバーは中身を受け取る前に断れます（RFC 1870）。",
        en=f"{meant.en} Here it has about {told}; a server to whom that is too much can refuse before it takes the message itself (RFC 1870).",
    )


def _smtp_reply(text: str, parsed: dict[str, Any]) -> Text | None:
    code, status = parsed.get("reply"), parsed.get("status")
    if code is None:
        return None
    if code < 400 and (text[3:4] == "-" or (code == 250 and status is None)):
        return _first(_OFFERS, text[4:])
    if code == 421:
        return Text(
            ja="421 は、サーバーがここで接続を切るという知らせです。",
            en="421 says that the server is about to hang up.",
        )
    if code >= 400:
        head = Text(ja=f"{text[:3]} は断りの返事です。", en=f"{text[:3]} is a refusal.")
        said = _REFUSALS.get(str(status).partition(".")[2]) or Text(
            ja="4 で始まれば「今は無理」、5 で始まれば「送り直しても同じ」です。",
            en="4 says: not now. 5 says: never, as it is.",
        )
        code_means = meaning(status) if status else Text("", "")
        return Text(
            ja=f"{head.ja}{said.ja}{code_means.ja}",
            en=" ".join(part for part in (head.en, said.en, code_means.en) if part),
        )
    return _first(_REPLIES, text)


_COMMANDS = (
    (r"EHLO|HELO", Text(ja="あいさつです。名乗ったうえで、サーバーが何に対応しているかを尋ねます。", en="A greeting: the client says its name and asks what the server can do.")),
    (r"STARTTLS", Text(ja="ここから先を暗号化しようという申し出です。", en="An offer to encrypt everything from here on.")),
    (r"AUTH", Text(ja="ユーザー ID とパスワードで本人だと示します。パスワードは記録では *** に置き換えてあります。", en="The client signs in. The record shows *** in place of the password.")),
    (r"MAIL FROM:<>", Text(ja="空の差出人（リバースパス）です。エラーメールの印で、これに対するエラーメールは作られません。", en="The empty reverse-path: the mark of a bounce. Nothing is ever bounced in reply to it.")),
    (r"MAIL", Text(ja="封筒の差出人（リバースパス）を告げます。届かなかったときの知らせは、ここへ送られます。SIZE= はメールの大きさです。", en="The sender on the envelope (the reverse-path): where a bounce would go. SIZE= tells how large the message is.")),
    (r"RCPT", Text(ja="封筒の宛先を告げます。その人がいるかどうかを、受信側のサーバーはここで確かめます。", en="The recipient on the envelope. This is where the receiving server checks whether that person exists.")),
    (r"DATA", Text(ja="封筒は済んだので、メールの中身を送りたい、と伝えます。", en="The envelope is done; the client asks to send the message itself.")),
    (r"RSET", Text(ja="ここまでの封筒を取り消します。", en="Forget the envelope so far.")),
    (r"NOOP", Text(ja="何もしません。サーバーが聞いているかどうかがわかります。", en="Nothing is to be done. The answer shows that the server listens.")),
    (r"HELP", Text(ja="使える命令を尋ねます。", en="The client asks which commands there are.")),
    (r"QUIT", Text(ja="終わりのあいさつです。", en="Goodbye.")),
    (r"\*\*\*", Text(ja="パスワードなどの秘密です。記録には残しません。", en="A secret, a password for one. The record does not keep it.")),
)  # fmt: skip
_OFFERS = (
    (r"PIPELINING", Text(ja="返事を待たずに、次の命令をまとめて送ってよい、という意味です。この本の実験では、読みやすいように一つずつ返事を待ちます。", en="Commands may be sent without waiting for each answer. In this book’s experiments each one waits, which is easier to read.")),
    (r"SIZE", Text(ja="受け取れるメールの大きさの上限です（バイト）。", en="The largest message it takes, in bytes.")),
    (r"8BITMIME", Text(ja="日本語などの 8 ビットの文字を、そのまま送れます。", en="Text beyond plain ASCII may be sent as it is.")),
    (r"SMTPUTF8", Text(ja="日本語などを含むメールアドレスも扱えます。", en="Addresses beyond plain ASCII are understood too.")),
    (r"ENHANCEDSTATUSCODES", Text(ja="返事に 5.1.1 のようなくわしい番号（拡張ステータスコード）を付けます。", en="Replies carry a finer number such as 5.1.1, the enhanced status code.")),
    (r"DSN", Text(ja="届いたか届かなかったかの通知について、細かい注文ができます。", en="The client may say which notices about delivery it wants.")),
    (r"STARTTLS", Text(ja="途中から暗号化に切り替えられます。", en="The connection can be switched to encryption.")),
    (r"AUTH", Text(ja="使えるサインインの方式です。", en="The ways to sign in.")),
    (r"[\w.-]+$", Text(ja="サーバーが名乗りました。続く行は、対応している機能の一覧です。", en="The server's name. The lines that follow list what it can do.")),
)  # fmt: skip
_REPLIES = (
    (r"220 .*TLS", Text(ja="暗号化を始めてよい、という返事です。", en="Go ahead with encryption.")),
    (r"220", Text(ja="サーバーのほうから先に名乗ります。220 は「どうぞ」という合図です。", en="The server speaks first. 220 means: I am listening.")),
    (r"221", Text(ja="サーバーも終わりのあいさつを返しました。", en="The server says goodbye too.")),
    (r"235", Text(ja="サインインに成功しました。", en="Signed in.")),
    (r"250 2\.1\.0", Text(ja="差出人を受け付けました。", en="The sender is accepted.")),
    (r"250 2\.1\.5", Text(ja="宛先を受け付けました。", en="The recipient is accepted.")),
    (r"250 2\.0\.0 queued as", Text(ja="このメールを確かに預かりました。ここから先は、このサーバーの責任です。", en="The server has the message, and answers for it from here on.")),
    (r"334", Text(ja="続きをどうぞ、という返事です。", en="Go on.")),
    (r"354", Text(ja="中身をどうぞ。ピリオドだけの行が終わりの印です。", en="Send the message. A line with nothing but a full stop ends it.")),
    (r"2", Text(ja="2 で始まる返事は「うまくいった」という意味です。", en="A reply that begins with 2 means: done.")),
)  # fmt: skip
_REFUSALS = {
    "1.1": Text(
        ja="このサーバーの名簿に、@ の左側の名前がありません。",
        en="The name before the @ is not on this server's list of users.",
    ),
    "1.2": Text(ja="@ の右側のドメインが存在しません。", en="The domain after the @ does not exist."),
    "1.10": Text(ja="宛先のユーザーが見つかりません。", en="There is no such recipient."),
    "2.2": Text(
        ja="宛先のメールボックスに空きがありません。", en="There is no room left in the recipient's mailbox."
    ),
    "3.4": Text(
        ja="メールの大きさが、このサーバーの上限を超えています。かっこの中がその上限（バイト）です。",
        en="The message is larger than this server takes. The number in parentheses is its limit, in bytes.",
    ),
    "7.0": Text(ja="先にサインインが必要です。", en="Sign in first."),
    "7.1": Text(ja="このサーバーでは許されていません。", en="This server does not allow it."),
    "7.8": Text(ja="ユーザー ID かパスワードが違います。", en="The user ID or the password is wrong."),
}
_IMAP_CLIENT = (
    (r"\S+ CAPABILITY", Text(ja="サーバーに、何ができるかを尋ねます。", en="The client asks what the server can do.")),
    (r"\S+ LOGIN", Text(ja="ユーザー ID とパスワードでサインインします。パスワードは *** に置き換えてあります。", en="The client signs in. The record shows *** in place of the password.")),
    (r"\S+ AUTHENTICATE", Text(ja="サインインします。", en="The client signs in.")),
    (r"\S+ SELECT", Text(ja="受信トレイ（INBOX）を開きます。", en="The client opens the inbox (INBOX).")),
    (r"\S+ UID FETCH \S+ \(UID FLAGS\)", Text(ja="まだ知らない番号のメールがあるかどうかを尋ねます。", en="The client asks which messages there are that it does not know yet.")),
    (r"\S+ UID FETCH", Text(ja="まだ持っていないメールを取り寄せます。IMAP では、メールの本体はサーバーに残ります。", en="The client fetches what it does not have yet. With IMAP, the messages stay on the server.")),
    (r"\S+ UID STORE", Text(ja="メールに印（フラグ）を付けます。\\Seen は「読んだ」という印です。", en="The client sets a flag. \\Seen means: read.")),
    (r"\S+ LIST", Text(ja="フォルダーの一覧を尋ねます。", en="The client asks which folders there are.")),
    (r"\S+ EXAMINE", Text(ja="受信トレイを、読むためだけに開きます。", en="The client opens the inbox for reading only.")),
    (r"\S+ FETCH \S+ \(?FLAGS\)?$", Text(ja="そのメールに付いている印（フラグ）を尋ねます。", en="The client asks which flags that message has.")),
    (r"\S+ FETCH", Text(ja="その番号のメールから、かっこの中に書いたものだけを取り寄せます。", en="The client fetches, of the message of that number, what the brackets name.")),
    (r"\S+ STORE", Text(ja="メールに印（フラグ）を付けます。印はサーバーに残ります。", en="The client changes flags. They are kept on the server.")),
    (r"\S+ IDLE", Text(ja="「ここからは黙って待つので、変わったことがあれば教えてください」という頼みです。", en="From here on the client says nothing. If anything changes, the server is to tell.")),
    (r"DONE", Text(ja="待つのをやめます。", en="The client stops waiting.")),
    (r"\S+ LOGOUT", Text(ja="終わりのあいさつです。", en="Goodbye.")),
)  # fmt: skip
_IMAP_SERVER = (
    (r"\* LIST", Text(ja="フォルダーが一つあります。最後の言葉がその名前です。", en="One folder; the last word is its name.")),
    (r"\* \d+ FETCH \(FLAGS \([^)]*\)\)$", Text(ja="そのメールに付いている印（フラグ）です。", en="The flags that this message has.")),
    (r"\* \d+ EXISTS", Text(ja="受信トレイにあるメールの数です。", en="How many messages are in the inbox.")),
    (r"\* \d+ RECENT", Text(ja="前に開いてから新しく届いた数です。", en="How many came since the inbox was last opened.")),
    (r"\* FLAGS|\* OK \[PERMANENTFLAGS", Text(ja="付けられる印（フラグ）の一覧です。", en="The flags that messages can have.")),
    (r"\* OK \[UIDVALIDITY", Text(ja="メールの通し番号（UID）が、前と同じ意味かどうかを示す番号です。", en="Tells whether message numbers (UIDs) mean the same as last time.")),
    (r"\* OK \[UIDNEXT", Text(ja="次に届くメールに付く番号です。", en="The number that the next message will get.")),
    (r"\* \d+ FETCH", Text(ja="取り寄せたメールです。{} の中は大きさ（バイト）です。", en="A fetched message. The number in braces is its size in bytes.")),
    (r"\* CAPABILITY", Text(ja="サーバーができることの一覧です。", en="What the server can do.")),
    (r"\* BYE", Text(ja="サーバーからの終わりのあいさつです。", en="The server says goodbye.")),
    (r"\* OK", Text(ja="サーバーからの知らせです。", en="Something the server wants to say.")),
    (r"\+", Text(ja="待っています、という返事です。変わったことがあれば、聞かれなくても知らせます。", en="The server is listening. If anything changes, it will say so unasked.")),
    (r"\S+ NO \[AUTHENTICATIONFAILED\]", Text(ja="断りの返事です。ユーザー ID とパスワードの組み合わせが違います。どちらが違うかは言いません。", en="A refusal: the user ID and the password do not match. It does not say which one is wrong.")),
    (r"\S+ OK", Text(ja="頼んだことが終わりました。先頭の文字は、どの頼みへの返事かを示します。", en="Done. The tag in front says which command this answers.")),
    (r"\S+ (NO|BAD)", Text(ja="断りの返事です。", en="A refusal.")),
)  # fmt: skip
_POP3_CLIENT = (
    (r"USER", Text(ja="ユーザー ID を告げます。", en="The client says who it is.")),
    (r"PASS", Text(ja="パスワードを見せます。記録では *** に置き換えてあります。", en="The password. The record shows *** in its place.")),
    (r"CAPA", Text(ja="サーバーに、何ができるかを尋ねます。", en="The client asks what the server can do.")),
    (r"STAT", Text(ja="メールが何通あり、合わせて何バイトかを尋ねます。", en="The client asks how many messages there are, and how large they are together.")),
    (r"LIST", Text(ja="1 通ずつの番号と大きさを尋ねます。", en="The client asks for the number and the size of each message.")),
    (r"UIDL", Text(ja="メールごとに変わらない名前（UIDL）を尋ねます。どれが新しいかは、これでわかります。", en="The client asks for each message’s lasting name (UIDL), to see which ones are new.")),
    (r"RETR", Text(ja="その番号のメールを取り寄せます。", en="The client fetches the message of that number.")),
    (r"TOP", Text(ja="その番号のメールの、はじめの部分だけを取り寄せます。", en="The client fetches the beginning of that message.")),
    (r"DELE", Text(ja="その番号のメールに、消す印を付けます。消えるのは QUIT のあとです。", en="The client marks that message for removal. It goes after QUIT.")),
    (r"RSET", Text(ja="消す印をすべて外します。", en="The client takes all the marks away.")),
    (r"QUIT", Text(ja="終わりのあいさつです。", en="Goodbye.")),
)  # fmt: skip
_POP3_SERVER = (
    (
        r"-ERR \[AUTH\]",
        Text(
            ja="断りの返事です。ユーザー ID とパスワードの組み合わせが違います。どちらが違うかは言いません。",
            en="A refusal: the user ID and the password do not match. It does not say which one is wrong.",
        ),
    ),
    (
        r"\+OK .* ready",
        Text(
            ja="サーバーのほうから先に名乗ります。+OK は「どうぞ」という合図です。",
            en="The server speaks first. +OK means: I am listening.",
        ),
    ),
    (
        r"\+OK Mailbox open",
        Text(
            ja="サインインに成功しました。続く数は、メールの数と合計の大きさ（バイト）です。",
            en="Signed in. The numbers tell how many messages there are, and how large they are together.",
        ),
    ),
    (
        r"\+OK Message \d+ marked",
        Text(
            ja="消す印が付きました。メールはまだサーバーにあります。",
            en="It is marked. The message is still on the server.",
        ),
    ),
    (
        r"\+OK .* closing, \d+ removed",
        Text(
            ja="印の付いたメールを消して、終わりのあいさつを返しました。数は、消したメールの数です。",
            en="The server has removed what was marked, and says goodbye. The number tells how many.",
        ),
    ),
    (r"\+OK .* closing", Text(ja="サーバーも終わりのあいさつを返しました。", en="The server says goodbye too.")),
    (
        r"\+OK \d+ octets",
        Text(
            ja="このあとにメールが続きます。数は大きさ（バイト）です。",
            en="The message follows. The number is its size in bytes.",
        ),
    ),
    (
        r"\+OK \d+ \d+$",
        Text(
            ja="メールの数と、合計の大きさ（バイト）です。",
            en="How many messages there are, and how large they are together, in bytes.",
        ),
    ),
    (
        r"\d+ \d+$",
        Text(ja="メールの番号と、大きさ（バイト）です。", en="A message’s number, and its size in bytes."),
    ),
    (
        r"\d+ \S+$",
        Text(ja="メールの番号と、変わらない名前です。", en="A message’s number, and its lasting name."),
    ),
    (
        r"\.$",
        Text(
            ja="ピリオドだけの行は、終わりの印です。", en="A line with nothing but a full stop: that was all."
        ),
    ),
    (r"\+OK", Text(ja="うまくいった、という返事です。", en="Done.")),
    (r"-ERR", Text(ja="断りの返事です。", en="A refusal.")),
)  # fmt: skip
_DNS_QUESTION = (
    (r"\S+ MX", Text(ja="「このドメイン宛てのメールは、どのサーバーが受け取りますか」という問い合わせです。", en="Which server takes the mail for this domain?")),
    (r"\S+ A", Text(ja="サーバーの名前から IP アドレスを調べています。", en="Which IP address belongs to this name?")),
)  # fmt: skip
_DNS_ANSWER = (
    (r"NXDOMAIN", Text(ja="「その名前のドメインは存在しません」という答えです（NXDOMAIN）。届け先のサーバーがわからないので、接続には進めません。", en="There is no domain of that name (NXDOMAIN). Without a server to go to, no connection follows.")),
    (r"SERVFAIL", Text(ja="DNS サーバーが、今は答えられないと言っています。", en="The name server cannot answer just now.")),
    (r".* MX (\d+) .* MX \1 ", Text(ja="届け先のサーバーが二つあり、優先順位の数字は同じです。どちらを先に試すかは、送る側が偶然で決めます。一方がだめなら、もう一方へ行きます。", en="Two servers of the same preference. Whoever sends picks one by chance, and goes to the other if that one fails.")),
    (r".* MX ", Text(ja="届け先のサーバーの名前と、その IP アドレスです。数字は優先順位で、小さいほど先に試します。", en="The server's name and its IP address. The number is a preference: the lowest is tried first.")),
)  # fmt: skip
_HTTP_CLIENT = (
    (r"(GET|HEAD) ", Text(ja="ページを一つ頼みます。命令、場所、HTTP の版の順に並びます。", en="A request for one page: the command, the place, and the version of HTTP.")),
    (r"Host:", Text(ja="どのサイトに頼むのかを告げます。1 台の機械に、いくつものサイトがあるかもしれないからです。", en="Which site is meant: one machine may have many.")),
    (r"[\w-]+:", Text(ja="頼みに添えるヘッダーです。", en="A header that goes with the request.")),
)  # fmt: skip
_HTTP_SERVER = (
    (r"HTTP/\S+ 2", Text(ja="うまくいった、という返事です。SMTP と同じで、2 で始まります。", en="Done. As in SMTP, such a reply begins with 2.")),
    (r"HTTP/\S+ 4", Text(ja="断りの返事です。HTTP では、4 で始まれば「頼み方が違う」という意味です。", en="A refusal. In HTTP, 4 says that the request was wrong.")),
    (r"HTTP/\S+ 5", Text(ja="断りの返事です。HTTP では、5 で始まれば「サーバーにはできない」という意味です。", en="A refusal. In HTTP, 5 says that the server cannot do it.")),
    (r"Content-Type:", Text(ja="中身の種類です。メールのヘッダーにも、同じ名前の行があります。", en="What kind of thing follows. Messages have a header of the same name.")),
    (r"Content-Length:", Text(ja="中身の大きさ（バイト）です。", en="How large it is, in bytes.")),
    (r"[\w-]+:", Text(ja="返事に添えられたヘッダーです。", en="A header that goes with the reply.")),
)  # fmt: skip
_FOREIGN = (
    (r"(GET|HEAD|POST) |Host:", Text(ja="HTTP の言葉です。", en="That is HTTP.")),
    (r"(EHLO|HELO|MAIL|RCPT|DATA)\b", Text(ja="SMTP の言葉です。", en="That is SMTP.")),
    (r"(USER|PASS|STAT|LIST|RETR|DELE|UIDL|CAPA)\b", Text(ja="POP3 の言葉です。", en="That is POP3.")),
)  # fmt: skip
"""Words of one protocol, said in another."""
