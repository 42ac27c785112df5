//! Eight colours for the lines of a history, for either theme, which also a reader tells apart who sees no red or no green.
//!
//! From the ninth target on a line is dashed and its dots are filled, so that no two lines look alike.

/// On a light card.
pub(super) const LIGHT: [&str; 8] =
    ["#b3541e", "#1f6fb2", "#669999", "#773344", "#7788ff", "#441100", "#113399", "#221155"];
/// On a dark card.
pub(super) const DARK: [&str; 8] =
    ["#f0a067", "#6bb3ee", "#ffee00", "#aa4499", "#aaffff", "#7777ff", "#886611", "#cc7788"];

#[cfg(test)]
mod tests {
    use super::*;

    type Triple = [f64; 3];

    /// How colours look to most people, without red and without green cones (Machado, Oliveira and Fernandes 2009, severity 1).
    const VIEWS: [[Triple; 3]; 3] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ];

    fn linear(colour: &str) -> Triple {
        [1, 3, 5].map(|at| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour")) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn times(matrix: &[Triple; 3], vector: Triple) -> Triple {
        matrix.map(|row| row.iter().zip(vector).map(|(one, other)| one * other).sum())
    }

    /// Oklab (Ottosson 2020), in which equal steps look equal.
    fn oklab(rgb: Triple) -> Triple {
        let cones = [
            [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
            [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
            [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
        ];
        let axes = [
            [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
            [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
            [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
        ];
        times(&axes, times(&cones, rgb.map(|part| part.clamp(0.0, 1.0))).map(f64::cbrt))
    }

    fn apart(one: &str, other: &str) -> f64 {
        let seen = |view, colour| oklab(times(view, linear(colour)));
        let distance = |view| {
            let (one, other) = (seen(view, one), seen(view, other));
            one.iter().zip(other).map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt()
        };
        VIEWS.iter().map(distance).fold(f64::INFINITY, f64::min)
    }

    /// The contrast of WCAG 2.
    fn contrast(one: &str, other: &str) -> f64 {
        let light =
            |colour| linear(colour).iter().zip([0.2126, 0.7152, 0.0722]).map(|(part, weight)| part * weight).sum();
        let (one, other): (f64, f64) = (light(one), light(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_two_are_told_apart_and_each_stands_out_from_the_card() {
        for (colours, card) in [(LIGHT, "#ffffff"), (DARK, "#1b1e24")] {
            for (at, one) in colours.iter().enumerate() {
                assert!(contrast(one, card) >= 3.0, "{one} on {card}");
                for other in &colours[at + 1..] {
                    let apart = apart(one, other);
                    assert!(apart >= 0.12, "{one} and {other} are {apart:.3} apart");
                }
            }
        }
    }
}
