// Sends a page's forms without leaving it, says when one was not sent, and keeps what was typed until it was.
// Without this file the browser sends them itself.
(() => {
  const unsent = document.querySelector("[data-unsent]");
  const forms = [...document.querySelectorAll("form[data-act]")];
  const place = (form, field) => `${location.pathname} ${form.dataset.act} ${field.name}`;
  const fields = (form) => [...form.querySelectorAll("input[type=text], select")];
  const store = { get: (key) => { try { return sessionStorage.getItem(key); } catch { return null; } },
    set: (key, text) => { try { sessionStorage.setItem(key, text); } catch {} },
    drop: (key) => { try { sessionStorage.removeItem(key); } catch {} } };
  forms.forEach((form) => {
    fields(form).forEach((field) => {
      const kept = field.type === "text" ? store.get(place(form, field)) : null;
      if (kept && !field.value) { field.value = kept; const fold = form.closest("details"); if (fold) fold.open = true; }
      field.addEventListener("input", () => store.set(place(form, field), field.value));
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true");
      unsent.hidden = true;
      try {
        const answer = await fetch(form.action, { method: "POST", headers: { Accept: "text/html" }, body: new URLSearchParams(new FormData(form)),
          signal: AbortSignal.timeout(20000) });
        if (answer.redirected && answer.ok) {
          fields(form).forEach((field) => store.drop(place(form, field)));
          location.replace(answer.url);
          return;
        }
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        document.querySelector("main").replaceWith(page.querySelector("main"));
        const said = document.querySelector("[role=alert]:not([hidden])");
        if (said) { said.tabIndex = -1; said.focus(); said.scrollIntoView({ block: "center" }); }
        const next = document.createElement("script");
        next.src = document.querySelector("script[src*='actions.js']").src;
        document.head.append(next);
      } catch {
        unsent.hidden = false;
        unsent.tabIndex = -1;
        unsent.focus();
        unsent.scrollIntoView({ block: "center" });
        button.removeAttribute("aria-disabled");
      }
    });
  });
})();
