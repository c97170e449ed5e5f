"""What a server writes to people in a notification, apart from how the notification is built."""

from __future__ import annotations

from ..locale import Text

FAILED_SUBJECT = Text(
    ja="配送できませんでした：{address} 宛てのメール", en="Undelivered mail: your message to {address}"
)
DELAYED_SUBJECT = Text(
    ja="配送が遅れています：{address} 宛てのメール", en="Delayed mail: your message to {address}"
)
DELIVERED_SUBJECT = Text(ja="配送しました：{address} 宛てのメール", en="Delivered: your message to {address}")
RELAYED_SUBJECT = Text(
    ja="次のサーバーに渡しました：{address} 宛てのメール", en="Relayed: your message to {address}"
)

FAILED_INTRO = Text(
    ja="メールサーバー {host} からのお知らせです。お送りになったメールを配送できませんでした。",
    en="This is the mail server {host}. Your message could not be delivered.",
)
DELAYED_INTRO = Text(
    ja="メールサーバー {host} からのお知らせです。メールはまだ配送できていませんが、引き続き配送を試みます。送り直す必要はありません。",
    en="This is the mail server {host}. Your message is not delivered yet, and I keep trying. There is no need to send it again.",
)
DELIVERED_INTRO = Text(
    ja="メールサーバー {host} からのお知らせです。お送りになったメールを宛先のメールボックスに入れました。",
    en="This is the mail server {host}. Your message is in the recipient's mailbox.",
)
RELAYED_INTRO = Text(
    ja="メールサーバー {host} からのお知らせです。お送りになったメールを次のサーバーに渡しました。次のサーバーは、配送の結果を通知する機能を備えていません。",
    en="This is the mail server {host}. I have handed your message to the next server, which sends no notices of delivery.",
)

SAID = Text(ja="サーバーの返答：{reply}", en="It said: {reply}")

# enhanced status code without its class → what happened; what to do
CAUSES: dict[str, tuple[Text, Text]] = {
    "1.1": (
        Text(
            ja="User unknown：サーバー {remote} に、この名前のユーザーはいません。",
            en="User unknown: the server {remote} has no such user.",
        ),
        Text(
            ja="対処：@ の左側のつづりを確かめて、もう一度送ってください。",
            en="What to do: check the part before the @, then send the message again.",
        ),
    ),
    "1.2": (
        Text(
            ja="Host unknown：{domain} というドメインは存在しません。",
            en="Host unknown: there is no domain called {domain}.",
        ),
        Text(
            ja="対処：@ の右側のつづりを確かめて、もう一度送ってください。",
            en="What to do: check the part after the @, then send the message again.",
        ),
    ),
    "1.10": (
        Text(
            ja="{domain} は、メールを受け取らないドメインです。",
            en="The domain {domain} takes no mail at all.",
        ),
        Text(
            ja="対処：相手に、別の連絡先を確かめてください。",
            en="What to do: ask the person for another address.",
        ),
    ),
    "2.2": (
        Text(
            ja="宛先のメールボックスがいっぱいです。",
            en="The recipient's mailbox is full.",
        ),
        Text(
            ja="対処：相手のメールボックスに空きができるのを待って、もう一度送ってください。",
            en="What to do: wait until there is room, then send the message again.",
        ),
    ),
    "3.4": (
        Text(
            ja="メールが大きすぎます。サーバー {remote} が受け取る上限を超えています。",
            en="The message is too large for the server {remote}.",
        ),
        Text(
            ja="対処：添付ファイルを圧縮するか、メールを小さくして、もう一度送ってください。",
            en="What to do: compress the attachment or make the message smaller, then send it again.",
        ),
    ),
    "4.1": (
        Text(ja="{domain} のメールサーバーに接続できません。", en="The mail server of {domain} cannot be reached."),
        Text(ja="対処：しばらくしても届かないときは、相手に別の方法で連絡してください。", en="What to do: if it lasts, reach the person in another way."),
    ),
    "4.7": (
        Text(ja="何度も試みましたが、期限までに配送できませんでした。", en="I tried again and again, and the time is up."),
        Text(ja="対処：時間をおいて送り直すか、相手に別の方法で連絡してください。", en="What to do: send it again later, or reach the person in another way."),
    ),
    "4.6": (
        Text(ja="メールがサーバーの間を回り続けています。", en="The message goes round in a loop between servers."),
        Text(ja="対処：宛先のメールサーバーの管理者に知らせてください。", en="What to do: tell the administrator of the recipient's mail server."),
    ),
}  # fmt: skip
OTHER_CAUSE = (
    Text(
        ja="サーバー {remote} が、このメールを受け取りませんでした。",
        en="The server {remote} did not take the message.",
    ),
    Text(
        ja="対処：下の返答を添えて、メールサーバーの管理者に尋ねてください。",
        en="What to do: ask your mail administrator, and show the reply.",
    ),
)
DELIVERED_CAUSE = (
    Text(ja="メールボックスに入りました。", en="It was put into the mailbox."),
    Text(ja="何もする必要はありません。", en="There is nothing to do."),
)
RELAYED_CAUSE = (
    Text(ja="サーバー {remote} に渡しました。届いたかどうかは、こちらでは分かりません。", en="{remote} has taken it. Whether it arrives I shall not hear."),
    Text(ja="確かめたいときは、相手に直接尋ねてください。", en="If you have to know, ask the person."),
)  # fmt: skip
