//! Reading one card through ALSA.

use std::time::{Duration, Instant};

use alsa::ctl::{DeviceIter, ElemType, ElemValue};
use alsa::mixer::{MilliBel, Selem, SelemChannelId};
use alsa::pcm::{Format, HwParams};
use alsa::{Ctl, Direction, HCtl, Mixer, PCM};

use super::seen::{
    Abilities, ClockElement, Fader, MixerElement, SeenCard, Stream, Way, is_of_the_clock,
    stream_run,
};

/// The rates that studios use.
const RATES_HZ: [u32; 9] = [
    32_000, 44_100, 48_000, 64_000, 88_200, 96_000, 176_400, 192_000, 384_000,
];
const FORMATS: [(Format, &str); 6] = [
    (Format::S16LE, "S16_LE"),
    (Format::S243LE, "S24_3LE"),
    (Format::S24LE, "S24_LE"),
    (Format::S32LE, "S32_LE"),
    (Format::FloatLE, "FLOAT_LE"),
    (Format::S16BE, "S16_BE"),
];
/// ALSA's word for silence, `SND_CTL_TLV_DB_GAIN_MUTE`, in hundredths of a dB.
const MUTE: i64 = -9_999_999;
/// How long a stream is left alone that could not be asked what it can do.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// Most streams and most controls that are read of a card.
const MOST: usize = 512;

/// A card that is open: what it tells of changes comes through here.
pub(super) struct OpenCard {
    pub(super) index: i32,
    ctl: Ctl,
    pub(super) controls: HCtl,
    pub(super) mixer: Mixer,
    /// What streams can do, once it is known: asking opens the device, and somebody may hold it.
    known: Vec<((u32, Way), Abilities)>,
    /// When each of the others was asked last.
    asked: Vec<((u32, Way), Instant)>,
}

impl OpenCard {
    pub(super) fn open(index: i32) -> alsa::Result<Self> {
        let name = format!("hw:{index}");
        let controls = HCtl::new(&name, true)?;
        controls.load()?;
        Ok(Self {
            index,
            ctl: Ctl::new(&name, true)?,
            controls,
            mixer: Mixer::new(&name, true)?,
            known: Vec::new(),
            asked: Vec::new(),
        })
    }

    /// Takes what the card told; an error is a card that is gone.
    pub(super) fn hear(&self) -> alsa::Result<()> {
        self.controls.handle_events()?;
        self.mixer.handle_events()?;
        Ok(())
    }

    pub(super) fn read(&mut self) -> alsa::Result<SeenCard> {
        let info = self.ctl.card_info()?;
        Ok(SeenCard {
            index: self.index,
            id: info.get_id()?.to_owned(),
            name: info.get_name()?.to_owned(),
            long_name: info.get_longname()?.to_owned(),
            driver: info.get_driver()?.to_owned(),
            streams: self.streams(),
            mixer: self.elements(),
            clock: self.clock(),
        })
    }

    fn streams(&mut self) -> Vec<Stream> {
        let mut found = Vec::new();
        let devices: Vec<u32> = DeviceIter::new(&self.ctl)
            .take(MOST)
            .filter_map(|device| u32::try_from(device).ok())
            .collect();
        for device in devices {
            for way in [Way::Out, Way::In] {
                // Many devices go one way only.
                let Ok(info) = self.ctl.pcm_info(device, 0, direction(way)) else {
                    continue;
                };
                let name = info.get_name().unwrap_or_default().to_owned();
                let running = self.running(device, way);
                found.push(Stream {
                    device,
                    name,
                    way,
                    abilities: self.abilities(device, way, running.is_some()),
                    running,
                });
            }
        }
        found
    }

    #[expect(
        clippy::fn_params_excessive_bools,
        reason = "whether somebody holds it, as the kernel says it"
    )]
    fn abilities(&mut self, device: u32, way: Way, is_held: bool) -> Option<Abilities> {
        if let Some((_, known)) = self.known.iter().find(|(of, _)| *of == (device, way)) {
            return Some(known.clone());
        }
        let was_asked = |asked: &&((u32, Way), Instant)| {
            asked.0 == (device, way) && asked.1.elapsed() < ASK_AGAIN
        };
        if is_held || self.asked.iter().any(|asked| was_asked(&asked)) {
            return None;
        }
        self.asked.retain(|(of, _)| *of != (device, way));
        self.asked.push(((device, way), Instant::now()));
        // Not to wait where somebody holds it; closed again before anybody else asks.
        let name = format!("hw:{},{device}", self.index);
        let pcm = PCM::new(&name, direction(way), true).ok()?;
        let params = HwParams::any(&pcm).ok()?;
        let takes = |rate: &u32| params.test_rate(*rate).is_ok();
        let formats = FORMATS.iter();
        let found = Abilities {
            rates_hz: RATES_HZ.into_iter().filter(takes).collect(),
            channels: [
                params.get_channels_min().ok()?,
                params.get_channels_max().ok()?,
            ],
            formats: formats
                .filter(|(format, _)| params.test_format(*format).is_ok())
                .map(|(_, name)| (*name).to_owned())
                .collect(),
        };
        self.known.push(((device, way), found.clone()));
        Some(found)
    }

    /// How the kernel says the stream's first subdevice runs.
    fn running(&self, device: u32, way: Way) -> Option<super::seen::StreamRun> {
        let (card, letter) = (self.index, if way == Way::In { 'c' } else { 'p' });
        let path = format!("/proc/asound/card{card}/pcm{device}{letter}/sub0/hw_params");
        stream_run(&std::fs::read_to_string(path).ok()?)
    }

    fn elements(&self) -> Vec<MixerElement> {
        let elements = self.mixer.iter().take(MOST).filter_map(Selem::new);
        elements
            .filter_map(|element| {
                let id = element.get_id();
                let name = id.get_name().ok()?.to_owned();
                let name = match id.get_index() {
                    0 => name,
                    n => format!("{name} {}", n + 1),
                };
                let (playback, capture) = (playback(&element), capture(&element));
                if playback.is_none() && capture.is_none() {
                    return None;
                }
                Some(MixerElement {
                    name,
                    playback,
                    capture,
                })
            })
            .collect()
    }

    /// Whatever control of the card has a clock's name.
    fn clock(&self) -> Vec<ClockElement> {
        let choices = self.choices();
        let mut found: Vec<ClockElement> = Vec::new();
        for element in self.controls.elem_iter().take(MOST) {
            let (Ok(id), Ok(info), Ok(value)) = (element.get_id(), element.info(), element.read())
            else {
                continue;
            };
            let name = id.get_name().unwrap_or_default().to_owned();
            if !is_of_the_clock(&name) {
                continue;
            }
            let index = id.get_index();
            let is_it = |choice: &&Choice| choice.name == name && choice.index == index;
            let chosen = choices.iter().find(is_it);
            let told = match (info.get_type(), chosen) {
                (ElemType::Enumerated, Some(choice)) => Some(choice.words.clone()),
                (kind, _) => plain(kind, &value),
            };
            if let Some(value) = told {
                // A card of many streams has many controls of one name.
                let name = match (id.get_device(), id.get_subdevice(), index) {
                    (0, 0, 0) => name,
                    (0, 0, n) => format!("{name} {}", n + 1),
                    (device, sub, _) => format!("{name} {device}.{sub}"),
                };
                found.push(ClockElement { name, value });
            }
        }
        found
    }

    /// What the mixer's choices stand at, in words.
    fn choices(&self) -> Vec<Choice> {
        let elements = self.mixer.iter().take(MOST).filter_map(Selem::new);
        elements
            .filter(Selem::is_enumerated)
            .filter_map(|element| {
                let item = element.get_enum_item(SelemChannelId::mono()).ok()?;
                let words = element.get_enum_item_name(item).ok()?;
                let id = element.get_id();
                Some(Choice {
                    name: id.get_name().ok()?.to_owned(),
                    index: id.get_index(),
                    words,
                })
            })
            .collect()
    }
}

/// What a choice of the mixer stands at.
struct Choice {
    name: String,
    index: u32,
    words: String,
}

fn direction(way: Way) -> Direction {
    match way {
        Way::In => Direction::Capture,
        Way::Out => Direction::Playback,
    }
}

/// A value that has no words of its own.
fn plain(kind: ElemType, value: &ElemValue) -> Option<String> {
    match kind {
        ElemType::Boolean => Some(if value.get_boolean(0)? { "yes" } else { "no" }.to_owned()),
        ElemType::Integer => Some(value.get_integer(0)?.to_string()),
        ElemType::Integer64 => Some(value.get_integer64(0)?.to_string()),
        ElemType::Enumerated => Some(format!("choice {}", value.get_enumerated(0)? + 1)),
        ElemType::None | ElemType::Bytes | ElemType::IEC958 => None,
    }
}

fn db(level: MilliBel) -> f64 {
    match level.0 {
        mute if mute <= MUTE => f64::NEG_INFINITY,
        hundredths => hundredths as f64 / 100.0,
    }
}

fn channels(has: impl Fn(SelemChannelId) -> bool) -> Vec<SelemChannelId> {
    let named = SelemChannelId::all().iter().copied();
    let real = |c: &SelemChannelId| !matches!(c, SelemChannelId::Unknown | SelemChannelId::Last);
    named.filter(real).filter(|c| has(*c)).collect()
}

fn playback(element: &Selem<'_>) -> Option<Fader> {
    let channels = channels(|c| element.has_playback_channel(c));
    let mut fader = Fader::default();
    if element.has_playback_volume() {
        let steps = channels.iter();
        let steps = steps.filter_map(|c| element.get_playback_volume(*c).ok());
        fader.steps = steps.collect();
        fader.range = element.get_playback_volume_range().into();
        let levels = channels.iter();
        let levels = levels.map(|c| element.get_playback_vol_db(*c).map(db));
        fader.levels_db = levels.collect::<Result<_, _>>().unwrap_or_default();
    }
    if element.has_playback_switch() {
        let switches = channels.iter();
        let switches = switches.filter_map(|c| element.get_playback_switch(*c).ok());
        fader.is_on = switches.map(|on| on != 0).collect();
    }
    (fader != Fader::default()).then_some(fader)
}

fn capture(element: &Selem<'_>) -> Option<Fader> {
    let channels = channels(|c| element.has_capture_channel(c));
    let mut fader = Fader::default();
    if element.has_capture_volume() {
        let steps = channels.iter();
        let steps = steps.filter_map(|c| element.get_capture_volume(*c).ok());
        fader.steps = steps.collect();
        fader.range = element.get_capture_volume_range().into();
        let levels = channels.iter();
        let levels = levels.map(|c| element.get_capture_vol_db(*c).map(db));
        fader.levels_db = levels.collect::<Result<_, _>>().unwrap_or_default();
    }
    if element.has_capture_switch() {
        let switches = channels.iter();
        let switches = switches.filter_map(|c| element.get_capture_switch(*c).ok());
        fader.is_on = switches.map(|on| on != 0).collect();
    }
    (fader != Fader::default()).then_some(fader)
}
