// Stands in for sanitize-html, which base-manager imports; see Manager.inline_sanitize.
export default () => {
  throw new Error("sanitize-html is not part of this bundle");
};
