//! The names that the output mentions are imported, once, in the right place.
use crate::rewrites;

#[test]
fn an_import_is_sorted_into_the_last_run_of_foreign_crates() {
    rewrites(
        "\
use std::sync::Arc;

use anyhow::Result;
use zip::Archive;

use crate::client;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}
",
        "\
use std::sync::Arc;

use anyhow::Result;
use uncallback::call;
use zip::Archive;

use crate::client;

async fn load(id: u64) -> u64 {
    call!(fetch(id, _)).await
}
",
    );
}

#[test]
fn an_import_goes_behind_the_last_one_and_its_comment() {
    rewrites(
        "\
use anyhow::Result; // errors

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, move |a| done(a + 1));
    tick();
}
",
        "\
use anyhow::Result; // errors
use uncallback::start;

async fn load(id: u64) -> u64 {
    let pending = start!(fetch(id, _));
    tick();
    let a = pending.await;
    a + 1
}
",
    );
}

#[test]
fn a_file_without_imports_gets_one_behind_its_header() {
    rewrites(
        "\
// Copyright: nobody.

//! Loads things.
#![allow(unused)]

// Loads one.
fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}
",
        "\
// Copyright: nobody.

//! Loads things.
#![allow(unused)]

use uncallback::call;

// Loads one.
async fn load(id: u64) -> u64 {
    call!(fetch(id, _)).await
}
",
    );
}

#[test]
fn a_file_that_begins_with_a_function_gets_its_import_in_front() {
    rewrites(
        "\
/// Loads one.
fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}
",
        "\
use uncallback::call;

/// Loads one.
async fn load(id: u64) -> u64 {
    call!(fetch(id, _)).await
}
",
    );
}

#[test]
fn names_are_added_to_an_import_that_is_there() {
    rewrites(
        "\
use uncallback::join;

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}
",
        "\
use uncallback::{call, join};

async fn load(id: u64) -> u64 {
    call!(fetch(id, _)).await
}
",
    );
}

#[test]
fn nothing_is_imported_twice() {
    rewrites(
        "\
use uncallback::*;

mod inner {
    use uncallback::{call, join};

    fn load(id: u64, done: impl FnOnce(u64) + 'static) {
        fetch(id, done)
    }
}

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}
",
        "\
use uncallback::*;

mod inner {
    use uncallback::{call, join};

    async fn load(id: u64) -> u64 {
        call!(fetch(id, _)).await
    }
}

async fn load(id: u64) -> u64 {
    call!(fetch(id, _)).await
}
",
    );
}

#[test]
fn each_module_imports_for_itself() {
    rewrites(
        "\
use std::rc::Rc;

mod a {
    fn load(id: u64, done: impl FnOnce(u64) + 'static) {
        fetch(id, done)
    }
}

mod b {
    use super::*;

    fn nothing() {}
}
",
        "\
use std::rc::Rc;

mod a {
    use uncallback::call;

    async fn load(id: u64) -> u64 {
        call!(fetch(id, _)).await
    }
}

mod b {
    use super::*;

    fn nothing() {}
}
",
    );
}

#[test]
fn a_name_that_means_something_else_is_not_imported() {
    rewrites(
        "\
use std::rc::Rc;

fn call() {}

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}
",
        "\
use std::rc::Rc;

fn call() {}

async fn load(id: u64) -> u64 {
    uncallback::call!(fetch(id, _)).await
}
",
    );
}

#[test]
fn the_attribute_and_its_import_go_when_the_conversion_is_permanent() {
    rewrites(
        "\
use std::rc::Rc;
use uncallback::uncallback;

#[uncallback]
/// Loads one.
fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}

/// Loads another one.
#[inline]
#[uncallback::uncallback(done = reply)]
#[must_use]
fn other(id: u64, reply: impl FnOnce(u64)) {
    fetch(id, reply)
}
",
        "\
use std::rc::Rc;
use uncallback::call;

/// Loads one.
async fn load(id: u64) -> u64 {
    call!(fetch(id, _)).await
}

/// Loads another one.
#[inline]
#[must_use]
async fn other(id: u64) -> u64 {
    call!(fetch(id, _)).await
}
",
    );
}

#[test]
fn the_import_of_the_attribute_stays_while_a_function_needs_it() {
    rewrites(
        "\
use uncallback::uncallback;

#[uncallback]
fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}

#[uncallback]
fn refused(id: u64, done: impl FnOnce(u64) + 'static) {
    done(id);
    tick();
}
",
        "\
use uncallback::{call, uncallback};

async fn load(id: u64) -> u64 {
    call!(fetch(id, _)).await
}

#[uncallback]
fn refused(id: u64, done: impl FnOnce(u64) + 'static) {
    done(id);
    tick();
}
",
    );
}
