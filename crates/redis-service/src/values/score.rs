//! Scores of sorted sets, as Redis takes them.

use std::ops::{Bound, RangeBounds};

use crate::error::{Error, Result};

/// # Errors
///
/// `InvalidInput` if it is no number.
pub(crate) fn score(score: f64) -> Result<String> {
    if score.is_nan() {
        return Err(Error::invalid_input("a score is not a number"));
    }
    // With an exponent: short, and exact to the last bit. Infinity is `inf`.
    Ok(format!("{score:e}"))
}

/// The least and the most score of a range.
///
/// # Errors
///
/// `InvalidInput` if a bound is no number.
pub(crate) fn scores(range: &impl RangeBounds<f64>) -> Result<(String, String)> {
    Ok((bound(range.start_bound(), "-inf")?, bound(range.end_bound(), "+inf")?))
}

fn bound(bound: Bound<&f64>, open: &str) -> Result<String> {
    match bound {
        Bound::Included(&at) => score(at),
        Bound::Excluded(&at) => Ok(format!("({}", score(at)?)),
        Bound::Unbounded => Ok(open.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges_are_open_closed_or_without_end() {
        use Bound::{Excluded, Included, Unbounded};
        let shown = |range: (Bound<f64>, Bound<f64>)| scores(&range).map(|(from, to)| format!("{from} {to}"));
        assert_eq!(shown((Included(1.0), Excluded(2.5))).unwrap(), "1e0 (2.5e0");
        assert_eq!(shown((Excluded(-0.5), Unbounded)).unwrap(), "(-5e-1 +inf");
        assert_eq!(shown((Unbounded, Included(f64::INFINITY))).unwrap(), "-inf inf");
        assert!(shown((Unbounded, Included(f64::NAN))).is_err());
        assert!(shown((Excluded(f64::NAN), Unbounded)).is_err());
        assert!(score(f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn a_score_is_exact(number in any::<f64>().prop_filter("a number", |number| !number.is_nan())) {
            prop_assert_eq!(score(number).unwrap().parse::<f64>().unwrap(), number);
        }
    }
}
