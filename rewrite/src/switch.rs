//! Switches that break one rule each, so that the tests can show that they would notice.
//!
//! A rule that can be broken without a test going red has no test. Each rule asks `Options::keeps` at the one place
//! where it takes effect; without the feature `switches` that is the constant `true`.
use crate::Options;

macro_rules! rules {
    ($($rule:ident $what:literal,)*) => {
        /// A rule, or a condition of one, that a test can switch off.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule { $(#[doc = $what] $rule,)* }

        impl Rule {
            /// All of them.
            pub const ALL: &[Rule] = &[$(Rule::$rule),*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(Rule::$rule => stringify!($rule),)* }
            }

            /// What goes wrong without it.
            pub fn without(self) -> &'static str {
                match self { $(Rule::$rule => $what,)* }
            }
        }
    };
}

rules! {
    Rest "Code behind a call runs after the wait.",
    EagerStart "A call that code follows starts at the wait.",
    Snapshot "The callback sees what the code behind the call assigned.",
    Scope "A variable that the callback does not capture lives over the wait.",
    Foreign "A parameter or an earlier capture that is through lives over the wait.",
    Hidden "A variable that another one of its name hides lives over the wait.",
    RestBlock "What the code behind a call binds hides what the callback captured.",
    RestReturn "A `return` behind a call skips the wait.",
    Staged "Where the callee completes at once, the code behind the call runs before the callback.",
    StagedBranch "A variable of the segment lives over the wait of one of its branches.",
    Parts "A variable of which a callback captures a part lives over the wait as a whole.",
    Temporaries "What a scrutinee holds is held over the wait.",
    Handle "What a call returns lives over the wait.",
    Late "Code behind the answer is lost.",
    AtOnce "A callee that is known to answer at once is taken for one that never does.",
    Simultaneous "The parameters of a turn are assigned one by one.",
    EarlyTurn "A turn that ended early runs on.",
    Lent "What a callback was lent leaves it.",
    Loser "What callbacks do that came too late is lost.",
    Failure "What is left when the first error has come is lost.",
    Repeated "What a callback does when it comes again is lost.",
    Winner "What only the first of several callbacks does is done by each of them.",
    ErrorArm "An error arm with an effect becomes `?`.",
    Marks "A boxed completion is handed on unboxed.",
    Boxed "A recursive call is not boxed.",
}

impl Options {
    /// Whether a rule is in force.
    #[cfg(feature = "switches")]
    pub(crate) fn keeps(&self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }

    /// Whether a rule is in force.
    #[cfg(not(feature = "switches"))]
    #[inline]
    pub(crate) fn keeps(&self, _: Rule) -> bool {
        true
    }
}
