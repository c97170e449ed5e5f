// Names and roles that the theme's parts lack, or have in English alone.
document.addEventListener("DOMContentLoaded", () => {
  const ja = document.documentElement.lang === "ja";
  const names = [
    [".theme-switch-button", ja ? "明るさの切り替え" : "Light or dark"],
    [".primary-toggle", ja ? "目次を開く・閉じる" : "Open or close the contents"],
    [".secondary-toggle", ja ? "このページの内容を開く・閉じる" : "Open or close this page's contents"],
    ["nav.bd-docs-nav", ja ? "目次" : "Contents"],
  ];
  for (const [selector, name] of names) {
    for (const element of document.querySelectorAll(selector)) {
      element.setAttribute("aria-label", name);
      if (element.matches("button")) element.title = name;
    }
  }
  // The book's title belongs to a landmark, as all of a page does.
  document.querySelector(".navbar-brand")?.parentElement.setAttribute("role", "banner");
  // What only shows which mode is on has no name of its own: neither now, nor when Font Awesome has drawn it, soon or late.
  for (const button of document.querySelectorAll(".theme-switch-button")) {
    const hide = () => {
      for (const icon of button.querySelectorAll("i, svg")) {
        icon.removeAttribute("title");
        icon.removeAttribute("aria-labelledby");
        icon.querySelector("title")?.remove();
        icon.setAttribute("aria-hidden", "true");
      }
    };
    hide();
    new MutationObserver(hide).observe(button, { childList: true });
  }
});
