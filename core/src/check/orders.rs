//! In which orders pending operations complete.
use alloc::vec::Vec;

/// With more operations than this pending at once, orders are sampled.
const WIDE: usize = 4;
/// So many orders are tried one after the other; where there are more, as many again are drawn.
const MOST: usize = 500;

/// The orders of completion of one program, of which it shows no more than how many operations are pending when.
pub(super) struct Orders {
    /// The n-th delivery takes the pending operation of this number; the first one where the list ends.
    choices: Vec<usize>,
    tried: usize,
    /// The state of the generator, once orders are drawn.
    drawn: Option<u64>,
}

impl Orders {
    pub(super) fn new() -> Self {
        Orders { choices: Vec::new(), tried: 0, drawn: None }
    }

    /// Which of the pending operations the delivery of this number takes.
    pub(super) fn choose(&mut self, delivery: usize, pending: usize) -> usize {
        if let Some(state) = &mut self.drawn {
            if delivery >= self.choices.len() {
                self.choices.push(draw(state));
            }
        }
        self.choices.get(delivery).map_or(0, |choice| choice % pending)
    }

    /// Moves on to the next order, after a run in which so many operations were pending at each delivery.
    pub(super) fn advance(&mut self, widths: &[usize]) -> bool {
        self.tried += 1;
        if self.drawn.is_none() && (self.tried >= MOST || widths.iter().any(|width| *width > WIDE)) {
            // The same orders in every run of a test, so that a failure can be looked into.
            self.drawn = Some(0x5EED);
            self.tried = 0;
        }
        match self.drawn {
            Some(_) => {
                self.choices.clear();
                self.tried < MOST
            }
            None => self.count_up(widths),
        }
    }

    /// The choices as the digits of a number, of which the last one changes first.
    fn count_up(&mut self, widths: &[usize]) -> bool {
        self.choices.resize(widths.len(), 0);
        while let (Some(last), Some(width)) = (self.choices.pop(), widths.get(self.choices.len())) {
            if last + 1 < *width {
                self.choices.push(last + 1);
                return true;
            }
        }
        false
    }
}

/// The next number of the generator SplitMix64, in a form that a choice can be made of.
fn draw(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ (mixed >> 31)) >> 33) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    /// The orders of a program in which so many operations are pending from its start.
    fn orders_of(pending: usize) -> Vec<Vec<usize>> {
        let widths: Vec<usize> = (1..=pending).rev().collect();
        let mut orders = Orders::new();
        let mut seen = Vec::new();
        loop {
            let order = widths.iter().enumerate().map(|(at, width)| orders.choose(at, *width)).collect();
            seen.push(order);
            if !orders.advance(&widths) {
                return seen;
            }
        }
    }

    #[test]
    fn every_order_of_four_operations_is_tried_once() {
        let seen = orders_of(4);
        assert_eq!(seen.len(), 24);
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), 24);
    }

    #[test]
    fn more_than_four_operations_are_tried_in_many_different_orders() {
        let seen = orders_of(6);
        assert_eq!(seen.len(), MOST + 1);
        assert!(seen.into_iter().collect::<BTreeSet<_>>().len() > 300, "of 720");
    }

    #[test]
    fn a_program_without_operations_runs_once() {
        assert_eq!(orders_of(0), [[0; 0]]);
    }
}
