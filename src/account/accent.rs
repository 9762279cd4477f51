//! The accent colour of the pages: whether it can be read, and what it becomes in the dark (WCAG 2.2 §1.4.3).

/// A colour in sRGB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// An accent that can be read on the pages, in the light and in the dark, with what is written on buttons of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accent {
    light: Colour,
    dark: Colour,
}

/// Why a colour cannot be the accent. The text says what to write instead.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AccentFault {
    /// It is no colour.
    #[error("write a colour as #rrggbb, for instance #1a56c4")]
    NoColour,
    /// It is too pale to be read.
    #[error(
        "its contrast to the pages' ground is {ratio}:1, and 4.5:1 is needed: {nearest} is the nearest that has it"
    )]
    TooPale {
        /// The measured ratio, with one decimal.
        ratio: String,
        /// The nearest colour that passes.
        nearest: String,
    },
}

const WHITE: Colour = Colour::new(0xff, 0xff, 0xff);
const BLACK: Colour = Colour::new(0, 0, 0);
/// The two grounds that text of the accent stands on, as the stylesheet has them: in the light, in the dark.
const LIGHT_GROUNDS: [Colour; 2] = [WHITE, Colour::new(0xf6, 0xf6, 0xf7)];
const DARK_GROUNDS: [Colour; 2] = [Colour::new(0x1d, 0x1f, 0x23), Colour::new(0x14, 0x15, 0x18)];
/// What is written on a button.
const INKS: [Colour; 2] = [WHITE, Colour::new(0x10, 0x13, 0x1a)];
/// The contrast that text needs (WCAG 2.2 §1.4.3).
const NEEDED: f64 = 4.5;
/// The steps in which a colour is made darker or lighter.
const STEPS: u16 = 255;

impl Colour {
    const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self { red, green, blue })
    }

    /// `#rrggbb`.
    pub fn to_css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }

    /// Relative luminance, 0 to 1 (WCAG 2.2, glossary).
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126f64.mul_add(linear(self.red), 0.7152f64.mul_add(linear(self.green), 0.0722 * linear(self.blue)))
    }

    /// The contrast of two colours, 1 to 21 (WCAG 2.2, glossary).
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        if one > two { one / two } else { two / one }
    }

    /// The part of `step`/255 of the way to `other`.
    fn towards(self, other: Self, step: u16) -> Self {
        let mixed = |from: u8, to: u8| {
            let (from, to) = (u16::from(from), u16::from(to));
            let sum = from.saturating_mul(STEPS.saturating_sub(step)).saturating_add(to.saturating_mul(step));
            u8::try_from(sum / STEPS).unwrap_or(u8::MAX)
        };
        Self {
            red: mixed(self.red, other.red),
            green: mixed(self.green, other.green),
            blue: mixed(self.blue, other.blue),
        }
    }

    /// The least contrast to several.
    fn least(self, others: &[Self]) -> f64 {
        others.iter().map(|other| self.contrast(*other)).fold(f64::INFINITY, f64::min)
    }

    /// Whether text of it can be read on these grounds, and text on it.
    fn passes(self, grounds: &[Self]) -> bool {
        self.least(grounds) >= NEEDED && self.contrast(self.ink()) >= NEEDED
    }

    /// The nearest colour on the way to `end` that passes.
    fn until_it_passes(self, end: Self, grounds: &[Self]) -> Self {
        (0..=STEPS).map(|step| self.towards(end, step)).find(|colour| colour.passes(grounds)).unwrap_or(end)
    }

    /// What is written on it.
    fn ink(self) -> Self {
        let [white, black] = INKS;
        if self.contrast(white) >= self.contrast(black) { white } else { black }
    }
}

impl Accent {
    /// An accent from `#rrggbb`.
    ///
    /// # Errors
    /// [`AccentFault`]: what to write instead.
    pub fn parse(text: &str) -> Result<Self, AccentFault> {
        let light = Colour::parse(text).ok_or(AccentFault::NoColour)?;
        if !light.passes(&LIGHT_GROUNDS) {
            // Down, so that a ratio just below what is needed is not shown as it.
            let ratio = (light.least(&LIGHT_GROUNDS).min(light.contrast(light.ink())) * 10.0).floor() / 10.0;
            return Err(AccentFault::TooPale {
                ratio: format!("{ratio:.1}"),
                nearest: light.until_it_passes(BLACK, &LIGHT_GROUNDS).to_css(),
            });
        }
        Ok(Self { light, dark: light.until_it_passes(WHITE, &DARK_GROUNDS) })
    }

    /// The rules that put it into the stylesheet.
    pub fn to_css(self) -> String {
        let rule = |colour: Colour| {
            format!(":root{{--accent:{};--on-accent:{}}}", colour.to_css(), colour.ink().to_css())
        };
        format!("{}@media (prefers-color-scheme:dark){{{}}}\n", rule(self.light), rule(self.dark))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn colour(text: &str) -> Colour {
        Colour::parse(text).unwrap()
    }

    #[test]
    fn a_colour_is_six_digits() {
        assert_eq!(colour("#1A56c4").to_css(), "#1a56c4");
        for bad in ["", "#", "1a56c4", "#1a56c", "#1a56c4f", "#+a56c4", "#ggg000", "red", "#é56c4"] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
            assert_eq!(Accent::parse(bad), Err(AccentFault::NoColour), "{bad}");
        }
    }

    #[test]
    fn wcag_contrast_is_that_of_known_pairs() {
        for (one, other, ratio) in [
            ("#000000", "#ffffff", 21.0),
            ("#777777", "#ffffff", 4.48),
            ("#767676", "#ffffff", 4.54),
            ("#ff0000", "#ffffff", 4.0),
            ("#0000ff", "#ffffff", 8.59),
        ] {
            assert!((colour(one).contrast(colour(other)) - ratio).abs() < 0.01, "{one} {other}");
            assert!((colour(other).contrast(colour(one)) - ratio).abs() < 0.01, "{other} {one}");
        }
    }

    #[test]
    fn wcag_1_4_3_a_pale_accent_is_refused_with_its_ratio_and_the_nearest_that_passes() {
        let refused = Accent::parse("#ff0000").unwrap_err();
        let AccentFault::TooPale { ratio, nearest } = refused.clone() else { panic!("{refused}") };
        assert_eq!(ratio, "3.7");
        assert!(Accent::parse(&nearest).is_ok(), "{nearest}");
        // One step nearer does not pass.
        let lighter = Colour { red: colour(&nearest).red + 1, ..colour(&nearest) };
        assert!(Accent::parse(&lighter.to_css()).is_err(), "{nearest}");
    }

    #[test]
    fn wcag_1_4_3_in_the_dark_the_accent_is_lighter() {
        let css = Accent::parse("#1a56c4").unwrap().to_css();
        assert!(css.starts_with(":root{--accent:#1a56c4;--on-accent:#ffffff}@media"), "{css}");
        assert!(!css.contains("dark){:root{--accent:#1a56c4"), "{css}");
    }

    proptest! {
        #[test]
        fn wcag_1_4_3_whatever_is_accepted_can_be_read_in_the_light_and_in_the_dark(value in 0u32..0x100_0000) {
            let text = format!("#{value:06x}");
            let accent = match Accent::parse(&text) {
                Ok(accent) => accent,
                Err(AccentFault::TooPale { nearest, .. }) => Accent::parse(&nearest).unwrap(),
                Err(AccentFault::NoColour) => panic!("{text} is a colour"),
            };
            prop_assert!(accent.light.passes(&LIGHT_GROUNDS));
            prop_assert!(accent.dark.passes(&DARK_GROUNDS));
        }
    }
}
