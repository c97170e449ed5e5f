"""What can be wrong with a server or with the DNS (`world.FAULTS`), in words for readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..locale import Text


@dataclass(frozen=True, slots=True)
class Told:
    """A kind of fault: what it is called, and what it does."""

    name: Text
    does: Text

    @property
    def within(self) -> Text:
        """The name within a sentence."""
        return Text(self.name.ja, self.name.en[0].lower() + self.name.en[1:])


FAULTS: Mapping[str, Told] = {
    "down": Told(
        Text(ja="電源が切れる", en="It is switched off"),
        Text(
            ja="サーバーの電源が切れて、どこからの接続にも応じなくなります。",
            en="The server is off, and nobody can connect to it.",
        ),
    ),
    "refuse": Told(
        Text(ja="25 番ポートが閉じる", en="Port 25 is closed"),
        Text(
            ja="サーバーは動いていますが、ほかのサーバーからメールを受け取る口（25 番ポート）が閉じています。",
            en="The server runs, but the port where it takes mail from other servers (25) is closed.",
        ),
    ),
    "drop": Told(
        Text(ja="接続が途中で切れる", en="The connection breaks"),
        Text(
            ja="サーバーはここまで聞いたところで、返事をせずに接続を切ります。",
            en="Having heard so far, the server breaks off the connection without an answer.",
        ),
    ),
    "slow": Told(
        Text(ja="返事が遅い", en="It answers slowly"),
        Text(
            ja="サーバーは返事をする前に、決まった秒数だけ黙ります。そのあとは、いつもどおりに続けます。",
            en="The server says nothing for so many seconds, and then goes on as usual.",
        ),
    ),
    "greylist": Told(
        Text(ja="初めての相手を待たせる（グレイリスティング）", en="Newcomers have to wait (greylisting)"),
        Text(
            ja="サーバーは、初めて見る差出人と宛先の組み合わせに 450 と答え、しばらくして来るように言います。5 分たってから来れば、受け取ります。",
            en="To a sender and a recipient that it has not seen together, the server says 450: come again. After five minutes it lets them in.",
        ),
    ),
    "unavailable": Told(
        Text(ja="421 と言って切る", en="It says 421 and hangs up"),
        Text(
            ja="サーバーは 421（いまは対応できません）と答えて、自分から接続を切ります。",
            en="The server says 421, not available now, and hangs up.",
        ),
    ),
    "disk-full": Told(
        Text(ja="ディスクがいっぱいになる（452）", en="Its disk is full (452)"),
        Text(
            ja="サーバーにはメールを保存する場所がなく、452 と答えて断ります。",
            en="The server has nowhere to keep a message, and refuses it with 452.",
        ),
    ),
    "servfail": Told(
        Text(ja="答えられないと言う（SERVFAIL）", en="It cannot answer (SERVFAIL)"),
        Text(
            ja="DNS が「いまは答えられない」（SERVFAIL）と返します。「その名前はない」（NXDOMAIN）とは違い、あとで尋ね直せます。",
            en="The DNS says that it cannot answer just now (SERVFAIL). Unlike “no such name” (NXDOMAIN), that may be asked again later.",
        ),
    ),
    "dns-timeout": Told(
        Text(ja="返事をしない", en="It says nothing"),
        Text(
            ja="DNS が問い合わせに返事をしません。差出人側のサーバーは 2 秒待ち、一度だけ尋ね直します。",
            en="The DNS does not answer. The sender’s server waits for two seconds, and asks once more.",
        ),
    ),
    "wrong-mx": Told(
        Text(ja="まちがった届け先を答える", en="It names a wrong server"),
        Text(
            ja="DNS が、もう使われていないサーバー（old-mx）を届け先として答えます。行ってみても、そこにはだれもいません。",
            en="The DNS names a server that is no longer there (old-mx). Whoever goes there finds nobody.",
        ),
    ),
}

COMMANDS: Mapping[str, Text] = {
    "ehlo": Text(ja="EHLO（あいさつ）", en="EHLO (the greeting)"),
    "mail": Text(ja="MAIL FROM（差出人）", en="MAIL FROM (the sender)"),
    "rcpt": Text(ja="RCPT TO（宛先）", en="RCPT TO (the recipient)"),
    "data": Text(ja="DATA（中身を送る合図）", en="DATA (the message comes next)"),
    "content": Text(ja="メールの中身を受け取ったあと", en="after the message itself"),
}
"""Where in the dialogue a fault strikes."""

_STRUCK = Text(ja="故障が起きました（{name}）。{does}", en="A fault: {name}. {does}")


def struck(do: str) -> Text:
    """What a line of the record says that tells of a fault."""
    name, does = FAULTS[do].within, FAULTS[do].does
    return Text(
        ja=_STRUCK.ja.format(name=name.ja, does=does.ja), en=_STRUCK.en.format(name=name.en, does=does.en)
    )
