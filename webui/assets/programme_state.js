// What is on the screen: the programme as the server keeps it and as it was changed here, and what of it is in sight.

export const board = document.getElementById("programme");
export const canvas = board.querySelector("canvas");
export const find = (selector) => board.querySelector(selector);

export const state = {
  /** What the server says, what it says of the programme as it was changed, and the sum of what it keeps. */
  view: null, tried: null, stood: "",
  programme: null, isKept: true,
  disc: 0, chosen: 0,
  /** What of the disc is seen: its first second, and pixels to a second. */
  from: 0, scale: 0, isFitted: true,
  /** The same of the chosen song as it came. */
  own: { from: 0, scale: 0, isFitted: true, cursor: 0 },
  /** The marked region of the chosen song, the edit that is chosen in it, and what was asked for. */
  region: null, held: "to", edit: -1, asked: -1,
  /** What a drag is about to do. */
  drag: null,
};

const hooks = { draw: [], show: [] };
export const on = (what, act) => hooks[what].push(act);
export const draw = () => { if (state.view) hooks.draw.forEach((act) => act()); };
export const show = () => { if (state.view) hooks.show.forEach((act) => act()); };

export function say(words, isGood) {
  const line = find(".said");
  line.textContent = words;
  line.className = isGood ? "said lead" : "said refusal";
  line.hidden = !words;
}

export const copy = (value) => JSON.parse(JSON.stringify(value));
export function node(kind, words, more) {
  const made = document.createElement(kind);
  if (words) made.textContent = words;
  return Object.assign(made, more);
}
/** A button that does something; one that stands for a choice says whether it is the one. */
export function button(words, onclick, isPressed, className = "quiet") {
  const made = node("button", words, { type: "button", className, onclick });
  if (isPressed !== undefined) made.setAttribute("aria-pressed", String(isPressed));
  return made;
}
/** What stands between commas, each once; none for nothing. */
export function listed(text) {
  const all = [...new Set(text.split(",").map((one) => one.trim()).filter(Boolean))];
  return all.length ? all : null;
}
/** Sets what a part of the programme says; what is empty is taken away. */
export const give = (own, name, value) => { if (value) own[name] = value; else delete own[name]; };
