//! Functions that must be refused, with the place marked, and next to each rule functions that must not.
//!
//! Under the line with the place stand its carets, the code, and perhaps a part of what the message must say:
//! `//  ^^ UC01 path: ..`. Tildes instead of carets name a difference of a function that is converted nevertheless.
//! A line `//! Options: ..` says what a file is rewritten with. Everything else here, above all the functions named `near_*`, must be converted without a finding. The folder is
//! compiled, so each function is a program that a person could have.
#![allow(unused_imports, missing_docs, improper_ctypes_definitions, dead_code, unreachable_pub, unused_must_use, clippy::all)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex, mpsc};
use uncallback_tests::trace::ops::*;
use uncallback_tests::trace::*;

mod uc01;
mod uc02;
mod uc03;
mod uc04;
mod uc05;
mod uc06;
mod uc07;
mod uc08;
mod uc09;
mod uc10;
mod uc11;
mod uc12;
mod uc13;
mod uc14;
mod uc16;
mod uc17;
mod uc18;
mod uc19;
mod uc20;
mod uc21;
mod uc22;
mod uc23;
