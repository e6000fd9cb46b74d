// What stands beside the canvas: the songs in order with what is wrong with them, and the chosen song's own panel.

import { board, button, canvas, draw, find, listed, node, on, show, state } from "./programme_state.js";
import { clock, disc, faultsOf, fit, known, laid, listOf, numberOf, song, songsOf, toldOf, whole } from "./programme_laid.js";
import { choose, set, step, steps, turnDisc } from "./programme_steps.js";

const form = find("form.song-panel"), field = form.elements;
export const put = (own, name, value) => { if (document.activeElement !== own[name]) own[name].value = value; };

function songs() {
  const lines = laid();
  find(".songs-in-order").replaceChildren(...lines.map((line) => {
    const item = node("li");
    item.append(button(`${numberOf(line.index)} ${line.song.title}`, () => { choose(line.index); show(); }, line.index === state.chosen), node("span", ` at ${clock(line.at)}, ${clock(line.end - line.at)} long`, { className: "hint" }));
    for (const fault of faultsOf(line.index)) {
      const words = (fault.at ? `At ${fault.at}: ` : "") + fault.words[0].toUpperCase() + fault.words.slice(1) + ".";
      item.append(node("p", words, { className: "problem" }));
    }
    const clipped = state.isKept && toldOf(line.index)?.clipped;
    if (clipped) item.append(node("p", clipped, { className: "problem" }));
    return item;
  }));
  const missing = state.view.songs.filter((one) => !state.programme.disc.some((own) => songsOf(own).some((each) => each.track === one.track)));
  find(".left-off").replaceChildren(...(missing.length ? ["Left off: "] : []), ...missing.map(({ title, track }) => button(`put in ${title}`, () => step(() => { disc().track.push({ title, track }); }))));
  find(".length").textContent = clock(state.tried?.discs[state.disc]?.seconds ?? whole());
  return lines;
}
function panel() {
  const one = song(), own = known(one);
  find(".chosen-title").textContent = one.title;
  put(field, "gap", one.gap ?? "");
  field.gap.placeholder = state.chosen ? state.programme.gap ?? "" : "none";
  put(field, "start", one.start ?? "");
  put(field, "end", one.end ?? "");
  for (const end of ["fade_in", "fade_out", "segue"]) {
    put(field, end, one[end]?.length ?? "");
    put(field, end + "_shape", one[end]?.shape ?? field[end + "_shape"].options[0].value);
  }
  const mark = one.segue?.mark ?? "middle";
  if (![...field.segue_mark.options].some((known) => known.value === mark)) field.segue_mark.append(new Option(`${mark} later`, mark));
  put(field, "segue_mark", mark);
  put(field, "indexes", (one.indexes || []).join(", "));
  put(field, "gain_db", one.gain_db ?? 0);
  put(field, "tilt_db", one.tilt_db ?? 0);
  field.version.replaceChildren(...(own?.versions || []).map((version) => new Option(`${version.number} (revision ${version.revision})`, version.number, false, version.number === (one.version ?? own.version))));
  find(".told-of-song").textContent = [...(own?.findings || []), ...(own?.comments || []).map((said) => `${clock(said.seconds).split(".")[0]} ${said.by}: ${said.words}`)].join(" \u00b7 ");
}
function discs() {
  find(".discs").hidden = state.programme.disc.length < 2;
  find(".discs").replaceChildren(...state.programme.disc.map((own, n) => button(own.title || `Disc ${n + 1}`, () => turnDisc(n), n === state.disc, "second")));
}
function told() {
  if (state.isFitted) fit();
  draw();
  const lines = songs();
  panel();
  discs();
  const { back, again } = steps();
  for (const [name, isOff] of [["undo", !back], ["redo", !again], ["keep", state.isKept || state.view.standing === "closed"]]) { const own = find(`[data-do=${name}]`); if (own) own.disabled = isOff; }
  canvas.setAttribute("aria-label", `Programme: ${lines.length} songs, ${song().title} is chosen`);
  board.dataset.chosen = String(numberOf(state.chosen));
  board.dataset.order = listOf().map((each) => each.title).join("|");
  board.dataset.kept = state.isKept ? "yes" : "no";
  board.dataset.faults = String(state.tried ? state.tried.faults.length : -1);
}
on("show", told);

board.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", (event) => {
  const { name, value } = event.target, one = song();
  if (!name.startsWith("tone")) step(() => {
    if (["gap", "start", "end"].includes(name)) set(name, value.trim());
    else if (["gain_db", "tilt_db"].includes(name)) set(name, Number(value));
    else if (name === "version") one.version = Number(value);
    else if (name === "indexes") set(name, listed(value));
    else {
      const which = name.replace(/_(shape|mark)$/, ""), length = field[which].value.trim();
      set(which, length && { length, shape: field[which + "_shape"].value, ...(which === "segue" && { mark: field.segue_mark.value }) });
    }
  });
});
