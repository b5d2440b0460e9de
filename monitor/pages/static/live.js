// Shows news of an open page without reloading it, and says when none can come any more.
// Without this file every page works by its links and forms.
(() => {
  const first = document.querySelector("[data-live]");
  if (!first || !window.EventSource) return;
  const RETRY = 10000, READINGS = 120000;
  const SILENT = 60000, REFUSED = 30000; // the stream says every 25 s that it is there; too many are refused for 30 s
  const now = () => document.querySelector("[data-live]") || first;
  const headline = (part) => [...part.querySelectorAll("h1, h1 + p")].map((one) => one.textContent.trim()).join(". ");
  let stream = null, heard = Date.now(), shown = Date.now(), busy = false, missed = false, later = 0, again = 0;

  // One sentence for those who listen to the page: the whole part would be read to them anew each time.
  const say = (text) => {
    let place = document.querySelector("[data-said]");
    if (!place) {
      place = document.createElement("p");
      Object.assign(place, { className: "unseen" }).setAttribute("role", "status");
      place.dataset.said = "";
      document.querySelector("main").append(place);
    }
    place.textContent = text;
  };

  const lost = (yes) => {
    const note = document.querySelector("[data-lost]");
    if (!note || note.hidden !== yes) return;
    const time = new Date(shown).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    note.textContent = yes ? note.dataset.lost.replace("{time}", time) : "";
    note.hidden = !yes;
  };

  // What reads otherwise after a while though nothing happens ("in 2 minutes") says after how many seconds.
  const plan = () => {
    clearTimeout(again);
    const one = now().querySelector("[data-again]");
    if (one) again = setTimeout(look, 1000 * one.dataset.again + 500);
  };

  const show = (page) => {
    const part = now(), fresh = page.querySelector("[data-live]");
    if (!fresh) throw new Error("another page");
    const open = new Set([...part.querySelectorAll("details[open]")].map((one) => one.id));
    fresh.querySelectorAll("details").forEach((one) => { one.open ||= open.has(one.id); });
    const before = headline(part), places = "a, summary, button", held = document.activeElement;
    const focused = [...part.querySelectorAll(places)].indexOf(held);
    part.dataset.live = fresh.dataset.live;
    if (fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
    const next = part.querySelectorAll(places)[focused];
    if (next && next !== held) next.focus({ preventScroll: true });
    document.querySelectorAll("[data-also]").forEach((one) => {
      const other = page.getElementById(one.id);
      if (other && other.innerHTML !== one.innerHTML) one.replaceChildren(...other.childNodes);
    });
    document.title = page.title;
    if (headline(part) !== before) say(headline(part));
  };

  const look = async () => {
    if (busy) { missed = true; return; }
    busy = true;
    clearTimeout(later);
    try {
      const answer = await fetch(location.href, { headers: { "X-Part": "1" }, signal: AbortSignal.timeout(15000) });
      if (!answer.ok) throw new Error(answer.status);
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      shown = Date.now();
      lost(false);
    } catch {
      lost(true);
      later = setTimeout(look, RETRY);
    }
    busy = false;
    plan();
    if (missed) { missed = false; look(); }
  };

  // The address says what this page shows; where something else is so by now, the first answer is news.
  const listen = () => {
    if (stream) stream.close();
    heard = Date.now();
    stream = new EventSource(now().dataset.live);
    stream.addEventListener("here", () => { heard = Date.now(); });
    stream.addEventListener("news", () => { heard = Date.now(); look(); });
    stream.onerror = () => {
      if (stream.readyState === EventSource.CLOSED) heard = Date.now() - SILENT + REFUSED;
      look();
    };
  };
  const check = () => {
    if (document.visibilityState !== "visible") return;
    if (Date.now() - heard > SILENT) listen();
    if (Date.now() - shown > READINGS) look();
  };
  listen();
  plan();
  setInterval(check, RETRY);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && Date.now() - heard > RETRY) { check(); look(); }
  });
  window.addEventListener("online", () => { listen(); look(); });
  window.addEventListener("offline", look);
})();
