// Signing in on a device: whose mail it is, a password, by which protocol. The server's answer stands below.

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    el.classList.add("mb-panel", "mb-signin");
    const name = unique("protocol");
    const heading = h("h4", {});
    const user = h("span", { class: "mb-fixed" });
    const secret = h("p", { id: unique("secret"), class: "mb-note" });
    // No password of the reader's: legible, and nothing should offer to keep it.
    const password = h("input", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: "200", id: unique("password"), "data-field": "password", "aria-describedby": secret.id });
    const protocols = model.get("protocols").map((one) => h("input", { type: "radio", name, value: one }));
    const go = h("button", { type: "submit", class: "mb-button mb-go" });
    const trouble = h("div", { class: "mb-problem", role: "alert" });
    const said = h("p", { role: "status" });
    const form = h(
      "form",
      { novalidate: true },
      h("div", { class: "mb-field" }, h("span", { class: "mb-label" }, texts.user), user),
      h("div", { class: "mb-field" }, h("label", { for: password.id }, texts.password), password),
      secret,
      h(
        "fieldset",
        {},
        h("legend", { class: "mb-unseen" }, texts.protocol),
        h("div", { class: "mb-protocols" }, ...protocols.map((input) => h("label", { class: "mb-option" }, input, h("span", {}, input.value.toUpperCase())))),
      ),
      trouble,
      go,
      said,
    );
    el.append(heading, form);

    const keep = () => {
      // Kept on the model and not sent, as in the form for a message: the same panel drawn again finds it there.
      model.kept = { password: password.value, protocol: protocols.find((input) => input.checked).value };
    };
    const restore = () => {
      const kept = model.kept ?? { password: model.get("password"), protocol: protocols[0].value };
      password.value = kept.password;
      for (const input of protocols) input.checked = input.value === kept.protocol;
    };
    const heard = (message) => {
      if (message.kind !== "restore") return;
      delete model.kept;
      restore();
    };
    restore();
    form.addEventListener("input", keep);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      keep();
      if (!model.get("busy") && model.get("ready")) model.send({ kind: "sign-in", ...model.kept });
    });
    model.on("msg:custom", heard);

    const stop = [
      follow(model, ["name", "user", "secret"], () => {
        heading.textContent = fill(texts.heading, { name: model.get("name") });
        user.replaceChildren(mailAddress(model.get("user")));
        secret.textContent = fill(texts.secret, { secret: model.get("secret") });
      }),
      follow(model, ["busy", "ready"], () => {
        go.textContent = model.get("busy") ? texts.going : texts.go;
        go.setAttribute("aria-disabled", String(model.get("busy") || !model.get("ready")));
      }),
      follow(model, ["said"], () => {
        const { refused } = model.get("said");
        said.className = refused ? "mb-said mb-no" : "mb-said";
        said.replaceChildren(...(refused === undefined ? [] : refused ? [sign("✕ "), texts.refused, h("code", {}, refused)] : [sign("✓ "), texts.let_in]));
      }),
      follow(model, ["problem"], () => {
        const problem = model.get("problem");
        trouble.replaceChildren(...(problem.what ? told(problem) : []));
        password.toggleAttribute("aria-invalid", Boolean(problem.what));
        if (problem.what) {
          password.setAttribute("aria-invalid", "true");
          password.focus();
        }
      }),
    ];
    return () => {
      model.off("msg:custom", heard);
      stop.forEach((end) => end());
    };
  },
};
