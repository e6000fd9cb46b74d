// The lines as they are shown: each with its time, what is wrong with it, the one that is chosen and the one that sounds.

import { clock, sheet, state, steps, wrong } from "./lyrics_lines.js";
import { marks } from "./lyrics_marks.js";

export const root = document.getElementById("lyrics");
export const find = (selector) => root.querySelector(selector);
export const list = find(".lyric-lines"), field = find("textarea[name=text]");
const said = find(".said"), length = Number(root.dataset.lengthMs);
/** What the studio refused at the last try, by the line's number. */
export const refused = new Map();

export const say = (words) => { if (said.textContent !== words) said.textContent = words; };

function node(kind, words, name) {
  const made = document.createElement(kind);
  made.textContent = words;
  made.className = name;
  return made;
}
function item(line, place, faults) {
  const made = document.createElement("li");
  made.id = `line-${place}`;
  made.dataset.place = place;
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", String(place === state.chosen));
  if (!line.text) { made.className = "gap"; made.setAttribute("aria-disabled", "true"); made.setAttribute("aria-label", "gap between verses"); return made; }
  const until = line.until === null ? "" : `\u2013${clock(line.until)}`;
  made.append(node("span", line.from === null ? "\u2013:\u2013\u2013" : clock(line.from), "at mono"), node("span", line.text, "text"), node("span", until, "until mono"));
  const fault = faults.get(place) || refused.get(place + 1);
  if (fault) { made.classList.add("wrong"); made.append(node("span", fault, "fault")); }
  return made;
}

/** Draws the lines anew; the text that is kept of them follows, unless it is being written. */
export function show() {
  const faults = wrong(state.lines, length);
  list.replaceChildren(...state.lines.map((line, place) => item(line, place, faults)));
  list.setAttribute("aria-activedescendant", `line-${state.chosen}`);
  if (document.activeElement !== field) field.value = sheet(state.lines);
  find(".tap-next").textContent = state.isOver ? "every line is tapped in" : state.lines[state.chosen]?.text || "no line is there";
  const { back, again } = steps();
  find("[data-do=undo]").disabled = !back;
  find("[data-do=redo]").disabled = !again;
  Object.assign(root.dataset, { chosen: state.chosen, kept: state.isKept ? "yes" : "no", faults: faults.size });
  marks();
  reveal(state.chosen);
}

/** Brings a line into sight within its list, which the page does not move for. */
export function reveal(place) {
  const line = list.children[place];
  if (!line) return;
  const above = line.offsetTop - list.offsetTop;
  if (above < list.scrollTop + line.offsetHeight || above + 2 * line.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = above - list.clientHeight / 3;
}

let sounding = -1;
/** Marks the line that sounds; in a preview it stands in the middle. */
export function sound(place) {
  if (place === sounding && list.children[place]?.classList.contains("now") !== false) return;
  list.querySelectorAll(".now").forEach((line) => line.classList.remove("now"));
  sounding = place;
  root.dataset.sounding = place;
  if (place < 0) return;
  list.children[place]?.classList.add("now");
  reveal(place);
}
