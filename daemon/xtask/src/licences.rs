//! Every dependency's licence against the list in `daemon/deny.toml`; needs no network.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::house;

/// Reads both and prints every dependency whose licence is not allowed.
pub(crate) fn check() -> Result<()> {
    let path = house::root().join("daemon/deny.toml");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("could not read {}", path.display()))?;
    let policy = Policy::parse(&text)?;
    let metadata = house::metadata()?;
    let packages = house::list(&metadata, "packages")?;
    let mut objections = Vec::new();
    for package in packages {
        let name = house::text(package, "name")?;
        match package["license"].as_str() {
            Some(licence) if policy.allows(name, licence)? => (),
            Some(licence) => objections.push(format!("{name}: {licence}")),
            None => objections.push(format!("{name}: names no licence")),
        }
    }
    objections.extend(bundled(&policy)?);
    if objections.is_empty() {
        println!("{} crates, every licence allowed", packages.len());
        return Ok(());
    }
    bail!(
        "daemon/deny.toml does not allow these licences:\n{}",
        objections.join("\n")
    );
}

/// What is built in without being a crate: where its licence lies, which it is, and the words by
/// which the file names it.
const BUNDLED: [(&str, &str, &str); 1] = [(
    "daemon/paper/fonts/LICENCE",
    "Apache-2.0",
    "Apache License, Version 2.0",
)];

/// Objections to what is built in without being a crate.
fn bundled(policy: &Policy) -> Result<Vec<String>> {
    let mut objections = Vec::new();
    for (path, licence, words) in BUNDLED {
        let text = std::fs::read_to_string(house::root().join(path))
            .with_context(|| format!("could not read {path}"))?;
        if !text.contains(words) || !policy.allows(path, licence)? {
            objections.push(format!("{path}: {licence}"));
        }
    }
    Ok(objections)
}

/// What may be linked.
struct Policy {
    allow: Vec<String>,
    exceptions: BTreeMap<String, Vec<String>>,
}

impl Policy {
    fn parse(text: &str) -> Result<Self> {
        let deny: toml::Table = text.parse().context("daemon/deny.toml is not TOML")?;
        let json = serde_json::to_value(&deny["licenses"])?;
        let names = |value: &Value| -> Result<Vec<String>> {
            serde_json::from_value(value.clone()).context("a list of licences is not one of texts")
        };
        let mut exceptions = BTreeMap::new();
        for exception in house::list(&json, "exceptions")? {
            let name = house::text(exception, "crate")?;
            exceptions.insert(name.to_owned(), names(&exception["allow"])?);
        }
        Ok(Self {
            allow: names(&json["allow"])?,
            exceptions,
        })
    }

    fn allows(&self, name: &str, expression: &str) -> Result<bool> {
        let own = self.exceptions.get(name).map_or(&[][..], Vec::as_slice);
        let known = |licence: &str| {
            let mut allowed = self.allow.iter().chain(own);
            allowed.any(|allowed| allowed == licence)
        };
        // Old manifests write MIT/Apache-2.0 and mean OR.
        let spaced = expression
            .replace('/', " OR ")
            .replace('(', " ( ")
            .replace(')', " ) ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let (answer, rest) = either(&words, &known)
            .with_context(|| format!("{name}: {expression:?} is no licence expression"))?;
        if !rest.is_empty() {
            bail!("{name}: {expression:?} goes on after its end");
        }
        Ok(answer)
    }
}

type Read<'w, 's> = Option<(bool, &'w [&'s str])>;

/// `either := both (OR both)*`
fn either<'w, 's>(words: &'w [&'s str], known: &dyn Fn(&str) -> bool) -> Read<'w, 's> {
    let (mut answer, mut rest) = both(words, known)?;
    while let ["OR", after @ ..] = rest {
        let (next, after) = both(after, known)?;
        (answer, rest) = (answer || next, after);
    }
    Some((answer, rest))
}

/// `both := one (AND one)*`
fn both<'w, 's>(words: &'w [&'s str], known: &dyn Fn(&str) -> bool) -> Read<'w, 's> {
    let (mut answer, mut rest) = one(words, known)?;
    while let ["AND", after @ ..] = rest {
        let (next, after) = one(after, known)?;
        (answer, rest) = (answer && next, after);
    }
    Some((answer, rest))
}

/// `one := ( either ) | licence [WITH exception]`
fn one<'w, 's>(words: &'w [&'s str], known: &dyn Fn(&str) -> bool) -> Read<'w, 's> {
    match words {
        ["(", inner @ ..] => match either(inner, known)? {
            (answer, [")", rest @ ..]) => Some((answer, rest)),
            _ => None,
        },
        [licence, "WITH", exception, rest @ ..] => {
            Some((known(&format!("{licence} WITH {exception}")), rest))
        }
        ["OR" | "AND" | "WITH" | ")", ..] | [] => None,
        [licence, rest @ ..] => Some((known(licence), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
        [licenses]
        allow = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]
        exceptions = [{ crate = "lame", allow = ["LGPL-3.0"] }]
    "#;

    #[track_caller]
    fn check(name: &str, expression: &str, expected: &str) {
        let policy = Policy::parse(POLICY).unwrap();
        let answer = if policy.allows(name, expression).unwrap() {
            "yes"
        } else {
            "no"
        };
        assert_eq!(answer, expected, "{expression}");
    }

    #[test]
    fn expressions_mean_what_spdx_says() {
        check("a", "MIT", "yes");
        check("a", "GPL-3.0", "no");
        check("a", "GPL-3.0 OR MIT", "yes");
        check("a", "GPL-3.0/MIT", "yes");
        check("a", "GPL-3.0 AND MIT", "no");
        check("a", "(GPL-3.0 OR MIT) AND ISC", "yes");
        check("a", "GPL-3.0 OR MIT AND ISC", "yes");
        check("a", "MIT AND GPL-3.0 OR GPL-2.0", "no");
        check("a", "Apache-2.0 WITH LLVM-exception", "yes");
        check("a", "Apache-2.0", "no");
        check("lame", "LGPL-3.0", "yes");
        check("a", "LGPL-3.0", "no");
    }

    #[test]
    fn what_is_no_expression_is_said() {
        let policy = Policy::parse(POLICY).unwrap();
        for broken in ["", "MIT MIT", "(MIT", "MIT OR", "AND MIT"] {
            assert!(policy.allows("a", broken).is_err(), "{broken:?}");
        }
    }
}
