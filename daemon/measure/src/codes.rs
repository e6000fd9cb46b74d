//! The stable codes of all findings.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*
        /// Every code there is.
        pub const ALL: &[&str] = &[$($code),*];
    };
}

codes! {
    /// The file cannot be decoded.
    UNREADABLE = "unreadable";
    /// The file holds no sample.
    EMPTY = "empty";
    /// The file ends before its header says so.
    CUT_SHORT = "cut_short";
    /// The file ends in unexplained exact zeros.
    ZERO_TAIL = "zero_tail";
    /// Header and data disagree about the length.
    LENGTHS_DISAGREE = "lengths_disagree";
    /// Made by a lossy codec, or looking like it.
    LOSSY_SOURCE = "lossy_source";
    /// No channel, or too many.
    CHANNELS_UNUSABLE = "channels_unusable";
    /// A rate outside 8 to 384 kHz.
    RATE_UNUSABLE = "rate_unusable";
    /// Two files with the same samples.
    SAME_AS_ANOTHER = "same_as_another";
    /// Two files of one name in two folders.
    SAME_NAME = "same_name";
    /// The song is not clear from the name.
    NAME_UNCLEAR = "name_unclear";
    /// The order is not clear from the name.
    ORDER_UNCLEAR = "order_unclear";
    /// A zip that was refused.
    ZIP_REFUSED = "zip_refused";
    /// A disc of others that was refused.
    DISC_REFUSED = "disc_refused";
    /// A disc of others that keeps not every rule.
    DISC_RULE = "disc_rule";
    /// A track of a disc that was recorded with pre-emphasis.
    PRE_EMPHASIS = "pre_emphasis";
    /// The inspection did not come to its end.
    NOT_INSPECTED = "not_inspected";
    /// Samples that are no numbers.
    NON_FINITE = "non_finite";
    /// Nothing audible in the whole file.
    SILENT = "silent";
    /// Another rate or depth than declared.
    FORMAT_NOT_AS_DECLARED = "format_not_as_declared";
    /// Runs of samples at full scale.
    CLIPPING = "clipping";
    /// Flat tops below full scale: clipped, then turned down.
    CLIPPED_BELOW_FULL_SCALE = "clipped_below_full_scale";
    /// True peaks beyond full scale between samples that are not.
    INTERSAMPLE_OVERS = "intersample_overs";
    /// Float samples beyond full scale.
    FLOAT_OVERS = "float_overs";
    /// Little headroom.
    HEADROOM_LOW = "headroom_low";
    /// A very low peak.
    PEAK_LOW = "peak_low";
    /// Limited before it came.
    LIMITED_ALREADY = "limited_already";
    /// The head is cut.
    HEAD_CUT = "head_cut";
    /// The tail is cut.
    TAIL_CUT = "tail_cut";
    /// No space before the first sound or after the last.
    SPACE_MISSING = "space_missing";
    /// A click on the first or the last samples.
    EDGE_CLICK = "edge_click";
    /// A fade was made already.
    FADE_MADE = "fade_made";
    /// Long silence at the head, inside or at the tail.
    SILENCE_LONG = "silence_long";
    /// Fewer bits in use than the file holds.
    PADDED_BITS = "padded_bits";
    /// Shortened to fewer bits without dither.
    DITHER_MISSING = "dither_missing";
    /// Dither is in the file.
    DITHER_PRESENT = "dither_present";
    /// Nothing above half of a lower rate.
    UPSAMPLED = "upsampled";
    /// A DC offset.
    DC_OFFSET = "dc_offset";
    /// One channel is upside down.
    POLARITY_INVERTED = "polarity_inverted";
    /// One channel is dead.
    ONE_CHANNEL = "one_channel";
    /// One channel is louder.
    CHANNEL_IMBALANCE = "channel_imbalance";
    /// One channel, or two that are the same.
    MONO_FILE = "mono_file";
    /// The bass of the channels works against itself.
    BASS_OUT_OF_PHASE = "bass_out_of_phase";
    /// Clicks.
    CLICKS = "clicks";
    /// Moments of nothing inside the music.
    DROPOUTS = "dropouts";
    /// Mains hum at 50 or 60 Hz and its multiples.
    HUM = "hum";
    /// A block of samples that comes again right after itself.
    REPEATED_SAMPLES = "repeated_samples";
    /// One channel is late against the other.
    CHANNEL_DELAYED = "channel_delayed";
    /// A song much louder or quieter than the others.
    LOUDNESS_APART = "loudness_apart";
    /// A song of much other tone than the others.
    TONE_APART = "tone_apart";
    /// A song in another rate or depth than the others.
    FORMATS_DIFFER = "formats_differ";
    /// An alternate in another rate or depth than its main mix.
    ALTERNATE_FORMAT = "alternate_format";
    /// An alternate that starts earlier or later than its main mix.
    ALTERNATE_START = "alternate_start";
    /// An alternate of another length than its main mix.
    ALTERNATE_LENGTH = "alternate_length";
    /// An alternate of which a part lies elsewhere than the rest.
    ALTERNATE_EDITED = "alternate_edited";
    /// An alternate with left and right swapped against its main mix.
    ALTERNATE_SWAPPED = "alternate_swapped";
    /// An alternate upside down against its main mix.
    ALTERNATE_INVERTED = "alternate_inverted";
    /// An alternate that is not the song it is named after.
    ALTERNATE_OTHER_SONG = "alternate_other_song";
    /// An alternate that could not be laid over its main mix.
    ALTERNATE_NOT_ALIGNED = "alternate_not_aligned";
}
