"""What a diagnosis means for a person: each cause in plain words, whose move it is, and what to do now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..locale import Text
from .diagnosis import Author, Cause, Kind, Verdict

Mover = Literal["sender", "recipient", "administrator", "nobody"]


@dataclass(frozen=True, slots=True)
class Advice:
    """One cause, for a reader.

    Args:
        name: the cause in a few words.
        meaning: what it is.
        movers: who can do something about it, the first one first.
        do: what the sender does now.
    """

    name: Text
    meaning: Text
    movers: tuple[Mover, ...]
    do: Text


ADVICE: dict[Cause, Advice] = {
    "user-unknown": Advice(
        Text(ja="宛先のユーザーがいない", en="No such user"),
        Text(
            ja="@ の右側のドメインにメールは届きましたが、@ の左側の名前のユーザーがいません。つづりが違うか、もう使われていないアドレスです。",
            en="The domain after the @ is there, but it has nobody by the name before the @: the address is misspelt, or no longer in use.",
        ),
        ("sender",),
        Text(
            ja="アドレスの @ の左側を一字ずつ確かめ、直して送り直してください。正しいはずなら、電話など別の方法で相手に尋ねてください。同じ宛先に送り直しても届きません。",
            en="Check the part before the @ letter by letter, correct it, and send again. If it looks right, ask the person in another way. Sending to the same address again will not help.",
        ),
    ),
    "host-unknown": Advice(
        Text(ja="宛先のドメインがない", en="No such domain"),
        Text(
            ja="@ の右側のドメインが見つかりません。つづりが違うか、もう使われていないドメインです。",
            en="The domain after the @ cannot be found: it is misspelt, or no longer in use.",
        ),
        ("sender",),
        Text(
            ja="@ の右側を確かめ（.co.jp と .com、ハイフンの有無など）、直して送り直してください。",
            en="Check the part after the @ (.com or .org, hyphens, doubled letters), correct it, and send again.",
        ),
    ),
    "mailbox-full": Advice(
        Text(ja="相手のメールボックスがいっぱい", en="Mailbox full"),
        Text(
            ja="アドレスは正しいのですが、相手のメールボックスに空きがありません。",
            en="The address is right, but the recipient's mailbox has no room left.",
        ),
        ("recipient", "sender"),
        Text(
            ja="電話など別の方法で相手に知らせ、不要なメールを消してもらってから送り直してください。急がないなら、数日待って送り直してもかまいません。",
            en="Tell the person in another way that the mailbox is full, and send again when there is room. If it can wait, try again in a few days.",
        ),
    ),
    "message-too-large": Advice(
        Text(ja="メールが大きすぎる", en="Message too large"),
        Text(
            ja="添付ファイルを含むメール全体の大きさが、サーバーの上限を超えています。添付ファイルは送るときに元の約 1.4 倍になります。",
            en="The message with its attachments is larger than a server on the way allows. An attachment grows by a third when it is mailed.",
        ),
        ("sender",),
        Text(
            ja="添付ファイルを圧縮するか、何通かに分けてください。大きなファイルは、共有サービスに置いてリンクを送る方法もあります。",
            en="Compress the attachment, split it over several messages, or put it on a file-sharing service and send the link.",
        ),
    ),
    "mailbox-disabled": Advice(
        Text(ja="相手のメールボックスが使われていない", en="Mailbox not in use"),
        Text(
            ja="アドレスはありますが、停止中、休止中、解約などのためにメールを受け取りません。",
            en="The address exists, but its mailbox is suspended, inactive or closed and takes no mail.",
        ),
        ("recipient", "administrator"),
        Text(
            ja="電話など別の方法で相手に知らせ、ほかのアドレスがないか尋ねてください。再開できるのは、本人か相手のサーバーの管理者だけです。",
            en="Reach the person in another way and ask for another address. Only they or their administrator can open the mailbox again.",
        ),
    ),
    "moved": Advice(
        Text(ja="相手のアドレスが変わった", en="The recipient has moved"),
        Text(ja="このアドレスはもう使われていません。相手は別のアドレスに移っています。", en="This address is no longer in use: the recipient has another one now."),
        ("sender",),
        Text(
            ja="新しいアドレスがエラーメールに書かれていないか探してください。なければ相手に尋ね、アドレス帳を直してください。",
            en="See whether the message tells the new address. If not, ask the person, and correct your address book.",
        ),
    ),
    "refused-by-recipient": Advice(
        Text(ja="相手の設定やフィルターが受け取りを断った", en="Refused by the recipient's settings"),
        Text(
            ja="宛先のサーバーまでは届きましたが、相手の受信設定（指定受信、受信拒否、フィルター）がこのメールを断りました。携帯電話会社では、このとき「User unknown」と書かれることがあります。",
            en="The message reached the recipient's server, but the recipient's own settings (a filter, a block list, accepted senders only) refuse it. Some carriers word this as “User unknown”.",
        ),
        ("recipient", "sender"),
        Text(
            ja="別の方法で相手に連絡し、あなたのアドレスかドメインを受信できるように設定してもらってください。アドレスのつづりも確かめてください。",
            en="Reach the person in another way, and ask them to allow your address or domain. Check the spelling of the address too.",
        ),
    ),
    "host-takes-no-mail": Advice(
        Text(ja="メールを受け取らないドメイン", en="The domain takes no mail"),
        Text(
            ja="@ の右側のドメインはありますが、メールを受け取らないと宣言しているか、受け取るサーバーがありません。",
            en="The domain after the @ exists, but it declares that it takes no mail, or has no server for it.",
        ),
        ("sender",),
        Text(
            ja="@ の右側を確かめてください。ウェブサイトのドメインとメールのドメインが違うことはよくあります。相手に正しいアドレスを尋ねてください。",
            en="Check the part after the @. An organisation's mail domain often differs from its web site's. Ask for the right address.",
        ),
    ),
    "undeliverable-for-too-long": Advice(
        Text(ja="期限までに届けられなかった", en="Not delivered in time"),
        Text(
            ja="サーバーは何度も送ろうとしましたが、相手のサーバーにつながらないなどの状態が続いています。",
            en="The server has tried again and again, but the other side could not be reached or kept asking it to wait.",
        ),
        ("sender", "administrator"),
        Text(
            ja="「まだ試しています」とあれば、何もせずに待ってください。あきらめたとあれば、時間をおいて送り直すか、別の方法で連絡してください。ほかの宛先にも届かないなら、自分のサーバーの管理者に知らせてください。",
            en="If it says that it is still trying, wait and do nothing. If it has given up, send again later or reach the person in another way. If other recipients fail too, tell your own administrator.",
        ),
    ),
    "network-or-dns-failure": Advice(
        Text(ja="ネットワークや名前解決の問題", en="Network or DNS trouble"),
        Text(
            ja="相手のサーバーに接続できない、名前が調べられない、サーバーの間でメールが回り続けている、といった問題です。アドレスの間違いとは限りません。",
            en="The other server could not be reached, its name could not be looked up, or the message went round in a loop. The address need not be wrong.",
        ),
        ("administrator", "sender"),
        Text(
            ja="しばらくして送り直してください。続くなら、このエラーメールを添えて自分のサーバーの管理者に知らせてください。@ の右側のつづりも確かめてください。",
            en="Send again after a while. If it goes on, give this message to your administrator. Check the part after the @ too.",
        ),
    ),
    "server-failure": Advice(
        Text(ja="メールサーバーの不具合", en="Trouble inside a mail server"),
        Text(
            ja="途中か相手側のメールサーバーで、設定の誤りやディスク不足などの不具合が起きています。あなたの書いたメールのせいではありません。",
            en="A mail server on the way, or at the other end, has trouble of its own: its disk, its set-up, a program that failed. Your message is not the cause.",
        ),
        ("administrator",),
        Text(
            ja="時間をおいて送り直してください。続くなら、不具合を起こしているサーバーの管理者（postmaster）に、このエラーメールを添えて知らせてください。",
            en="Send again later. If it goes on, the administrator (postmaster) of the failing server should see this message.",
        ),
    ),
    "sender-refused": Advice(
        Text(ja="差出人のアドレスが断られた", en="Your sender address is refused"),
        Text(
            ja="宛先ではなく、差出人のアドレスかドメインが断られました。実在しないアドレスになっている、会員だけが投稿できるメーリングリストである、などの場合です。",
            en="Not the recipient but your own address or domain was refused: it does not exist as written, or only members or certain senders may write to this address.",
        ),
        ("sender", "administrator"),
        Text(
            ja="メールソフトの設定で、差出人のアドレスが正しいか確かめてください。メーリングリストなら、登録したアドレスから送ってください。正しいのに断られるなら、管理者に尋ねてください。",
            en="Check your own address in your mail program. To a mailing list, write from the address that you joined with. If it is right and still refused, ask your administrator.",
        ),
    ),
    "relay-refused": Advice(
        Text(ja="中継を断られた", en="The server does not relay for you"),
        Text(
            ja="接続したサーバーは、その宛先あてのメールを扱いません。送信時にログイン（認証）していないか、宛先のドメインの設定が古いかのどちらかがほとんどです。",
            en="The server does not carry mail to that address for you. Mostly your mail program did not sign in for sending, or the recipient's domain points to a wrong server.",
        ),
        ("sender", "administrator"),
        Text(
            ja="メールソフトの送信サーバーの設定で、認証が有効になっているか確かめてください。設定が正しければ、管理者に知らせてください。",
            en="In your mail program's outgoing server settings, see that authentication is on. If it is, tell your administrator.",
        ),
    ),
    "sending-host-blocked": Advice(
        Text(ja="送信側のサーバーが断られた", en="The sending server is blocked"),
        Text(
            ja="あなた個人ではなく、あなたのメールを送り出したサーバーが断られました。ブラックリストに載っている、逆引き（DNS）の設定がない、評判が悪い、などの理由です。",
            en="Not you but the server that sent your mail is refused: it is on a block list, has no reverse DNS, or has a bad reputation.",
        ),
        ("administrator",),
        Text(
            ja="このエラーメールを、自分のサーバーの管理者かプロバイダーに転送してください。あなたの側で直せることはありません。急ぐなら別のアドレスから送ってください。",
            en="Forward this message to your administrator or provider: only they can put it right. If it is urgent, send from another account.",
        ),
    ),
    "rate-limited": Advice(
        Text(ja="一度に送りすぎた", en="Too many messages or connections"),
        Text(
            ja="短い時間に送ったメールの数、宛先の数、接続の数が、サーバーの制限を超えました。",
            en="More messages, recipients or connections in a short time than a server allows.",
        ),
        ("sender", "administrator"),
        Text(
            ja="時間をおいて送り直してください。宛先が多いときは、少しずつ分けて送ってください。心当たりがなければ、アカウントが悪用されていないか管理者に確かめてもらってください。",
            en="Wait, then send again; split a long list of recipients. If you did not send much, have your administrator see whether your account is being misused.",
        ),
    ),
    "sender-authentication-failed": Advice(
        Text(ja="送信ドメイン認証に失敗した（SPF・DKIM・DMARC）", en="Sender authentication failed (SPF, DKIM, DMARC)"),
        Text(
            ja="メールが本当にあなたのドメインから来たことを、相手のサーバーが確かめられませんでした。ドメインの設定の不備か、転送されたことが原因です。",
            en="The other server could not verify that the message really comes from your domain: the domain's set-up lacks something, or the message was forwarded on the way.",
        ),
        ("administrator",),
        Text(
            ja="自分のドメインの管理者に、SPF、DKIM、DMARC の設定を確かめるよう、このエラーメールを添えて頼んでください。会社のアドレスなら、会社の送信サーバーを使って送ってください。",
            en="Ask your domain's administrator to check SPF, DKIM and DMARC, with this message at hand. Send from an address only through its own provider's server.",
        ),
    ),
    "policy": Advice(
        Text(ja="相手側の規則で断られた", en="Against the other side's rules"),
        Text(
            ja="相手のサーバーの規則（セキュリティの方針、暗号化や認証の必要など）によって断られました。くわしい理由は書かれていないことが多いです。",
            en="A rule of the other server refuses the message: its security policy, required encryption or authentication. Often it does not say which.",
        ),
        ("administrator", "recipient"),
        Text(
            ja="根拠の行に書かれたリンクや番号があれば、それを見てください。わからなければ、このエラーメールを添えて自分の管理者に尋ね、相手にも別の方法で知らせてください。",
            en="If the quoted line has a link or a code, look it up. If that does not help, ask your administrator with this message at hand, and tell the recipient in another way.",
        ),
    ),
    "malformed": Advice(
        Text(ja="メールの形式が規格に合わない", en="The message breaks the format rules"),
        Text(
            ja="ヘッダーが足りない、行が長すぎるなど、メールの形が規格に合っていません。ふつうはメールソフトや送信プログラムの問題です。",
            en="A header field is missing, a line too long, or the like. Mostly the program that made the message is to blame.",
        ),
        ("sender", "administrator"),
        Text(
            ja="別のメールソフトかウェブメールから送ってみてください。自動送信のメールなら、プログラムの作成者に知らせてください。",
            en="Try another mail program or webmail. If a program sent it, tell the one who maintains it.",
        ),
    ),
    "spam": Advice(
        Text(ja="迷惑メールと判定された", en="Judged to be spam"),
        Text(ja="相手のサーバーのフィルターが、このメールを迷惑メールと判定しました。", en="A filter at the other end took the message for spam."),
        ("sender", "administrator"),
        Text(
            ja="リンクや画像を減らし、件名と本文を具体的に書き直して送ってください。覚えのないメールのエラーなら、あなたのアドレスがかたられています。続くなら管理者に知らせてください。",
            en="Send it again with fewer links and images, and plainer words. If you never wrote it, somebody uses your address. If it goes on, tell your administrator.",
        ),
    ),
    "virus": Advice(
        Text(ja="ウイルスが見つかった", en="A virus was found"),
        Text(ja="メールかその添付ファイルからウイルスが見つかったとして断られました。", en="The message or an attachment was found to contain a virus."),
        ("sender", "administrator"),
        Text(
            ja="添付ファイルを開いたり送り直したりせず、パソコンをウイルス対策ソフトで調べてください。覚えのないメールなら、あなたのアドレスがかたられています。",
            en="Do not open or resend the attachment. Check your computer for viruses. If you never wrote the message, somebody uses your address.",
        ),
    ),
    "content-refused": Advice(
        Text(ja="内容や添付ファイルが断られた", en="The content is refused"),
        Text(
            ja="本文、添付ファイルの種類、ヘッダーなど、メールの中身が相手のサーバーに断られました。",
            en="Something in the message was refused: its text, the kind of an attachment, its header.",
        ),
        ("sender",),
        Text(
            ja="添付ファイルを外すか、別の形式にして送り直してください。実行ファイルやパスワード付き ZIP は断られることがよくあります。",
            en="Send it again without the attachment or in another format. Programs and encrypted archives are often refused.",
        ),
    ),
    "vacation-reply": Advice(
        Text(ja="自動の不在通知", en="An automatic absence reply"),
        Text(
            ja="エラーではありません。メールは届いており、相手の不在をプログラムが知らせています。",
            en="Not an error: your message arrived, and a program says that the person is away.",
        ),
        ("nobody",),
        Text(ja="何もする必要はありません。急ぐなら、本文に書かれた連絡先に連絡してください。", en="There is nothing to do. If it is urgent, use the contact that the reply names."),
    ),
    "delivered": Advice(
        Text(ja="配送できた", en="Delivered"),
        Text(ja="エラーではありません。メールが相手のサーバーに届いたという知らせです。", en="Not an error: the message reached the recipient's server."),
        ("nobody",),
        Text(ja="何もする必要はありません。", en="There is nothing to do."),
    ),
    "unclear": Advice(
        Text(ja="原因は書かれていない", en="The message does not say why"),
        Text(
            ja="配送できなかったことはわかりますが、原因はこのメールに書かれていません。",
            en="It says that the message was not delivered, but not why.",
        ),
        ("sender", "administrator"),
        Text(
            ja="まずアドレスのつづりを確かめ、時間をおいて一度だけ送り直してください。また戻ってきたら、両方のエラーメールを添えて管理者に尋ねてください。",
            en="Check the address, wait a while, and send once more. If it comes back again, ask your administrator with both messages at hand.",
        ),
    ),
}  # fmt: skip

KINDS: dict[Kind, Text] = {
    "bounce": Text(ja="エラーメールです。メールは配送されませんでした。", en="This is a bounce: a message was not delivered."),
    "delay": Text(ja="遅延のお知らせです。サーバーはまだ配送を試しています。送り直す必要はありません。", en="This is a delay warning: the server is still trying. Do not send the message again."),
    "delivered": Text(ja="配送完了のお知らせです。エラーではありません。", en="This is a delivery receipt, not an error."),
    "vacation": Text(ja="自動返信（不在通知など）です。エラーメールではありません。", en="This is an automatic reply, not a bounce."),
    "complaint": Text(ja="迷惑メールの通報（ARF）です。エラーメールではありません。受け取った人が、あなたの側から届いたメールを迷惑メールとして通報しました。", en="This is an abuse report (ARF), not a bounce: somebody reported a message from your side as spam."),
    "receipt": Text(ja="開封通知です。エラーメールではありません。", en="This is a read receipt, not a bounce."),
    "reply": Text(ja="エラーメール全体ではなく、断ったサーバーの返事だけのようです。返事からわかることを示します。", en="This is not a whole bounce but a server's reply. Here is what the reply tells."),
    "other": Text(ja="エラーメールではないようです。配送の失敗を知らせる言葉が見つかりません。", en="This does not look like a bounce: nothing in it tells of a failed delivery."),
    "refused": Text(ja="調べられませんでした。", en="This could not be looked into."),
}  # fmt: skip

MOVERS: dict[Mover, Text] = {
    "sender": Text(ja="あなた（差出人）", en="you (the sender)"),
    "recipient": Text(ja="相手（宛先の人）", en="the recipient"),
    "administrator": Text(ja="メールサーバーの管理者", en="the mail administrator"),
    "nobody": Text(ja="だれも何もしなくてよい", en="nobody needs to do anything"),
}

_AUTHORS: dict[Author, Text] = {
    "own": Text(ja="あなたの側のサーバー {reporter} が書きました。", en="Your side's server, {reporter}, wrote it."),
    "recipient": Text(ja="相手の側のサーバー {reporter} が書きました。", en="The recipient's server, {reporter}, wrote it."),
    "forwarder": Text(ja="転送を引き受けたサーバー {reporter} が書きました。実際の届け先は、あなたが書いた宛先とは別のアドレスです。", en="A server that forwards the mail, {reporter}, wrote it: the last address is not the one that you wrote to."),
    "unknown": Text(ja="{reporter} が書きました。あなたの側か相手の側かは、このメールからはわかりません。", en="{reporter} wrote it. The message does not say whose side that is."),
}  # fmt: skip
_REFUSED = Text(ja="断ったのは {refuser} です。", en="The one that refused is {refuser}.")
_NO_AUTHOR = Text(
    ja="どのサーバーが書いたのかは、書かれていません。", en="The message does not say which server wrote it."
)
_NAMELESS = Text(
    ja="書いたサーバーは名乗っていませんが、断られた側、つまりあなたの側のサーバーです。",
    en="The server that wrote it gives no name; being the one that was refused, it is on your side.",
)

PERMANENCE: dict[bool | None, Text] = {
    True: Text(ja="恒久的な失敗です。サーバーはあきらめました。", en="yes, the server has given up."),
    False: Text(
        ja="一時的な問題です。あとで送れば届くかもしれません。",
        en="no, the trouble is temporary and may pass.",
    ),
    None: Text(ja="一時的か恒久的かは、書かれていません。", en="the message does not say."),
}


def author(verdict: Verdict) -> Text:
    """Who wrote the notice and who refused, in a sentence or two."""
    if verdict.reporter:
        said = _AUTHORS[verdict.author].format(reporter=verdict.reporter)
    else:
        said = _NAMELESS if verdict.author == "own" else _NO_AUTHOR
    if verdict.refuser and verdict.refuser != verdict.reporter:
        refused = _REFUSED.format(refuser=verdict.refuser)
        said = Text(said.ja + refused.ja, f"{said.en} {refused.en}")
    return said


_CLEAR, _LIKELY = 2.9, 1.5  # from which weight on a sign says it plainly, and likely
_SURE = Text(ja="はっきり書かれています。", en="The message says so plainly.")
_RATHER = Text(ja="書かれていることから見て、おそらくそうです。", en="Most likely, by what the message says.")
_HARDLY = Text(
    ja="手がかりが弱いので、推測です。引用した行を自分の目でも確かめてください。",
    en="A guess: the signs are weak. Look at the quoted lines yourself.",
)
_NOT_AT_ALL = Text(
    ja="原因を示す言葉は、このメールに見つかりませんでした。",
    en="No words in the message that tell the cause were found.",
)


def certainty(verdict: Verdict) -> Text:
    """How sure the cause is: by its best sign, and less where others speak against it."""
    best = max((one.weight for one in verdict.evidence if one.cause == verdict.cause), default=0.0)
    if verdict.cause == "unclear" or not verdict.evidence:
        return _NOT_AT_ALL
    if best >= _CLEAR:
        return _RATHER if verdict.doubts else _SURE
    return _RATHER if best >= _LIKELY else _HARDLY


_WAIT = Text(
    ja="何もせずに待ってください。サーバーは期限まで配送を試みます。急ぐなら、別の方法で連絡してください。送り直すと、同じメールが二通届くことがあります。",
    en="Wait and do nothing: the server keeps trying. If it is urgent, reach the person in another way. Sent again, the message may arrive twice.",
)


def do(verdict: Verdict) -> Text:
    """What the sender does now."""
    return _WAIT if verdict.waiting else ADVICE[verdict.cause].do


def movers(verdict: Verdict) -> tuple[Mover, ...]:
    """Whose move it is."""
    return ("nobody",) if verdict.waiting else ADVICE[verdict.cause].movers


def doubt(text: Text) -> Text:
    """A contradiction, the causes in it by name."""
    names = {cause: advice.name for cause, advice in ADVICE.items()}
    ja, en = text.ja, text.en
    for cause, name in names.items():
        ja, en = ja.replace("{" + cause + "}", name.ja), en.replace("{" + cause + "}", name.en)
    return Text(ja, en)
