//! The converted version: the text of the callback version under `#[uncallback]`. The functions are `async fn`s now.

#[uncallback::uncallback]
mod functions {
    use crate::page::{BUSY, Failure, Page};
    use crate::transcript::Transcript;

    /// Fetches one page. A server that is busy is asked once more.
    pub(crate) fn fetch_text(url: String, done: impl FnOnce(Result<Page, Failure>) + Send + 'static) {
        ehttp::fetch(ehttp::Request::get(&url), move |reply| {
            let first = match reply {
                Ok(response) => response,
                Err(cause) => {
                    done(Err(Failure { url, cause }));
                    return;
                }
            };
            if first.status != BUSY {
                done(Page::read(url, first));
                return;
            }
            // If the second request is not answered at all, the first answer stands.
            ehttp::fetch(ehttp::Request::get(&url), move |reply| match reply {
                Ok(second) => done(Page::read(url, second)),
                Err(_) => done(Page::read(url, first)),
            });
        });
    }

    /// Fetches one page, prints what it is, and hands on its size.
    pub(crate) fn describe(
        url: String,
        transcript: Transcript,
        done: impl FnOnce(Result<usize, Failure>) + Send + 'static,
    ) {
        fetch_text(url, move |page| match page {
            Err(failure) => done(Err(failure)),
            Ok(page) => {
                transcript.line(&page);
                done(Ok(page.size()));
            }
        });
    }
}

use uncallback::join;

use crate::page::{Failure, average};
use crate::transcript::Transcript;

/// Fetches all pages at the same time, prints each as it arrives, and at the end the average size.
///
/// Returns the pages that failed. Written by hand: the attribute can't yet see that a shared counter is a `join`.
pub(crate) async fn three_urls(urls: Vec<String>, transcript: Transcript) -> Vec<Failure> {
    let pages = urls.into_iter().map(async |url| {
        let size = functions::describe(url, transcript.clone()).await;
        if let Err(failure) = &size {
            transcript.line(failure);
        }
        size
    });
    let (mut sizes, mut failures) = (Vec::new(), Vec::new());
    for page in join(pages.collect::<Vec<_>>()).await {
        match page {
            Ok(size) => sizes.push(size),
            Err(failure) => failures.push(failure),
        }
    }
    transcript.line(average(&sizes));
    failures
}
