// Sends a page's forms without leaving it, says when one was not sent, and keeps what was typed until it was.
// Without this file the browser sends them itself.
(() => {
  const unsent = document.querySelector("[data-unsent]");
  const forms = [...document.querySelectorAll("form[data-act]")];
  // Several forms of a page may do the same to different things: what they do it to is in a hidden field.
  const thing = (form) => ["chapter", "key", "name"].map((one) => form.querySelector(`[type=hidden][name=${one}]`)?.value || "").join("");
  const place = (form, field) => [location.pathname, form.dataset.act, thing(form), field.name].join(" ");
  const fields = (form) => [...form.querySelectorAll("input[type=text], textarea, select")];
  const store = { get: (key) => { try { return sessionStorage.getItem(key); } catch { return null; } },
    set: (key, text) => { try { sessionStorage.setItem(key, text); } catch {} },
    drop: (key) => { try { sessionStorage.removeItem(key); } catch {} } };
  const body = (form, button) => {
    const data = new FormData(form);
    if (button?.name) data.set(button.name, button.value);
    return form.enctype.startsWith("multipart") ? data : new URLSearchParams(data);
  };
  forms.forEach((form) => {
    fields(form).forEach((field) => {
      const kept = field.tagName === "SELECT" ? null : store.get(place(form, field));
      if (kept && kept !== field.value && (!field.value || field.value === field.defaultValue)) {
        field.value = kept;
        const fold = form.closest("details");
        if (fold) fold.open = true;
      }
      field.addEventListener("input", () => store.set(place(form, field), field.value));
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = event.submitter || form.querySelector("button");
      const buttons = [...form.querySelectorAll("button")];
      if (buttons.some((one) => one.getAttribute("aria-disabled") === "true")) return;
      buttons.forEach((one) => one.setAttribute("aria-disabled", "true"));
      unsent.hidden = true;
      try {
        const answer = await fetch(form.action, { method: "POST", headers: { Accept: "text/html" }, body: body(form, button),
          signal: AbortSignal.timeout(20000) });
        if (answer.redirected && answer.ok) {
          // Who has to sign in first finds the words again afterwards.
          if (new URL(answer.url).pathname !== "/sign-in") fields(form).forEach((field) => store.drop(place(form, field)));
          location.replace(answer.url);
          return;
        }
        const said = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
        if (!said) throw new Error("no page of ours");
        document.querySelector("main").replaceWith(said);
        const alarm = document.querySelector("[role=alert]:not([hidden])");
        if (alarm) { alarm.tabIndex = -1; alarm.focus(); alarm.scrollIntoView({ block: "center" }); }
        const next = document.createElement("script");
        next.src = document.querySelector("script[src*='actions.js']").src;
        document.head.append(next);
      } catch {
        unsent.hidden = false;
        unsent.tabIndex = -1;
        unsent.focus();
        unsent.scrollIntoView({ block: "center" });
        buttons.forEach((one) => one.removeAttribute("aria-disabled"));
      }
    });
  });
})();
