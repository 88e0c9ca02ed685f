//! The same program over a client with an event loop, libcurl: three versions again, and how to run each.

mod by_hand;
mod callback;
mod converted;

use uncallback::call;
use uncallback_examples::curl;

use crate::Versions;
use crate::page::Failure;
use crate::transcript::Transcript;

/// The callback version, whose functions are shown before and after.
pub(crate) const SOURCE: &str = include_str!("callback.rs");

pub(crate) const VERSIONS: Versions = [
    ("with callbacks (over_curl/callback.rs)", run_callbacks),
    ("the same, converted by #[uncallback] (over_curl/converted.rs)", run_converted),
    ("by hand, with call! and join (over_curl/by_hand.rs)", run_by_hand),
];

fn run_callbacks(urls: Vec<String>, transcript: Transcript) -> Vec<Failure> {
    // The loop runs until the last callback: that, too, is a callback to wait for.
    curl::run(async |client| call!(callback::three_urls(client.clone(), urls, transcript, _)).await)
}

fn run_converted(urls: Vec<String>, transcript: Transcript) -> Vec<Failure> {
    curl::run(async |client| converted::three_urls(client.clone(), urls, transcript).await)
}

fn run_by_hand(urls: Vec<String>, transcript: Transcript) -> Vec<Failure> {
    curl::run(async |client| by_hand::three_urls(client, urls, &transcript).await)
}
