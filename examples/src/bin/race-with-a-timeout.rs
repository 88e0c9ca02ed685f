//! Gives a callback API a timeout that it does not have: whichever calls back first wins, the other is dropped.

use std::net::TcpListener;
use std::time::Duration;

use uncallback::{call, race};
use uncallback_examples::server::Server;
use uncallback_examples::{block_on, clock};

/// Fetches a page, or gives up after a while.
async fn fetch_within(limit: Duration, url: &str) -> Result<String, String> {
    let page = async {
        let response = call!(ehttp::fetch(ehttp::Request::get(url), _)).await?;
        Ok(response.text().unwrap_or_default().to_owned())
    };
    let timeout = async {
        call!(clock::after(limit, ||)).await;
        Err(format!("no answer within {limit:?}"))
    };
    // The loser is dropped: an alarm is called off with it, a late reply finds nobody and is dropped.
    race((page, timeout)).await
}

fn main() -> std::io::Result<()> {
    let server = Server::start()?;
    // Whoever connects here is never answered.
    let silent = TcpListener::bind(("127.0.0.1", 0))?;
    let silent = format!("http://{}/", silent.local_addr()?);
    block_on(async {
        println!("{:?}", fetch_within(Duration::from_secs(60), &server.url("/weather")).await);
        println!("{:?}", fetch_within(Duration::from_millis(100), &silent).await);
    });
    Ok(())
}
