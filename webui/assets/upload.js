// Files sent one by one with their progress; without script the form sends them all at once.

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
