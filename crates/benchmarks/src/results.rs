//! What was measured: the content of `results.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::statistics::{median, spread};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) machine: String,
    pub(crate) server: String,
    pub(crate) rounds: usize,
    pub(crate) lines: Vec<Record>,
}

/// One line of work in one unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) work: String,
    pub(crate) callers: usize,
    pub(crate) unit: String,
    pub(crate) better: Better,
    pub(crate) rounds: usize,
    pub(crate) ours: f64,
    /// Of our rounds; see [`spread`].
    pub(crate) spread: f64,
    pub(crate) peers: BTreeMap<String, PeerFigure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PeerFigure {
    pub(crate) value: f64,
    /// Above 1, we are ahead.
    pub(crate) ratio: f64,
    /// Of its rounds.
    pub(crate) spread: f64,
    pub(crate) version: String,
    pub(crate) config: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Better {
    Higher,
    Lower,
}

impl Better {
    /// How far `ours` is ahead of `other`.
    pub(crate) fn ratio(self, ours: f64, other: f64) -> f64 {
        match self {
            Self::Higher => ours / other,
            Self::Lower => other / ours,
        }
    }
}

impl Record {
    pub(crate) fn new(work: &str, callers: usize, unit: &str, better: Better, ours: &[f64]) -> Self {
        Self {
            work: work.to_owned(),
            callers,
            unit: unit.to_owned(),
            better,
            rounds: ours.len(),
            ours: rounded(median(ours)),
            spread: rounded(spread(ours)),
            peers: BTreeMap::new(),
        }
    }

    pub(crate) fn add_peer(&mut self, name: &str, version: &str, config: &str, values: &[f64]) {
        let value = rounded(median(values));
        let ratio = rounded(self.better.ratio(self.ours, value));
        let spread = rounded(spread(values));
        let (version, config) = (version.to_owned(), config.to_owned());
        self.peers.insert(name.to_owned(), PeerFigure { value, ratio, spread, version, config });
    }
}

/// To four digits, and all those before the point: no more is known.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let places = (3 - value.abs().log10().floor() as i32).clamp(0, 9);
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_above_one_is_ahead_whichever_way_is_better() {
        assert_eq!(Better::Higher.ratio(300.0, 100.0), 3.0);
        assert_eq!(Better::Lower.ratio(100.0, 300.0), 3.0);
        assert_eq!(Better::Lower.ratio(300.0, 100.0), 1.0 / 3.0);
    }

    #[test]
    fn a_record_holds_medians_and_their_ratio() {
        let mut record = Record::new("async_get_typed", 64, "ops/s", Better::Higher, &[100.0, 220.0, 200.0]);
        record.add_peer("fred", "10.1.0", "defaults", &[50.0, 80.0, 90.0]);
        assert_eq!((record.ours, record.spread), (200.0, 0.6));
        let fred = &record.peers["fred"];
        assert_eq!((fred.value, fred.ratio), (80.0, 2.5));
    }

    #[test]
    fn figures_have_four_digits() {
        assert_eq!(rounded(812_345.678), 812_346.0);
        assert_eq!(rounded(1.234_56), 1.235);
        assert_eq!(rounded(0.001_234_56), 0.001_235);
        assert_eq!(rounded(0.0), 0.0);
    }

    #[test]
    fn the_format_is_the_stated_one() {
        let mut record = Record::new("async_get_typed", 256, "ops/s", Better::Higher, &[2.0]);
        record.add_peer("fred", "10.1.0", "c", &[1.0]);
        let results =
            Results { machine: "m".into(), server: "7.0.15".into(), rounds: 1, lines: vec![record] };
        assert_eq!(
            serde_json::to_value(results).unwrap(),
            serde_json::json!({"machine": "m", "server": "7.0.15", "rounds": 1, "lines": [
                {"work": "async_get_typed", "callers": 256, "unit": "ops/s", "better": "higher", "rounds": 1, "ours": 2.0,
                 "spread": 0.0, "peers": {"fred": {"value": 1.0, "ratio": 2.0, "spread": 0.0, "version": "10.1.0", "config": "c"}}}
            ]})
        );
    }
}
