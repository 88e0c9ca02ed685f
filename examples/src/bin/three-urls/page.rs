//! What is fetched: a page of text, or the reason why there is none.

use std::fmt;

/// The status of a server that is busy and may be asked again.
pub(crate) const BUSY: u16 = 503;

/// A page of text that arrived whole.
pub(crate) struct Page {
    url: String,
    size: usize,
    first_line: String,
}

/// A URL that gave no page, and why.
pub(crate) struct Failure {
    pub(crate) url: String,
    pub(crate) cause: String,
}

/// What pages are read out of, whichever client brought it.
pub(crate) struct Answer {
    ok: bool,
    /// The status, with its name where the client tells it.
    status: String,
    body: Vec<u8>,
}

impl From<ehttp::Response> for Answer {
    fn from(response: ehttp::Response) -> Self {
        let status = format!("{} {}", response.status, response.status_text);
        Self { ok: response.ok, status, body: response.bytes }
    }
}

#[cfg(all(feature = "curl", unix))]
impl From<uncallback_examples::curl::Response> for Answer {
    fn from(response: uncallback_examples::curl::Response) -> Self {
        let ok = (200..300).contains(&response.status);
        Self { ok, status: response.status.to_string(), body: response.body }
    }
}

impl Page {
    /// Reads the page out of a server's response.
    pub(crate) fn read(url: String, response: impl Into<Answer>) -> Result<Page, Failure> {
        let Answer { ok, status, body } = response.into();
        if !ok {
            return Err(Failure { url, cause: format!("the server answered {status}") });
        }
        let Ok(text) = std::str::from_utf8(&body) else {
            return Err(Failure { url, cause: "the page is not text".to_owned() });
        };
        let first_line = text.lines().next().unwrap_or_default().to_owned();
        Ok(Page { url, size: body.len(), first_line })
    }

    /// The size of the page in bytes.
    pub(crate) fn size(&self) -> usize {
        self.size
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>6} bytes  {}  {:?}", self.size, self.url, self.first_line)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>12}  {}  {}", "FAILED", self.url, self.cause)
    }
}

/// The closing line: how large the pages are on average.
pub(crate) fn average(sizes: &[usize]) -> String {
    match sizes.len() {
        0 => "no page arrived, so there is no average".to_owned(),
        1 => format!("average: {} bytes over 1 page", sizes[0]),
        count => format!("average: {} bytes over {count} pages", sizes.iter().sum::<usize>() / count),
    }
}
