//! Callback functions made up at random, in odd layouts and with comments between any two tokens: both emitters agree,
//! no comment is lost, what cannot be converted stays, and nothing panics.
use proptest::prelude::*;

use crate::{checked, readable};
use uncallback_rewrite::text::{emitters_agree, rewrite};

/// A callback function in tokens, so that its layout can be made up independently.
#[derive(Debug, Clone)]
enum Body {
    Done(u8),
    PassOn,
    Statement(u8, Box<Body>),
    Call { rest: bool, body: Box<Body> },
    If(Box<Body>, Box<Body>),
    Early(Box<Body>),
    Match(Box<Body>, Box<Body>),
    Block(Box<Body>),
}

fn body() -> impl Strategy<Value = Body> {
    let leaf = prop_oneof![any::<u8>().prop_map(Body::Done), Just(Body::PassOn)];
    leaf.prop_recursive(6, 40, 2, |inner| {
        let boxed = inner.prop_map(Box::new);
        prop_oneof![
            (any::<u8>(), boxed.clone()).prop_map(|(n, body)| Body::Statement(n, body)),
            (any::<bool>(), boxed.clone()).prop_map(|(rest, body)| Body::Call { rest, body }),
            (boxed.clone(), boxed.clone()).prop_map(|(a, b)| Body::If(a, b)),
            boxed.clone().prop_map(Body::Early),
            (boxed.clone(), boxed.clone()).prop_map(|(a, b)| Body::Match(a, b)),
            boxed.prop_map(Body::Block),
        ]
    })
}

impl Body {
    /// The tokens, separated by single spaces; `depth` makes names that differ.
    fn tokens(&self, depth: usize, out: &mut String) {
        match self {
            Body::Done(n) => {
                *out += &format!("done ( x {} ) ", ["", "+ 1", ". len ( )", "as u8"][usize::from(n % 4)])
            }
            Body::PassOn => *out += &format!("fetch ( {depth} , done ) "),
            Body::Statement(n, body) => {
                let statements = [
                    "emit ( 1 ) ; ",
                    "let y = [ 1 , 2 ] ; ",
                    "let s = \"a // b\n   /* c\" ; ",
                    "let z = Foo { a : 1 , b : r#\"x\"# } ; ",
                    "for i in 0 .. 3 { emit ( i ) ; } ",
                    "let k = | v : u8 | { v } ; ",
                    "#[cfg(unix)] let w = 'c' ; ",
                    "println ! ( \"{x}\" , ) ; ",
                ];
                *out += statements[usize::from(*n) % statements.len()];
                body.tokens(depth, out);
            }
            Body::Call { rest, body } => {
                *out += &format!("api . fetch ( {depth} , move | x | {{ ");
                body.tokens(depth + 1, out);
                *out += "} ) ";
                if *rest {
                    *out += "; emit ( 2 ) ; ";
                }
            }
            Body::If(a, b) => {
                *out += "if x > 1 { ";
                a.tokens(depth, out);
                *out += "} else { ";
                b.tokens(depth, out);
                *out += "} ";
            }
            Body::Early(body) => {
                *out += "if x == 3 { done ( 0 ) ; return ; } ";
                body.tokens(depth, out);
            }
            Body::Match(a, b) => {
                *out += "match x { 0 => { ";
                a.tokens(depth, out);
                *out += "} n if n > 2 => emit ( done ( n ) ) , _ => { "
                    .replace("emit ( done ( n ) )", "done ( n )")
                    .as_str();
                b.tokens(depth, out);
                *out += "} } ";
            }
            Body::Block(body) => {
                *out += "{ ";
                body.tokens(depth, out);
                *out += "} ";
            }
        }
    }
}

/// What stands between two tokens.
fn gap() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        12 => Just(" "),
        4 => Just("\n    "),
        2 => Just("\n\n        "),
        1 => Just("\r\n\t"),
        1 => Just(" /* block */ "),
        1 => Just(" // line\n"),
        1 => Just("\n    // own\n    "),
        1 => Just("\n    /* two\n       lines /* nested */ */\n    "),
    ]
}

/// A source with one callback function: the tokens of a body with random gaps between them.
fn source() -> impl Strategy<Value = String> {
    let head = prop_oneof![
        Just("fn f ( x : u8 , done : impl FnOnce ( u8 ) + 'static ) "),
        Just(
            "///doc\n#[inline] pub ( crate ) fn f < F > ( done : F , x : u8 , ) where F : FnOnce ( u8 ) + 'static , "
        ),
        Just("pub fn f ( x : u8 , y : & 'static str , done : Box < dyn FnOnce ( u8 ) > , ) "),
    ];
    (head, body(), proptest::collection::vec(gap(), 64)).prop_map(|(head, body, gaps)| {
        let mut tokens = format!("{head}{{ ");
        body.tokens(0, &mut tokens);
        tokens.push('}');
        let mut out = String::new();
        let mut in_string = false;
        for (at, token) in tokens.split(' ').enumerate() {
            if at > 0 {
                out += if in_string { " " } else { gaps[at % gaps.len()] };
            }
            in_string ^= token.matches('"').count() % 2 == 1;
            out += token;
        }
        out
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_emitters_agree_and_no_comment_is_lost_whatever_the_layout(source in source()) {
        checked(&source);
    }

    #[test]
    fn an_indented_function_is_rewritten_like_any_other(source in source()) {
        checked(&format!("mod m {{\n    impl X {{\n        {source}\n    }}\n}}\n"));
    }

    #[test]
    fn a_text_with_tokens_missing_never_panics(source in source(), from in 0.0..1.0f64, length in 0usize..40) {
        let from = (source.len() as f64 * from) as usize;
        let (Some(before), Some(after)) = (source.get(..from), source.get(from + length..)) else { return Ok(()) };
        let cut = format!("{before}{after}");
        if rewrite(&cut, &readable()).is_ok() {
            prop_assert!(emitters_agree(&cut, &readable()).is_ok(), "{:?}", emitters_agree(&cut, &readable()));
        }
    }
}
