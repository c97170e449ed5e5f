// A small Python editor: loaded only by pages that have code to edit.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// Colours are the page's CSS variables, so that light and dark follow the theme without a word from here.
const highlight = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--role-client)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--role-server)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--role-dns)" },
  { tag: tags.comment, color: "var(--text-secondary)", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.definition(tags.variableName)], color: "var(--role-bounce)" },
]);

/** An editor in `parent`. `run` is called at Shift-Enter. */
export function createEditor({ parent, source, label, run }) {
  const view = new EditorView({
    parent,
    doc: source,
    extensions: [
      keymap.of([{ key: "Shift-Enter", run: () => (run(), true) }]),
      history(),
      drawSelection(),
      bracketMatching(),
      indentOnInput(),
      indentUnit.of("    "),
      EditorState.tabSize.of(4),
      keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
      python(),
      syntaxHighlighting(highlight),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": label }),
    ],
  });
  // The theme takes a single "/" for a wish to search, wherever it is typed.
  parent.addEventListener("keydown", (event) => event.ctrlKey || event.metaKey || event.stopPropagation());
  return {
    get source() {
      return view.state.doc.toString();
    },
    set source(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
  };
}
