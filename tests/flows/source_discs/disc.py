"""Makes discs as programs of others write them: python disc.py OUT WAV...

OUT/DDP is a fileset with numbers filled with zeros, the image's record first and checksums with CR LF; OUT/CUE a sheet with
one file of samples; OUT/WAV a sheet with one WAV for all; OUT/EACH a sheet with the WAVs themselves. In the first three the
second track follows its gap of two seconds of silence; in the gap before the third somebody claps.
"""

import binascii
import hashlib
import pathlib
import sys
import wave

SECTOR = 2352
TITLES = ["Weather", "Rain", "Snow", "Hail"]
PERFORMERS = ["Ada Example", "Ada Example", "Ada Example", "Ada & Bo"]
EAN = "4006381333931"


def padded(path):
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (44100, 2, 2)
        sound = file.readframes(file.getnframes())
    return sound + bytes(-len(sound) % SECTOR)


def clap():
    """Somebody in the hall, and the hall behind: a second, gone at its half."""
    size = 588 * 75
    level = lambda n: max(0, 1 - n / (size / 2)) ** 2
    return b"".join(int((n * 7919 % 4001 - 2000) * level(n)).to_bytes(2, "little", signed=True) * 2 for n in range(size))


def time(sectors):
    return f"{sectors // 4500:02}{sectors // 75 % 60:02}{sectors % 75:02}"


def colons(sectors):
    text = time(sectors)
    return f"{text[:2]}:{text[2:4]}:{text[4:]}"


def crc(pack):
    return (binascii.crc_hqx(pack, 0) ^ 0xFFFF).to_bytes(2, "big")


def packs():
    out, counts = [], {}
    for kind, texts in ((0x80, TITLES), (0x81, PERFORMERS)):
        data = b"".join(text.encode("latin-1") + b"\0" for text in texts)
        owners = [no for no, text in enumerate(texts) for _ in range(len(text) + 1)]
        before = [at for text in texts for at in range(len(text) + 1)]
        for at in range(0, len(data), 12):
            body = data[at : at + 12].ljust(12, b"\0")
            out.append(bytes([kind, owners[at], len(out), min(before[at], 15)]) + body)
        counts[kind] = -(-len(data) // 12)
    info = bytearray(36)
    info[0], info[1], info[2] = 0, 1, 3
    info[4], info[5], info[19] = counts[0x80], counts[0x81], 3
    info[20], info[28] = len(out) + 2, 9
    for part in range(3):
        out.append(bytes([0x8F, part, len(out), 0]) + bytes(info[part * 12 : part * 12 + 12]))
    return b"".join(pack + crc(pack) for pack in out)


def field(*parts):
    """A record: text at places, spaces between."""
    size = parts[0]
    record = [" "] * size
    for at, text in parts[1:]:
        record[at : at + len(text)] = text
    return "".join(record).encode("ascii")


def ddp(folder, image, marks):
    folder.mkdir()
    sectors = len(image) // SECTOR
    pq = [field(64, (0, "VVVS0000"), (8, "00000000"), (16, "01"), (32, EAN))]
    for track, index, at in marks:
        isrc = f"DEA12260000{track}"
        pq.append(field(64, (0, f"VVVS{track:02}{index:02}"), (8, "00" + time(at)), (16, "01"), (20, isrc), (32, EAN)))
    pq += [field(64, (0, "VVVSAA01"), (8, "00" + time(sectors)), (16, "01"))] * 2
    pq, text = b"".join(pq), packs()
    ms = [
        field(128, (0, "VVVMD0"), (14, f"{sectors:08}"), (22, "00000000"), (38, "DA70"), (46, "0150"), (71, "017IMAGE.DAT")),
        field(128, (0, "VVVMS0"), (14, f"{len(pq):08}"), (30, "PQ DESCR"), (71, "017PQDESCR")),
        field(128, (0, "VVVMS0"), (14, f"{len(text):08}"), (30, "CDTEXT"), (71, "017CDTEXT.BIN")),
    ]
    files = {
        "DDPID": field(128, (0, "DDP 2.00"), (8, EAN), (38, "WEATHER-1"), (87, "CD")),
        "DDPMS": b"".join(ms),
        "PQDESCR": pq,
        "CDTEXT.BIN": text,
        "IMAGE.DAT": image,
    }
    sums = "".join(f"{hashlib.md5(data).hexdigest()} *{name}\r\n" for name, data in files.items())
    files["MD5_CHECKSUM.MD5"] = sums.encode("ascii")
    for name, data in files.items():
        (folder / name).write_bytes(data)


def cue(folder, name, kind, image, marks):
    """The sheet's times count from the first sector behind the two seconds of every disc."""
    folder.mkdir()
    sound = image[150 * SECTOR :]
    if kind == "BINARY":
        (folder / name).write_bytes(sound)
    else:
        with wave.open(str(folder / name), "wb") as file:
            file.setparams((2, 2, 44100, 0, "NONE", ""))
            file.writeframes(sound)
    lines = ["REM GENRE Pop", f"CATALOG {EAN}", f'PERFORMER "{PERFORMERS[0]}"', f'TITLE "{TITLES[0]}"', f'FILE "{name}" {kind}']
    for track, index, at in marks:
        if (track, index) == (1, 0):
            continue
        if index == 0 or track == 1:
            lines += [f"  TRACK {track:02} AUDIO", f'    TITLE "{TITLES[track]}"', f'    PERFORMER "{PERFORMERS[track]}"', f"    ISRC DEA12260000{track}"]
        lines.append(f"    INDEX {index:02} {colons(at - 150)}")
    (folder / "Weather.cue").write_bytes("\r\n".join(lines + [""]).encode("latin-1"))


def each(folder, paths):
    folder.mkdir()
    lines = [f'TITLE "{TITLES[0]}"', f'PERFORMER "{PERFORMERS[0]}"']
    for track, path in enumerate(paths, 1):
        lines += [f'FILE "{path.name}" WAVE', f"  TRACK {track:02} AUDIO", f'    TITLE "{TITLES[track]}"']
        lines += [f"    ISRC DEA12260000{track}", "    INDEX 01 00:00:00"]
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "Weather.cue").write_bytes("\n".join(lines + [""]).encode("latin-1"))


def main():
    out = pathlib.Path(sys.argv[1])
    songs = [padded(path) for path in sys.argv[2:]]
    image, marks = bytes(150 * SECTOR), [(1, 0, 0)]
    for track, song in enumerate(songs, 1):
        if track > 1:
            marks.append((track, 0, len(image) // SECTOR))
            image += bytes(150 * SECTOR) if track == 2 else clap()
        marks.append((track, 1, len(image) // SECTOR))
        image += song
    ddp(out / "DDP", image, marks)
    cue(out / "CUE", "Weather.bin", "BINARY", image, marks)
    cue(out / "WAV", "Weather.wav", "WAVE", image, marks)
    each(out / "EACH", [pathlib.Path(path) for path in sys.argv[2:]])


main()
