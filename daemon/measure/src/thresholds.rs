//! Where the findings begin, with the reason of each figure. `config/findings.toml` holds the same.

use serde::{Deserialize, Serialize};

use crate::finding::Severity;

/// Limits of the inspection; a file may set some of them, unknown names are refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Level of findings.
    pub level: LevelThresholds,
    /// Beginning, end and silence.
    pub edges: EdgeThresholds,
    /// Faults of channels and of the signal.
    pub fault: FaultThresholds,
    /// Bits, bandwidth and origin.
    pub numbers: NumberThresholds,
    /// Mixes beside each other.
    pub set: SetThresholds,
}

/// Clipping, headroom, limiting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LevelThresholds {
    /// A sample counts as full scale from here on.
    pub full_scale_dbfs: f64,
    /// Flat samples in a row that are a clip.
    pub clip_run_frames: u32,
    /// The same where the flat top is below full scale.
    pub flat_run_frames: u32,
    /// The step into or out of a flat top, relative to it, that tells a clip from a round summit.
    pub clip_corner_share: f64,
    /// Clips from which somebody should decide; fewer are a note.
    pub clip_ask_runs: u64,
    /// One clip this long is enough to ask.
    pub clip_ask_run_frames: u32,
    /// Headroom below which it is mentioned.
    pub headroom_db: f64,
    /// What little headroom does: a note unless the studio raises it.
    pub headroom_severity: Severity,
    /// What floats beyond full scale do: a note unless the studio raises it.
    pub float_overs_severity: Severity,
    /// A mix whose peak is below this is mentioned.
    pub peak_low_dbfs: f64,
    /// Nothing louder than this anywhere is silence.
    pub silent_dbfs: f64,
    /// Peak-to-loudness ratio from which limiting is mentioned.
    pub limited_note_plr_lu: f64,
    /// Peak-to-loudness ratio from which somebody should decide.
    pub limited_ask_plr_lu: f64,
    /// Share of 50 ms stretches whose peak stands within 0.5 dB of the highest: the mark of a limiter.
    pub limited_density_share: f64,
    /// Peak-to-loudness ratio up to which peaks that all end at one level are a limiter's.
    pub ceiling_plr_lu: f64,
    /// Peaks of 10 ms within 0.4 dB of the highest that are enough to say so, ...
    pub ceiling_peaks: u64,
    /// ... and their number against those in the 0.8 dB below.
    pub ceiling_share: f64,
}

/// Heads, tails, silence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EdgeThresholds {
    /// A first sample above this is a jump out of nothing.
    pub head_jump_dbfs: f64,
    /// RMS of the first 5 ms that, with the jump, is a cut head.
    pub head_cut_dbfs: f64,
    /// RMS of the last 20 ms above which the tail is cut.
    pub tail_cut_ask_dbfs: f64,
    /// RMS of the last 20 ms above which the end is mentioned.
    pub tail_cut_note_dbfs: f64,
    /// The tail must stand this far above the piece's own noise.
    pub tail_above_noise_db: f64,
    /// Sound from this level on in the first 10 ms leaves no space at the head.
    pub space_head_dbfs: f64,
    /// A decay that is still above this in the last 20 ms leaves no space at the tail.
    pub space_tail_dbfs: f64,
    /// Silence at the head longer than this is mentioned.
    pub head_silence_seconds: f64,
    /// Silence at the tail longer than this is mentioned.
    pub tail_silence_seconds: f64,
    /// Silence inside longer than this is mentioned.
    pub inner_silence_seconds: f64,
    /// Exact zeros inside longer than this are mentioned.
    pub inner_zeros_seconds: f64,
    /// Quieter than this is silence.
    pub silence_dbfs: f64,
}

/// Channels, DC, clicks, dropouts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultThresholds {
    /// DC offset from which it is mentioned.
    pub dc_note_dbfs: f64,
    /// DC offset from which somebody should decide.
    pub dc_ask_dbfs: f64,
    /// Correlation below which a channel is taken for inverted.
    pub inverted_correlation: f64,
    /// The same for a wide mix, where the bass says so too.
    pub inverted_wide_correlation: f64,
    /// Correlation of the bass below which a wide mix is taken for inverted.
    pub inverted_bass_correlation: f64,
    /// What differs between the channels is this much below what they share: mono.
    pub mono_residual_db: f64,
    /// A channel this much below the other is dead.
    pub dead_channel_db: f64,
    /// Difference of the channels' RMS from which it is mentioned.
    pub imbalance_note_db: f64,
    /// Difference of the channels' RMS from which somebody should decide.
    pub imbalance_ask_db: f64,
    /// Correlation below 150 Hz under which the bass is mentioned.
    pub bass_correlation: f64,
    /// How far a click stands out of the high frequencies around it.
    pub click_ratio_db: f64,
    /// The same for a pop, in the band that its length belongs to.
    pub pop_ratio_db: f64,
    /// What pops without a click do: a note unless the studio raises it.
    pub pop_severity: Severity,
    /// A click's step below this is inaudible.
    pub click_floor_dbfs: f64,
    /// More clicks than this were probably meant.
    pub click_ask_most: u64,
    /// Exact zeros (or one held value) in a row, between signal, that are a dropout.
    pub dropout_seconds: f64,
    /// More dropouts than this are the sound of a square wave or of a gate.
    pub dropout_most: u64,
    /// The larger of the steps into and out of a dropout.
    pub dropout_step_dbfs: f64,
    /// Level of all lines of a hum together from which it is mentioned.
    pub hum_note_dbfs: f64,
    /// The same from which somebody should decide.
    pub hum_ask_dbfs: f64,
    /// How far a hum has to lie below the channel's RMS; what is louder is music.
    pub hum_below_db: f64,
    /// How far a line of hum stands out of everything 2 to 6 Hz beside it.
    pub hum_ratio_db: f64,
    /// How long, in all, it has to be seen.
    pub hum_seconds: f64,
    /// Share of the passages quiet enough to show it that do show it.
    pub hum_share: f64,
    /// Frames of the shortest repeated block.
    pub repeat_shortest_frames: u64,
    /// Frames of the longest repeated block.
    pub repeat_longest_frames: u64,
    /// A repeat's jump below this is inaudible.
    pub repeat_floor_dbfs: f64,
    /// More repeats than this were probably meant.
    pub repeat_ask_most: u64,
    /// A piece with more exact repetitions of other kinds than this is made of loops and tones.
    pub repeat_loops_most: u64,
    /// Delay between the channels, in frames, from which somebody should decide.
    pub delay_frames: f64,
    /// Height of the correlation's peak at the delay, of at most 1.
    pub delay_peak: f64,
    /// Share of it that any other peak may reach.
    pub delay_rival_share: f64,
    /// Share of the common spectrum whose phase has to be that of the delay.
    pub delay_fit: f64,
    /// How much the bass has to speak for the delay (1) rather than for none (-1).
    pub delay_bass: f64,
    /// Share of the piece's segments that have to agree.
    pub delay_segments_share: f64,
}

/// Bits in use, dither, bandwidth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NumberThresholds {
    /// Quiet stretches of 10 ms needed to judge dither.
    pub dither_blocks: u64,
    /// Share of samples that change in a quiet stretch below which there is no dither.
    pub undithered_changes: f64,
    /// Share of samples that change in a quiet stretch above which there is dither.
    pub dithered_changes: f64,
    /// What missing dither does: a note unless the studio raises it.
    pub dither_missing_severity: Severity,
    /// What dither that is there does: a note unless the studio raises it.
    pub dither_present_severity: Severity,
    /// Fall of the spectrum across a wall.
    pub wall_db: f64,
    /// Times per loud moment that bands below the wall drop out and come back, ...
    pub lossy_holes_share: f64,
    /// ... and share of loud moments in which one is empty right above music, that together speak for a codec.
    pub lossy_gaps_share: f64,
    /// What a wall with such holes does: a note unless the studio raises it.
    pub lossy_holes_severity: Severity,
    /// Standard deviations from which a grid of empty lines is an encoder's; 0 spares the look.
    pub lossy_grid_sigmas: f64,
    /// What such a grid does.
    pub lossy_grid_severity: Severity,
    /// A wall whose floor is empty is lossy coding only up to this frequency.
    pub lossy_wall_hz: f64,
    /// Correlation of what lies above a lower rate's half with its mirror, from which it is an image.
    pub image_correlation: f64,
}

impl Default for LevelThresholds {
    fn default() -> Self {
        Self {
            full_scale_dbfs: -0.001,
            clip_run_frames: 3,
            flat_run_frames: 4,
            clip_corner_share: 0.0003,
            clip_ask_runs: 10,
            clip_ask_run_frames: 10,
            headroom_db: 2.0,
            headroom_severity: Severity::Note,
            float_overs_severity: Severity::Note,
            peak_low_dbfs: -30.0,
            silent_dbfs: -80.0,
            limited_note_plr_lu: 10.0,
            limited_ask_plr_lu: 8.0,
            limited_density_share: 0.15,
            ceiling_plr_lu: 11.5,
            ceiling_peaks: 10,
            ceiling_share: 0.25,
        }
    }
}

impl Default for EdgeThresholds {
    fn default() -> Self {
        Self {
            head_jump_dbfs: -40.0,
            head_cut_dbfs: -40.0,
            tail_cut_ask_dbfs: -45.0,
            tail_cut_note_dbfs: -60.0,
            tail_above_noise_db: 10.0,
            space_head_dbfs: -50.0,
            space_tail_dbfs: -66.0,
            head_silence_seconds: 5.0,
            tail_silence_seconds: 15.0,
            inner_silence_seconds: 2.0,
            inner_zeros_seconds: 0.95,
            silence_dbfs: -90.0,
        }
    }
}

impl Default for FaultThresholds {
    fn default() -> Self {
        Self {
            dc_note_dbfs: -60.0,
            dc_ask_dbfs: -40.0,
            inverted_correlation: -0.5,
            inverted_wide_correlation: -0.2,
            inverted_bass_correlation: -0.5,
            mono_residual_db: -60.0,
            dead_channel_db: 60.0,
            imbalance_note_db: 4.0,
            imbalance_ask_db: 10.0,
            bass_correlation: -0.2,
            click_ratio_db: 26.0,
            pop_ratio_db: 26.0,
            pop_severity: Severity::Note,
            click_floor_dbfs: -40.0,
            click_ask_most: 30,
            dropout_most: 200,
            dropout_seconds: 0.0005,
            dropout_step_dbfs: -34.0,
            hum_note_dbfs: -85.0,
            hum_ask_dbfs: -60.0,
            hum_below_db: 10.0,
            hum_ratio_db: 12.0,
            hum_seconds: 3.0,
            hum_share: 0.75,
            repeat_shortest_frames: 32,
            repeat_longest_frames: 8192,
            repeat_floor_dbfs: -60.0,
            repeat_ask_most: 30,
            repeat_loops_most: 30,
            delay_frames: 0.75,
            delay_peak: 0.1,
            delay_rival_share: 0.5,
            delay_fit: 0.7,
            delay_bass: 0.0,
            delay_segments_share: 0.7,
        }
    }
}

impl Default for NumberThresholds {
    fn default() -> Self {
        Self {
            dither_blocks: 6,
            undithered_changes: 0.15,
            dithered_changes: 0.3,
            dither_missing_severity: Severity::Note,
            dither_present_severity: Severity::Note,
            wall_db: 18.0,
            lossy_holes_share: 0.02,
            lossy_gaps_share: 0.04,
            lossy_holes_severity: Severity::Note,
            lossy_grid_sigmas: 6.0,
            lossy_grid_severity: Severity::Ask,
            lossy_wall_hz: 20_600.0,
            image_correlation: 0.5,
        }
    }
}

/// Songs beside songs, alternates beside their main mixes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SetThresholds {
    /// Fewer songs have no usual loudness or tone.
    pub least_songs: usize,
    /// Distance from the other songs' loudness from which it is mentioned.
    pub loudness_note_lu: f64,
    /// Distance of an octave from the other songs' tone from which it is mentioned.
    pub tone_note_db: f64,
    /// What a song in another rate than the others does: a note unless the studio raises it.
    pub rate_severity: Severity,
    /// Music in an alternate below which nothing is said about it.
    pub least_seconds: f64,
    /// Correlation from which an alternate is the same song.
    pub same_correlation: f64,
    /// Share of its stretches that must agree as well.
    pub steady_share: f64,
    /// Correlation up to which it is another wave.
    pub other_correlation: f64,
    /// Correlation of the rhythms up to which it is another song.
    pub other_rhythm: f64,
    /// Music that must have been compared before somebody is asked about another song.
    pub sure_seconds: f64,
    /// Offset of an alternate from which it is mentioned.
    pub start_note_frames: u64,
    /// Offset from which somebody should decide.
    pub start_ask_seconds: f64,
    /// Distance of the ends from which the length is mentioned.
    pub length_note_seconds: f64,
    /// Music missing at the end from which somebody should decide.
    pub length_ask_seconds: f64,
    /// Opposite correlation of the sides from which left and right are swapped.
    pub swapped_correlation: f64,
}

impl Default for SetThresholds {
    fn default() -> Self {
        Self {
            least_songs: 3,
            loudness_note_lu: 6.0,
            tone_note_db: 9.0,
            rate_severity: Severity::Note,
            least_seconds: 3.0,
            same_correlation: 0.15,
            steady_share: 0.6,
            other_correlation: 0.06,
            other_rhythm: 0.3,
            sure_seconds: 20.0,
            start_note_frames: 1,
            start_ask_seconds: 0.02,
            length_note_seconds: 0.1,
            length_ask_seconds: 0.5,
            swapped_correlation: 0.2,
        }
    }
}
