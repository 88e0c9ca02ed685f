//! What may stand on the command line.

/// The text of `--help`.
pub(crate) const HELP: &str = "\
Fetches pages with a callback HTTP client.

usage: three-urls [URL]...

Without a URL it fetches three pages from a small server that it starts itself on 127.0.0.1.
Ends with 0 if every page arrived, with 1 if one failed, with 2 if the command line was wrong.";

/// What the command line asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Read {
    /// Show the help text.
    Help,
    /// Fetch these; none means the pages of the program's own server.
    Urls(Vec<String>),
    /// Not understood, and why.
    Wrong(String),
}

/// Reads the arguments that follow the program's name.
pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Read {
    let mut urls = Vec::new();
    for argument in arguments {
        if argument == "--help" || argument == "-h" {
            return Read::Help;
        }
        if argument.starts_with('-') {
            return Read::Wrong(format!("unknown option `{argument}`"));
        }
        urls.push(argument);
    }
    Read::Urls(urls)
}
