//! Closures capture fields: what is left of a variable dies where it died.
// The fields are there to be dropped.
#![allow(dead_code)]

pair! {
    /// PARTS: the fields that the callback does not mention die with the segment.
    mod other_fields_die_with_the_segment {
        struct User {
            name: Tracer,
            open: Tracer,
            n: i64,
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            let user = User { name: Tracer(1), open: Tracer(2), n: x };
            op(1, user.n, move |a| {
                touch(&user.name);
                done(a)
            })
        }
    }
}

pair! {
    /// PARTS: a field that is copied leaves the variable where it is, with all that it holds.
    mod copied_field_leaves_the_variable {
        struct User {
            open: Tracer,
            n: i64,
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            let user = User { open: Tracer(1), n: x };
            op(1, x, move |a| done(a + user.n));
            touch(&user.open);
        }
    }
}

pair! {
    /// PARTS and SNAP: code behind the call changes the variable, and the callback has its copy of the field.
    mod field_changes_behind_the_call {
        struct User {
            open: Tracer,
            n: i64,
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            let mut user = User { open: Tracer(1), n: x };
            op(1, x, move |a| done(a + user.n));
            user.n = 99;
            emit(user.n);
        }
    }
}

pair! {
    /// PARTS: a parameter of the function, and a callback that waits again.
    mod field_of_a_parameter {
        struct User {
            name: Tracer,
            open: Tracer,
            n: i64,
        }
        fn look(user: User, done: Box<dyn FnOnce(i64)>) {
            emit(user.n);
            op(1, user.n, move |a| {
                touch(&user.open);
                op(2, a, move |b| {
                    touch(&user.open);
                    done(b)
                })
            })
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            look(User { name: Tracer(1), open: Tracer(2), n: x }, done)
        }
    }
}

pair! {
    /// PARTS: of two captured fields the second segment needs one longer than the other.
    mod one_field_lives_longer_than_the_other {
        struct User {
            name: Tracer,
            open: Tracer,
            place: (Tracer, i64),
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            let user = User { name: Tracer(1), open: Tracer(2), place: (Tracer(3), x) };
            op(1, x, move |a| {
                touch(&user.name);
                touch(&user.place.0);
                op(2, a + user.place.1, move |b| {
                    touch(&user.name);
                    done(b)
                });
                emit(a);
            })
        }
    }
}

pair! {
    /// PARTS: a field that the callback hands over has nothing left to drop.
    mod field_is_handed_over {
        struct User {
            name: Tracer,
            open: Tracer,
        }
        fn close(tracer: Tracer) {
            touch(&tracer);
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            let user = User { name: Tracer(1), open: Tracer(2) };
            op(1, x, move |a| {
                close(user.name);
                op(2, a, move |b| done(b))
            });
            emit(5);
        }
    }
}

pair! {
    /// PARTS: a field in a macro is captured as outside of one.
    mod field_in_a_macro {
        struct User {
            open: Tracer,
            names: Vec<i64>,
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            let user = User { open: Tracer(1), names: vec![x] };
            op(1, x, move |a| {
                say(format!("{} {:?}", user.names.len(), user.names));
                done(a)
            })
        }
    }
}

pair! {
    /// All of a variable is captured where a method of it is called.
    mod method_captures_all {
        struct User {
            open: Tracer,
            n: i64,
        }
        impl User {
            fn number(&self) -> i64 {
                self.n
            }
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            let user = User { open: Tracer(1), n: x };
            op(1, user.n, move |a| done(a + user.number()))
        }
    }
}

/// Methods that own `self`, in both styles.
mod self_dies_after_its_last_use {
    macro_rules! user {
        ($(#[$attribute:meta])* $style:ident) => {
            mod $style {
                use crate::support::*;

                pub(super) struct User {
                    pub(super) open: Tracer,
                    pub(super) n: i64,
                }

                $(#[$attribute])*
                impl User {
                    pub(super) fn with_code_behind_the_call(self, done: Box<dyn FnOnce(i64)>) {
                        op(1, self.n, move |a| done(a + 1));
                        emit(self.n);
                    }

                    pub(super) fn with_another_wait(self, done: Box<dyn FnOnce(i64)>) {
                        op(1, self.n, move |a| op(2, a, done));
                        touch(&self.open);
                    }

                    pub(super) fn needed_to_the_end(self, done: Box<dyn FnOnce(i64)>) {
                        op(1, self.n, move |a| {
                            touch(&self.open);
                            op(2, a, move |b| {
                                let this = self;
                                done(b + this.n)
                            })
                        });
                        emit(7);
                    }
                }
            }
        };
    }
    user!(callback);
    user!(
        #[uncallback::uncallback]
        direct
    );

    macro_rules! same {
        ($($method:ident)*) => {$(
            #[test]
            fn $method() {
                use crate::support::{Tracer, compare, expect_agreement};
                expect_agreement(compare(
                    |n, done| callback::User { open: Tracer(1), n }.$method(done),
                    |n| Box::pin(direct::User { open: Tracer(1), n }.$method()),
                ))
            }
        )*};
    }
    same!(with_code_behind_the_call with_another_wait needed_to_the_end);
}
