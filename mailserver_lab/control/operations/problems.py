"""What may be in the way of an operation, in sentences."""

from __future__ import annotations

from ...devices import NoRoom
from ...locale import Problem, Text


def no_account(address: str) -> Problem:
    """Nobody has that address."""
    return Problem(
        Text(ja=f"{address} というアカウントはありません。", en=f"There is no account {address}."),
        Text(ja="この世界のどのサーバーにも登録されていません。", en="No server of this world has it."),
        Text(ja="アドレスを確かめてください。", en="Check the address."),
        status=404,
    )


def nobody_answers(host: str, port: int) -> Problem:
    """A connection by hand meets a closed door."""
    return Problem(
        Text(ja=f"{host} のポート {port} につながりません。", en=f"{host} cannot be reached at port {port}."),
        Text(
            ja="そのポートで待っているプログラムがないか、サーバーが止まっているか、この端末がネットワークにつながっていません。",
            en="No program listens at that port, the server is switched off, or the device is offline.",
        ),
        Text(ja="相手とポートを確かめて、もう一度つないでください。", en="Check the host and the port, then connect again."),
        status=409,
    )  # fmt: skip


def hung_up() -> Problem:
    """A connection by hand is over."""
    return Problem(
        Text(ja="この接続はもう切れています。", en="This connection is closed already."),
        Text(
            ja="会話が終わったか、サーバーが切ったか、しばらく使われませんでした。",
            en="The conversation was over, the server hung up, or nobody used it for a while.",
        ),
        Text(ja="もう一度つないでください。", en="Connect again."),
        status=409,
    )


def offline(device: str) -> Problem:
    """A device that cannot reach its server."""
    return Problem(
        Text(ja=f"{device} はサーバーに接続できません。", en=f"{device} cannot reach its server."),
        Text(
            ja="この端末はいまネットワークにつながっていないか、サーバーが止まっています。",
            en="The device is offline, or the server is switched off.",
        ),
        Text(ja="接続を戻してから、もう一度試してください。", en="Connect it again, then try once more."),
        status=409,
    )


def no_room(error: NoRoom) -> Problem:
    """A file that is not kept."""
    what, why, do = _NO_ROOM[error.what]
    limit = error.limit if error.what == "count" else f"{error.limit / 1e6:g}"
    return Problem(what, why.format(limit=limit), do, status=413)


_NO_ROOM = {
    "file": (
        Text(ja="ファイルが大きすぎて添付できません。", en="The file is too large to be attached."),
        Text(
            ja="ここで添付できるのは、1 個につき {limit} MB までです。",
            en="A file that is attached here has at most {limit} MB.",
        ),
        Text(
            ja="もっと小さいファイルを選んでください。ほかの添付と書いた内容はそのまま残っています。",
            en="Choose a smaller one. Whatever else you attached or wrote is still there.",
        ),
    ),
    "total": (
        Text(ja="添付の合計が大きすぎます。", en="There is too much attached."),
        Text(ja="合計 {limit} MB まで置けます。", en="All files together have at most {limit} MB."),
        Text(ja="使わない添付を外してから、もう一度添付してください。", en="Remove one that you do not need, then try again."),
    ),
    "all": (
        Text(ja="いまは添付できません。", en="Nothing more can be attached just now."),
        Text(
            ja="このコンピューターで開いている実験の添付が、合計 {limit} MB に達しています。",
            en="The experiments that are open on this computer have {limit} MB attached already.",
        ),
        Text(
            ja="使っていないページを閉じて、もう一度添付してください。",
            en="Close pages that you do not use, then try again.",
        ),
    ),
    "count": (
        Text(ja="添付の数が多すぎます。", en="There are too many attachments."),
        Text(ja="圧縮する前のものを含めて {limit} 個まで置けます。", en="At most {limit} files fit, those before compression included."),
        Text(ja="使わない添付を外してから、もう一度添付してください。", en="Remove one that you do not need, then try again."),
    ),
}  # fmt: skip
