// Small comforts: news of the order, forms kept as they are typed, no double clicks.

const order = document.querySelector("[data-seq]");

/** A page may be drawn anew while nobody listens or writes on it, and nothing is on its way to the studio. */
function isBusy() {
  if (document.querySelector("[data-state=playing], [data-state=loading], .sending li, form[data-sent]")) return true;
  if (document.querySelector("details[open] form, form:focus-within")) return true;
  return [...document.querySelectorAll("textarea, input:not([type=hidden]):not([type=radio]):not([type=checkbox])")]
    .some((field) => field.value !== field.defaultValue && field.name !== "position");
}

function follow() {
  const address = document.body.dataset.changes;
  if (!address || !order || typeof EventSource !== "function") return;
  const news = document.getElementById("news");
  news.querySelector("a").href = location.pathname;
  const show = () => { if (isBusy()) news.hidden = false; else location.reload(); };
  const source = new EventSource(address);
  let waiting;
  source.addEventListener("change", (event) => {
    const change = JSON.parse(event.data);
    if (change.number !== order.dataset.order || change.seq <= Number(order.dataset.seq)) return;
    // Several events of one step come close together.
    clearTimeout(waiting);
    waiting = setTimeout(show, 400);
  });
  source.addEventListener("missed", show);
}

/** Keeps a form as it is typed; without script its button does. */
function keep(form) {
  const said = form.querySelector("[data-saved]");
  let waiting;
  form.addEventListener("input", () => {
    said.textContent = "";
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
      said.textContent = answer && answer.type === "opaqueredirect" ? "Kept." : "Not kept yet.";
    }, 600);
  });
}

document.querySelectorAll("form[data-autosave]").forEach(keep);

document.addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  // After the browser has gathered the fields, among them the button's own.
  if (button) setTimeout(() => { button.disabled = true; });
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) { delete form.dataset.sent; form.querySelectorAll("button").forEach((b) => { b.disabled = false; }); }
});
follow();
