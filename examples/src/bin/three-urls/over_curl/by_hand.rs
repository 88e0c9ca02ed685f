//! The version by hand: how a person would write this program from scratch, with `call!` and `join`.

use uncallback::{call, join};
use uncallback_examples::curl::{Client, Response};

use crate::page::{BUSY, Failure, Page, average};
use crate::transcript::Transcript;

/// Fetches one page. A server that is busy is asked once more.
pub(crate) async fn fetch_text(client: &Client, url: String) -> Result<Page, Failure> {
    let mut response = get(client, &url).await?;
    if response.status == BUSY {
        // If the second request is not answered at all, the first answer stands.
        response = get(client, &url).await.unwrap_or(response);
    }
    Page::read(url, response)
}

async fn get(client: &Client, url: &str) -> Result<Response, Failure> {
    // Whoever stops waiting for the page gives it up.
    let reply = call!(client.get(url, _)).cancel_with(|transfer| transfer.cancel()).await;
    reply.map_err(|cause| Failure { url: url.to_owned(), cause })
}

/// Fetches one page, prints what it is, and returns its size.
pub(crate) async fn describe(
    client: &Client,
    url: String,
    transcript: &Transcript,
) -> Result<usize, Failure> {
    let page = fetch_text(client, url).await?;
    transcript.line(&page);
    Ok(page.size())
}

/// Fetches all pages at the same time, prints each as it arrives, and at the end the average size.
///
/// Returns the pages that failed.
pub(crate) async fn three_urls(client: &Client, urls: Vec<String>, transcript: &Transcript) -> Vec<Failure> {
    let pages = urls.into_iter().map(async |url| {
        let size = describe(client, url, transcript).await;
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
