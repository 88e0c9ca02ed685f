//! The codes, one table: cause, next step, and what wrapping would give. Codes are never reused or renumbered.

/// What a wrapped body (`#[uncallback(wrap)]`) would do where flattening is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrap {
    /// The wrapped function behaves as the callback function did.
    Exact,
    /// It differs in one named way.
    Differs,
    /// There is no awaitable function that means the same.
    No,
}

macro_rules! codes {
    ($($code:ident, $cause:literal, $next:literal, $wrap:ident;)*) => {
        /// A reason for leaving a function in callback style, or for naming a difference.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $cause] $code,)* }

        impl Code {
            /// All codes, in order.
            pub const ALL: &[Code] = &[$(Code::$code),*];

            /// The code as it is printed, such as `UC01`.
            pub fn name(self) -> &'static str {
                match self { $(Code::$code => stringify!($code),)* }
            }

            /// What the code means, in one sentence.
            pub fn cause(self) -> &'static str {
                match self { $(Code::$code => $cause,)* }
            }

            /// What to do about it.
            pub fn next_step(self) -> &'static str {
                match self { $(Code::$code => $next,)* }
            }

            /// What wrapping the body gives.
            pub fn wrap(self) -> Wrap {
                match self { $(Code::$code => Wrap::$wrap,)* }
            }
        }
    };
}

codes! {
    UC01, "A path ends without calling the completion; an await on it would never finish.",
        "complete on that path too, or let the completion take an `Option`", Differs;
    UC02, "The completion has already been called on this path.",
        "`return` after the first call; `events!` if both are meant", No;
    UC03, "Code runs after the completion; nothing can run after `return`.",
        "move it before the completion, or start it as a task of its own", Differs;
    UC04, "The callee may call back before it returns, and the callback may finish at once; then this code runs after the caller's continuation.",
        "move it before the call, or declare that the callee never completes at once", Differs;
    UC05, "The completion is stored, so this function is a leaf: there is no chain to flatten.",
        "`#[uncallback(wrap)]`", Exact;
    UC06, "The callback gets a reference that must not outlive it.",
        "return an owned value from the part that uses it", Exact;
    UC07, "The completion is called in a closure that is given to a synchronous adapter.",
        "write `match` or `if let`", Differs;
    UC08, "The value of the completion, or of the callback, is used.",
        "pass the answer by a second function, or use a stream", No;
    UC09, "The completion occurs inside a macro call, which the rewriter does not look into.",
        "bind the value first and call the completion outside of the macro", Differs;
    UC10, "The function also returns a value.",
        "`#[uncallback(wrap)]`: returns the value and the future", Exact;
    UC11, "This looks like callbacks that are counted down, but a counter, slot or cell of it has another use.",
        "use a second variable for that", Exact;
    UC12, "The completion is called once per turn of a loop.",
        "count down, take the completion out of an `Option`, or use `events!`", No;
    UC13, "The completion is called while a guard is alive; direct style releases it first.",
        "end the guard's block before the completion", Differs;
    UC14, "The callback may fire more than once.",
        "`events!`", No;
    UC15, "The completion was cloned, and two clones are called on this path.",
        "`return` after the first call; `events!` if both are meant", No;
    UC16, "The recursion changes the type of the completion.",
        "give the recursion one result type", Exact;
    UC17, "A parameter of this recursion is a pattern that cannot be assigned.",
        "name the parameter and take it apart inside", Exact;
    UC18, "An `async`, `const`, `extern` or variadic function has no callback style to leave.",
        "remove the attribute", No;
    UC19, "The completion is also captured by a callback that lives on its own.",
        "decide which of the two completes", Differs;
    UC20, "A borrowed parameter is needed after the first await, but the completion was `'static`.",
        "`#[uncallback(eager)]`, or own the parameter", Exact;
    UC21, "This blocks the thread until the callback has run.",
        "complete inside the callback", No;
    UC22, "The callback runs where its context matters: another thread, a thread-local, `catch_unwind`.",
        "`#[uncallback(wrap)]`", Differs;
    UC23, "The callee is unknown, and only exact conversions are wanted.",
        "declare the callee, or accept its contract", Exact;
    UC99, "An invariant of the rewriter failed; nothing was changed. This is our bug, please report it.",
        "report the function and this message", No;
}

impl core::fmt::Display for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}
