//! The version by hand: how a person would write this program from scratch, with `call!` and `join`.

use uncallback::{call, join};

use crate::page::{BUSY, Failure, Page, average};
use crate::transcript::Transcript;

/// Fetches one page. A server that is busy is asked once more.
pub(crate) async fn fetch_text(url: String) -> Result<Page, Failure> {
    let mut response = get(&url).await?;
    if response.status == BUSY {
        // If the second request is not answered at all, the first answer stands.
        response = get(&url).await.unwrap_or(response);
    }
    Page::read(url, response)
}

async fn get(url: &str) -> Result<ehttp::Response, Failure> {
    let reply = call!(ehttp::fetch(ehttp::Request::get(url), _)).await;
    reply.map_err(|cause| Failure { url: url.to_owned(), cause })
}

/// Fetches one page, prints what it is, and returns its size.
pub(crate) async fn describe(url: String, transcript: &Transcript) -> Result<usize, Failure> {
    let page = fetch_text(url).await?;
    transcript.line(&page);
    Ok(page.size())
}

/// Fetches all pages at the same time, prints each as it arrives, and at the end the average size.
///
/// Returns the pages that failed.
pub(crate) async fn three_urls(urls: Vec<String>, transcript: &Transcript) -> Vec<Failure> {
    let pages = urls.into_iter().map(async |url| {
        let size = describe(url, transcript).await;
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
