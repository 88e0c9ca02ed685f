//! A small MQTT 3.1.1 broker on a free port of 127.0.0.1.
//!
//! Our own, because the one broker that can be embedded, rumqttd, brings a web server and a metrics exporter along, does
//! not tell which free port it got, and can't be stopped. The packets are read and written by its codec, mqttbytes. What
//! tests need and no broker does: it keeps silent, refuses and hangs up on demand.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, spawn};

use bytes::BytesMut;
use mqttbytes::v4::{
    ConnAck, ConnectReturnCode, Packet, PingResp, PubAck, Publish, SubAck, SubscribeReasonCode, read,
};
use mqttbytes::{Error, QoS, matches};

/// Publications to this topic are not acknowledged.
pub(crate) const HELD: &str = "held";
/// At a publication to this topic, the broker hangs up.
pub(crate) const CUT: &str = "cut";
/// Subscriptions to this topic are refused.
pub(crate) const FORBIDDEN: &str = "forbidden";
/// Clients with this id are not let in.
pub(crate) const NOBODY: &str = "nobody";

/// A running broker. It stops when it is dropped.
pub(crate) struct Broker {
    port: u16,
    connections: Arc<Connections>,
    accepts: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Connections {
    stopping: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
    subscriptions: Mutex<Vec<(String, TcpStream)>>,
}

impl Broker {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::<Connections>::default();
        let shared = connections.clone();
        let accepts = Some(spawn(move || accept(&listener, &shared)));
        Self { port, connections, accepts }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.connections.stopping.store(true, Ordering::Relaxed);
        // Wakes the accepting thread, which looks at the flag then.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        self.accepts.take().unwrap().join().unwrap();
    }
}

fn accept(listener: &TcpListener, connections: &Arc<Connections>) {
    let mut served = Vec::new();
    loop {
        let (stream, _) = listener.accept().unwrap();
        if connections.stopping.load(Ordering::Relaxed) {
            break;
        }
        connections.open.lock().unwrap().push(stream.try_clone().unwrap());
        let shared = connections.clone();
        served.push(spawn(move || serve(stream, &shared)));
    }
    for stream in connections.open.lock().unwrap().drain(..) {
        // It may have been closed by the other side.
        let _ = stream.shutdown(Shutdown::Both);
    }
    for thread in served {
        thread.join().unwrap();
    }
}

fn serve(mut stream: TcpStream, connections: &Connections) {
    let mut arrived = BytesMut::new();
    let mut chunk = [0; 4096];
    loop {
        let packet = match read(&mut arrived, 1 << 20) {
            Ok(packet) => packet,
            Err(Error::InsufficientBytes(_)) => match stream.read(&mut chunk) {
                Ok(0) | Err(_) => return,
                Ok(length) => {
                    arrived.extend_from_slice(&chunk[..length]);
                    continue;
                }
            },
            Err(error) => panic!("not MQTT: {error}"),
        };
        let mut reply = BytesMut::new();
        if !answer(packet, &stream, connections, &mut reply) {
            // The other end sees it at once, whoever else holds a handle.
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
        if stream.write_all(&reply).is_err() {
            return;
        }
    }
}

/// Whether the connection goes on.
fn answer(packet: Packet, stream: &TcpStream, connections: &Connections, reply: &mut BytesMut) -> bool {
    match packet {
        Packet::Connect(connect) => {
            let code = match connect.client_id.as_str() {
                NOBODY => ConnectReturnCode::NotAuthorized,
                _ => ConnectReturnCode::Success,
            };
            ConnAck::new(code, false).write(reply).unwrap();
        }
        Packet::Subscribe(subscribe) => {
            let codes = subscribe.filters.into_iter().map(|filter| {
                if filter.path == FORBIDDEN {
                    return SubscribeReasonCode::Failure;
                }
                let wanted = (filter.path, stream.try_clone().unwrap());
                connections.subscriptions.lock().unwrap().push(wanted);
                SubscribeReasonCode::Success(QoS::AtMostOnce)
            });
            SubAck::new(subscribe.pkid, codes.collect()).write(reply).unwrap();
        }
        Packet::Publish(publish) => {
            if publish.topic == CUT {
                return false;
            }
            deliver(&publish, connections);
            if publish.qos == QoS::AtLeastOnce && publish.topic != HELD {
                PubAck::new(publish.pkid).write(reply).unwrap();
            }
        }
        Packet::PingReq => drop(PingResp.write(reply).unwrap()),
        Packet::Disconnect => return false,
        other => panic!("no client of these tests sends this: {other:?}"),
    }
    true
}

/// Hands a publication to its subscribers, at most once.
fn deliver(publish: &Publish, connections: &Connections) {
    let mut packet = BytesMut::new();
    let copy = Publish::from_bytes(publish.topic.clone(), QoS::AtMostOnce, publish.payload.clone());
    copy.write(&mut packet).unwrap();
    for (filter, stream) in connections.subscriptions.lock().unwrap().iter_mut() {
        if matches(&publish.topic, filter) {
            // A subscriber that has gone misses it.
            let _ = stream.write_all(&packet);
        }
    }
}
