// Small comforts: news of the order, sending files with their progress, no double clicks.

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

function send(form, file, line) {
  return new Promise((done, failed) => {
    const data = new FormData();
    for (const name of ["form_token", "key"]) data.append(name, form.elements[name].value);
    data.append("folder", form.elements.folder.value);
    data.append("files", file, file.name);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => { line.querySelector("progress").value = event.loaded / event.total; });
    request.addEventListener("load", () => {
      if (request.status < 300) { done(); return; }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      failed(new Error(page.querySelector(".lead")?.textContent || "This file was not taken (" + request.status + ")."));
    });
    request.addEventListener("error", () => failed(new Error("The connection broke off; send it again.")));
    request.open("POST", form.action);
    request.send(data);
  });
}

function drop(form) {
  const input = form.elements.files, target = form.querySelector(".drop-target"), list = form.querySelector(".sending");
  const button = form.querySelector("[type=submit]");
  button.hidden = true;
  input.required = false;
  const take = async (files) => {
    const lines = [...files].map((file) => {
      const line = document.createElement("li");
      const name = document.createElement("span"), state = document.createElement("span"), bar = document.createElement("progress");
      name.textContent = file.name;
      name.className = "file";
      state.textContent = "waits";
      bar.max = 1;
      bar.value = 0;
      line.append(name, state, bar);
      list.append(line);
      return { file, line, state };
    });
    let failures = 0;
    for (const { file, line, state } of lines) {
      state.textContent = "is being sent";
      try {
        await send(form, file, line);
        state.textContent = "has arrived";
        line.querySelector("progress").remove();
      } catch (error) {
        failures += 1;
        state.textContent = error.message;
      }
    }
    if (!failures) setTimeout(() => { list.replaceChildren(); location.reload(); }, 1500);
  };
  input.addEventListener("change", () => take(input.files));
  for (const kind of ["dragenter", "dragover"]) target.addEventListener(kind, (event) => { event.preventDefault(); target.classList.add("over"); });
  for (const kind of ["dragleave", "drop"]) target.addEventListener(kind, (event) => { event.preventDefault(); target.classList.remove("over"); });
  target.addEventListener("drop", (event) => take(event.dataTransfer.files));
}

document.querySelectorAll("[data-upload]").forEach(drop);
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
