// The chosen song's edits in words: their fields, what they make of the song, and what was asked for in it.

import { board, button, find, node, on, say, show, state } from "./programme_state.js";
import { clock, place, rateOf, seconds, song, toldOf } from "./programme_laid.js";
import { put } from "./programme_told.js";
import { step } from "./programme_steps.js";
import { NAMES, asked, chooseEdit, chosenEdit, edits, end, held, inOrder, joined, make, markAsked, namesBeside } from "./programme_edits.js";

const form = find("form.edit-panel"), field = form.elements;
const JOINS = { near: "at a zero crossing near there, or by a short crossfade", cut: "exactly there, as it is" };
const at = (s) => clock(s).replace(/\.000$/, "");

function list(where, all, name, isPressed, act) {
  find(where).replaceChildren(...all.map((one, n) => {
    const item = node("li");
    item.append(button(name(one), () => act(n), isPressed(n)));
    return item;
  }));
}
function panel() {
  const edit = chosenEdit(), region = held(), rate = rateOf(song());
  list(".edits-in-order", edits(), (one) => `${NAMES[one.what]} ${one.from} to ${one.to}`, (n) => n === state.edit, chooseEdit);
  list(".asked-for", asked(), (said) => `${at(said.seconds)}${said.until_seconds ? " to " + at(said.until_seconds) : ""} ${said.by}: ${said.words}`, (n) => n === state.asked, markAsked);
  find(".asked").hidden = !asked().length;
  put(field, "from", edit ? edit.from : region ? place(region.from, rate, state.own.scale) : "");
  put(field, "to", edit ? edit.to : region ? place(region.to, rate, state.own.scale) : "");
  for (const name of ["what", "because", "join", "times", "shape"]) field[name].disabled = !edit;
  const join = edit?.join || "near";
  if (![...field.join.options].some((one) => one.value === join)) field.join.append(new Option(`crossfade of ${join}`, join));
  field.with.replaceChildren(...namesBeside().map((one) => new Option(one, one, false, one === edit?.with)));
  put(field, "what", edit?.what || "cut");
  put(field, "because", edit?.because || "length");
  put(field, "join", join);
  put(field, "times", edit?.times ?? 1);
  put(field, "shape", edit?.shape || "cosine");
  field.times.parentElement.hidden = edit?.what !== "repeat";
  field.with.parentElement.hidden = edit?.what !== "replace";
  field.shape.parentElement.hidden = edit?.what !== "radio_fade";
  put(field, "explicit", song().explicit === undefined ? "" : song().explicit ? "yes" : "no");
  const how = edit && (joined(edit) || (edit.what === "radio_fade" ? "" : `joined ${JOINS[join] || `exactly there, by a crossfade of ${join}`}`));
  find(".joined").textContent = edit ? (how ? how[0].toUpperCase() + how.slice(1) + "." : "") : region ? `Marked: ${clock(region.to - region.from)} long.` : "Drag over the song to mark a region, or set its ends at the cursor.";
  find(".outcome").textContent = toldOf(state.chosen)?.outcome || "";
  board.dataset.region = region ? `${region.from.toFixed(3)} ${region.to.toFixed(3)}` : "";
  board.dataset.edits = edits().map((one) => `${one.what} ${one.from} ${one.to}`).join("|");
  board.dataset.edit = String(state.edit);
  board.dataset.joined = (edit && joined(edit)) || "";
  board.dataset.title = toldOf(state.chosen)?.title || "";
}
on("show", panel);

form.addEventListener("change", (event) => {
  const { name, value } = event.target, edit = chosenEdit();
  if (name === "explicit") return step(() => { if (value) song().explicit = value === "yes"; else delete song().explicit; });
  if (name === "from" || name === "to") {
    const s = seconds(value, rateOf(song()));
    if (s === null) { say(`\u201c${value}\u201d is no time: write 1:02.500, 2.5 s, 40 ms, 150 CD frames or 12345 samples.`); return show(); }
    if (!edit) return end(name, s);
    return step(() => { edit[name] = value.trim(); inOrder(edit); });
  }
  if (!edit) return show();
  if (name === "what") return make(value);
  step(() => { if (name === "times") edit.times = Math.max(1, Math.round(Number(value)) || 1); else if (name === "join" && value === "near") delete edit.join; else edit[name] = value; });
});
