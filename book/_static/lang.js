// The way to the same page in the other language. Chapters and anchors have the same names in both, so #anchor is kept.
document.addEventListener("DOMContentLoaded", () => {
  const here = location.pathname.match(/^(.*)\/(ja|en)\/(.*)$/);
  const bar = document.querySelector(".header-article-items__end, .header-article-items, .bd-header-article");
  if (!here || !bar) return;
  const language = here[2] === "ja" ? "en" : "ja";
  const link = document.createElement("a");
  link.className = "language-switch";
  link.lang = link.hreflang = language;
  link.textContent = language === "ja" ? "日本語" : "English";
  const target = () => `${here[1]}/${language}/${here[3] || "index.html"}${location.hash}`;
  link.href = target();
  link.addEventListener("click", () => {
    link.href = target();
    try { localStorage.setItem("book-language", language); } catch { /* storage may be forbidden */ }
  });
  bar.append(link);
});
