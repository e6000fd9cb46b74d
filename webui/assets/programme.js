// The programme on one canvas: waveforms with their real gaps, fades, segues, loudness, findings and comments. What is
// dragged has a key, every step can be taken back, and what is wrong is said at its song while it is drawn.

import { frameBytes, planar } from "./pcm.js";

const board = document.getElementById("programme");
const canvas = board.querySelector("canvas"), pen = canvas.getContext("2d");
const find = (selector) => board.querySelector(selector);
const api = board.dataset.api, base = board.dataset.base;
const RULER = 22, LANE = 84, LOUD = 66, HANDLE = 7, LAST_FETCH = 240000;

let view, programme, stood, disc = 0, chosen = 0, undone = [], redone = [], isKept = true, tried = null;
let from = 0, scale = 0, isFitted = true, drag = null, context = null, sounding = null, due = 0;
const sheets = new Map(), details = new Map();

const copy = (value) => JSON.parse(JSON.stringify(value));
const clock = (s) => `${Math.floor(s / 60)}:${(s % 60).toFixed(3).padStart(6, "0")}`;

/** Seconds of a time as people write it; none for what is no time. */
function seconds(text, rate = 48000) {
  if (typeof text !== "string") return null;
  const sign = text.trim().startsWith("-") ? -1 : 1, bare = text.trim().replace(/^-/, "");
  let found;
  if ((found = /^(\d+):(\d+):(\d+)$/.exec(bare))) return sign * (found[1] * 60 + +found[2] + found[3] / 75);
  if ((found = /^(\d+):(\d+(?:\.\d+)?)$/.exec(bare))) return sign * (found[1] * 60 + +found[2]);
  if ((found = /^(\d+(?:\.\d+)?)\s*(s|ms|seconds?|CD frames?|samples?)$/.exec(bare))) {
    const unit = found[2], by = unit === "ms" ? 0.001 : unit.startsWith("CD") ? 1 / 75 : unit.startsWith("sa") ? 1 / rate : 1;
    return sign * found[1] * by;
  }
  return null;
}
/** A length as it is written: to the millisecond, or to the sample where it can be seen. */
const written = (s, rate) => (scale > rate / 4 ? `${Math.round(s * rate)} samples` : `${(Math.round(s * 1000) / 1000).toFixed(3)} s`);
const place = (s, rate) => (scale > rate / 4 ? `${Math.round(s * rate)} samples` : clock(Math.round(s * 1000) / 1000));

const known = (song) => view.songs.find((one) => one.track === song.track);
const versionOf = (song) => { const all = known(song)?.versions || []; return all.find((one) => one.number === song.version) || all.at(-1); };
const rateOf = (song) => versionOf(song)?.rate_hz || 48000;
const fullLength = (song) => { const own = versionOf(song); return own ? own.frames / own.rate_hz : 30; };
const listOf = () => { const own = programme.disc[disc]; return own.hidden ? [own.hidden, ...own.track] : own.track; };
const song = () => listOf()[chosen];

/** Where the songs of this disc lie, by the programme as it is on the screen. */
function laid() {
  let end = 0, before = null;
  return listOf().map((one, index) => {
    const rate = rateOf(one), full = fullLength(one), start = seconds(one.start, rate) ?? 0, stop = seconds(one.end, rate) ?? full;
    let length = Math.max(0, stop - start);
    for (const edit of one.edit || []) {
      const region = Math.max(0, (seconds(edit.to, rate) ?? 0) - (seconds(edit.from, rate) ?? 0));
      if (edit.what === "cut") length -= region;
      if (edit.what === "repeat") length += region * (edit.times || 1);
      if (edit.what === "radio_fade") length -= Math.max(0, stop - (seconds(edit.to, rate) ?? stop));
    }
    const overlap = before?.segue ? seconds(before.segue.length, rate) ?? 0 : 0;
    const gap = before?.segue ? 0 : Math.max(0, seconds(one.gap ?? (index ? programme.gap : "0 s"), rate) ?? 0);
    const at = Math.max(0, end + gap - overlap), was = end;
    end = at + Math.max(0, length);
    before = one;
    return { song: one, index, at, end, gapFrom: was, start, stop, full, rate, fadeIn: seconds(one.fade_in?.length, rate) ?? overlap, fadeOut: seconds((one.fade_out || one.segue)?.length, rate) ?? 0 };
  });
}
const x = (s) => (s - from) * scale;
const whole = () => laid().at(-1)?.end || 1;

/** One step: what is changed can be taken back, and is tried at once. */
function step(change) {
  if (!board.dataset.may) return;
  const was = copy(programme);
  change();
  if (JSON.stringify(was) === JSON.stringify(programme)) return;
  undone.push(was);
  redone = [];
  changed();
}
function changed() {
  isKept = false;
  tried = null;
  show();
  clearTimeout(due);
  due = setTimeout(check, 350);
}
function back(these, those) {
  if (!these.length) return;
  those.push(copy(programme));
  programme = these.pop();
  disc = Math.min(disc, programme.disc.length - 1);
  chosen = Math.min(chosen, listOf().length - 1);
  changed();
}

async function send(method, path, body) {
  return fetch(api + path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}
async function check() {
  const mine = JSON.stringify(programme);
  const answer = await send("POST", "/check", { programme }).catch(() => null);
  if (!answer || JSON.stringify(programme) !== mine) return;
  if (answer.ok) { tried = await answer.json(); say(tried.refusal || ""); }
  else say((await answer.json()).message);
  show();
}
async function keep() {
  board.dataset.state = "keeping";
  const answer = await send("PUT", "", { programme, stood }).catch(() => null);
  if (!answer) { board.dataset.state = "refused"; return say("Lacquer does not answer; nothing was kept. Try again."); }
  const told = await answer.json();
  if (!answer.ok) { board.dataset.state = "refused"; say(told.message); return check(); }
  await load();
  board.dataset.state = "kept";
  say(`Kept for revision ${view.revision}. ${view.standing === "closed" ? "" : "It is put together once its masters are made, and then it can be sent."}`, true);
}
function say(words, isGood) {
  const line = find(".said");
  line.textContent = words;
  line.className = isGood ? "said lead" : "said refusal";
  line.hidden = !words;
}

async function load() {
  const answer = await fetch(api);
  if (!answer.ok) return say((await answer.json()).message);
  view = await answer.json();
  programme = view.programme;
  stood = view.stands;
  tried = view;
  isKept = true;
  undone = [];
  redone = [];
  disc = Math.min(disc, programme.disc.length - 1);
  chosen = Math.min(chosen, listOf().length - 1);
  if (!scale) fit();
  view.songs.forEach((one) => one.versions.forEach(sheet.bind(null, one.track)));
  board.dataset.state = "ready";
  board.dataset.standing = view.standing;
  show();
}
async function sheet(track, version) {
  const key = `${version.heard_at}/${track}`;
  if (!version.heard_at || sheets.has(key)) return;
  sheets.set(key, null);
  const answer = await fetch(`${base}/sheet/master/${key}`).catch(() => null);
  if (answer?.ok) { sheets.set(key, await answer.json()); board.dataset.sheets = [...sheets.values()].filter(Boolean).length; draw(); }
}

/** Samples of a stretch of a song, once so few are in sight that each can be seen. */
async function fetchDetail(line, key, first, last) {
  const own = sheets.get(key), had = details.get(key);
  if (!own?.wav || (had && had.first <= first && had.last >= last) || had?.isOpen) return;
  const frames = Math.floor(own.wav.data_bytes / frameBytes(own.wav));
  const a = Math.max(0, first - (last - first)), b = Math.min(frames, last + (last - first));
  details.set(key, { ...had, first: had?.first ?? 0, last: had?.last ?? 0, isOpen: true });
  const bytes = frameBytes(own.wav), at = own.wav.data_offset;
  const answer = await fetch(`${base}/audio/master/${key}`, { headers: { Range: `bytes=${at + a * bytes}-${at + b * bytes - 1}` } }).catch(() => null);
  details.delete(key);
  if (answer?.status !== 206) return;
  const channels = planar(await answer.arrayBuffer(), own.wav);
  details.set(key, { first: a, last: b, channels });
  board.dataset.detail = String(b - a);
  draw();
}

const colour = (name) => getComputedStyle(board).getPropertyValue(name).trim();
function draw() {
  if (!view) return;
  const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio)) { canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio); }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "12px sans-serif";
  board.dataset.scale = scale;
  board.dataset.from = from;
  ruler(width);
  const lines = laid(), bad = new Set((tried?.faults || []).filter((f) => f.disc === disc + 1).map((f) => f.track));
  lines.forEach((line) => clip(line, width, bad.has(numberOf(line.index))));
  loudness(lines, width, height);
  if (drag?.to !== undefined) { pen.fillStyle = colour("--accent"); pen.fillRect(x(drag.mark) - 2, RULER, 4, 2 * LANE); }
}
function ruler(width) {
  pen.fillStyle = colour("--soft");
  const steps = [0.0001, 0.001, 0.01, 0.1, 1, 5, 10, 30, 60, 300, 600], every = steps.find((one) => one * scale > 70) || 1200;
  for (let t = Math.max(0, Math.floor(from / every) * every); x(t) < width; t += every) {
    pen.fillRect(x(t), RULER - 6, 1, 6);
    pen.fillText(every < 1 ? clock(t) + (every < 0.001 ? String(Math.round((t * 10000) % 10)) : "") : clock(t).split(".")[0], x(t) + 3, RULER - 8);
  }
}
const top = (line) => RULER + (line.index % 2) * LANE;
const keyOf = (one) => { const own = versionOf(one); return own?.heard_at ? `${own.heard_at}/${one.track}` : ""; };
function clip(line, width, isBad) {
  const a = x(line.at), b = x(line.end), y = top(line), isChosen = line.index === chosen;
  if (b < 0 || a > width) return;
  pen.fillStyle = colour(isChosen ? "--accent-wash" : "--code");
  pen.fillRect(a, y, b - a, LANE - 6);
  pen.strokeStyle = colour(isBad ? "--bad" : isChosen ? "--accent" : "--line");
  pen.lineWidth = isBad || isChosen ? 2 : 1;
  pen.strokeRect(a + 0.5, y + 0.5, Math.max(1, b - a - 1), LANE - 7);
  wave(line, Math.max(0, a), Math.min(width, b), y + LANE / 2 + 4);
  pen.strokeStyle = colour("--accent");
  pen.lineWidth = 1.5;
  pen.beginPath();
  if (line.fadeIn) { pen.moveTo(a, y + LANE - 7); pen.lineTo(x(line.at + line.fadeIn), y + 1); }
  if (line.fadeOut) { pen.moveTo(x(line.end - line.fadeOut), y + 1); pen.lineTo(b, y + LANE - 7); }
  pen.stroke();
  pen.fillStyle = colour("--accent");
  if (isChosen) for (const at of [line.at + line.fadeIn, line.end - line.fadeOut]) pen.fillRect(x(at) - 4, y - 1, 8, 8);
  const own = known(line.song);
  for (const said of own?.comments || []) { pen.beginPath(); pen.arc(x(line.at + said.seconds - line.start), y + LANE - 12, 4, 0, 7); pen.fill(); }
  pen.fillStyle = colour("--ink");
  pen.save();
  pen.beginPath();
  pen.rect(a, y, b - a, LANE);
  pen.clip();
  pen.fillText(`${numberOf(line.index)} ${line.song.title}${own?.findings.length ? " \u25b2" + own.findings.length : ""}`, Math.max(a, 0) + 6, y + 15);
  pen.restore();
}
function wave(line, a, b, middle) {
  const key = keyOf(line.song), own = sheets.get(key);
  if (!own) return;
  const half = LANE / 2 - 14, at = (px) => line.start + (from + px / scale - line.at);
  const { bins, duration_seconds: all } = own.overview;
  const first = Math.floor(at(a) * line.rate), last = Math.ceil(at(b) * line.rate), rows = b - a;
  pen.fillStyle = pen.strokeStyle = colour(line.index === chosen ? "--accent" : "--wave");
  const detail = details.get(key), isClose = last - first < LAST_FETCH && (bins.length / all) < scale;
  if (isClose) fetchDetail(line, key, Math.max(0, first), last);
  if (isClose && detail?.channels && detail.first <= Math.max(0, first) && detail.last >= Math.min(last, line.full * line.rate) - 1) {
    const data = detail.channels[0], per = line.rate / scale, seen = data.subarray(Math.max(0, first) - detail.first, last - detail.first);
    // What is quiet is drawn larger, and by how much stands beside it.
    const up = Math.max(1, Math.floor(0.9 / seen.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-4)));
    if (up > 1) pen.fillText(`\u00d7${up}`, b - 48, middle - half + 4);
    pen.lineWidth = 1;
    pen.beginPath();
    for (let n = Math.max(0, first); n < Math.min(last, detail.last); n += Math.max(1, Math.floor(per / 4))) {
      const px = x(line.at + n / line.rate - line.start), y = middle - data[n - detail.first] * half * up;
      if (n === Math.max(0, first)) pen.moveTo(px, y); else pen.lineTo(px, y);
      if (per < 0.5) pen.fillRect(px - 2, y - 2, 4, 4);
    }
    pen.stroke();
    return;
  }
  for (let px = 0; px < rows; px += 1) {
    let low = 127, high = -127;
    const to = Math.max(Math.floor((at(a + px) / all) * bins.length), 0), until = Math.min(bins.length - 1, Math.max(to, Math.floor((at(a + px + 1) / all) * bins.length) - 1));
    for (let n = to; n <= until; n += 1) { low = Math.min(low, bins[n][0]); high = Math.max(high, bins[n][1]); }
    if (high >= low) pen.fillRect(a + px, middle - (high / 127) * half, 1, Math.max(1, ((high - low) / 127) * half));
  }
}
/** Short-term loudness of what was put together; until then, each song's own as a line. */
function loudness(lines, width, height) {
  const bottom = height - 6, y = (lufs) => bottom - ((Math.max(-36, Math.min(-3, lufs)) + 36) / 33) * LOUD;
  pen.strokeStyle = colour("--fine");
  pen.lineWidth = 1.5;
  pen.beginPath();
  const line = isKept ? view.discs[disc]?.loudness_lufs || [] : [];
  line.forEach((lufs, n) => { if (lufs !== null && line[n - 1] != null) { pen.moveTo(x(n), y(line[n - 1])); pen.lineTo(x(n + 1), y(lufs)); } });
  if (!line.length) for (const one of lines) { const lufs = versionOf(one.song)?.integrated_lufs; if (lufs != null) { pen.moveTo(x(one.at), y(lufs + (one.song.gain_db || 0))); pen.lineTo(x(one.end), y(lufs + (one.song.gain_db || 0))); } }
  pen.stroke();
  pen.fillStyle = colour("--soft");
  for (const lufs of [-10, -20, -30]) pen.fillText(`${lufs} LUFS`, width - 62, y(lufs) + 4);
}
const numberOf = (index) => (programme.disc[disc].hidden ? index : index + 1);

function show() {
  if (isFitted) fit();
  draw();
  const lines = laid(), list = find(".songs-in-order");
  list.replaceChildren(...lines.map((line) => {
    const item = document.createElement("li"), button = document.createElement("button"), facts = document.createElement("span");
    button.type = "button";
    button.className = "quiet";
    button.textContent = `${numberOf(line.index)} ${line.song.title}`;
    button.setAttribute("aria-pressed", String(line.index === chosen));
    button.addEventListener("click", () => { chosen = line.index; show(); });
    facts.className = "hint";
    facts.textContent = ` at ${clock(line.at)}, ${clock(line.end - line.at)} long`;
    item.append(button, facts);
    for (const fault of (tried?.faults || []).filter((f) => f.disc === disc + 1 && f.track === numberOf(line.index))) {
      const said = document.createElement("p");
      said.className = "problem";
      said.textContent = (fault.at ? `At ${fault.at}: ` : "") + fault.words[0].toUpperCase() + fault.words.slice(1) + ".";
      item.append(said);
    }
    return item;
  }));
  const missing = view.songs.filter((one) => !programme.disc.some((own) => [own.hidden, ...own.track].some((each) => each?.track === one.track)));
  find(".left-off").replaceChildren(...(missing.length ? ["Left off: "] : []), ...missing.map((one) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = `put in ${one.title}`;
    button.addEventListener("click", () => step(() => { programme.disc[disc].track.push({ title: one.title, track: one.track }); }));
    return button;
  }));
  find(".length").textContent = clock(tried?.discs[disc]?.seconds ?? whole());
  const one = song(), form = find("form.song-panel"), own = known(one), field = form.elements;
  find(".chosen-title").textContent = one.title;
  const put = (name, value) => { if (document.activeElement !== field[name]) field[name].value = value; };
  put("gap", one.gap ?? "");
  field.gap.placeholder = chosen ? programme.gap ?? "" : "none";
  put("start", one.start ?? "");
  put("end", one.end ?? "");
  for (const end of ["fade_in", "fade_out", "segue"]) { put(end, one[end]?.length ?? ""); put(end + "_shape", one[end]?.shape ?? field[end + "_shape"].options[0].value); }
  put("gain_db", one.gain_db ?? 0);
  field.version.replaceChildren(...(own?.versions || []).map((version) => new Option(`${version.number} (revision ${version.revision})`, version.number, false, version.number === (one.version ?? own.version))));
  find(".told-of-song").textContent = [...(own?.findings || []), ...(own?.comments || []).map((said) => `${clock(said.seconds).split(".")[0]} ${said.by}: ${said.words}`)].join(" \u00b7 ");
  for (const [name, isOff] of [["undo", !undone.length], ["redo", !redone.length], ["keep", isKept || view.standing === "closed"]]) find(`[data-do=${name}]`).disabled = isOff;
  find(".discs").hidden = programme.disc.length < 2;
  find(".discs").replaceChildren(...programme.disc.map((own, n) => { const tab = document.createElement("button"); tab.type = "button"; tab.className = "second"; tab.textContent = own.title || `Disc ${n + 1}`; tab.setAttribute("aria-pressed", String(n === disc)); tab.addEventListener("click", () => { disc = n; chosen = 0; fit(); show(); }); return tab; }));
  canvas.setAttribute("aria-label", `Programme: ${lines.length} songs, ${one.title} is chosen`);
  board.dataset.chosen = String(numberOf(chosen));
  board.dataset.order = listOf().map((each) => each.title).join("|");
  board.dataset.kept = isKept ? "yes" : "no";
  board.dataset.faults = String(tried ? tried.faults.length : -1);
}

function fit() { isFitted = true; from = 0; scale = Math.max(0.01, (canvas.clientWidth - 12) / whole()); }
function zoom(by, at = canvas.clientWidth / 2) {
  isFitted = false;
  const t = from + at / scale, most = rateOf(song()) * 8;
  scale = Math.min(most, Math.max((canvas.clientWidth - 12) / whole(), scale * by));
  from = Math.max(0, t - at / scale);
  draw();
}
function move(by) {
  const own = programme.disc[disc].track, hidden = programme.disc[disc].hidden ? 1 : 0, at = chosen - hidden, to = at + by;
  if (at < 0 || to < 0 || to >= own.length) return;
  step(() => { own.splice(to, 0, own.splice(at, 1)[0]); chosen = to + hidden; });
}
/** Sets a time of the chosen song; an empty one takes it away. */
const set = (name, value) => { if (value) song()[name] = value; else delete song()[name]; };
function nudge(name, by) {
  const line = laid()[chosen], one = song(), rate = line.rate;
  const unit = scale > rate / 4 ? 1 / rate : 0.01;
  step(() => {
    if (name === "gap") set("gap", `${Math.max(0, Math.round(((seconds(one.gap ?? (chosen ? programme.gap : "0 s"), rate) ?? 0) + by * 0.1) * 1000) / 1000).toFixed(3)} s`);
    else if (name === "start") { const at = Math.max(0, line.start + by * unit); set("start", at > 0 ? place(at, rate) : null); }
    else if (name === "end") { const at = line.stop + by * unit; set("end", at < line.full ? place(at, rate) : null); }
    else if (name === "segue") segue((seconds(one.segue?.length, rate) ?? 0) + by * 0.1);
    else fade(name, (seconds(one[name]?.length, rate) ?? 0) + by * 0.1);
  });
}
function segue(length) {
  const next = listOf()[chosen + 1];
  if (!next) return;
  if (length < 0.0005) { delete song().segue; return; }
  // Where songs run into each other there is neither gap nor fade.
  delete next.gap;
  delete song().fade_out;
  song().segue = { shape: "equal_power", mark: "middle", ...song().segue, length: written(length, rateOf(song())) };
}
/** Leaves the chosen song off; it stays in the order. */
function off() {
  const own = programme.disc[disc].track, at = chosen - (programme.disc[disc].hidden ? 1 : 0);
  if (at >= 0 && own.length > 1) step(() => { own.splice(at, 1); chosen = Math.max(0, chosen - 1); });
}
/** A disc begins at the chosen song; where it is the first, the disc goes on behind the one before. */
function split() {
  const own = programme.disc[disc], at = chosen - (own.hidden ? 1 : 0);
  step(() => {
    if (at > 0) { programme.disc.splice(disc + 1, 0, { track: own.track.splice(at) }); disc += 1; chosen = 0; }
    else if (disc && !own.hidden) { const before = programme.disc[disc - 1]; chosen = before.track.length; before.track.push(...own.track); programme.disc.splice(disc, 1); disc -= 1; }
  });
}
function fade(name, length) {
  if (length <= 0.0005) return set(name, null);
  const shape = find("form.song-panel").elements[name + "_shape"].value;
  song()[name] = { length: written(length, rateOf(song())), shape: song()[name]?.shape || shape };
}

/** Where the chosen song begins: the last seconds of the one before, the gap, its first. */
async function audition() {
  if (sounding) { sounding.stop(); sounding = null; board.dataset.heard = ""; return; }
  board.dataset.heard = "loading";
  const answer = await send("POST", `/transition/${disc + 1}/${numberOf(chosen)}?around_ms=4000`, { programme }).catch(() => null);
  if (!answer?.ok) { board.dataset.heard = ""; return say(answer ? (await answer.json()).message : "Lacquer does not answer."); }
  context ||= new AudioContext();
  await context.resume();
  const source = context.createBufferSource(), ear = context.createAnalyser();
  source.buffer = await context.decodeAudioData(await answer.arrayBuffer());
  source.connect(ear);
  ear.connect(context.destination);
  source.onended = () => { if (sounding === source) { sounding = null; board.dataset.heard = "ended"; } };
  sounding = source;
  board.dataset.heard = "sounding";
  board.dataset.heardSeconds = source.buffer.duration.toFixed(3);
  const block = new Float32Array(ear.fftSize), meter = setInterval(() => {
    if (sounding !== source) return clearInterval(meter);
    ear.getFloatTimeDomainData(block);
    const rms = Math.sqrt(block.reduce((sum, v) => sum + v * v, 0) / block.length);
    if (rms > 0) board.dataset.loudest = Math.max(Number(board.dataset.loudest || -99), 20 * Math.log10(rms)).toFixed(1);
  }, 50);
  source.start();
}
async function balance() {
  const before = programme.disc.slice(0, disc).reduce((sum, own) => sum + own.track.length + (own.hidden ? 1 : 0), 0);
  const answer = await fetch(`${api}/balance/${before + chosen + 1}`);
  const told = await answer.json();
  if (!answer.ok) return say(told.message);
  let n = 0;
  step(() => { for (const own of programme.disc) for (const one of own.hidden ? [own.hidden, ...own.track] : own.track) { const by = told[n++]?.gain_db || 0; if (by) one.gain_db = Math.round(((one.gain_db || 0) + by) * 1000) / 1000; } });
  say(told.flatMap((one) => one.reasons.map((why) => `${one.title}: ${why}`)).join(" "), true);
}

const acts = {
  undo: () => back(undone, redone), redo: () => back(redone, undone), keep, balance, audition,
  off, disc: split, earlier: () => move(-1), later: () => move(1), in: () => zoom(2), out: () => zoom(0.5), all: () => { fit(); draw(); },
  close: () => { isFitted = false; const line = laid()[chosen]; scale = line.rate * 4; from = Math.max(0, line.at - canvas.clientWidth / scale / 2); zoom(1); },
};
board.addEventListener("click", (event) => { const act = event.target.closest("[data-do]"); if (act) acts[act.dataset.do](); });
find("form.song-panel").addEventListener("submit", (event) => event.preventDefault());
find("form.song-panel").addEventListener("change", (event) => {
  const { name, value } = event.target, one = song(), form = event.target.form.elements;
  step(() => {
    if (["gap", "start", "end"].includes(name)) set(name, value.trim());
    else if (name === "gain_db") { if (Number(value)) one.gain_db = Number(value); else delete one.gain_db; }
    else if (name === "version") one.version = Number(value);
    else {
      const which = name.replace("_shape", ""), length = form[which].value.trim();
      if (!length) set(which, null);
      else one[which] = { length, shape: form[which + "_shape"].value, ...(which === "segue" ? { mark: one.segue?.mark || "middle" } : {}) };
    }
  });
});

const keys = {
  ArrowLeft: () => { chosen = Math.max(0, chosen - 1); show(); }, ArrowRight: () => { chosen = Math.min(listOf().length - 1, chosen + 1); show(); },
  "Alt+ArrowLeft": acts.earlier, "Alt+ArrowRight": acts.later, "<": acts.earlier, ">": acts.later,
  g: () => nudge("gap", 1), G: () => nudge("gap", -1), s: () => nudge("start", 1), S: () => nudge("start", -1), e: () => nudge("end", -1), E: () => nudge("end", 1),
  i: () => nudge("fade_in", 1), I: () => nudge("fade_in", -1), o: () => nudge("fade_out", 1), O: () => nudge("fade_out", -1),
  x: () => nudge("segue", 1), X: () => nudge("segue", -1), Delete: off,
  " ": audition, t: audition, "+": acts.in, "-": acts.out, 0: acts.all, z: acts.close,
  "Control+z": acts.undo, "Control+Z": acts.redo, "Control+y": acts.redo, "Control+s": keep, u: acts.undo, U: acts.redo,
};
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, select, textarea"), isButton = event.key === " " && event.target.closest("button, a, summary");
  const act = keys[(event.ctrlKey || event.metaKey ? "Control+" : "") + (event.altKey ? "Alt+" : "") + event.key];
  if (!act || isButton || (isTyping && !event.ctrlKey && !event.metaKey) || !view) return;
  event.preventDefault();
  act();
});

/** What lies below the pointer: an end, a fade's handle, a song, or the gap before one. */
function below(event) {
  const box = canvas.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top, near = (s) => Math.abs(x(s) - px) <= HANDLE;
  const lines = laid();
  for (const line of [...lines].sort((a, b) => (b.index === chosen) - (a.index === chosen))) {
    const y = top(line);
    if (py < y - 4 || py > y + LANE) continue;
    if (line.index === chosen && py < y + 12) { if (near(line.end - line.fadeOut) && line.fadeOut) return { line, what: "fade_out" }; if (near(line.at + line.fadeIn) && line.fadeIn) return { line, what: "fade_in" }; }
    if (near(line.at)) return { line, what: py < y + 12 ? "fade_in" : "start" };
    if (near(line.end)) return { line, what: py < y + 12 ? "fade_out" : "end" };
    if (px > x(line.at) && px < x(line.end)) return { line, what: "song" };
  }
  const gap = lines.find((line) => px >= x(line.gapFrom) && px <= x(line.at));
  return gap && py > RULER && py < RULER + 2 * LANE ? { line: gap, what: "gap" } : null;
}
canvas.addEventListener("pointerdown", (event) => {
  const hit = below(event);
  canvas.focus();
  if (!hit || event.button > 0) { drag = { pan: event.clientX, from }; return canvas.setPointerCapture(event.pointerId); }
  chosen = hit.line.index;
  drag = { ...hit, at: event.clientX, was: copy(programme) };
  canvas.setPointerCapture(event.pointerId);
  show();
});
canvas.addEventListener("pointermove", (event) => {
  if (!drag) { const hit = below(event); canvas.style.cursor = !hit ? "default" : hit.what === "song" ? "grab" : "ew-resize"; return; }
  if (drag.pan !== undefined) { from = Math.max(0, drag.from - (event.clientX - drag.pan) / scale); return draw(); }
  const by = (event.clientX - drag.at) / scale, { line, what } = drag;
  if (Math.abs(event.clientX - drag.at) < 4 && !drag.isMoving) return;
  drag.isMoving = true;
  if (what === "song") {
    const others = laid().filter((one) => one.index !== chosen), px = event.clientX - canvas.getBoundingClientRect().left;
    drag.to = others.filter((one) => x((one.at + one.end) / 2) < px).length;
    drag.mark = drag.to ? others[drag.to - 1].end : 0;
    return draw();
  }
  programme = copy(drag.was);
  if (what === "gap") set("gap", written(Math.max(0, line.at - line.gapFrom + by), line.rate));
  else if (what === "start") { const at = Math.min(line.stop, Math.max(0, line.start + by)); set("start", at > 0 ? place(at, line.rate) : null); }
  else if (what === "end") { const at = Math.max(line.start, line.stop + by); set("end", at < line.full ? place(at, line.rate) : null); }
  else fade(what, what === "fade_in" ? line.fadeIn + by : line.fadeOut - by);
  draw();
});
canvas.addEventListener("pointerup", () => {
  const done = drag;
  drag = null;
  if (!done || done.pan !== undefined || !done.isMoving) return draw();
  if (done.what === "song") return move(done.to - chosen);
  const now = programme;
  programme = done.was;
  step(() => { programme = now; });
});
canvas.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.shiftKey) return;
  event.preventDefault();
  if (event.ctrlKey) zoom(event.deltaY < 0 ? 1.25 : 0.8, event.clientX - canvas.getBoundingClientRect().left);
  else { from = Math.max(0, from + (event.deltaY || event.deltaX) / scale); draw(); }
}, { passive: false });
addEventListener("resize", () => { if (view) show(); });
addEventListener("beforeunload", (event) => { if (!isKept) event.preventDefault(); });
board.querySelectorAll("[hidden].needs-programme").forEach((part) => { part.hidden = false; });
load();
