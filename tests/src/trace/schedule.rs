//! In which order pending operations complete.

/// The n-th delivery takes the pending operation number `choices[n]`, modulo how many there are; 0 when the list ends.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Schedule {
    choices: Vec<usize>,
}

impl Schedule {
    pub(super) fn choose(&self, delivery: usize, pending: usize) -> usize {
        self.choices.get(delivery).map_or(0, |choice| choice % pending)
    }
}

/// Enumerates the schedules of one program.
///
/// As long as at most [`Explorer::EXHAUSTIVE_WIDTH`] operations are pending at once and the number of schedules stays
/// below the limit, all of them are visited, depth first. When half of the limit was not enough for that, the other half
/// is drawn at random: depth first alone would only vary the last deliveries.
#[derive(Debug)]
pub struct Explorer {
    next: Option<Schedule>,
    left: usize,
    exhaustive: usize,
    random: Option<fastrand::Rng>,
    seed: u64,
}

impl Explorer {
    /// With more pending operations than this the orders are sampled.
    pub const EXHAUSTIVE_WIDTH: usize = 4;
    /// Longer than any run: random schedules decide this many deliveries.
    const RANDOM_LENGTH: usize = 64;

    /// Visits at most `limit` schedules.
    pub fn new(limit: usize, seed: u64) -> Self {
        Explorer {
            next: Some(Schedule::default()),
            left: limit,
            exhaustive: limit.div_ceil(2),
            random: None,
            seed,
        }
    }

    /// The schedule to run now, or nothing when all were run.
    pub fn current(&self) -> Option<&Schedule> {
        self.next.as_ref()
    }

    /// Tells how many operations were pending at each delivery of the run that just ended, and moves on.
    pub fn advance(&mut self, widths: &[usize]) {
        self.left = self.left.saturating_sub(1);
        self.exhaustive = self.exhaustive.saturating_sub(1);
        let wide = widths.iter().any(|&width| width > Self::EXHAUSTIVE_WIDTH);
        if self.left == 0 {
            self.next = None;
        } else if wide || self.exhaustive == 0 {
            self.exhaustive = 0;
            let random = self.random.get_or_insert_with(|| fastrand::Rng::with_seed(self.seed));
            let choices = (0..Self::RANDOM_LENGTH).map(|_| random.usize(..)).collect();
            self.next = Some(Schedule { choices });
        } else {
            self.next = self.next.take().and_then(|schedule| successor(schedule, widths));
        }
    }
}

/// The schedule after `schedule` in depth-first order.
fn successor(schedule: Schedule, widths: &[usize]) -> Option<Schedule> {
    let mut choices = schedule.choices;
    choices.resize(widths.len(), 0);
    while let Some(last) = choices.pop() {
        if last + 1 < widths[choices.len()] {
            choices.push(last + 1);
            return Some(Schedule { choices });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Explores a program in which `n` operations are pending from the start, and returns the schedules seen.
    fn orders(n: usize, limit: usize) -> Vec<Vec<usize>> {
        let widths: Vec<usize> = (1..=n).rev().collect();
        let mut explorer = Explorer::new(limit, 1);
        let mut seen = vec![];
        while let Some(schedule) = explorer.current() {
            seen.push((0..n).map(|delivery| schedule.choose(delivery, widths[delivery])).collect());
            explorer.advance(&widths);
        }
        seen
    }

    #[test]
    fn every_order_of_four_operations_is_visited_once() {
        let mut seen = orders(4, 1000);
        assert_eq!(seen.len(), 24);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 24);
    }

    #[test]
    fn five_pending_operations_are_sampled_up_to_the_limit() {
        assert_eq!(orders(5, 30).len(), 30);
    }
}
