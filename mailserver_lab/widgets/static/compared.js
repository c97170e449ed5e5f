// A table of what was tried: a row for each mail system. Where it is narrow, each row becomes a block with its headings beside.

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    el.classList.add("mb-panel", "mb-compared");
    const heading = h("h4", { id: unique("compared") }, texts.heading);
    const empty = h("p", { class: "mb-empty" }, texts.empty);
    const body = h("tbody", { role: "rowgroup" });
    const columns = ["program", "reply", "status", "bounce"];
    // the roles are said once more: as blocks, the elements would lose them
    const head = h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...columns.map((name) => h("th", { role: "columnheader", scope: "col" }, texts[name]))));
    const table = h("table", { class: "mb-tried", role: "table", "aria-labelledby": heading.id }, head, body);
    const summary = h("p", { class: "mb-tally", role: "status" });
    el.append(heading, empty, table, summary);

    /** A code whose first digit, the one that counts, stands out. */
    const coded = (text) => h("code", {}, h("b", { class: "mb-digit" }, text.slice(0, 1)), text.slice(1));
    const cell = (name, ...children) => h("td", { role: "cell", "data-label": texts[name] }, ...children);
    const row = (one) =>
      h(
        "tr",
        { role: "row" },
        h("th", { role: "rowheader", scope: "row" }, one.program),
        cell("reply", ...one.replies.map(coded)),
        cell("status", coded(one.status)),
        cell("bounce", ...(one.sender ? [h("span", {}, mailAddress(one.sender)), h("span", {}, h("bdi", {}, one.subject))] : [h("span", { class: "mb-empty" }, texts.waiting)])),
      );

    return follow(model, ["rows", "summary"], () => {
      const rows = model.get("rows");
      empty.hidden = rows.length > 0;
      table.hidden = rows.length === 0;
      body.replaceChildren(...rows.map(row));
      summary.textContent = model.get("summary");
    });
  },
};
