//! What the studio offers, as the fields of forms, and back. A field is named by its place in
//! `services.toml`; what a form says is read by the same code as the file.

mod questions;

use mastering::{Calendar, Catalogue, Offering, ReleaseSettings, Topic};
use serde_json::{Map, Value, json};
use studio::Denied;

use crate::form::Fields;

use self::questions::{Asked, CALENDAR, Group, Kind, RELEASES, SERVICE};

/// A field as the page shows it.
pub(crate) struct FieldShown {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// What can be chosen: code, words, whether it is.
    pub(crate) choices: Vec<(&'static str, &'static str, bool)>,
    pub(crate) looks: Looks,
}

/// What a field looks like.
#[derive(PartialEq, Eq)]
pub(crate) enum Looks {
    Line,
    Number,
    Choice,
    Boxes,
}

/// A group of fields as the page shows it.
pub(crate) struct GroupShown {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) fields: Vec<FieldShown>,
}

fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

/// A value as a field holds it.
fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            let all: Vec<String> = items.iter().map(|item| text_of(Some(item))).collect();
            all.join(", ")
        }
        Some(Value::Object(label)) => {
            let part = |name: &str| text_of(label.get(name));
            format!("{} = {}", part("name"), part("letters"))
        }
        Some(other) => other.to_string(),
    }
}

fn shown(asked: &Asked, value: Option<&Value>) -> FieldShown {
    let text = text_of(value);
    let is_in = |code: &str| text.split(", ").any(|one| one == code);
    let (looks, choices) = match asked.kind {
        Kind::Choice(all) => {
            let choices = all
                .iter()
                .map(|(code, words)| (*code, *words, *code == text));
            (Looks::Choice, choices.collect())
        }
        Kind::Topics => {
            let all = Topic::ALL.map(|topic| topic.code());
            let choices = all.map(|code| (code, topic_words(code), is_in(code)));
            (Looks::Boxes, choices.to_vec())
        }
        Kind::Number | Kind::MaybeNumber => (Looks::Number, Vec::new()),
        Kind::Text
        | Kind::MaybeText
        | Kind::Labels
        | Kind::Span
        | Kind::NumberOr(_)
        | Kind::Words
        | Kind::Numbers => (Looks::Line, Vec::new()),
    };
    let is_nothing = matches!(asked.kind, Kind::Span) && text == "none";
    FieldShown {
        name: asked.path,
        label: asked.label,
        value: if is_nothing { String::new() } else { text },
        choices,
        looks,
    }
}

fn topic_words(code: &'static str) -> &'static str {
    match code {
        "sound_design" => "sound design",
        "new_file" => "a new file",
        other => other,
    }
}

fn groups(all: &'static [Group], value: &Value) -> Vec<GroupShown> {
    let fields = |asked: &'static [Asked]| -> Vec<FieldShown> {
        let each = asked.iter();
        each.map(|a| shown(a, value.pointer(&pointer(a.path))))
            .collect()
    };
    let each = all.iter();
    each.map(|group| GroupShown {
        title: group.title,
        hint: group.hint,
        fields: fields(group.asked),
    })
    .collect()
}

/// A service as the fields of its form.
pub(crate) fn service_fields(offering: &Offering) -> Vec<GroupShown> {
    // What the kind of service says, the form says.
    let shown = Offering {
        listening: Some(offering.listening()),
        ..offering.clone()
    };
    groups(SERVICE, &serde_json::to_value(shown).unwrap_or_default())
}

/// What is set for releases as the fields of its form.
pub(crate) fn release_fields(release: &ReleaseSettings) -> Vec<GroupShown> {
    groups(RELEASES, &serde_json::to_value(release).unwrap_or_default())
}

/// The calendar as the fields of its form.
pub(crate) fn calendar_fields(calendar: &Calendar) -> Vec<GroupShown> {
    groups(
        CALENDAR,
        &serde_json::to_value(calendar).unwrap_or_default(),
    )
}

fn number(text: &str, label: &str) -> Result<Value, Denied> {
    let number: u32 = text.parse().map_err(|_| {
        Denied::Invalid(format!(
            "\u{201c}{label}\u{201d} is a whole number, not \u{201c}{text}\u{201d}"
        ))
    })?;
    Ok(number.into())
}

/// `Name = LAQ` as the file would hold it.
fn label(text: &str) -> Result<Value, Denied> {
    let (name, letters) = text.rsplit_once('=').ok_or_else(|| {
        Denied::Invalid(format!(
            "write a label with its letters, as Name = LAQ, not \u{201c}{text}\u{201d}"
        ))
    })?;
    Ok(json!({ "name": name.trim(), "letters": letters.trim() }))
}

/// A field as the file would hold it; none where it is left out.
fn read_field(asked: &Asked, fields: &Fields) -> Result<Option<Value>, Denied> {
    let text = fields.get(asked.path).trim();
    let parts = || {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
    };
    Ok(match asked.kind {
        Kind::Text | Kind::Choice(_) => Some(text.into()),
        Kind::Span if text.is_empty() => Some("none".into()),
        Kind::Span => Some(text.into()),
        Kind::Number => Some(number(text, asked.label)?),
        Kind::MaybeNumber | Kind::NumberOr(_) | Kind::MaybeText if text.is_empty() => None,
        Kind::MaybeText => Some(text.into()),
        Kind::Labels => Some(parts().map(label).collect::<Result<Vec<_>, _>>()?.into()),
        Kind::NumberOr(word) if text.eq_ignore_ascii_case(word) => Some(word.into()),
        Kind::MaybeNumber | Kind::NumberOr(_) => Some(number(text, asked.label)?),
        Kind::Words => Some(parts().map(Value::from).collect()),
        Kind::Numbers => {
            let numbers = parts().map(|part| number(part, asked.label));
            Some(numbers.collect::<Result<Vec<_>, _>>()?.into())
        }
        Kind::Topics => {
            let prefix = format!("{}.", asked.path);
            let chosen = fields.below(&prefix).map(|(code, _)| Value::from(code));
            Some(chosen.collect())
        }
    })
}

/// The value that the fields say, without what is left out.
fn read_groups(all: &[Group], fields: &Fields) -> Result<Value, Denied> {
    let mut value = Map::new();
    for asked in all.iter().flat_map(|group| group.asked) {
        let Some(read) = read_field(asked, fields)? else {
            continue;
        };
        match asked.path.split_once('.') {
            None => {
                value.insert(asked.path.to_owned(), read);
            }
            Some((table, key)) => {
                let table = value
                    .entry(table)
                    .or_insert_with(|| Value::Object(Map::new()));
                table[key] = read;
            }
        }
    }
    Ok(Value::Object(value))
}

fn unread(error: &serde_json::Error) -> Denied {
    Denied::Invalid(format!("this cannot be offered: {error}"))
}

/// The catalogue with a service as the form's fields say it; its price list stays as it is.
pub(crate) fn with_service(
    catalogue: &Catalogue,
    name: &str,
    fields: &Fields,
) -> Result<Catalogue, Denied> {
    let said = read_groups(SERVICE, fields)?;
    let mut offering: Offering = serde_json::from_value(said).map_err(|e| unread(&e))?;
    let mut after = catalogue.clone();
    let before = after.services.remove(name);
    offering.price = before.and_then(|before| before.price);
    after.services.insert(name.to_owned(), offering);
    Ok(after)
}

/// The catalogue with what is set for releases as the form's fields say it.
pub(crate) fn with_releases(catalogue: &Catalogue, fields: &Fields) -> Result<Catalogue, Denied> {
    let said = read_groups(RELEASES, fields)?;
    Ok(Catalogue {
        release: serde_json::from_value(said).map_err(|e| unread(&e))?,
        ..catalogue.clone()
    })
}

/// The catalogue with the calendar as the form's fields say it.
pub(crate) fn with_calendar(catalogue: &Catalogue, fields: &Fields) -> Result<Catalogue, Denied> {
    let said = read_groups(CALENDAR, fields)?;
    Ok(Catalogue {
        calendar: serde_json::from_value(said).map_err(|e| unread(&e))?,
        ..catalogue.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of a form as a browser sends them.
    fn sent(groups: &[GroupShown]) -> Fields {
        let mut fields = Vec::new();
        for field in groups.iter().flat_map(|group| &group.fields) {
            if field.looks == Looks::Boxes {
                let chosen = field.choices.iter().filter(|(_, _, is_chosen)| *is_chosen);
                fields.extend(
                    chosen.map(|(code, ..)| (format!("{}.{code}", field.name), "yes".to_owned())),
                );
            } else {
                fields.push((field.name.to_owned(), field.value.clone()));
            }
        }
        Fields(fields)
    }

    #[test]
    fn the_form_for_releases_says_what_was_set() {
        let label = |name: &str, letters: &str| mastering::Label {
            name: name.to_owned(),
            letters: letters.to_owned(),
        };
        let house = Catalogue::house();
        for release in [
            house.release.clone(),
            ReleaseSettings {
                isrc: Some("DEA12".to_owned()),
                ean: Some("4012345".to_owned()),
                labels: vec![label("A = B", "LAQ"), label("Other", "OTH")],
                ..house.release.clone()
            },
        ] {
            let set = Catalogue {
                release,
                ..house.clone()
            };
            let fields = sent(&release_fields(&set.release));
            assert_eq!(with_releases(&house, &fields).unwrap(), set);
        }
        let wrong = Fields(vec![("labels".to_owned(), "Nameless".to_owned())]);
        assert!(with_releases(&house, &wrong).is_err());
    }

    #[test]
    fn a_form_sent_as_it_stands_says_what_the_file_says() {
        let house = Catalogue::house();
        for (name, offering) in &house.services {
            let fields = sent(&service_fields(offering));
            assert_eq!(
                with_service(&house, name, &fields).unwrap(),
                house,
                "{name}"
            );
        }
        let fields = sent(&calendar_fields(&house.calendar));
        assert_eq!(with_calendar(&house, &fields).unwrap(), house);
    }

    #[test]
    fn what_cannot_be_meant_is_said_by_its_field() {
        let house = Catalogue::house();
        let with = |name: &str, value: &str| {
            let mut fields = sent(&service_fields(&house.services["mastering"]));
            for field in &mut fields.0 {
                if field.0 == name {
                    field.1 = value.to_owned();
                }
            }
            with_service(&house, "mastering", &fields)
        };
        for (name, value, said) in [
            ("turnaround.usual", "soon", "no length of time"),
            ("turnaround.warn_hours", "many", "Soon due, hours before"),
            ("rounds.free", "all", "whole number"),
            ("approval.announce_days", "7, 3", "length 3"),
            ("kind", "robot", "robot"),
        ] {
            let Err(Denied::Invalid(reason)) = with(name, value) else {
                panic!("{name} = {value}");
            };
            assert!(reason.contains(said), "{name}: {reason}");
        }
        let free = with("rounds.free", "Unlimited").unwrap();
        let rounds = &free.services["mastering"].rounds;
        assert_eq!(rounds.free, mastering::FreeRounds::Unlimited);
    }
}
