//! The converted version: the text of the callback version under `#[uncallback]`. The functions are `async fn`s now.

#[uncallback::uncallback]
mod functions {
    // The counter that the callback version needs is gone after the conversion.
    #[allow(unused_imports)]
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use crate::page::{BUSY, Failure, Page, average};
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

    /// Fetches all pages at the same time, prints each as it arrives, and at the end the average size.
    ///
    /// Hands on the pages that failed.
    pub(crate) fn three_urls(
        urls: Vec<String>,
        transcript: Transcript,
        done: impl FnOnce(Vec<Failure>) + Send + 'static,
    ) {
        let left = Arc::new(AtomicUsize::new(urls.len()));
        let sizes = Arc::new(Mutex::new(Vec::new()));
        let failures = Arc::new(Mutex::new(Vec::new()));
        let done = Arc::new(Mutex::new(Some(done)));
        for url in urls {
            let left = left.clone();
            let sizes = sizes.clone();
            let failures = failures.clone();
            let done = done.clone();
            let transcript = transcript.clone();
            describe(url, transcript.clone(), move |size| {
                match size {
                    Ok(size) => sizes.lock().unwrap().push(size),
                    Err(failure) => {
                        transcript.line(&failure);
                        failures.lock().unwrap().push(failure);
                    }
                }
                if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                    transcript.line(average(&sizes.lock().unwrap()));
                    let failures = std::mem::take(&mut *failures.lock().unwrap());
                    let done = done.lock().unwrap().take().unwrap();
                    done(failures);
                }
            });
        }
    }
}

pub(crate) use functions::three_urls;
