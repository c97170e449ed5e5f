"""What the POP3 server says to people, beside the codes and numbers that it says to programs.

RFC 1939 §3 allows ASCII alone in a reply, so it is English until the client has asked for another language by LANG
(RFC 6856 §3). Nothing here repeats what the client said: a reply must not carry somebody else's words.
"""

from __future__ import annotations

from mailserver_lab.locale import Lang, Text

#: Each language's own name, for the listing that LANG gives (RFC 6856 §3.2).
NAMES: dict[Lang, str] = {"ja": "日本語", "en": "English"}

# -- what the core refuses
UNKNOWN_COMMAND = Text(ja="そのようなコマンドはありません", en="unknown command")
WRONG_STATE = Text(
    ja="{verb} を使えるのは {allowed} の状態です。今の状態は {state} です",
    en="{verb} needs state {allowed}, but the state is {state}",
)
WRONG_ARITY = Text(ja="{verb} の引数の数が違います", en="wrong number of arguments for {verb}")
LINE_TOO_LONG = Text(
    ja="1 行が長すぎます。上限は {limit} オクテットです", en="line too long: at most {limit} octets"
)
CONTROL = Text(ja="行に制御文字を含めることはできません", en="a line must not contain control characters")
NOT_UTF8 = Text(ja="行は UTF-8 で書いてください", en="a line must be UTF-8")
TLS_ALREADY = Text(ja="すでに TLS で通信しています", en="TLS is already active")
RESPONSE_NOT_BASE64 = Text(ja="応答は Base64 で書いてください", en="a response must be base64")

# -- AUTHORIZATION
CAPABILITIES = Text(ja="使える機能の一覧です", en="Capability list follows")
NOW_THE_PASSWORD = Text(ja="次にパスワードを送ってください", en="Now the password")
OPEN = Text(
    ja="メールボックスを開きました。{count} 通、{size} オクテットあります",
    en="Mailbox open, {count} message(s), {size} octets",
)
WRONG_LOGIN = Text(ja="ユーザー名かパスワードが違います", en="Wrong name or password")
IN_USE = Text(
    ja="このメールボックスは、ほかの接続が開いています。その接続が終わってから、もう一度お試しください",
    en="Another session has this mailbox open; try again when it has ended",
)
CANNOT_OPEN = Text(ja="メールボックスを開けませんでした", en="The mailbox cannot be opened")
TLS_ONLY = Text(
    ja="ログインには TLS が必要です。先に STLS を送るか、POP3S のポートに接続してください",
    en="Sign in under TLS only: give STLS first, or connect to the POP3S port",
)
BEGIN_TLS = Text(ja="TLS のネゴシエーションを始めてください", en="Begin TLS negotiation now")
NO_TLS = Text(ja="このサーバーでは TLS を使えません", en="TLS is not available here")
TLS_BEFORE_UTF8 = Text(ja="STLS は UTF8 より先に送ってください", en="STLS has to come before UTF8")
NO_APOP = Text(
    ja="APOP は使えません。あいさつに時刻印がありません",
    en="APOP is not available here: the greeting has no timestamp",
)
CANCELLED = Text(ja="AUTH を取り消しました", en="AUTH cancelled")
PLAIN_ALONE = Text(ja="使える認証方式は PLAIN だけです", en="The only mechanism here is PLAIN")
INITIAL_NOT_BASE64 = Text(
    ja="AUTH の最初の応答は Base64 で書いてください", en="The initial response must be base64"
)
NOT_PLAIN = Text(
    ja="PLAIN の応答は、NUL で区切った三つの部分を UTF-8 で書いてください",
    en="PLAIN needs three parts, divided by NUL, in UTF-8",
)
SOMEBODY_ELSE = Text(
    ja="ほかの人としてログインすることはできません", en="Nobody may act as somebody else here"
)

# -- UTF8 and LANG
UTF8_ON = Text(ja="これから UTF-8 でやり取りします", en="UTF-8 from here on")
NEEDS_UTF8 = Text(
    ja="メール {number} のヘッダーは UTF-8 で書かれています。ログインの前に UTF8 を送ると受信できます",
    en="Message {number} has a header in UTF-8; give UTF8 before signing in to get it",
)
LANGUAGES_FOLLOW = Text(ja="使える言語の一覧です", en="Languages follow")
LANGUAGE = Text(ja="{tag} これから日本語で応答します", en="{tag} Replies are in English from here on")
NO_SUCH_LANGUAGE = Text(
    ja="その言語は使えません。LANG だけを送ると、使える言語の一覧が出ます",
    en="That language is not spoken here; LANG alone lists those that are",
)

# -- TRANSACTION
MAILDROP = Text(
    ja="メールは {count} 通、{size} オクテットです", en="Maildrop has {count} message(s), {size} octets"
)
NUMBER_NEEDED = Text(ja="番号を指定してください", en="A number is needed")
NO_SUCH_MESSAGE = Text(
    ja="その番号のメールはありません。全部で {count} 通です", en="No such message: there are {count}"
)
IS_DELETED = Text(ja="メール {number} には削除の印が付いています", en="Message {number} is marked as deleted")
DELETED = Text(
    ja="メール {number} に削除の印を付けました。QUIT で実際に消えます",
    en="Message {number} marked as deleted; QUIT will remove it",
)
GONE = Text(
    ja="メール {number} はもうありません。ほかのプログラムが削除しました",
    en="Message {number} is gone: another program has removed it",
)
TOP = Text(ja="メール {number} の先頭部分です", en="Top of message {number} follows")
OCTETS = Text(ja="{size} オクテットです", en="{size} octets")

# -- the end
CLOSING = Text(ja="{host} との接続を終わります", en="{host} closing")
CLOSING_REMOVED = Text(
    ja="{host} との接続を終わります。{count} 通を削除しました", en="{host} closing, {count} removed"
)
NOT_REMOVED = Text(ja="メールを削除できませんでした", en="The messages were not removed")
TOO_MANY_ERRORS = Text(ja="誤りが続いたので、接続を切ります", en="Too many errors, closing the connection")
TROUBLE = Text(
    ja="サーバーの内部で問題が起きました。しばらくしてから、もう一度お試しください",
    en="Something went wrong inside the server; try again later",
)
