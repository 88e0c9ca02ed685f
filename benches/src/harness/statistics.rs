//! From the times of one case and of its base to the figures of one row.

/// A sample's middle and the two quarters beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quartiles {
    /// A quarter of the sample lies below.
    pub first: f64,
    /// Half of the sample lies below.
    pub median: f64,
    /// Three quarters of the sample lie below.
    pub third: f64,
}

/// How one case compares with its base.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Of the ratios of single rounds. A disturbance that lasts longer than a round hits both sides of a
    /// ratio; one that is shorter spoils one round and moves the median little.
    pub ratio: Quartiles,
    /// The case's fastest round by the base's fastest round: a second opinion that ignores disturbances
    /// altogether, at the price of resting on two rounds.
    pub of_minima: f64,
}

/// Opinions that differ by more than this part are no ground for a conclusion.
const TRUSTED_SPREAD: f64 = 0.10;

impl Comparison {
    /// Compares two cases whose slices ran in the same rounds.
    ///
    /// # Panics
    ///
    /// If the samples are empty or of different length.
    pub fn new(case: &[f64], base: &[f64]) -> Self {
        assert_eq!(case.len(), base.len(), "both sides of a ratio come from the same rounds");
        let mut ratios: Vec<f64> = case.iter().zip(base).map(|(case, base)| case / base).collect();
        Self { ratio: quartiles(&mut ratios), of_minima: minimum(case) / minimum(base) }
    }

    /// Whether this comparison is too unsteady to draw a conclusion from.
    pub fn is_noisy(&self) -> bool {
        let Quartiles { first, median, third } = self.ratio;
        let spread = (third - first) / median;
        let disagreement = (median - self.of_minima).abs() / median;
        spread > TRUSTED_SPREAD || disagreement > TRUSTED_SPREAD
    }
}

/// The quartiles of a sample, between two values where no value stands at the place.
///
/// # Panics
///
/// If the sample is empty.
pub fn quartiles(sample: &mut [f64]) -> Quartiles {
    sample.sort_by(f64::total_cmp);
    Quartiles { first: at(sample, 0.25), median: at(sample, 0.5), third: at(sample, 0.75) }
}

/// The smallest value of a sample.
///
/// # Panics
///
/// If the sample is empty.
pub fn minimum(sample: &[f64]) -> f64 {
    sample.iter().copied().min_by(f64::total_cmp).expect("a sample has at least one round")
}

fn at(sorted: &[f64], part: f64) -> f64 {
    assert!(!sorted.is_empty(), "a sample has at least one round");
    let place = part * (sorted.len() - 1) as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_of_an_odd_sample_are_members_of_it() {
        let found = quartiles(&mut [5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!(found, Quartiles { first: 2.0, median: 3.0, third: 4.0 });
    }

    #[test]
    fn quartiles_of_an_even_sample_lie_between_members() {
        let found = quartiles(&mut [4.0, 1.0, 3.0, 2.0]);
        assert_eq!(found, Quartiles { first: 1.75, median: 2.5, third: 3.25 });
    }

    #[test]
    fn a_sample_of_one_round_is_its_own_quartile() {
        let found = quartiles(&mut [7.0]);
        assert_eq!(found, Quartiles { first: 7.0, median: 7.0, third: 7.0 });
    }

    #[test]
    #[should_panic(expected = "at least one round")]
    fn an_empty_sample_has_no_median() {
        quartiles(&mut []);
    }

    #[test]
    #[should_panic(expected = "same rounds")]
    fn rounds_that_do_not_belong_together_are_not_compared() {
        Comparison::new(&[1.0], &[1.0, 2.0]);
    }

    #[test]
    fn a_machine_that_slows_down_for_some_rounds_does_not_move_the_median() {
        // The machine runs at half speed from the third round on: both sides double together.
        let found = Comparison::new(&[1.0, 1.0, 2.0, 2.0, 2.0], &[4.0, 4.0, 8.0, 8.0, 8.0]);
        assert_eq!(found.ratio, Quartiles { first: 0.25, median: 0.25, third: 0.25 });
        assert_eq!(found.of_minima, 0.25);
        assert!(!found.is_noisy());
    }

    #[test]
    fn one_disturbed_round_does_not_move_the_median_either() {
        let found = Comparison::new(&[1.0, 1.0, 90.0, 1.0, 1.0], &[2.0; 5]);
        assert_eq!(found.ratio.median, 0.5);
        assert!(!found.is_noisy());
    }

    #[test]
    fn wide_quartiles_are_noisy() {
        let found = Comparison::new(&[1.0, 1.0, 1.2, 1.4, 1.4], &[1.0; 5]);
        assert!(found.is_noisy());
    }

    #[test]
    fn a_median_that_the_minima_contradict_is_noisy() {
        // Four steady rounds, and one that says it could be a third faster.
        let found = Comparison::new(&[0.9, 0.9, 0.6, 0.9, 0.9], &[1.0; 5]);
        assert_eq!(found.ratio.first, found.ratio.third);
        assert!(found.is_noisy());
    }
}
