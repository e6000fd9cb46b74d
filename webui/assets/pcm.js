// Reads samples as they lie in a WAV file. Nothing is resampled, dithered or rounded beyond the
// 32-bit floats in which browsers keep audio: every 24-bit sample survives exactly.

const BYTES = { i16: 2, i24: 3, i32: 4, f32: 4, f64: 8 };

/** Bytes of one frame: one sample on every channel. */
export function frameBytes(wav) {
  return BYTES[wav.sample] * wav.channels;
}

function reader(view, sample) {
  switch (sample) {
    case "i16": return (at) => view.getInt16(at, true) / 32768;
    case "i24": return (at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608;
    case "i32": return (at) => view.getInt32(at, true) / 2147483648;
    case "f32": return (at) => view.getFloat32(at, true);
    case "f64": return (at) => view.getFloat64(at, true);
    default: throw new Error("samples of the kind " + sample + " cannot be played");
  }
}

/** The channels of `buffer`, which holds whole frames, as arrays of floats. */
export function planar(buffer, wav) {
  const bytes = BYTES[wav.sample], step = frameBytes(wav);
  const frames = Math.floor(buffer.byteLength / step);
  const read = reader(new DataView(buffer), wav.sample);
  const channels = [];
  for (let channel = 0; channel < wav.channels; channel += 1) {
    const out = new Float32Array(frames);
    for (let frame = 0, at = channel * bytes; frame < frames; frame += 1, at += step) out[frame] = read(at);
    channels.push(out);
  }
  return channels;
}
