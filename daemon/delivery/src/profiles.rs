//! The profiles that come with the program, as they lie in `config/profiles/`.

/// Each by its name.
const PROFILES: [(&str, &str); 6] = [
    ("label", include_str!("../../../config/profiles/label.toml")),
    (
        "distributor",
        include_str!("../../../config/profiles/distributor.toml"),
    ),
    ("shop", include_str!("../../../config/profiles/shop.toml")),
    (
        "high_resolution",
        include_str!("../../../config/profiles/high_resolution.toml"),
    ),
    ("plant", include_str!("../../../config/profiles/plant.toml")),
    ("vinyl", include_str!("../../../config/profiles/vinyl.toml")),
];

/// Their names.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROFILES.iter().map(|(name, _)| *name)
}

/// The text of one; hyphens and blanks do for underscores.
pub fn text(name: &str) -> Option<&'static str> {
    let plain = name.trim().to_lowercase().replace(['-', ' '], "_");
    let mut same = PROFILES.iter().filter(|(known, _)| *known == plain);
    same.next().map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    #[test]
    fn every_profile_can_be_read() {
        for name in names() {
            let profile =
                Profile::read(text(name).unwrap()).unwrap_or_else(|e| panic!("{name}: {e:?}"));
            assert!(!profile.title.is_empty(), "{name}");
        }
        assert!(text("High-Resolution").is_some());
        assert!(text("nobody").is_none());
    }
}
