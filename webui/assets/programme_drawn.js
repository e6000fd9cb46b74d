// Drawing: the disc in two lanes with its gaps, fades, edits, findings and comments, and below it its loudness.

import { board, canvas, on, state } from "./programme_state.js";
import { clock, faultsOf, heardAt, keyOf, known, laid, numberOf, versionOf, x } from "./programme_laid.js";
import { wave } from "./programme_waves.js";

export const RULER = 22, LANE = 84, LOUD = 66, HANDLE = 7;
export const BELOW = RULER + 2 * LANE + LOUD + 8;
const pen = canvas.getContext("2d");
export const colour = (name) => getComputedStyle(board).getPropertyValue(name).trim();
export const top = (line) => RULER + (line.index % 2) * LANE;

function drawn() {
  const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio)) { canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio); }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "12px sans-serif";
  board.dataset.scale = state.scale;
  board.dataset.from = state.from;
  ruler(width, RULER, state);
  const lines = laid();
  lines.forEach((line) => clip(line, width));
  loudness(lines, width);
  const drag = state.drag;
  if (drag?.to !== undefined) { pen.fillStyle = colour("--accent"); pen.fillRect(x(drag.mark) - 2, RULER, 4, 2 * LANE); }
}
on("draw", drawn);

/** Words that are seen between two pixels alone. */
export function words(text, from, until, y, name) {
  const a = Math.max(0, from);
  pen.save();
  pen.beginPath();
  pen.rect(a, 0, Math.max(0, until - a), y + 9);
  pen.clip();
  pen.fillStyle = colour(name);
  pen.fillText(text, a + 5, y);
  pen.restore();
}
/** Times above a picture, so many as have room. */
export function ruler(width, y, { from, scale }) {
  pen.fillStyle = colour("--soft");
  const steps = [0.0001, 0.001, 0.01, 0.1, 1, 5, 10, 30, 60, 300, 600], every = steps.find((one) => one * scale > 70) || 1200;
  for (let t = Math.max(0, Math.floor(from / every) * every); (t - from) * scale < width; t += every) {
    const at = (t - from) * scale, fine = every < 0.001 ? String(Math.round((t * 10000) % 10)) : "";
    pen.fillRect(at, y - 6, 1, 6);
    pen.fillText(every < 1 ? clock(t) + fine : clock(t).split(".")[0], at + 3, y - 8);
  }
}
function clip(line, width) {
  const a = x(line.at), b = x(line.end), y = top(line), isChosen = line.index === state.chosen, isBad = faultsOf(line.index).length > 0;
  if (b < 0 || a > width) return;
  pen.fillStyle = colour(isChosen ? "--accent-wash" : "--code");
  pen.fillRect(a, y, b - a, LANE - 6);
  pen.strokeStyle = colour(isBad ? "--bad" : isChosen ? "--accent" : "--line");
  pen.lineWidth = isBad || isChosen ? 2 : 1;
  pen.strokeRect(a + 0.5, y + 0.5, Math.max(1, b - a - 1), LANE - 7);
  line.parts.forEach((part, n) => sounds(line, part, n, width));
  pen.strokeStyle = pen.fillStyle = colour("--accent");
  pen.lineWidth = 1.5;
  pen.beginPath();
  if (line.fadeIn) { pen.moveTo(a, y + LANE - 7); pen.lineTo(x(line.at + line.fadeIn), y + 1); }
  if (line.fadeOut) { pen.moveTo(x(line.end - line.fadeOut), y + 1); pen.lineTo(b, y + LANE - 7); }
  pen.stroke();
  if (isChosen) for (const at of [line.at + line.fadeIn, line.end - line.fadeOut]) pen.fillRect(x(at) - 4, y - 1, 8, 8);
  said(line, y);
}
/** One stretch as it sounds: silent where it is muted, backwards where it is turned round, a seam where something was cut out. */
function sounds(line, part, n, width) {
  const from = x(line.at + part.at), a = Math.max(0, from), b = Math.min(width, from + (part.to - part.from) * state.scale), y = top(line);
  const isBack = part.what === "reverse", ahead = (a - from) / state.scale;
  pen.fillStyle = pen.strokeStyle = colour(part.what ? "--fine" : line.index === state.chosen ? "--accent" : "--wave");
  if (part.what) pen.fillRect(from - 0.75, y + 18, 1.5, LANE - 26);
  const own = { key: keyOf(line.song), rate: line.rate, full: line.full, picture: `part ${n}` };
  const seen = { a, b, s: isBack ? part.to - ahead : part.from + ahead, scale: state.scale, isBack };
  if (part.what !== "mute") wave(own, seen, { middle: y + LANE / 2 + 4, half: LANE / 2 - 14 });
}
function said(line, y) {
  const a = x(line.at), own = known(line.song), findings = own?.findings.length;
  for (const one of own?.comments || []) {
    const at = heardAt(line, one.seconds);
    if (at === null) continue;
    pen.beginPath();
    pen.arc(x(at), y + LANE - 12, 4, 0, 7);
    pen.fill();
  }
  words(`${numberOf(line.index)} ${line.song.title}${findings ? " \u25b2" + findings : ""}`, a, x(line.end), y + 15, "--ink");
}
/** Short-term loudness of what was put together; until then, each song's own as a line. */
function loudness(lines, width) {
  const bottom = BELOW - 6, y = (lufs) => bottom - ((Math.max(-36, Math.min(-3, lufs)) + 36) / 33) * LOUD;
  pen.strokeStyle = colour("--fine");
  pen.lineWidth = 1.5;
  pen.beginPath();
  const line = state.isKept ? state.view.discs[state.disc]?.loudness_lufs || [] : [];
  line.forEach((lufs, n) => { if (lufs !== null && line[n - 1] != null) { pen.moveTo(x(n), y(line[n - 1])); pen.lineTo(x(n + 1), y(lufs)); } });
  if (!line.length) for (const one of lines) {
    const lufs = versionOf(one.song)?.integrated_lufs, moved = lufs + (one.song.gain_db || 0);
    if (lufs != null) { pen.moveTo(x(one.at), y(moved)); pen.lineTo(x(one.end), y(moved)); }
  }
  pen.stroke();
  pen.fillStyle = colour("--soft");
  for (const lufs of [-10, -20, -30]) pen.fillText(`${lufs} LUFS`, width - 62, y(lufs) + 4);
}
