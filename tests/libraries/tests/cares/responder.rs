//! A DNS server on a free UDP port of 127.0.0.1, whose answers depend on how the name begins.

use std::net::{Ipv4Addr, UdpSocket};
use std::thread::{JoinHandle, spawn};

use simple_dns::rdata::{A, PTR, RData};
use simple_dns::{CLASS, Name, Packet, QTYPE, RCODE, ResourceRecord, TYPE};

/// The address of every name.
pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);
/// The name of every address.
pub(crate) const NAME: &str = "boat.example";

/// A running server. It stops when it is dropped.
///
/// `nx…` does not exist; `never…` is not answered; `slow…` is answered after the question that comes next; every other
/// name has [`ADDRESS`], and every address is called [`NAME`].
pub(crate) struct Responder {
    port: u16,
    thread: Option<JoinHandle<()>>,
}

impl Responder {
    pub(crate) fn start() -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        Self { port, thread: Some(spawn(move || serve(&socket))) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        // An empty packet is the word to stop.
        UdpSocket::bind(("127.0.0.1", 0)).unwrap().send_to(&[], ("127.0.0.1", self.port)).unwrap();
        self.thread.take().unwrap().join().unwrap();
    }
}

fn serve(socket: &UdpSocket) {
    let mut buffer = [0; 512];
    let mut late = Vec::new();
    loop {
        let (length, from) = socket.recv_from(&mut buffer).unwrap();
        if length == 0 {
            return;
        }
        let question = Packet::parse(&buffer[..length]).unwrap();
        let name = question.questions[0].qname.to_string();
        if name.starts_with("slow") {
            late.push((answer(question, &name), from));
            continue;
        }
        if !name.starts_with("never") {
            socket.send_to(&answer(question, &name), from).unwrap();
        }
        for (answer, from) in late.drain(..) {
            socket.send_to(&answer, from).unwrap();
        }
    }
}

fn answer(question: Packet<'_>, name: &str) -> Vec<u8> {
    let mut reply = question.into_reply();
    let asked = reply.questions[0].qname.clone();
    let data = match reply.questions[0].qtype {
        QTYPE::TYPE(TYPE::PTR) => RData::PTR(PTR(Name::new_unchecked(NAME))),
        _ => RData::A(A::from(ADDRESS)),
    };
    if name.starts_with("nx") {
        *reply.rcode_mut() = RCODE::NameError;
    } else {
        reply.answers.push(ResourceRecord::new(asked, CLASS::IN, 60, data));
    }
    reply.build_bytes_vec().unwrap()
}
