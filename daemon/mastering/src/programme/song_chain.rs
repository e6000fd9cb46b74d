//! Which chain makes a song's master, and what is set otherwise in it for this song.

use std::collections::BTreeMap;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A chain of the engine for one song.
///
/// Written as its name alone, `chain = "warm_tape"`, or with settings of the song's own:
/// `chain = { name = "chains/rain.toml", set.limiter.ceiling_dbtp = -1.5 }`.
#[derive(Debug, Clone, PartialEq)]
pub struct SongChain {
    /// A chain file, by its path from the programme's own folder, or a chain of the house where no file has that name.
    pub name: String,
    /// What is otherwise in it for this song: keys and values by the stage's processor or its number from 1, or of `loudness`,
    /// `dither` and `conversion`.
    pub set: BTreeMap<String, toml::Table>,
}

impl SongChain {
    /// A chain as it is.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            set: BTreeMap::new(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WithSettings {
    name: String,
    #[serde(default)]
    set: BTreeMap<String, toml::Table>,
}

impl Serialize for SongChain {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.set.is_empty() {
            return to.serialize_str(&self.name);
        }
        WithSettings {
            name: self.name.clone(),
            set: self.set.clone(),
        }
        .serialize(to)
    }
}

impl<'de> Deserialize<'de> for SongChain {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NameOrTable)
    }
}

struct NameOrTable;

impl<'de> Visitor<'de> for NameOrTable {
    type Value = SongChain;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a chain's name, or a table with its `name` and what is `set` in it")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<SongChain, E> {
        Ok(SongChain::named(name))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SongChain, A::Error> {
        let WithSettings { name, set } =
            WithSettings::deserialize(MapAccessDeserializer::new(map))?;
        Ok(SongChain { name, set })
    }
}

#[cfg(test)]
mod tests {
    use crate::programme::{Programme, Song, SongChain};

    fn song(chain: &str) -> Result<Song, String> {
        let text = format!(
            "title = \"Lines\"\n[[disc]]\n[[disc.track]]\ntitle = \"Rain\"\nfile = \"rain.wav\"\n{chain}\n"
        );
        let programme = Programme::read(&text).map_err(|e| e.to_string())?;
        // What is written reads back as itself.
        assert_eq!(Programme::read(&programme.to_toml()).unwrap(), programme);
        Ok(programme.discs[0].tracks[0].clone())
    }

    #[test]
    fn a_chain_is_a_name_or_a_name_with_settings() {
        assert_eq!(song("").unwrap().chain, None);
        let plain = song("chain = \"warm_tape\"").unwrap().chain;
        assert_eq!(plain, Some(SongChain::named("warm_tape")));
        for text in [
            "chain = { name = \"c.toml\", set.limiter.ceiling_dbtp = -1.5, set.2.gain_db = 1 }",
            "[disc.track.chain]\nname = \"c.toml\"\n[disc.track.chain.set]\nlimiter = { ceiling_dbtp = -1.5 }\n2 = { gain_db = 1 }",
        ] {
            let chain = song(text).unwrap().chain.unwrap();
            assert_eq!(chain.name, "c.toml");
            let ceiling = chain.set["limiter"]["ceiling_dbtp"].as_float();
            assert_eq!(ceiling, Some(-1.5));
            assert_eq!(chain.set["2"]["gain_db"].as_integer(), Some(1));
        }
        let said = song("chain = { name = \"c.toml\", sets.limiter.a = 1 }").unwrap_err();
        assert_eq!(said, "line 6: a programme knows no `sets` there");
        assert!(song("chain = 3").is_err());
        assert!(song("chain = { set.limiter.a = 1 }").is_err());
    }
}
