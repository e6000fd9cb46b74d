// The listening room. The mix and the masters of a song run in lock-step, sample by sample; one of
// them is heard. Switching is a cross-fade of 10 ms at the same sample. Unless the true level is
// asked for, the louder ones are turned down to the softest, so that only the sound differs.

import { Stream } from "./stream.js";

const AHEAD_SECONDS = 6;
const FADE_SECONDS = 0.01;
const START_DELAY = 0.12;
const STEP_SECONDS = 5;

export const players = [];
let current = null;

const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  const h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60, s = String(whole % 60).padStart(2, "0");
  return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
};
const signed = (db) => (db < 0 ? "\u2212" : "+") + Math.abs(db).toFixed(1);

class Player {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.wave = this.find(".wave");
    this.radios = [...root.querySelectorAll(".versions input")];
    this.form = root.parentElement.querySelector("form.comment");
    this.streams = new Map();
    this.sheets = new Map();
    this.at = 0;
    this.duration = 0;
    this.isPlaying = false;
    this.trueLevel = this.find(".true-level");
    this.report = this.find("form.heard");
    this.seconds = new Map();
    this.told = new Map();
    this.listen();
    root.classList.add("ready");
    this.state("idle");
    this.choose(this.chosen, true);
  }

  get chosen() {
    return (this.radios.find((radio) => radio.checked) || this.radios[0]).value;
  }

  radio(code) {
    return this.radios.find((radio) => radio.value === code);
  }

  listen() {
    this.find(".play").addEventListener("click", () => this.toggle());
    this.radios.forEach((radio) => radio.addEventListener("change", () => this.choose(radio.value)));
    this.trueLevel?.addEventListener("change", () => this.balance());
    const seekTo = (event) => {
      const box = this.wave.getBoundingClientRect();
      this.seek(((event.clientX - box.left) / box.width) * this.duration);
    };
    this.wave.addEventListener("pointerdown", (event) => {
      if (event.target.closest(".mark") || event.button > 0) return;
      if (event.pointerType === "mouse") this.wave.setPointerCapture(event.pointerId);
      seekTo(event);
    });
    this.wave.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse" && event.buttons === 1 && this.wave.hasPointerCapture(event.pointerId)) seekTo(event);
    });
    const song = this.root.parentElement;
    song.querySelectorAll("[data-seek], .mark").forEach((link) => link.addEventListener("click", (event) => {
      if (link.dataset.seek) event.preventDefault();
      this.seek(Number(link.dataset.seek ?? link.dataset.at));
    }));
    if (this.form) {
      const position = this.form.elements.position;
      position.addEventListener("input", () => { position.dataset.own = "yes"; });
      // Whoever begins to write means the moment just heard.
      this.form.elements.words.addEventListener("focus", () => this.note(true));
    }
  }

  state(name) {
    this.root.dataset.state = name;
    const label = name === "playing" || name === "loading" ? "Pause" : "Play";
    const play = this.find(".play");
    play.setAttribute("aria-label", play.getAttribute("aria-label").replace(/^\S+/, label));
  }

  problem(error) {
    const line = this.find(".problem");
    line.textContent = error.message || String(error);
    line.hidden = false;
    this.pause();
    this.state("failed");
  }

  async sheet(code) {
    if (!this.sheets.has(code)) {
      const load = fetch(this.radio(code).dataset.sheet).then((answer) => {
        if (!answer.ok) throw new Error("This version cannot be opened (" + answer.status + ").");
        return answer.json();
      });
      load.catch(() => this.sheets.delete(code));
      this.sheets.set(code, load);
    }
    return this.sheets.get(code);
  }

  /** Shows a version's outline, and hears it from the very next sample. */
  async choose(code, isQuiet) {
    this.radio(code).checked = true;
    this.root.dataset.version = code;
    const old = this.streams.get(this.heard), stream = this.streams.get(code);
    this.heard = code;
    if (this.isPlaying && stream && old && stream.rate !== old.rate) {
      // Another rate needs another clock: the place stays, the sound pauses for a moment.
      const at = this.position();
      this.pause();
      this.at = at;
      this.play();
    } else {
      this.balance();
    }
    try {
      const sheet = await this.sheet(code);
      if (this.heard === code) this.draw(sheet);
    } catch (error) {
      if (!isQuiet) this.problem(error);
    }
  }

  draw(sheet) {
    const { bins, duration_seconds: seconds } = sheet.overview;
    this.duration = seconds;
    const x = (index) => ((index + 0.5) * 1000 / bins.length).toFixed(1);
    const top = bins.map(([, high], i) => `${x(i)} ${(127 - Math.max(high, 0.6)).toFixed(1)}`);
    const bottom = bins.map(([low], i) => `${x(i)} ${(127 - Math.min(low, -0.6)).toFixed(1)}`).reverse();
    const path = "M" + top.join("L") + "L" + bottom.join("L") + "Z";
    this.root.querySelectorAll(".wave path").forEach((p) => p.setAttribute("d", path));
    this.find(".duration").textContent = clock(seconds);
    this.wave.setAttribute("aria-valuemax", Math.floor(seconds));
    this.root.parentElement.querySelectorAll(".mark").forEach((mark) => {
      mark.style.left = Math.min(100, (Number(mark.dataset.at) / seconds) * 100) + "%";
      // A passage is as long as it sounds; a moment has no length.
      mark.style.setProperty("--long", Math.max(0, ((Number(mark.dataset.until) - Number(mark.dataset.at)) / seconds) * this.wave.clientWidth) + "px");
    });
    this.show();
  }

  toggle() {
    if (this.isPlaying) this.pause(); else this.play();
  }

  async play() {
    if (current && current !== this) current.pause();
    current = this;
    this.isPlaying = true;
    const turn = (this.turn = {});
    this.find(".problem").hidden = true;
    this.state("loading");
    try {
      const heard = await this.stream(this.heard);
      if (this.turn !== turn) return;
      this.open(heard.rate);
      await this.context.resume();
      if (this.turn !== turn) return;
      if (this.at >= this.duration - 0.05) this.at = 0;
      await this.begin(turn, heard);
    } catch (error) {
      if (this.turn === turn) this.problem(error);
    }
  }

  /** A version ready to run; the others of the song follow it in the background. */
  async stream(code) {
    if (!this.streams.has(code)) {
      const sheet = await this.sheet(code);
      if (!sheet.wav) throw new Error("This version cannot be played here; download it instead.");
      if (!this.streams.has(code)) this.streams.set(code, new Stream(this.radio(code).dataset.audio, sheet));
    }
    return this.streams.get(code);
  }

  /** One context at the file's own rate, so that no sample is resampled on its way out. */
  open(rate) {
    if (this.context && this.context.sampleRate === rate) return;
    if (this.context) this.context.close();
    this.context = new AudioContext({ sampleRate: rate, latencyHint: "playback" });
    this.out = this.context.createGain();
    this.out.connect(this.context.destination);
    const split = this.context.createChannelSplitter(2);
    this.out.connect(split);
    this.ears = [0, 1].map((channel) => {
      const ear = this.context.createAnalyser();
      ear.fftSize = 2048;
      split.connect(ear, channel);
      return ear;
    });
    this.gains = new Map();
  }

  gain(code) {
    if (!this.gains.has(code)) {
      const gain = this.context.createGain();
      gain.gain.value = 0;
      gain.connect(this.out);
      this.gains.set(code, gain);
    }
    return this.gains.get(code);
  }

  async begin(turn, heard) {
    const rate = this.context.sampleRate;
    const frame = Math.round(this.at * rate);
    // The start lies on a whole frame of the context's clock, or pieces would not meet exactly.
    const time = Math.ceil((this.context.currentTime + START_DELAY) * rate) / rate;
    this.origin = { frame, time };
    heard.attach(this.context, this.gain(this.heard));
    heard.start(frame, time);
    await heard.extend();
    if (this.turn !== turn) return;
    const late = this.context.currentTime + 0.03 - time;
    if (late > 0) {
      // The network took longer than the delay: begin again from what is here now.
      const again = Math.ceil((this.context.currentTime + START_DELAY) * rate) / rate;
      this.origin = { frame, time: again };
      heard.start(frame, again);
      await heard.extend();
      if (this.turn !== turn) return;
    }
    this.balance();
    this.state("playing");
    this.feed(turn);
    this.follow(turn);
  }

  /** Keeps every version laid out ahead: the one that is heard first. */
  async feed(turn) {
    const others = this.radios.map((radio) => radio.value);
    while (this.turn === turn) {
      const until = this.now() + AHEAD_SECONDS * this.context.sampleRate;
      const codes = [this.heard, ...others.filter((code) => code !== this.heard)];
      let isIdle = true;
      for (const code of codes) {
        try {
          const stream = await this.stream(code);
          if (this.turn !== turn) return;
          if (stream.rate !== this.context.sampleRate) continue;
          if (!stream.run) {
            // Joins the running ones at the same sample, a little ahead of now.
            stream.attach(this.context, this.gain(code));
            stream.start(this.origin.frame, this.origin.time);
            stream.next = Math.min(stream.frames, Math.max(this.origin.frame, this.now()));
            this.balance();
          }
          if (stream.covers(until)) continue;
          if (await stream.extend()) isIdle = false;
          if (this.turn !== turn) return;
          if (!isIdle && code === this.heard) break;
        } catch (error) {
          if (this.turn !== turn) return;
          if (code === this.heard) { this.problem(error); return; }
          others.splice(others.indexOf(code), 1);
        }
        // A switch is served before anything else is fetched.
        if (codes[0] !== this.heard) break;
      }
      if (isIdle) await new Promise((done) => setTimeout(done, 100));
    }
  }

  /** The frame that sounds now. */
  now() {
    const rate = this.context.sampleRate;
    return this.origin.frame + Math.max(0, Math.round((this.context.currentTime - this.origin.time) * rate));
  }

  position() {
    if (this.isPlaying && this.origin && this.root.dataset.state === "playing") return Math.min(this.duration, this.now() / this.context.sampleRate);
    return this.at;
  }

  /** Gain in dB that brings a version to the softest of those that are known. */
  match(code) {
    if (this.trueLevel?.checked) return 0;
    const known = [...this.streams.values()].map((s) => s.loudness).filter((l) => typeof l === "number");
    const own = this.streams.get(code)?.loudness;
    return typeof own === "number" ? Math.min(...known) - own : 0;
  }

  balance() {
    const db = this.match(this.heard);
    this.find(".gain").textContent = this.streams.size > 1 ? (this.trueLevel?.checked ? "true level" : `matched, ${signed(db)} dB`) : "";
    if (!this.context) return;
    const now = this.context.currentTime;
    for (const [code, node] of this.gains) {
      const wanted = code === this.heard ? 10 ** (this.match(code) / 20) : 0;
      const from = node.gain.value;
      node.gain.cancelScheduledValues(now);
      node.gain.setValueAtTime(from, now);
      node.gain.linearRampToValueAtTime(wanted, now + FADE_SECONDS);
    }
  }

  pause() {
    if (!this.isPlaying) return;
    this.at = this.position();
    this.isPlaying = false;
    this.tell();
    this.turn = null;
    for (const stream of this.streams.values()) stream.stop();
    this.context?.suspend();
    this.state("paused");
    this.show();
  }

  seek(seconds) {
    const was = this.isPlaying;
    if (was) this.pause();
    this.at = Math.min(Math.max(0, seconds || 0), this.duration);
    if (current !== this && !was) { current?.pause(); current = this; }
    this.show();
    if (was) this.play();
  }

  /** Shows where the song is, and what comes out. */
  follow(turn) {
    const meter = setInterval(() => {
      if (this.turn !== turn) { clearInterval(meter); return; }
      this.listenIn();
      this.remember();
      this.show();
      if (this.position() >= this.duration) { this.pause(); this.at = 0; this.state("ended"); this.show(); }
    }, 50);
  }

  listenIn() {
    const block = new Float32Array(this.ears[0].fftSize);
    let power = 0, channels = 0;
    for (const ear of this.ears) {
      ear.getFloatTimeDomainData(block);
      let sum = 0;
      for (const sample of block) sum += sample * sample;
      if (channels === 0 || sum > 0) { power += sum / block.length; channels += 1; }
    }
    const rms = power / Math.max(1, channels);
    this.root.dataset.levelDbfs = rms > 0 ? (10 * Math.log10(rms)).toFixed(2) : "-inf";
  }

  /** Which seconds of which version were heard: an approval says what was listened to. */
  remember() {
    if (!this.report || this.root.dataset.state !== "playing") return;
    if (!this.seconds.has(this.heard)) this.seconds.set(this.heard, new Set());
    const heard = this.seconds.get(this.heard), second = Math.floor(this.position());
    if (heard.has(second)) return;
    heard.add(second);
    if (heard.size % 10 === 0) this.tell();
  }

  /** Tells the studio when a version was heard in part, by half, or whole. */
  tell() {
    if (!this.report) return;
    for (const [code, heard] of this.seconds) {
      const share = Math.min(100, Math.floor((heard.size / Math.max(1, Math.floor(this.duration))) * 100));
      const step = [95, 50, 1].find((limit) => share >= limit) || 0;
      if (!step || step <= (this.told.get(code) || 0)) continue;
      this.told.set(code, step);
      const body = new URLSearchParams(new FormData(this.report));
      body.set("audio", this.radio(code).dataset.audio.split("/audio/")[1]);
      body.set("per_cent", share);
      fetch(this.report.action, { method: "POST", body, keepalive: true })
        .then((answer) => { if (!answer.ok) this.told.delete(code); })
        .catch(() => this.told.delete(code));
    }
  }

  show() {
    const seconds = this.position(), share = this.duration ? seconds / this.duration : 0;
    this.root.dataset.positionSeconds = seconds.toFixed(3);
    this.find(".position").textContent = clock(seconds);
    this.find(".cursor").style.left = share * 100 + "%";
    this.find(".played").style.clipPath = `inset(0 ${(100 - share * 100).toFixed(3)}% 0 0)`;
    this.wave.setAttribute("aria-valuenow", Math.floor(seconds));
    this.wave.setAttribute("aria-valuetext", clock(seconds));
    this.note(false);
  }

  /** The comment form means the moment that is heard, unless someone typed another. */
  note(isFresh) {
    if (!this.form) return;
    const { position, words, revision } = this.form.elements;
    if (position.dataset.own || (!isFresh && words.value)) return;
    position.value = clock(this.position());
    const heard = Number(this.radio(this.heard)?.dataset.revision || 0);
    if (heard > 0) revision.value = heard;
  }
}

function keys(event) {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, summary, [contenteditable]")) return;
  const player = players.find((p) => p.root.parentElement.contains(target)) || current || players[0];
  if (!player) return;
  if (event.key === " " && !target.closest("button, a, input")) player.toggle();
  else if (event.key === "ArrowLeft" && !target.closest("input")) player.seek(player.position() - STEP_SECONDS);
  else if (event.key === "ArrowRight" && !target.closest("input")) player.seek(player.position() + STEP_SECONDS);
  else if (event.key === "Home" && target === player.wave) player.seek(0);
  else if (/^[1-9]$/.test(event.key) && player.radios[event.key - 1]) player.choose(player.radios[event.key - 1].value);
  else return;
  event.preventDefault();
}

if (typeof AudioContext === "function") {
  for (const root of document.querySelectorAll("[data-player]")) {
    if (root.querySelector(".versions input")) players.push(new Player(root));
  }
  document.addEventListener("keydown", keys);
}
