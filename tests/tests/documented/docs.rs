//! What a doc comment says, as far as a test can read it.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Expr, Lit, Meta};

/// The text of an item's doc comments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Docs(String);

impl Docs {
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let mut text = String::new();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
            let Meta::NameValue(doc) = &attribute.meta else { continue };
            match &doc.value {
                Expr::Lit(line) => {
                    if let Lit::Str(line) = &line.lit {
                        text += &line.value();
                    }
                }
                // `concat!(..)`, in a macro: its literal parts.
                Expr::Macro(parts) => text += &literals(parts.mac.tokens.clone()),
                _ => {}
            }
            text.push('\n');
        }
        // One space follows the slashes of most lines.
        let lines = text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
        Docs(lines.map(|line| format!("{line}\n")).collect())
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// The first paragraph: what stands in lists.
    pub(crate) fn summary(&self) -> String {
        let paragraph = self.0.trim_start().split("\n\n").next().unwrap_or_default();
        paragraph.lines().collect::<Vec<_>>().join(" ").trim().to_owned()
    }

    /// Whether there is a section with this heading.
    pub(crate) fn has_section(&self, heading: &str) -> bool {
        self.0.lines().any(|line| line.strip_prefix("# ") == Some(heading))
    }

    /// The headings of the whole text, in order. What looks like one in code is none.
    pub(crate) fn headings(&self) -> Vec<&str> {
        let prose = self.0.split("```").step_by(2);
        prose.flat_map(str::lines).filter_map(|line| line.strip_prefix("# ")).collect()
    }

    /// The code that is run as a test.
    pub(crate) fn examples(&self) -> impl Iterator<Item = &str> {
        self.fences().filter(|(info, _)| runs(info)).map(|(_, code)| code)
    }

    /// What stands behind the opening of each block of code, and the code.
    pub(crate) fn fences(&self) -> impl Iterator<Item = (&str, &str)> {
        let blocks = self.0.split("```").skip(1).step_by(2);
        blocks.map(|block| block.split_once('\n').unwrap_or((block, "")))
    }

    /// Whether an example that runs names this.
    pub(crate) fn shows(&self, name: &str) -> bool {
        self.examples().any(|code| words(code).any(|word| word == name))
    }

    /// The items to whose examples the text refers: "See the example of [`Name`]".
    pub(crate) fn sees_examples_of(&self) -> Vec<String> {
        let in_one_line = self.0.split_whitespace().collect::<Vec<_>>().join(" ");
        let references = in_one_line.split("See the example").skip(1);
        let names = references.filter_map(|rest| {
            let (_, link) = rest.split_once("[`")?;
            words(link.split('`').next()?).last().map(str::to_owned)
        });
        names.collect()
    }
}

/// Whether a block of code with this behind its opening is run.
fn runs(info: &str) -> bool {
    info.split(',').all(|word| matches!(word.trim(), "" | "rust" | "should_panic"))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

fn literals(tokens: TokenStream) -> String {
    let texts = tokens.into_iter().map(|token| match token {
        TokenTree::Literal(literal) => match Lit::new(literal) {
            Lit::Str(text) => text.value(),
            _ => String::new(),
        },
        TokenTree::Group(group) => literals(group.stream()),
        _ => String::new(),
    });
    texts.collect()
}
