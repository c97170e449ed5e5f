// What the client says, in the language of the page.

const ja = {
  off: ["ここには、動かしてためせる実験が入ります。本文はこのまま読めます。動かすには、この本のフォルダーで ", " を実行してください。"],
  starting: "実験の準備をしています…",
  run: "実行",
  stop: "中止",
  reset: "元に戻す",
  editor: (n) => `Python のコード ${n}。Esc のあと Tab で次へ進みます`,
  output: (n) => `コード ${n} の結果`,
  running: "実行中…",
  failed: "表示できませんでした",
  kernelGone: "実験を動かしていたプログラムが止まりました。コードの欄に書いたものは残っています。",
  pageDropped: "しばらく応答がなかったため、このページの実験は片付けられました。コードの欄に書いたものは残っています。",
  serverGone: "サーバーにつながりません。コードの欄に書いたものは残っています。つながるようになるまで待っています。",
  serverBack: "サーバーにまたつながるようになりました。コードの欄に書いたものは残っています。",
  notStarted: "実験を始められませんでした。本文はこのまま読めます。",
  again: "実験をもう一度始める",
  retry: "つなぎ直す",
};

const en = {
  off: ["An experiment that you can try runs here. The text reads well without it. To run it, start ", " in the folder of this book."],
  starting: "Getting the experiments ready…",
  run: "Run",
  stop: "Stop",
  reset: "Reset",
  editor: (n) => `Python code ${n}. Press Esc, then Tab, to move on`,
  output: (n) => `Result of code ${n}`,
  running: "Running…",
  failed: "This could not be shown",
  kernelGone: "The program that ran the experiments has stopped. What you wrote in the code fields is still there.",
  pageDropped: "This page was silent for a while, so its experiments were put away. What you wrote in the code fields is still there.",
  serverGone: "The server does not answer. What you wrote in the code fields is still there. Waiting for the server to come back.",
  serverBack: "The server answers again. What you wrote in the code fields is still there.",
  notStarted: "The experiments could not be started. The text reads well without them.",
  again: "Start the experiments again",
  retry: "Reconnect",
};

export const words = document.documentElement.lang.startsWith("ja") ? ja : en;
