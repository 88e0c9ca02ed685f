//! What must hold for libcurl, whoever writes the glue.

use super::Client;
use curl_sys::{CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT};
use std::time::Duration;
use uncallback_examples::server::Server;

const MINUTE: Duration = Duration::from_secs(60);

/// Runs `work` with a client whose driver runs beside it.
fn with_client<T>(work: impl AsyncFnOnce(&Client) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let (client, driver) = Client::new();
        tokio::select! {
            done = tokio::time::timeout(MINUTE, work(&client)) => done.expect("done in time"),
            ended = driver => panic!("the driver has ended: {ended:?}"),
        }
    })
}

fn url(server: &Server, path: &str) -> std::ffi::CString {
    std::ffi::CString::new(server.url(path)).unwrap()
}

#[test]
fn pages_missing_pages_and_refused_connections_come_at_once() {
    let server = Server::start().unwrap();
    let (weather, missing, chart) =
        (url(&server, "/weather"), url(&server, "/nothing"), url(&server, "/chart"));
    // A port that was free a moment ago, and that nobody listens on.
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let refused = std::ffi::CString::new(format!("http://{free}/")).unwrap();
    with_client(async |client| {
        let (weather, missing, chart, refused) = tokio::join!(
            client.get(&weather, MINUTE),
            client.get(&missing, MINUTE),
            client.get(&chart, MINUTE),
            client.get(&refused, MINUTE)
        );
        let (status, body) = weather.unwrap().unwrap();
        assert_eq!((status, &body[..9]), (200, &b"West wind"[..]));
        assert_eq!(missing.unwrap().unwrap().0, 404);
        assert!(chart.unwrap().unwrap().1.ends_with(b"\xff\xfe"));
        assert_eq!(refused.unwrap(), Err(CURLE_COULDNT_CONNECT));
    });
}

#[test]
fn transfer_that_is_dropped_on_the_way_leaves_the_others_alone() {
    let server = Server::start().unwrap();
    let (slow, fast) = (url(&server, "/tides"), url(&server, "/weather"));
    with_client(async |client| {
        tokio::select! {
            biased;
            _ = client.get(&slow, MINUTE) => panic!("the slow page came first"),
            fast = client.get(&fast, MINUTE) => assert_eq!(fast.unwrap().unwrap().0, 200),
        }
        assert_eq!(client.outstanding(), 0);
        assert_eq!(client.get(&fast, MINUTE).await.unwrap().unwrap().0, 200);
    });
}

#[test]
fn transfer_that_takes_too_long_ends_by_the_timer() {
    let server = Server::start().unwrap();
    let (slow, fast) = (url(&server, "/tides"), url(&server, "/weather"));
    with_client(async |client| {
        let (slow, fast) =
            tokio::join!(client.get(&slow, Duration::from_millis(1)), client.get(&fast, MINUTE));
        assert_eq!(slow.unwrap(), Err(CURLE_OPERATION_TIMEDOUT));
        assert_eq!(fast.unwrap().unwrap().0, 200);
    });
}

#[test]
fn client_with_a_transfer_on_the_way_can_go() {
    let server = Server::start().unwrap();
    let slow = url(&server, "/tides");
    with_client(async |client| {
        let mut slow = std::pin::pin!(client.get(&slow, MINUTE));
        tokio::select! {
            biased;
            _ = &mut slow => panic!("it is slow"),
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
    });
}

#[test]
fn a_thousand_requests_twenty_at_a_time() {
    let server = Server::start().unwrap();
    let weather = url(&server, "/weather");
    let served = with_client(async |client| {
        let (mut served, client, weather) = (0, &client, &weather);
        for _ in 0..50 {
            let round =
                uncallback::join((0..20).map(|_| Box::pin(client.get(weather, MINUTE))).collect::<Vec<_>>())
                    .await;
            served += round.iter().filter(|reply| matches!(reply, Ok(Ok((200, _))))).count();
        }
        served
    });
    assert_eq!(served, 1000);
}
