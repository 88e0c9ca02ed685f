//! What a callback type behind an alias is called with.
//!
//! A macro sees only the name of an alias: `type Done<T> = Box<dyn FnOnce(T)>` looks like any other type to it. The
//! compiler sees through, so generated code asks it: `<Done<u64> as Callback>::Answer`.
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::sync::Arc;

/// A callback type that is called with an answer.
pub trait Callback {
    /// The callback's argument, or a tuple of its arguments.
    type Answer;
}

macro_rules! callbacks {
    ($([$($arg:ident)*] $answer:ty;)*) => {$(
        impl<'a, $($arg),*> Callback for Box<dyn FnOnce($($arg),*) + 'a> { type Answer = $answer; }
        impl<'a, $($arg),*> Callback for Box<dyn FnOnce($($arg),*) + Send + 'a> { type Answer = $answer; }
        impl<'a, $($arg),*> Callback for Box<dyn FnOnce($($arg),*) + Send + Sync + 'a> { type Answer = $answer; }
        impl<'a, $($arg),*> Callback for Rc<dyn Fn($($arg),*) + 'a> { type Answer = $answer; }
        impl<'a, $($arg),*> Callback for Arc<dyn Fn($($arg),*) + Send + Sync + 'a> { type Answer = $answer; }
    )*};
}

callbacks! {
    [] ();
    [A] A;
    [A B] (A, B);
    [A B C] (A, B, C);
}

#[cfg(test)]
mod tests {
    use super::*;

    type Done<T> = Box<dyn FnOnce(T)>;
    type Reply = Box<dyn FnOnce(u8, &'static str) + Send>;

    fn answer<C: Callback<Answer = A>, A>() {}

    #[test]
    fn aliases_and_their_parameters_are_seen_through() {
        answer::<Done<u64>, u64>();
        answer::<Reply, (u8, &'static str)>();
        answer::<Rc<dyn Fn()>, ()>();
    }
}
