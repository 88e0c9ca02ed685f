//! Ten thousand requests in one run: functions with callbacks, converted by `#[uncallback]`, over libcurl's event loop.

use std::rc::Rc;
use std::time::Duration;

use uncallback_examples::curl;
use uncallback_examples::server::Server;

const REQUESTS: usize = 10_000;

#[uncallback::uncallback]
mod functions {
    // The counter that the callback version needs is gone after the conversion.
    #[allow(unused_imports)]
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;

    use uncallback_examples::curl::Client;

    /// The size of a page.
    pub(crate) fn size(client: Client, url: String, done: impl FnOnce(Result<usize, String>) + 'static) {
        client.get(url, move |reply| match reply {
            Ok(page) if page.status == 200 => done(Ok(page.body.len())),
            Ok(page) => done(Err(format!("status {}", page.status))),
            Err(cause) => done(Err(cause)),
        });
    }

    /// The sizes of all pages. Each callback holds `token`.
    pub(crate) fn sizes(
        client: Client,
        urls: Vec<String>,
        token: Rc<()>,
        done: impl FnOnce(Vec<Result<usize, String>>) + 'static,
    ) {
        let left = Rc::new(Cell::new(urls.len()));
        let sizes = Rc::new(RefCell::new(Vec::new()));
        let done = Rc::new(RefCell::new(Some(done)));
        for url in urls {
            let left = left.clone();
            let sizes = sizes.clone();
            let done = done.clone();
            let token = token.clone();
            size(client.clone(), url, move |size| {
                let _alive = token;
                sizes.borrow_mut().push(size);
                left.set(left.get() - 1);
                if left.get() == 0 {
                    let sizes = sizes.take();
                    let done = done.take().unwrap();
                    done(sizes);
                }
            });
        }
    }
}

#[test]
fn ten_thousand_requests_in_one_run_all_arrive_and_leave_nothing_behind() {
    let server = Server::start().unwrap();
    let token = Rc::new(());
    let sizes = curl::run(async |client| {
        let urls = vec![server.url("/weather"); REQUESTS];
        let all = functions::sizes(client.clone(), urls, token.clone());
        let sizes = tokio::time::timeout(Duration::from_secs(300), all).await.expect("done in time");
        assert_eq!(client.on_the_way(), 0, "libcurl holds a transfer that is over");
        sizes
    });
    assert_eq!(sizes.len(), REQUESTS, "a completion was lost, or came twice");
    let wrong: Vec<_> = sizes.iter().filter(|size| **size != Ok(34)).take(3).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(Rc::strong_count(&token), 1, "a callback was leaked");
    let connections = server.connections();
    assert!(connections <= curl::CONNECTIONS as usize, "{connections} connections");
}
