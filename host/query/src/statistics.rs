//! The formulas behind the scores, from counts alone. No rows and no SQL.

use serde::Serialize;

/// The quantile of the normal distribution for a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// Customer satisfaction: the share of the two upper marks out of five, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Csat {
    /// Answers.
    pub n: u64,
    /// Percent, 0 to 100; none without answers.
    pub score: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
}

impl Csat {
    /// From the number of satisfied customers among `n`.
    ///
    /// The interval is Wilson's: E. B. Wilson, "Probable Inference, the Law of Succession,
    /// and Statistical Inference", Journal of the American Statistical Association 22 (158),
    /// 1927, pp. 209-212. It stays within 0 and 100 and is right for small `n`, too.
    pub fn new(satisfied: u64, n: u64) -> Self {
        if n == 0 {
            return Self {
                n,
                score: None,
                low: None,
                high: None,
            };
        }
        let (count, share) = (n as f64, satisfied as f64 / n as f64);
        let z2 = Z * Z;
        let centre = (share + z2 / (2.0 * count)) / (1.0 + z2 / count);
        let spread = Z / (1.0 + z2 / count)
            * (share * (1.0 - share) / count + z2 / (4.0 * count * count)).sqrt();
        Self {
            n,
            score: Some(100.0 * share),
            low: Some((100.0 * (centre - spread)).clamp(0.0, 100.0)),
            high: Some((100.0 * (centre + spread)).clamp(0.0, 100.0)),
        }
    }
}

/// Net promoter score: percent of promoters (9, 10) less percent of detractors (0 to 6).
///
/// F. F. Reichheld, "The One Number You Need to Grow", Harvard Business Review 81 (12), 2003.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Nps {
    /// Answers.
    pub n: u64,
    /// -100 to 100; none without answers.
    pub score: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
    /// Answers of 9 and 10.
    pub promoters: u64,
    /// Answers of 7 and 8.
    pub passives: u64,
    /// Answers of 0 to 6.
    pub detractors: u64,
}

impl Nps {
    /// From the numbers of answers in the three groups.
    ///
    /// The interval is the adjusted Wald one: B. Rocks, "Interval Estimation for the 'Net
    /// Promoter Score'", The American Statistician 70 (4), 2016, pp. 365-372, in the form
    /// that MeasuringU (J. Sauro, J. R. Lewis) recommends: three answers are added, 3/4 of
    /// one to the promoters, 3/4 to the detractors and the rest to the passives.
    pub fn new(promoters: u64, passives: u64, detractors: u64) -> Self {
        let n = promoters + passives + detractors;
        if n == 0 {
            return Self {
                n,
                score: None,
                low: None,
                high: None,
                promoters,
                passives,
                detractors,
            };
        }
        let (up, down) = (promoters as f64, detractors as f64);
        let count = n as f64 + 3.0;
        let (up_share, down_share) = ((up + 0.75) / count, (down + 0.75) / count);
        let centre = up_share - down_share;
        let variance = up_share + down_share - centre * centre;
        let spread = Z * (variance / count).sqrt();
        Self {
            n,
            score: Some(100.0 * (up - down) / n as f64),
            low: Some((100.0 * (centre - spread)).clamp(-100.0, 100.0)),
            high: Some((100.0 * (centre + spread)).clamp(-100.0, 100.0)),
            promoters,
            passives,
            detractors,
        }
    }
}

/// Customer effort score: the mean of the marks from 1 to 7, 7 being the easiest.
///
/// M. Dixon, K. Freeman, N. Toman, "Stop Trying to Delight Your Customers", Harvard Business
/// Review 88 (7/8), 2010, with the seven-point scale of its second version (CEB, 2013).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ces {
    /// Answers.
    pub n: u64,
    /// 1 to 7; none without answers.
    pub score: Option<f64>,
}

impl Ces {
    /// From the sum of `n` marks.
    pub fn new(sum: u64, n: u64) -> Self {
        Self {
            n,
            score: (n > 0).then(|| sum as f64 / n as f64),
        }
    }
}

/// A part of a whole in percent; none of nothing.
pub fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}
