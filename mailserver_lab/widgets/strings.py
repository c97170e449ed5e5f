"""What the panels say of themselves, in both languages. What an experiment says stands with the experiment."""

from __future__ import annotations

from collections.abc import Mapping

from ..locale import Lang, Text

Texts = Mapping[str, Text]


def said(texts: Texts, lang: Lang) -> dict[str, str]:
    """The strings in one language, as a panel's JavaScript takes them."""
    return {name: text[lang] for name, text in texts.items()}


GROUPS: Texts = {
    "tutorial": Text("きほん", "Basics"),
    "useful": Text("役に立つ", "Useful"),
    "weird": Text("こわしてみる", "Break it"),
}

FRAME: Texts = {
    "experiment": Text("実験：", "Experiment: "),
    "hint": Text("ヒント", "Hint"),
    "another": Text("もう一つヒント", "Another hint"),
    "close": Text("ヒントを閉じる", "Close hints"),
    "restart": Text("最初から", "Start over"),
    "retry": Text("もう一度つなぐ", "Connect again"),
    "steps": Text("手順", "Steps"),
    "done": Text("（済み）", " (done)"),
    "now": Text("（いまここ）", " (you are here)"),
    "goal": Text("達成しました", "You have done it"),
    "waiting": Text("実験用のサーバーを用意しています…", "Getting this experiment’s servers ready…"),
    "again": Text(
        "最初からにしました。サーバーもメールボックスも新しくなっています。",
        "Started over: the servers and mailboxes are new.",
    ),
}

PREDICT: Texts = {
    "heading": Text("予想する", "Make a guess"),
    "open": Text(
        "当たりはずれは気にせず、一つ選んでください。試すまでは変えられます。",
        "Right or wrong does not matter. Pick one; you can change it until you have tried.",
    ),
    "right": Text("あなたの予想。当たりです", "Your guess, and right"),
    "yours": Text("あなたの予想", "Your guess"),
    "answer": Text("実際に起きたこと", "What really happened"),
    "checked": Text("予想と結果", "Your guess and the outcome"),
}

SWITCH: Texts = {
    "heading": Text("サーバーの設定", "How the server is set"),
    "note": Text(
        "動いているサーバーの設定が変わります。つぎに送るメールからそのとおりになります。",
        "This changes the server while it runs. It holds from the next message on.",
    ),
    "power": Text(
        "切ると、このサーバーはほんとうに接続を受けなくなります。預かっているメールはそのまま残ります。",
        "When it is off, this server really takes no connections. What it keeps stays.",
    ),
}

CLOCK: Texts = {
    "heading": Text("ラボの時計", "The lab’s clock"),
    "now": Text("いまは {time} です", "It is {time}"),
    "by_3600": Text("1 時間進める", "1 hour later"),
    "by_14400": Text("4 時間進める", "4 hours later"),
    "by_86400": Text("1 日進める", "1 day later"),
    "note": Text(
        "この実験の中だけで時間が進みます。サーバーは、待っていた時刻が来たと思って動きだします。",
        "Time moves in this experiment alone. The servers wake up and do what they were waiting to do.",
    ),
}

COMPOSE: Texts = {
    "heading": Text("書く", "Write"),
    "from": Text("差出人", "From"),
    "to": Text("宛先", "To"),
    "subject": Text("件名", "Subject"),
    "body": Text("本文", "Message"),
    "send": Text("送信", "Send"),
    "sending": Text("送信しています", "Sending"),
    "filled": Text(
        "返信の宛先と件名を入れました。書き足して「送信」を押してください。",
        "The reply is addressed. Add what you want to say, then press Send.",
    ),
    "slow": Text(
        "サーバーの返事を待っています（{seconds} 秒）", "Waiting for the server’s answer ({seconds} s)"
    ),
    "where": Text(
        "{host} に SMTP で渡します。外には出ません。",
        "Handed to {host} by SMTP. It cannot leave this machine.",
    ),
    "counted": Text("本文は {size}", "The message is {size}"),
    "too_big_what": Text(
        "本文が {size} あり、送信していません。", "The message is {size} long and was not sent."
    ),
    "too_big_why": Text(
        "このページから一度に渡せるのは {limit} までです。",
        "This page can hand over at most {limit} at once.",
    ),
    "too_big_do": Text(
        "書いた文章はそのまま残っています。短くしてから、もう一度「送信」を押してください。",
        "Your text is still here. Make it shorter, then press Send again.",
    ),
}

ATTACH: Texts = {
    "attach_heading": Text("添付", "Attached"),
    "attach_none": Text("まだ何も添付していません。", "Nothing yet."),
    "attach_choose": Text("ファイルを選ぶ", "Choose files"),
    "attach_drop": Text("ここにドロップすると添付されます", "Drop files here to attach them"),
    "attach_sizes": Text("{size} → メールでは {carried}", "{size} → {carried} in the mail"),
    "attach_why": Text(
        "メールに入れるファイルは文字に書き直され（base64）、約 37 % 大きくなります。合計 {carried}。",
        "In a mail, a file is rewritten as text (base64) and grows by about 37 %. In all: {carried}.",
    ),
    "attach_compress": Text("圧縮する", "Compress"),
    "attach_smaller": Text("画像を小さくする", "Make the picture smaller"),
    "attach_undo": Text("元に戻す", "Undo"),
    "attach_remove": Text("外す", "Remove"),
    "attach_of": Text("{action}：{name}", "{action}: {name}"),
    "attach_bringing": Text("{name} を添付しています（{percent} %）", "Attaching {name} ({percent} %)"),
    "attach_working": Text(
        "添付を用意しています（{seconds} 秒）", "Getting the attachment ready ({seconds} s)"
    ),
    "attach_too_large_what": Text(
        "{name} は {size} あり、添付していません。", "{name} has {size} and was not attached."
    ),
    "attach_too_large_why": Text(
        "ここで添付できるのは、1 個につき {limit} までです。",
        "A file that is attached here has at most {limit}.",
    ),
    "attach_too_large_do": Text(
        "もっと小さいファイルを選んでください。書いた内容とほかの添付はそのまま残っています。",
        "Choose a smaller one. What you wrote and whatever else is attached is still here.",
    ),
    "attach_unread_what": Text("{name} を添付できませんでした。", "{name} could not be attached."),
    "attach_unread_why": Text(
        "ファイルを読めないか（フォルダーは添付できません）、サーバーが返事をしていません。",
        "It cannot be read (a folder cannot be attached), or the server does not answer.",
    ),
    "attach_unread_do": Text(
        "ファイルを確かめて、もう一度選んでください。書いた内容とほかの添付はそのまま残っています。",
        "Look at the file and choose it again. What you wrote and whatever else is attached is still here.",
    ),
    "attach_no_picture_what": Text("{name} を小さくできませんでした。", "{name} could not be made smaller."),
    "attach_no_picture_why": Text(
        "画像として読めないか、すでに十分に小さくなっています。",
        "It cannot be read as a picture, or it is as small as it gets.",
    ),
    "attach_no_picture_do": Text("添付はもとのままです。", "The attachment is as it was."),
}

SAMPLES: Texts = {
    "table": Text("見本：売上の表", "Sample: a sales table"),
    "photograph": Text("見本：写真", "Sample: a photograph"),
}

DIALOGUE: Texts = {
    "heading": Text("やりとりの記録", "What was said"),
    "empty": Text(
        "送信すると、コンピューターどうしのやりとりが 1 行ずつここに出ます。",
        "After you press Send, what the machines say to each other appears here, line by line.",
    ),
    "play": Text("再生", "Play"),
    "again": Text("もう一度再生", "Play again"),
    "pause": Text("止める", "Pause"),
    "step": Text("一歩ずつ", "Step"),
    "all": Text("すべて表示", "Show all"),
    "position": Text("{at} / {total} 行", "Line {at} of {total}"),
    "speed": Text(
        "サーバーは {ms} ミリ秒で終えています。ここではその記録を再生しています。",
        "The servers took {ms} ms. This is a replay of the record.",
    ),
    "client": Text("接続した側：", "Client: "),
    "server": Text("応じた側：", "Server: "),
    "fault": Text("故障：", "A fault: "),
    "unreached": Text("接続できません：", "No connection: "),
    "refused": Text("拒否", "Refused"),
    "explain": Text(
        "行を選ぶと説明が出ます（↑↓ で移動）。", "Choose a line to have it explained (↑↓ to move)."
    ),
    "ms": Text("{ms} ミリ秒", "{ms} ms"),
    "message": Text("{n} 通目", "Message {n}"),
}

MAP: Texts = {
    "heading": Text("メールの道のり", "The way of the message"),
    "play": Text("再生", "Play"),
    "again": Text("もう一度再生", "Play again"),
    "pause": Text("止める", "Pause"),
    "step": Text("一歩ずつ", "Step"),
    "back": Text("はじめに戻す", "Back to the start"),
    "speed": Text("速さ：{speed}", "Speed: {speed}"),
    "slow": Text("ゆっくり", "slow"),
    "normal": Text("ふつう", "normal"),
    "fast": Text("はやい", "fast"),
    "position": Text("{at} / {total}", "{at} of {total}"),
    "quiet": Text(
        "まだ何も送っていません。送信すると、メールの通り道がここに出ます。",
        "Nothing has been sent yet. After you press Send, the way of the message appears here.",
    ),
    "replay": Text(
        "サーバーはもう終えています。ここでは記録を順に再生しています。線を選ぶと、やりとりの記録が開きます。",
        "The servers have finished. This is a replay of the record, in order. Choose an arrow to see what was said.",
    ),
    "open": Text("{sentence}。やりとりの記録を開く", "{sentence}. Show what was said"),
    "words": Text("道のりを文章で読む", "Read the way as text"),
    "no_layout": Text(
        "図を描けませんでした。道のりは下の文章で読めます。",
        "The map could not be drawn. The text below says the same.",
    ),
}

CONSOLE: Texts = {
    "heading": Text("サーバーと話す", "Talk to the server"),
    "to": Text("話す相手", "Talk to"),
    "connect": Text("つなぐ", "Connect"),
    "reconnect": Text("つなぎ直す", "Connect anew"),
    "hang_up": Text("切る", "Hang up"),
    "dialogue": Text("サーバーとの会話", "The conversation with the server"),
    "empty": Text(
        "「つなぐ」を押すと本物のサーバーにつながり、交わした言葉が 1 行ずつここに出ます。",
        "Connect opens a real connection to a server. What is said appears here, line by line.",
    ),
    "client": Text("あなた：", "You: "),
    "server": Text("サーバー：", "Server: "),
    "refused": Text("拒否", "Refused"),
    "send": Text("送る", "Send"),
    "type_command": Text("あなたの番", "Your turn"),
    "type_content": Text("手紙（何行でも書けます）", "The letter (as many lines as you like)"),
    "type_secret": Text("合言葉", "The secret word"),
    "note_command": Text(
        "Enter で送ります。↑↓ で前に打った行、Tab で続きを補います。大文字でも小文字でもかまいません。",
        "Enter sends. ↑↓ bring back earlier lines, Tab completes what you have begun. Capitals do not matter.",
    ),
    "note_http": Text(
        "Enter で送ります。↑↓ で前に打った行が出ます。GET は大文字で打ちます。頼みは、空の行で終わります。",
        "Enter sends. ↑↓ bring back earlier lines. GET has to be in capitals. An empty line ends the request.",
    ),
    "note_content": Text(
        "書いたとおりに送られます。ピリオドだけの行が、手紙の終わりです。Ctrl + Enter でも送れます。",
        "It is sent as it stands. A line with nothing but a full stop ends it. Ctrl + Enter sends too.",
    ),
    "note_secret": Text(
        "打ったものはあなたの画面にだけ出ます。記録では *** になります。",
        "What you type shows on your own page alone; the record has *** in its place.",
    ),
    "fits": Text(
        "いま言えること（押すと入力欄に入ります）", "What fits now (press one to have it in the line)"
    ),
    "sample": Text("手紙の見本を入れる", "A sample letter"),
    "word": Text("合言葉を作る（AUTH PLAIN）", "Make the word (AUTH PLAIN)"),
    "word_how": Text(
        "ユーザー ID とパスワードの前に、それぞれ NUL という目に見えない 1 文字（`⟨NUL⟩`）を置いてつなぎ、base64 で書き直します。",
        "User ID and password are joined, each with an invisible character called NUL (`⟨NUL⟩`) before it, and rewritten in base64.",
    ),
    "user": Text("ユーザー ID", "User ID"),
    "password": Text("パスワード", "Password"),
    "word_joined": Text("つなぐと：", "Joined:"),
    "word_base64": Text("base64 では：", "In base64:"),
    "word_take": Text("入力欄に入れる", "Put it into the line"),
    "word_warning": Text(
        "base64 は暗号ではありません。だれでも元に戻せます。だから、ふだんは暗号化した接続の中で使います。",
        "Base64 is no secret code: anybody can undo it. That is why it is normally used inside an encrypted connection.",
    ),
    "states": Text("会話の段階", "Where the conversation stands"),
    "present": Text("いまここ：", "Now: "),
    "nowhere": Text("まだつながっていません。", "Not connected yet."),
    "diagram": Text(
        "会話の段階の図。いまは「{state}」です。", "State diagram of the conversation. It stands at: {state}."
    ),
    "in_words": Text("図を文章で読む", "Read the diagram as text"),
    "no_layout": Text(
        "図を描けませんでした。下の文章で読めます。",
        "The diagram could not be drawn. The text below says the same.",
    ),
}

DIALOGUE_BY_HAND: Texts = {
    **DIALOGUE,
    "empty": Text(
        "サーバーがメールを預かると、そのメールについてコンピューターどうしが交わした言葉が、1 行ずつここに出ます。",
        "Once the server has taken your message, what the machines say to each other about it appears here.",
    ),
}

DIALOGUE_TALK: Texts = {
    **DIALOGUE,
    "heading": Text("これまでの会話", "Conversations so far"),
    "empty": Text(
        "あなたとサーバーの会話が、つないだ順にここに残ります。",
        "Your conversations with servers are kept here, in the order in which you connected.",
    ),
    "speed": Text(
        "つながっていた時間は、合わせて {ms} ミリ秒です。",
        "The connections were open for {ms} ms in all.",
    ),
}

MAP_BY_HAND: Texts = {
    **MAP,
    "quiet": Text(
        "まだ何も預けていません。サーバーがメールを預かると、そこからの通り道がここに出ます。",
        "Nothing has been handed over yet. Once the server has taken your message, its way appears here.",
    ),
}

MAILBOX: Texts = {
    "heading": Text("サーバーのメールボックス", "Mailbox on the server"),
    "where": Text("{host} の中", "on the server {host}"),
    "empty": Text("空です", "Empty"),
    "used": Text("使用量", "In use"),
    "usage": Text("{used} / 上限 {quota}", "{used} of {quota}"),
    "unlimited": Text("{used}（上限なし）", "{used}, no limit"),
    "bounce": Text("エラーメール", "Bounce"),
    "seen": Text("既読", "Read"),
    "unseen": Text("未読", "Unread"),
    "no_subject": Text("（件名なし）", "(no subject)"),
    "quiet": Text("いまは空です。", "It is empty now."),
}

DEVICE: Texts = {
    "heading": Text("{name}：受信トレイ", "{name}: inbox"),
    "fetch": Text("受信", "Fetch"),
    "fetching": Text("受信しています…", "Fetching…"),
    "empty": Text(
        "まだ何もありません。「受信」を押すと、サーバーから IMAP で取ってきます。",
        "Nothing here yet. “Fetch” gets it from the server by IMAP.",
    ),
    "bounce": Text("エラーメール", "Bounce"),
    "unread": Text("未読", "Unread"),
    "no_subject": Text("（件名なし）", "(no subject)"),
    "open": Text("開く", "Open"),
    "close": Text("閉じる", "Close"),
    "delete": Text("削除", "Delete"),
}

SIGN_IN: Texts = {
    "heading": Text("{name} でサインインする", "{name}: sign in"),
    "user": Text("ユーザー ID", "User ID"),
    "password": Text("パスワード", "Password"),
    "secret": Text(
        "正しいパスワードは {secret} です。この実験だけのものです。",
        "The right password is {secret}. It is good in this experiment alone.",
    ),
    "protocol": Text("受信のプロトコル", "Protocol"),
    "go": Text("サインインして受信", "Sign in and fetch"),
    "going": Text("サーバーに聞いています…", "Asking the server…"),
    "refused": Text("サーバーの返事：", "The server says: "),
    "let_in": Text("サインインできました。", "Signed in."),
    "empty": Text(
        "まだ何もありません。メールはサーバーにあります。",
        "Nothing here yet. The mail is on the server.",
    ),
}

WAITING: Texts = {
    "heading": Text("{name}とサーバーをつなぐ線", "{name}: the line to the server"),
    "waits": Text(
        "つないだまま、黙って待っています（IDLE）",
        "Connected, and waiting in silence (IDLE)",
    ),
    "alone": Text(
        "つないでいません。「受信」を押したときだけ聞きに行きます",
        "Not connected. It looks only when you press Fetch",
    ),
    "wait": Text("つないだまま待つ", "Wait on the line"),
    "stop": Text("待つのをやめる", "Stop waiting"),
}

LETTER: Texts = {
    "no_subject": Text("（件名なし）", "(no subject)"),
    "reply": Text("返信", "Reply"),
    "ask": Text("このエラーメールを調べてもらう", "Ask the doctor about this bounce"),
    "close": Text("閉じる", "Close"),
    "show": Text("開いて見る", "Show it"),
    "raw": Text("ソースをそのまま見る", "See the raw source"),
    "group_header": Text("ヘッダー", "The header"),
    "group_people": Text("第 1 部：人が読む説明", "Part 1: for people"),
    "group_machines": Text("第 2 部：プログラムが読む報告", "Part 2: for programs"),
    "group_returned": Text("第 3 部：返ってきたメール", "Part 3: what was returned"),
    "part_from": Text("差出人", "Who it is from"),
    "part_return-path": Text("エラーの返送先", "Where errors would go"),
    "part_subject": Text("件名", "Subject"),
    "part_auto-submitted": Text("自動送信のしるし", "Sent by a program"),
    "part_text": Text("人に向けた説明", "The explanation for people"),
    "part_reporting-mta": Text("このメールを書いたサーバー", "The server that wrote this"),
    "part_final-recipient": Text("届かなかった宛先", "The address it did not reach"),
    "part_action": Text("結果", "The outcome"),
    "part_status": Text("状態コード", "The status code"),
    "part_remote-mta": Text("断ったサーバー", "The server that refused"),
    "part_diagnostic-code": Text("断ったときの言葉", "The words of refusal"),
    "part_original": Text("返ってきた元のメール", "The message that was returned"),
    "view": Text("本文の見せ方", "How to show the message"),
    "view_html": Text("HTML", "HTML"),
    "view_text": Text("文字だけ", "Plain text"),
    "html_only": Text(
        "このメールには HTML だけが入っていて、文字だけの形はありません。",
        "This message has HTML alone; no plain text came with it.",
    ),
    "html_title": Text("メールの HTML（安全な枠の中）", "The message’s HTML, in a safe frame"),
    "cleaning": Text("用意しています…", "Getting it ready…"),
    "no_html": Text(
        "HTML を安全に表示する部品が読み込めないため、表示しません。「文字だけ」かソースで読めます。",
        "The HTML is not shown, because the part that makes it safe could not be loaded. Read the plain text or the source.",
    ),
    "no_body": Text("本文はありません。", "The message has no text."),
    "no_text": Text("（文字なし）", "(no text)"),
    "cut": Text(
        "長いので、続きは省いています。全体は保存して読めます。",
        "It goes on; only the beginning is shown. Save the whole message to read it all.",
    ),
    "image": Text("画像", "picture"),
    "remote_one": Text(
        "外部の画像 1 個を読み込みませんでした。読み込むと、メールを開いたことと時刻が送り主に伝わるからです。",
        "1 remote image was not loaded, because loading it would tell the sender that you opened the message, and when.",
    ),
    "remote": Text(
        "外部の画像 {count} 個を読み込みませんでした。読み込むと、メールを開いたことと時刻が送り主に伝わるからです。",
        "{count} remote images were not loaded, because loading them would tell the sender that you opened the message, and when.",
    ),
    "removed": Text(
        "メールには要らず、危ないことにも使えるため、取り除いた部分があります：{what}",
        "Taken out, because mail needs none of it and harm can be done with it: {what}",
    ),
    "links": Text("リンクの本当の行き先（{count}）", "Where the links really lead ({count})"),
    "links_note": Text(
        "メールの中のリンクは押しても動きません。行き先を確かめて、開くと決めたものだけを押してください。",
        "The links in the message do nothing. Look at where each leads, and press only one that you have decided to open.",
    ),
    "claims": Text(
        "文字では {claims} と書いてありますが、行き先は {host} です。",
        "Its words say {claims}, but it leads to {host}.",
    ),
    "attachments": Text("添付ファイル（{count}）", "Attachments ({count})"),
    "attachments_note": Text(
        "ここでは開きません。保存しても、送り主に心当たりがなければ開かないでください。",
        "They are never opened here. If you save one, do not open it unless you know who sent it.",
    ),
    "unlisted": Text(
        "ほかに {count} 個あります。全体を保存すると取り出せます。",
        "There are {count} more. Save the whole message to get at them.",
    ),
    "twice": Text(
        "名前に種類が二つ書いてあります。本当の種類は、最後の {ending} です。",
        "The name has two endings. What counts is the last one, {ending}.",
    ),
    "save": Text("保存", "Save"),
    "save_whole": Text("メール全体を保存（.eml）", "Save the whole message (.eml)"),
    "fetching": Text("{at} / {total} を取り出しました…", "{at} of {total} fetched…"),
    "saved": Text("{file} をブラウザーに渡しました。", "{file} was handed to the browser."),
    "no_answer": Text(
        "返事がないため取り出せませんでした。もう一度試してください。",
        "It could not be fetched, because there was no answer. Try again.",
    ),
    "unfold": Text("メールとして開く", "Show as a message"),
    "fold": Text("たたむ", "Fold"),
    "fields": Text("ヘッダーを 1 行ずつ読む（{count}）", "The header, line by line ({count})"),
    "raw_cut": Text(
        "{size} のうち、最初の {shown} を表示しています。", "The first {shown} of {size} are shown."
    ),
}

DOCTOR: Texts = {
    "heading": Text("調べたいメール", "The message to look into"),
    "paste": Text("エラーメールのソース、または本文", "The source or the text of the bounce"),
    "paste_how": Text(
        "丸ごと貼りつけてください。ソース（ヘッダーも含む元のデータ）なら、いちばん確かに読めます。",
        "Paste all of it. The source, with its whole header, can be read best.",
    ),
    "privacy": Text(
        "貼りつけた内容は、この本を動かしているコンピューターにだけ渡ります。`python3 course.py start` で起動したのなら、あなたのコンピューターです。どこにも保存せず、外から何かを読み込むこともありません。",
        "What you paste goes only to the computer that runs this book: your own, if you started it with `python3 course.py start`. Nothing is stored, and nothing is fetched from elsewhere.",
    ),
    "examine": Text("調べる", "Examine"),
    "choose": Text("ファイルを選ぶ（.eml）", "Choose a file (.eml)"),
    "drop": Text("ここにドロップすると調べます", "Drop the file here to have it examined"),
    "clear": Text("消す", "Clear"),
    "undo": Text("元に戻す", "Undo"),
    "cleared": Text("消しました。「元に戻す」で取り消せます。", "Cleared. “Undo” brings everything back."),
    "replaced": Text(
        "入力欄を見本に置き換えました。「元に戻す」で取り消せます。",
        "The sample took the place of what was in the field. “Undo” brings that back.",
    ),
    "samples": Text("手元になければ、見本で試せます", "None at hand? Try a sample"),
    "sample_user-unknown": Text("見本：ユーザーがいない", "Sample: no such user"),
    "sample_host-unknown": Text("見本：ドメインがない", "Sample: no such domain"),
    "sample_two-recipients": Text("見本：宛先が二つ", "Sample: two recipients"),
    "bringing": Text("{name} を読んでいます（{percent} %）", "Reading {name} ({percent} %)"),
    "working": Text("調べています（{seconds} 秒）", "Examining ({seconds} s)"),
    "pasted": Text("貼りつけたメール", "the pasted message"),
    "empty_what": Text("まだ何も入っていません。", "There is nothing to examine yet."),
    "empty_why": Text("調べるメールがありません。", "The field is empty."),
    "empty_do": Text(
        "エラーメールを貼りつけるか、ファイルか見本を選んでください。",
        "Paste a bounce, or choose a file or a sample.",
    ),
    "large_what": Text("{name} は {size} あり、読んでいません。", "{name} has {size} and was not read."),
    "large_why": Text(
        "ここで調べられるのは {limit} までです。エラーメールはふつう数十 KB です。",
        "At most {limit} can be examined here. A bounce usually has a few kilobytes.",
    ),
    "large_do": Text(
        "エラーメールをテキストとして開き、説明の部分だけを貼りつけてください。入力欄はそのままです。",
        "Open the bounce as text and paste the explanation alone. The field is as it was.",
    ),
    "unread_what": Text("{name} を読めませんでした。", "{name} could not be read."),
    "unread_why": Text(
        "ファイルが動かされたか、読み取りが許されていないか、フォルダーです。",
        "The file was moved, may not be read, or is a folder.",
    ),
    "unread_do": Text(
        "もう一度選ぶか、中身を貼りつけてください。", "Choose it again, or paste what it contains."
    ),
    "silent_what": Text("調べられませんでした。", "It could not be examined."),
    "silent_why": Text(
        "この本を動かしているプログラムが返事をしません。",
        "The program that runs this book does not answer.",
    ),
    "silent_do": Text(
        "入力した内容は残っています。もう一度「調べる」を押してください。だめなら、このページの案内に従って実験を始め直してください。",
        "What you entered is still here. Press Examine again. If that does not help, start the experiments again as this page offers.",
    ),
    "found": Text("わかったこと", "What it says"),
    "about": Text("調べたもの：{name}", "Examined: {name}"),
    "back": Text("実験のエラーメールに戻る", "Back to the bounce in the experiment"),
    "forwarded": Text(
        "エラーメールは、このメールの中に入っていました。", "The bounce was found inside this message."
    ),
    "recipient": Text("宛先：", "Recipient: "),
    "nobody": Text("このメールには書かれていません", "the message does not say"),
    "happened": Text("何が起きたか", "What happened"),
    "codes": Text("番号：", "Codes: "),
    "no_codes": Text("返事の番号は、このメールに書かれていません。", "The message gives no code for it."),
    "evidence": Text("どこまで確かか、その根拠", "How sure that is, and from what"),
    "no_evidence": Text("原因を示す行はありません。", "No line says why."),
    "against": Text("（別の原因「{name}」を指す行）", "(this line points to another cause: {name})"),
    "author": Text("だれが書き、だれが断ったか", "Who wrote it, and who refused"),
    "permanence": Text("一時的か、恒久的か", "Is it permanent?"),
    "movers": Text("動くのはだれか", "Whose move it is"),
    "do": Text("いま、どうするか", "What to do now"),
    "doubts": Text("食い違っているところ", "Where it contradicts itself"),
    "more": Text(
        "宛先はほかに {count} 件あります。すべて読むには、`python -m mailserver_lab explain ファイル名` を使ってください。",
        "There are {count} more recipients. `python -m mailserver_lab explain FILE` tells of all.",
    ),
}

NEXT: Texts = {
    "next": Text("つぎの一手", "Next"),
    "explain": Text("何が起きたのか", "What happened"),
}

NO_LAB: Mapping[str, Text] = {
    "what": Text("この実験のサーバーにつながりません。", "This experiment’s servers cannot be reached."),
    "why": Text(
        "実験用のサーバー（ラボ）が動いていないか、返事をしていません。",
        "The lab that runs them is not running, or does not answer.",
    ),
    "do": Text(
        "「もう一度つなぐ」を押してください。だめなら、端末で python3 course.py start を実行し直してください。",
        "Press “Connect again”. If that does not help, run python3 course.py start again in a terminal.",
    ),
}

UNEXPECTED: Mapping[str, Text] = {
    "what": Text("頼まれたことができませんでした。", "That could not be done."),
    "why": Text("ラボの中で思わぬことが起きました（{kind}）。", "Something unforeseen happened in the lab ({kind})."),
    "do": Text(
        "もう一度試してください。続くようなら「最初から」を押してください。",
        "Try again. If it goes on, press “Start over”.",
    ),
}  # fmt: skip
