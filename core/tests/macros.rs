//! The forms of `call!`, `start!` and `start_with!`: what is taken for a mark, and what never is.

mod helpers;

use helpers::block_on;
use std::rc::Rc;
use uncallback::{call, start, start_with};

fn double(n: u32, then: impl FnOnce(u32) + Send + 'static) {
    then(n * 2);
}

fn later<T: Send + 'static>(value: T, then: impl FnOnce(T) + Send + 'static) {
    std::thread::spawn(move || then(value));
}

#[test]
fn each_form_makes_its_output() {
    fn none(then: impl FnOnce()) {
        then();
    }
    fn two(a: u8, then: impl FnOnce(u8, &'static str)) {
        then(a, "b");
    }
    fn six(then: impl FnOnce(u8, u8, u8, u8, u8, u8)) {
        then(1, 2, 3, 4, 5, 6);
    }
    fn text(then: impl FnOnce(&str)) {
        then(&String::from("borrowed"));
    }
    block_on(async {
        assert_eq!(call!(double(4, _)).await, 8);
        let () = call!(none(||)).await;
        assert_eq!(call!(double(4, |_|)).await, 8);
        assert_eq!(call!(two(1, |_, _|)).await, (1, "b"));
        assert_eq!(call!(six(|_, _, _, _, _, _|)).await, (1, 2, 3, 4, 5, 6));
        assert_eq!(call!(text(|s: &str| => s.len())).await, 8);
        assert_eq!(call!(two(1, |a, b: &str| => format!("{a}{b}"))).await, "1b");
        assert_eq!(call!(none(|| => 5)).await, 5);
        assert_eq!(start!(later("x", _)).await, "x");
    });
}

#[test]
fn a_pair_of_callbacks_is_a_result() {
    fn parse(text: &str, ok: impl FnOnce(u32) + Send + 'static, err: impl FnOnce(String) + Send + 'static) {
        match text.parse() {
            Ok(n) => ok(n),
            Err(_) => err(text.to_owned()),
        }
    }
    type OnError = Box<dyn Fn(&str)>;
    #[derive(Default)]
    struct Builder {
        failed: Option<OnError>,
        succeeded: Option<Box<dyn Fn(u8, u8)>>,
    }
    impl Builder {
        fn on_err(mut self, f: Box<dyn Fn(&str)>) -> Self {
            self.failed = Some(f);
            self
        }
        fn on_ok(mut self, f: Box<dyn Fn(u8, u8)>) -> Self {
            self.succeeded = Some(f);
            self
        }
        fn send(self, succeed: bool) {
            if succeed { self.succeeded.unwrap()(1, 2) } else { self.failed.unwrap()("no") }
        }
    }
    block_on(async {
        assert_eq!(call!(parse("7", ok: _, err: _)).await, Ok(7));
        assert_eq!(call!(parse("x", ok: _, err: _)).await, Err("x".to_owned()));
        for (succeed, expected) in [(true, Ok((1, 2))), (false, Err(2))] {
            let sent = call!(
                Builder::default()
                    .on_err(Box::new(err: |e: &str| => e.len()))
                    .on_ok(Box::new(ok: |_, _|))
                    .send(succeed)
            );
            assert_eq!(sent.await, expected);
        }
    });
}

#[test]
fn a_mark_is_found_in_wrappers_and_chains() {
    struct Request(Option<Box<dyn FnOnce(u8)>>);
    impl Request {
        fn get(url: &str) -> Self {
            assert_eq!(url, "a");
            Request(None)
        }
        fn header<K>(self, _: (K, u8)) -> Self {
            self
        }
        fn on_done(self, then: impl FnOnce(u8) + 'static) -> Self {
            Request(Some(Box::new(then)))
        }
        fn send(self) -> u8 {
            self.0.unwrap()(9);
            1
        }
    }
    fn boxed(then: Box<dyn FnOnce(u8) + Send>) {
        then(1);
    }
    fn maybe(then: Option<Box<dyn FnMut(u8)>>) {
        then.unwrap()(2);
    }
    fn rc(then: Rc<dyn Fn(u8)>) {
        then(3);
    }
    fn by_ref(then: &dyn Fn(u8)) {
        then(4);
    }
    fn by_mut(then: &mut dyn FnMut(u8)) {
        then(5);
    }
    fn plain_option<F: FnOnce(u8)>(then: Option<F>) {
        then.unwrap()(6);
    }
    block_on(async {
        assert_eq!(call!(boxed(Box::new(_))).await, 1);
        assert_eq!(call!(maybe(Some(Box::new(_)))).await, 2);
        assert_eq!(call!(rc(Rc::new(_))).await, 3);
        assert_eq!(call!(by_ref(&_)).await, 4);
        assert_eq!(call!(by_mut(&mut _)).await, 5);
        assert_eq!(call!(plain_option(Some(_))).await, 6);
        assert_eq!(call!(boxed(Box::new(|n| => n + 1))).await, 2);
        assert_eq!(call!(Request::get("a").header(("k", 1)).on_done(_).send()).await, 9);
        let (status, pending) = start_with!(Request::get("a").on_done(_).send());
        assert_eq!((status, pending.await), (1, 9));
    });
}

#[test]
fn any_kind_of_closure_bound_is_met() {
    fn once(f: impl FnOnce(u8) + Send) {
        f(1);
    }
    fn mutably(mut f: impl FnMut(u8) + Send) {
        f(1);
        f(2);
    }
    fn shared(f: impl Fn(u8) + Send) {
        f(1);
        f(2);
    }
    fn threads(f: impl Fn(u8) + Send + Sync) {
        std::thread::scope(|s| {
            s.spawn(|| f(1));
            s.spawn(|| f(1));
        });
    }
    fn mapped(f: impl Fn(&str) + Send + Sync) {
        f("two");
    }
    block_on(async {
        assert_eq!(call!(once(_)).await, 1);
        assert_eq!(call!(mutably(_)).await, 1);
        assert_eq!(call!(shared(_)).await, 1);
        assert_eq!(call!(threads(sync _)).await, 1);
        assert_eq!(call!(threads(sync |_|)).await, 1);
        assert_eq!(call!(mapped(sync |s: &str| => s.len())).await, 3);
    });
}

#[test]
fn an_underscore_elsewhere_is_not_a_mark() {
    fn pick<A>(f: impl Fn((u8, A)) -> u8, a: A, then: impl FnOnce(u8)) {
        then(f((3, a)));
    }
    fn sized<A, B, C>(_: (A, B, C), then: impl FnOnce(usize)) {
        then(size_of::<(A, B, C)>());
    }
    fn number(n: u32, then: impl FnOnce(u32)) {
        then(n);
    }
    let some = Some((1, 2));
    let (sync, other) = (true, false);
    fn flag(b: bool, then: impl FnOnce(bool)) {
        then(b);
    }
    block_on(async {
        assert_eq!(call!(pick(|(n, _)| n, "x", _)).await, 3);
        assert_eq!(call!(pick(|_| 4, (), _)).await, 4);
        assert_eq!(call!(pick(|(n, _)| number_of(n, |_, _| 0), (), _)).await, 3);
        assert_eq!(call!(pick(move |(_, _)| 6, (), _)).await, 6);
        assert_eq!(call!(sized::<u8, _, _>(some_of::<_, u8, u8>((1, 2u8, 3u8)), |n| => n as u8)).await, 3);
        assert_eq!(call!(number(u32::from(matches!(some, Some((_, _)))), _)).await, 1);
        assert_eq!(call!(number(if let Some((_, 2)) = some { 1 } else { 2 }, _)).await, 1);
        assert_eq!(
            call!(number(
                match some {
                    Some((_, 2)) => 7,
                    _ => 8,
                },
                _
            ))
            .await,
            7
        );
        assert_eq!(
            call!(number(
                {
                    let (_, b) = (1, 2);
                    b
                },
                _
            ))
            .await,
            2
        );
        assert_eq!(call!(number("5".parse::<u32>().map_or(0, |_| 1), _)).await, 1);
        assert_eq!(
            call!(number(*[1, 2].iter().max_by(|_, _| std::cmp::Ordering::Greater).unwrap(), _)).await,
            1
        );
        assert_eq!(call!(number(<Vec<Result<_, ()>> as Len<_, _, u8>>::len(&vec![Ok(1)]), _)).await, 1);
        assert!(call!(flag(sync || other, _)).await);
        assert!(call!(flag(sync | other, _)).await);
        assert!(!call!(flag(sync & other, _)).await);
    });

    fn number_of(n: u8, _: impl Fn(u8, u8) -> u8) -> u8 {
        n
    }
    fn some_of<A, B, C>(t: (A, B, C)) -> (A, B, C) {
        t
    }
    trait Len<A, B, C> {
        fn len(&self) -> u32;
    }
    impl Len<u8, u8, u8> for Vec<Result<u8, ()>> {
        fn len(&self) -> u32 {
            1
        }
    }
}

#[test]
fn arguments_of_every_shape_are_left_alone() {
    struct Api {
        handler: fn(i32, Box<dyn FnOnce(i32)>),
    }
    fn handler(n: i32, then: Box<dyn FnOnce(i32)>) {
        then(n);
    }
    fn many(a: i32, b: bool, c: &&str, d: std::ops::Range<u8>, then: impl FnOnce(i32), e: bool) {
        then(a + i32::from(b) + c.len() as i32 + i32::from(d.end) + i32::from(e));
    }
    fn sized<const N: usize>(_: [u8; N], then: impl FnOnce(usize)) {
        then(N);
    }
    fn tuple<F: FnOnce(u8)>((n, then): (u8, F)) {
        then(n);
    }
    let api = Api { handler };
    let (x, flag, s, y) = (3, true, "ab", 4);
    let p = &x;
    block_on(async {
        assert_eq!(call!((api.handler)(-1, Box::new(_))).await, -1);
        assert_eq!(call!(many(-*p, !flag, &&s, 1..2, _, x < y && x > 2)).await, -3 + 2 + 2 + 1);
        assert_eq!(call!(many(x - -y, x < y, &&s, 0..u8::MAX, _, x as u8 > 2,)).await, 7 + 1 + 2 + 255 + 1);
        assert_eq!(call!(sized::<3>([0; 3], _)).await, 3);
        assert_eq!(call!(sized::<{ 1 + 1 }>([1, 2], _),).await, 2);
        assert_eq!(call!(tuple((5, _))).await, 5);
    });
}

#[test]
fn variables_are_borrowed_unless_moved() {
    let owner = String::from("kept");
    fn length(s: &str, then: impl FnOnce(usize) + Send + 'static) {
        then(s.len());
    }
    fn returned(owner: String) -> impl Future<Output = usize> + Send + 'static {
        call!(move length(&owner, _))
    }
    block_on(async {
        assert_eq!(call!(length(&owner, _)).await, 4);
        assert_eq!(start!(length(&owner, _)).await, 4);
        assert_eq!(returned(owner).await, 4);
    });
}

#[test]
fn names_in_the_call_are_the_callers_own() {
    // The same names as in the expansion: hygiene keeps them apart.
    let (claim, done, value, a) = (1, 2, 3, 4);
    fn add(n: u32, then: impl FnOnce(u32, u32)) {
        then(n, 1);
    }
    block_on(async {
        assert_eq!(call!(add(claim + done + value, |value, b| => value + b + a + claim + done)).await, 14);
        assert_eq!(call!(add(a, |_, _|)).await, (4, 1));
    });
}

#[test]
fn a_hundred_tokens_of_arguments_are_no_trouble() {
    fn many(a: u32, b: u32, c: u32, d: u32, e: u32, then: impl FnOnce(u32)) {
        then(a + b + c + d + e);
    }
    let n = 1u32;
    block_on(async {
        let sum = call!(many(
            n + 3 * 2 - 3 + 4 * 5 - 6 + 7 + 8 - 9 + 10,
            n.max(u32::MIN).min(u32::MAX).pow(2).count_ones(),
            std::convert::identity::<u32>(n) + u32::from(true) + u32::from('a'),
            Some(1).map(|n| n + 1).unwrap_or(u32::from_str_radix("10", 16).unwrap_or_default()),
            (n + (n + (n + (n + (n + 1))))),
            _
        ));
        assert_eq!(sum.await, 34 + 1 + 99 + 2 + 6);
    });
}
