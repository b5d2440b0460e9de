// Shows news of an open page without reloading it. Without this file every page works by its links and forms.
(() => {
  const part = document.querySelector("[data-live]");
  if (!part || !window.EventSource) return;
  const now = () => document.querySelector("[data-live]") || part;
  const open = () => new Set([...now().querySelectorAll("details[open]")].map((one) => one.id));
  let timer = 0;
  // What reads otherwise after a while though nothing happens ("in 2 minutes") says after how many seconds.
  const again = () => {
    clearTimeout(timer);
    const one = now().querySelector("[data-again]");
    if (one) timer = setTimeout(() => look().catch(() => { timer = setTimeout(look, 5000); }), 1000 * one.dataset.again + 500);
  };
  const look = async () => {
    const answer = await fetch(location.href, { headers: { "X-Part": "1" } });
    if (!answer.ok) return;
    const kept = open();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
    if (!fresh) return;
    fresh.querySelectorAll("details").forEach((one) => { if (kept.has(one.id)) one.open = true; });
    now().replaceChildren(...fresh.childNodes);
    again();
  };
  new EventSource(part.dataset.live).addEventListener("news", look);
  again();
})();
