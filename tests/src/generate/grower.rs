//! The state of growing: randomness, fresh numbers, and who owns what.

use super::Code;
use super::scope::{Binding, Owned, Scope};
use std::collections::HashSet;

/// A grown piece that ends with the completion on every path.
pub(super) struct Grown {
    pub(super) code: Vec<Code>,
    /// Whether some path completes without waiting for an operation first.
    pub(super) instant: bool,
}

/// A function that was grown before and may be called.
#[derive(Clone)]
pub(super) struct Callee {
    pub(super) name: String,
    pub(super) recursive: bool,
    pub(super) instant: bool,
    pub(super) boxed: bool,
    pub(super) answer: super::scope::Answer,
}

pub(super) struct Grower {
    rng: fastrand::Rng,
    next_tag: u32,
    next_tracer: u32,
    next_binding: usize,
    next_note: u32,
    /// Bindings that a closure took away.
    moved: HashSet<usize>,
    /// The closures that are being grown: the first binding of their own, and the bindings of others that they use.
    closures: Vec<(usize, HashSet<usize>)>,
    pub(super) callees: Vec<Callee>,
    /// The function that is being grown, if it calls itself.
    pub(super) itself: Option<Callee>,
    pub(super) called_others: bool,
    pub(super) join_points: u32,
    /// Whether the value that a `match` looks at may be read through a tracer.
    pub(super) tracers_in_scrutinees: bool,
}

impl Grower {
    pub(super) fn new(seed: u64) -> Self {
        Grower {
            rng: fastrand::Rng::with_seed(seed),
            next_tag: 0,
            next_tracer: 0,
            next_binding: 0,
            next_note: 0,
            moved: HashSet::new(),
            closures: vec![],
            callees: vec![],
            itself: None,
            called_others: false,
            join_points: 0,
            tracers_in_scrutinees: seed.is_multiple_of(2),
        }
    }

    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.rng.u32(0..100) < chance
    }

    pub(super) fn below(&mut self, limit: u32) -> u32 {
        self.rng.u32(0..limit)
    }

    pub(super) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.rng.usize(0..of.len())].clone()
    }

    /// The index of one of the weights, with a chance in proportion to it.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut at = self.rng.u32(0..weights.iter().sum());
        for (index, &weight) in weights.iter().enumerate() {
            if at < weight {
                return index;
            }
            at -= weight;
        }
        unreachable!("the drawn number is below the sum of the weights")
    }

    pub(super) fn tag(&mut self) -> u32 {
        self.next_tag += 1;
        self.next_tag
    }

    pub(super) fn tracer(&mut self) -> u32 {
        self.next_tracer += 1;
        self.next_tracer
    }

    /// A comment, sometimes: none may get lost in the text output.
    pub(super) fn comment(&mut self, code: &mut Vec<Code>) {
        if self.percent(8) {
            self.next_note += 1;
            code.push(Code::line(format!("// note {}", self.next_note)));
        }
    }

    pub(super) fn inline_comment(&mut self) -> String {
        if self.percent(92) {
            return String::new();
        }
        self.next_note += 1;
        format!("/* note {} */ ", self.next_note)
    }

    pub(super) fn int_name(&mut self) -> &'static str {
        self.pick(&["a", "b", "n", "x"])
    }

    /// Declares an owned binding and returns its name.
    pub(super) fn declare_owned(&mut self, scope: &mut Scope, kind: Owned) -> &'static str {
        let name = match kind {
            Owned::Tracer => self.pick(&["t", "u"]),
            Owned::Shared => "s",
        };
        self.next_binding += 1;
        scope.declare_owned(Binding { name, kind, number: self.next_binding });
        name
    }

    /// The owned bindings of a kind that may still be used here.
    pub(super) fn usable(&self, scope: &Scope, kind: Owned) -> Vec<Binding> {
        let here = scope.owned.iter().filter(|b| b.kind == kind && !self.moved.contains(&b.number));
        here.copied().collect()
    }

    /// Notes that a binding is used, so that the closures round this place capture it.
    pub(super) fn mention(&mut self, binding: Binding) {
        for (floor, used) in &mut self.closures {
            if binding.number < *floor {
                used.insert(binding.number);
            }
        }
    }

    /// Grows the inside of a `move` closure.
    pub(super) fn in_closure<R>(&mut self, grow: impl FnOnce(&mut Self) -> R) -> R {
        self.next_binding += 1;
        self.closures.push((self.next_binding, HashSet::new()));
        let grown = grow(self);
        let (_, used) = self.closures.pop().expect("pushed above");
        self.moved.extend(used);
        grown
    }

    /// Grows a branch after which nothing of this scope runs: what it moves is still there in the other branches.
    pub(super) fn in_branch<R>(&mut self, grow: impl FnOnce(&mut Self) -> R) -> R {
        let moved = self.moved.clone();
        let grown = grow(self);
        self.moved = moved;
        grown
    }
}
