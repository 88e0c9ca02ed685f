//! The converted version: the text of the callback version under `#[uncallback]`. The functions are `async fn`s now.

#[uncallback::uncallback]
mod functions {
    // The counter that the callback version needs is gone after the conversion.
    #[allow(unused_imports)]
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;

    use uncallback_examples::curl::Client;

    use crate::page::{BUSY, Failure, Page, average};
    use crate::transcript::Transcript;

    /// Fetches one page. A server that is busy is asked once more.
    pub(crate) fn fetch_text(
        client: Client,
        url: String,
        done: impl FnOnce(Result<Page, Failure>) + 'static,
    ) {
        let again = client.clone();
        client.get(url.clone(), move |reply| {
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
            again.get(url.clone(), move |reply| match reply {
                Ok(second) => done(Page::read(url, second)),
                Err(_) => done(Page::read(url, first)),
            });
        });
    }

    /// Fetches one page, prints what it is, and hands on its size.
    pub(crate) fn describe(
        client: Client,
        url: String,
        transcript: Transcript,
        done: impl FnOnce(Result<usize, Failure>) + 'static,
    ) {
        fetch_text(client, url, move |page| match page {
            Err(failure) => done(Err(failure)),
            Ok(page) => {
                transcript.line(&page);
                done(Ok(page.size()));
            }
        });
    }

    /// Fetches all pages at the same time, prints each as it arrives, and at the end the average size.
    ///
    /// Hands on the pages that failed.
    pub(crate) fn three_urls(
        client: Client,
        urls: Vec<String>,
        transcript: Transcript,
        done: impl FnOnce(Vec<Failure>) + 'static,
    ) {
        let left = Rc::new(Cell::new(urls.len()));
        let sizes = Rc::new(RefCell::new(Vec::new()));
        let failures = Rc::new(RefCell::new(Vec::new()));
        let done = Rc::new(RefCell::new(Some(done)));
        for url in urls {
            let left = left.clone();
            let sizes = sizes.clone();
            let failures = failures.clone();
            let done = done.clone();
            let transcript = transcript.clone();
            describe(client.clone(), url, transcript.clone(), move |size| {
                match size {
                    Ok(size) => sizes.borrow_mut().push(size),
                    Err(failure) => {
                        transcript.line(&failure);
                        failures.borrow_mut().push(failure);
                    }
                }
                left.set(left.get() - 1);
                if left.get() == 0 {
                    transcript.line(average(&sizes.borrow()));
                    let failures = failures.take();
                    let done = done.take().unwrap();
                    done(failures);
                }
            });
        }
    }
}

pub(crate) use functions::three_urls;
