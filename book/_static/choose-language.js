// Leads to the reader's language: the one chosen before, else the browser's. Without JavaScript the page's two links do.
{
  let chosen = null;
  try { chosen = localStorage.getItem("book-language"); } catch { /* storage may be forbidden */ }
  const wanted = chosen ? [chosen] : navigator.languages;
  const language = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === "ja" || tag === "en") ?? "en";
  location.replace(`${language}/index.html${location.search}${location.hash}`);
}
