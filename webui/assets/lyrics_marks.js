// The lines' times as marks on the waveform; each can be dragged to another time.

import { clock, state } from "./lyrics_lines.js";

const root = document.getElementById("lyrics"), holder = root.querySelector(".player .marks");
const length = Number(root.dataset.lengthMs);
let held = null;

const share = (ms) => Math.min(100, (ms / length) * 100) + "%";

/** Draws the marks anew, the chosen line's with its own sign. */
export function marks() {
  if (!holder || !length || held) return;
  holder.replaceChildren(...state.lines.flatMap((line, place) => {
    if (line.from === null) return [];
    const mark = document.createElement("span");
    mark.className = place === state.chosen ? "mark line-mark chosen" : "mark line-mark";
    // The player puts marks in their place by these, once it knows the song.
    Object.assign(mark.dataset, { at: line.from / 1000, until: line.from / 1000, place });
    mark.title = `${clock(line.from)} ${line.text}`;
    mark.style.left = share(line.from);
    return [mark];
  }));
}

/** Calls `act` with a line's place and the time it was dragged to; none where it was only touched. */
export function whenDragged(act) {
  const at = (event) => {
    const box = holder.getBoundingClientRect();
    return Math.round(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * length);
  };
  holder?.addEventListener("pointerdown", (event) => {
    const mark = event.target.closest(".line-mark");
    if (!mark || event.button > 0) return;
    event.preventDefault();
    held = { mark, from: event.clientX, isMoved: false };
    mark.setPointerCapture(event.pointerId);
  });
  holder?.addEventListener("pointermove", (event) => {
    if (!held) return;
    held.isMoved ||= Math.abs(event.clientX - held.from) > 3;
    if (held.isMoved) held.mark.style.left = share(at(event));
  });
  for (const kind of ["pointerup", "pointercancel"]) holder?.addEventListener(kind, (event) => {
    if (!held) return;
    const { mark, isMoved } = held;
    held = null;
    act(Number(mark.dataset.place), isMoved && kind === "pointerup" ? at(event) : null);
  });
}
