// Discs and what stands on them: sides of a record with their lengths, a hidden song, index points, editions.

import { board, canvas, find, give, listed, node, on, show, state } from "./programme_state.js";
import { disc, heardAt, laid, ownX, place, rateOf, seconds, song, songsOf, x } from "./programme_laid.js";
import { LANE, colour, top } from "./programme_drawn.js";
import { put } from "./programme_told.js";
import { choose, set, step } from "./programme_steps.js";

const pen = canvas.getContext("2d");
const form = find("form.disc-panel"), field = form.elements;
const RECORDS = ["12 33", "12 45", "10 33", "10 45", "7 33", "7 45"];

/** Makes the disc a side of a record of this form, such as `12 33`, or no side. */
function record(which) {
  step(() => {
    const [inches, rpm] = which.split(" ").map(Number);
    give(disc(), "side", which && { ...disc().side, inches, rpm });
  });
}
/** By key: the next form of record, and behind the last none. */
const nextRecord = () => { const own = disc().side; record(RECORDS[own ? RECORDS.indexOf(`${own.inches} ${own.rpm}`) + 1 : 0] || ""); };

/** Where songs begin: to the sample, or on the frames of a CD. */
const grid = (which) => step(() => { state.programme.grid = which; });
const nextGrid = () => grid(state.programme.grid === "cd_frames" ? "samples" : "cd_frames");

/** Hides the chosen song before the first track, or brings the hidden one back in front of it. */
function hide() {
  const own = disc();
  step(() => {
    if (own.hidden && state.chosen === 0) { own.track.unshift(own.hidden); delete own.hidden; }
    else if (!own.hidden && own.track.length > 1) { own.hidden = own.track.splice(state.chosen, 1)[0]; choose(0); }
  });
}
/** Sets an index point at the cursor; by the same key on one, takes it away. */
function index() {
  const rate = rateOf(song()), at = state.own.cursor, near = 4 / state.own.scale;
  step(() => {
    const all = song().indexes || [], left = all.filter((one) => Math.abs(seconds(one, rate) - at) > near);
    if (left.length === all.length) left.push(place(at, rate, state.own.scale));
    left.sort((one, other) => seconds(one, rate) - seconds(other, rate));
    set("indexes", left.length ? left : null);
  });
}

/** Index points on the disc and in the song, numbered from 2. */
function drawn() {
  pen.fillStyle = colour("--ink");
  for (const line of laid()) (line.song.indexes || []).forEach((one, n) => {
    const at = heardAt(line, seconds(one, line.rate)), y = top(line);
    if (at !== null) { pen.fillRect(x(at), y + 18, 1, LANE - 26); pen.fillText(String(n + 2), x(at) + 3, y + LANE - 12); }
    if (line.index !== state.chosen) return;
    const own = ownX(seconds(one, line.rate)), [from, to] = [canvas.clientHeight - 100, canvas.clientHeight - 10];
    pen.fillRect(own, from, 1, to - from);
    pen.fillText(String(n + 2), own + 3, from + 26);
  });
}
on("draw", drawn);

function told() {
  const own = disc(), side = own.side, said = state.tried?.discs[state.disc]?.side, editions = state.programme.editions || [];
  put(field, "title", own.title || "");
  put(field, "record", side ? `${side.inches} ${side.rpm}` : "");
  put(field, "ceiling_dbtp", side?.ceiling_dbtp ?? "");
  put(field, "all_editions", editions.join(", "));
  put(field, "editions", (song().editions || []).join(", "));
  put(field, "usual_gap", state.programme.gap ?? "");
  put(field, "grid", state.programme.grid || "samples");
  board.dataset.grid = state.programme.grid || "samples";
  field.ceiling_dbtp.parentElement.hidden = !side;
  find(".side-told").textContent = said?.words || "";
  const meter = find(".side-length");
  meter.hidden = !said;
  if (said) Object.assign(meter, { max: said.longest_seconds, high: said.full_level_seconds, value: state.tried.discs[state.disc].seconds });
  find(".side-findings").replaceChildren(...(state.isKept && said ? said.findings : []).map((words) => node("li", words[0].toUpperCase() + words.slice(1) + ".")));
  const bonus = songsOf(own).filter((one) => one.editions?.length);
  find(".bonus").textContent = bonus.map((one) => `${one.title}: only on ${one.editions.join(", ")}`).join(" \u00b7 ");
  const button = find("[data-do=hide]");
  if (button) button.textContent = own.hidden && state.chosen === 0 ? "Bring it back as track 1" : "Hide it before track 1";
  board.dataset.side = said ? said.record : "";
  board.dataset.indexes = (song().indexes || []).join("|");
}
on("show", told);

form.addEventListener("change", (event) => {
  const { name, value } = event.target;
  if (name === "record") return record(value);
  if (name === "grid") return grid(value);
  step(() => {
    if (name === "title") give(disc(), "title", value.trim());
    else if (name === "usual_gap") give(state.programme, "gap", value.trim());
    else if (name === "ceiling_dbtp") { if (value) disc().side.ceiling_dbtp = Number(value); else delete disc().side.ceiling_dbtp; }
    else if (name === "editions") set("editions", listed(value));
    else give(state.programme, "editions", listed(value));
  });
});
export const acts = { side: nextRecord, grid: nextGrid, hide, index };
export const keys = { w: nextRecord, d: nextGrid, y: hide, l: index };
