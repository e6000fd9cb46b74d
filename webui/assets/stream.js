// One version of a song, fetched by byte range and laid end to end on the audio clock.

import { frameBytes, planar } from "./pcm.js";

/** Frames of the first piece of a start, so that sound begins soon; later pieces are longer. */
const FIRST_SECONDS = 0.5;
const PIECE_SECONDS = 2;
const MOST_TRIES = 4;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export class Stream {
  constructor(audio, sheet) {
    this.audio = audio;
    this.sheet = sheet;
    this.wav = sheet.wav;
    this.frames = Math.floor(this.wav.data_bytes / frameBytes(this.wav));
    this.rate = this.wav.rate_hz;
    this.loudness = sheet.loudness_lufs;
    this.cache = new Map();
    this.sources = new Set();
  }

  /** Connects to `gain` of a running context. */
  attach(context, gain) {
    this.context = context;
    this.gain = gain;
  }

  /** Begins at `frame`, which sounds at `startTime` of the context's clock. */
  start(frame, startTime) {
    this.stop();
    this.origin = { frame, time: startTime };
    this.next = frame;
    this.isFirst = true;
    this.run = {};
  }

  stop() {
    this.run = null;
    for (const source of this.sources) {
      source.onended = null;
      try { source.stop(); } catch { /* not started yet */ }
      source.disconnect();
    }
    this.sources.clear();
  }

  timeOf(frame) {
    return this.origin.time + (frame - this.origin.frame) / this.rate;
  }

  /** Whether everything up to `frame` is laid out. */
  covers(frame) {
    return this.run !== null && this.next >= Math.min(frame, this.frames);
  }

  /** Fetches and lays out the next piece; false at the end. Throws when the network is gone. */
  async extend() {
    const run = this.run;
    if (!run || this.next >= this.frames) return false;
    const first = this.next;
    const length = Math.round(this.rate * (this.isFirst ? FIRST_SECONDS : PIECE_SECONDS));
    const count = Math.min(length, this.frames - first);
    const channels = await this.piece(first, count);
    if (this.run !== run) return false;
    this.lay(first, count, channels);
    this.next = first + count;
    this.isFirst = false;
    return true;
  }

  lay(first, count, channels) {
    const buffer = this.context.createBuffer(channels.length, count, this.rate);
    channels.forEach((samples, channel) => buffer.copyToChannel(samples, channel));
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.gain);
    const when = this.timeOf(first), late = this.context.currentTime - when;
    if (late <= 0) {
      source.start(when);
    } else {
      // A piece that came late joins where it should be by now, on a whole frame.
      const at = this.context.currentTime + 0.02;
      const skip = Math.ceil((at - when) * this.rate);
      if (skip >= count) return;
      source.start(this.timeOf(first + skip), skip / this.rate);
    }
    source.onended = () => { source.disconnect(); this.sources.delete(source); };
    this.sources.add(source);
  }

  async piece(first, count) {
    const key = first + ":" + count;
    const known = this.cache.get(key);
    if (known) return known;
    const channels = planar(await this.bytes(first, count), this.wav);
    this.cache.set(key, channels);
    // About half a minute stays, for switching and small steps back.
    if (this.cache.size > 16) this.cache.delete(this.cache.keys().next().value);
    return channels;
  }

  async bytes(first, count) {
    const step = frameBytes(this.wav);
    const from = this.wav.data_offset + first * step, to = from + count * step - 1;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await fetch(this.audio, {
          headers: { Range: `bytes=${from}-${to}`, "If-Range": `"${this.sheet.etag}"` },
        });
        if (answer.status === 200) throw Object.assign(new Error("This version was replaced meanwhile. Reload the page."), { isFinal: true });
        if (answer.status !== 206) throw Object.assign(new Error("This version cannot be fetched (" + answer.status + ")."), { isFinal: answer.status < 500 });
        const bytes = await answer.arrayBuffer();
        if (bytes.byteLength !== count * step) throw new Error("The connection broke off.");
        return bytes;
      } catch (error) {
        if (error.isFinal || attempt >= MOST_TRIES) throw error;
        await pause(250 * 2 ** attempt);
      }
    }
  }
}
