//! What may stand on the command line.

/// The text of `--help`.
pub(crate) const HELP: &str = "\
Fetches pages with a callback HTTP client.

usage: three-urls [--client ehttp|curl] [URL]...

Without a URL it fetches three pages from a small server that it starts itself on 127.0.0.1.
The client ehttp, which is the usual one, calls back from threads; curl, which has to be built in
(`--features curl`) and knows no https here, from an event loop.
Ends with 0 if every page arrived, with 1 if one failed, with 2 if the command line was wrong.";

/// What the command line asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Read {
    /// Show the help text.
    Help,
    /// Fetch these with this client; none means the pages of the program's own server.
    Fetch(Client, Vec<String>),
    /// Not understood, and why.
    Wrong(String),
}

/// A client with callbacks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Client {
    /// It calls back from threads of its own.
    Ehttp,
    /// It calls back from an event loop on this thread.
    Curl,
}

/// Reads the arguments that follow the program's name.
pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Read {
    let mut client = Client::Ehttp;
    let mut urls = Vec::new();
    while let Some(argument) = arguments.next() {
        if argument == "--help" || argument == "-h" {
            return Read::Help;
        }
        if argument == "--client" {
            client = match arguments.next().as_deref() {
                Some("ehttp") => Client::Ehttp,
                Some("curl") => Client::Curl,
                Some(other) => return Read::Wrong(format!("unknown client `{other}`")),
                None => return Read::Wrong("`--client` needs a name: `ehttp` or `curl`".to_owned()),
            };
            continue;
        }
        if argument.starts_with('-') {
            return Read::Wrong(format!("unknown option `{argument}`"));
        }
        urls.push(argument);
    }
    Read::Fetch(client, urls)
}
