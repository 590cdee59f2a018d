//! Everything that the survey pages say themselves, language by language. A new language
//! is one more constant here and its line in `ALL`; what a survey's author wrote is in
//! the survey.

/// The pages' own texts in one language. `{n}`, `{of}` and `{max}` stand for numbers.
pub struct Texts {
    /// The language's tag without region.
    pub tag: &'static str,
    /// The digits from zero to nine.
    pub digits: [char; 10],
    /// What stands between groups of three digits.
    pub group: char,
    /// Whether a number takes the singular.
    pub singular: fn(usize) -> bool,

    /// Names the list of languages for a screen reader.
    pub languages: &'static str,
    /// Above each question.
    pub position: &'static str,
    /// After the title of a question that may be left out.
    pub optional: &'static str,
    /// The choice that takes an answer back.
    pub no_answer: &'static str,
    /// The five degrees of satisfaction.
    pub satisfaction: [&'static str; 5],
    /// The ends of "how likely to recommend".
    pub likelihood: (&'static str, &'static str),
    /// The ends of "how easy".
    pub ease: (&'static str, &'static str),
    /// Under a text area.
    pub at_most: &'static str,
    /// The button.
    pub send: &'static str,
    /// Beneath the button.
    pub privacy: &'static str,

    /// Before the page's title when the answer was refused.
    pub error_prefix: &'static str,
    /// How many answers need another look.
    pub problems: Plural,
    /// No choice was made.
    pub choose: &'static str,
    /// No text was written.
    pub write: &'static str,
    /// Nothing was answered at all.
    pub answer_one: &'static str,
    /// The text has `{n}` characters where `{max}` are allowed.
    pub too_long: &'static str,
    /// The server could not record the answer.
    pub not_recorded: &'static str,

    /// After the answer.
    pub thanks: Notice,
    /// Before the invitation's time.
    pub early: Notice,
    /// After it.
    pub expired: Notice,
    /// No such link.
    pub unknown: Notice,
    /// More was sent than any answer has.
    pub too_large: Notice,
    /// The server has too much to do, or is stopping.
    pub busy: Notice,
    /// Something else than a form was sent, or the server is at fault.
    pub failed: Notice,
}

/// A page that only says something.
pub struct Notice {
    /// Its headline.
    pub title: &'static str,
    /// A sentence or two.
    pub text: &'static str,
}

/// Picks a notice from whichever language the reader turns out to want.
pub type PickNotice = fn(&'static Texts) -> &'static Notice;

/// A text that depends on a number.
pub struct Plural {
    one: &'static str,
    other: &'static str,
}

const ALL: [&Texts; 2] = [&ENGLISH, &PERSIAN];

impl Texts {
    /// The texts for a language tag; in English where there are none.
    pub fn of(language: &str) -> &'static Texts {
        let primary = language.split('-').next().unwrap_or(language);
        ALL.into_iter()
            .find(|texts| texts.tag.eq_ignore_ascii_case(primary))
            .unwrap_or(&ENGLISH)
    }

    /// The languages in which there are texts.
    pub fn tags() -> impl Iterator<Item = &'static str> {
        ALL.into_iter().map(|texts| texts.tag)
    }

    /// A number in the language's digits.
    pub fn number(&self, number: usize) -> String {
        let ascii = number.to_string();
        let mut text = String::new();
        for (i, digit) in ascii.bytes().enumerate() {
            if i > 0 && (ascii.len() - i).is_multiple_of(3) {
                text.push(self.group);
            }
            text.push(self.digits[usize::from(digit - b'0')]);
        }
        text
    }

    /// "Question 2 of 5".
    pub fn position(&self, n: usize, of: usize) -> String {
        self.position
            .replace("{n}", &self.number(n))
            .replace("{of}", &self.number(of))
    }

    /// "Three answers need another look".
    pub fn problems(&self, n: usize) -> String {
        let text = if (self.singular)(n) {
            self.problems.one
        } else {
            self.problems.other
        };
        text.replace("{n}", &self.number(n))
    }

    /// "At most 4,000 characters".
    pub fn at_most(&self, max: usize) -> String {
        self.at_most.replace("{max}", &self.number(max))
    }

    /// "This has 4,001 characters".
    pub fn too_long(&self, n: usize, max: usize) -> String {
        self.too_long
            .replace("{n}", &self.number(n))
            .replace("{max}", &self.number(max))
    }
}

static ENGLISH: Texts = Texts {
    tag: "en",
    digits: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    group: ',',
    singular: |n| n == 1,
    languages: "Language",
    position: "Question {n} of {of}",
    optional: "optional",
    no_answer: "No answer",
    satisfaction: [
        "Very dissatisfied",
        "Dissatisfied",
        "Neither satisfied nor dissatisfied",
        "Satisfied",
        "Very satisfied",
    ],
    likelihood: ("Not at all likely", "Extremely likely"),
    ease: ("Very difficult", "Very easy"),
    at_most: "At most {max} characters",
    send: "Send answers",
    privacy: "Nothing is recorded until you press “Send answers”.",
    error_prefix: "Error: ",
    problems: Plural {
        one: "One answer needs another look",
        other: "{n} answers need another look",
    },
    choose: "Choose one of the answers.",
    write: "Write an answer.",
    answer_one: "Answer at least one question.",
    too_long: "Write at most {max} characters; now there are {n}.",
    not_recorded: "Your answers could not be recorded just now. They are still here: please send them again in a minute.",
    thanks: Notice {
        title: "Your answers have been recorded",
        text: "Thank you for your time. You can close this page.",
    },
    early: Notice {
        title: "This survey is not open yet",
        text: "Please come back a little later with the same link.",
    },
    expired: Notice {
        title: "This survey is closed",
        text: "The time for answering it is over. Thank you for wanting to.",
    },
    unknown: Notice {
        title: "There is no survey here",
        text: "Please open the link exactly as you received it, with all its characters.",
    },
    too_large: Notice {
        title: "That was too much",
        text: "Your answers are longer than this survey can take. Please go back and shorten them.",
    },
    busy: Notice {
        title: "Please try again in a minute",
        text: "The survey cannot be shown just now.",
    },
    failed: Notice {
        title: "That did not work",
        text: "Your answers were not recorded. Please open the link again and send them once more.",
    },
};

static PERSIAN: Texts = Texts {
    tag: "fa",
    digits: ['۰', '۱', '۲', '۳', '۴', '۵', '۶', '۷', '۸', '۹'],
    group: '٬',
    singular: |n| n <= 1,
    languages: "زبان",
    position: "پرسش {n} از {of}",
    optional: "اختیاری",
    no_answer: "بدون پاسخ",
    satisfaction: [
        "بسیار ناراضی",
        "ناراضی",
        "نه راضی و نه ناراضی",
        "راضی",
        "بسیار راضی",
    ],
    likelihood: ("به‌هیچ‌وجه", "به‌احتمال بسیار زیاد"),
    ease: ("بسیار دشوار", "بسیار آسان"),
    at_most: "حداکثر {max} نویسه",
    send: "ثبت پاسخ‌ها",
    privacy: "تا وقتی دکمه‌ی «ثبت پاسخ‌ها» را نزنید، چیزی ثبت نمی‌شود.",
    error_prefix: "خطا: ",
    problems: Plural {
        one: "یک پاسخ نیاز به بازبینی دارد",
        other: "{n} پاسخ نیاز به بازبینی دارد",
    },
    choose: "یکی از گزینه‌ها را انتخاب کنید.",
    write: "پاسخ خود را بنویسید.",
    answer_one: "دست‌کم به یک پرسش پاسخ دهید.",
    too_long: "حداکثر {max} نویسه بنویسید؛ اکنون {n} نویسه است.",
    not_recorded: "ثبت پاسخ‌های شما در این لحظه ممکن نشد. پاسخ‌ها همین‌جا مانده‌اند؛ لطفاً یک دقیقه‌ی دیگر دوباره بفرستید.",
    thanks: Notice {
        title: "پاسخ‌های شما ثبت شد",
        text: "از وقتی که گذاشتید سپاسگزاریم. می‌توانید این صفحه را ببندید.",
    },
    early: Notice {
        title: "این نظرسنجی هنوز باز نشده است",
        text: "لطفاً کمی بعد با همین پیوند بازگردید.",
    },
    expired: Notice {
        title: "این نظرسنجی بسته شده است",
        text: "مهلت پاسخ به پایان رسیده است. از توجه شما سپاسگزاریم.",
    },
    unknown: Notice {
        title: "در این نشانی نظرسنجی‌ای نیست",
        text: "لطفاً پیوند را درست همان‌گونه که دریافت کرده‌اید، با همه‌ی نویسه‌هایش، باز کنید.",
    },
    too_large: Notice {
        title: "متن بیش از اندازه بلند است",
        text: "پاسخ‌های شما بلندتر از گنجایش این نظرسنجی است. لطفاً بازگردید و آن‌ها را کوتاه‌تر کنید.",
    },
    busy: Notice {
        title: "لطفاً یک دقیقه‌ی دیگر دوباره تلاش کنید",
        text: "نمایش نظرسنجی در این لحظه ممکن نیست.",
    },
    failed: Notice {
        title: "انجام نشد",
        text: "پاسخ‌های شما ثبت نشد. لطفاً پیوند را دوباره باز کنید و پاسخ‌ها را بار دیگر بفرستید.",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_use_the_digits_of_the_language() {
        for (language, number, text) in [
            ("en", 0, "0"),
            ("en", 4_000, "4,000"),
            ("en", 1_234_567, "1,234,567"),
            ("fa", 10, "۱۰"),
            ("fa-IR", 4_000, "۴٬۰۰۰"),
            ("de", 7, "7"),
        ] {
            assert_eq!(Texts::of(language).number(number), text);
        }
    }

    #[test]
    fn texts_agree_with_their_number() {
        assert_eq!(Texts::of("en").problems(1), "One answer needs another look");
        assert_eq!(Texts::of("en").problems(3), "3 answers need another look");
        assert_eq!(Texts::of("fa").problems(3), "۳ پاسخ نیاز به بازبینی دارد");
        assert_eq!(Texts::of("fa").position(2, 10), "پرسش ۲ از ۱۰");
    }

    /// Every template of every language has exactly the placeholders that are filled in.
    #[test]
    fn no_placeholder_is_left() {
        for texts in ALL {
            let filled = [
                texts.position(1, 2),
                texts.problems(1),
                texts.problems(2),
                texts.at_most(3),
                texts.too_long(4, 3),
            ];
            for text in filled {
                assert!(!text.contains(['{', '}']), "{text}");
            }
            for (template, names) in [
                (texts.position, &["{n}", "{of}"][..]),
                (texts.problems.other, &["{n}"]),
                (texts.at_most, &["{max}"]),
                (texts.too_long, &["{n}", "{max}"]),
            ] {
                assert!(
                    names.iter().all(|name| template.contains(name)),
                    "{template}"
                );
            }
        }
    }
}
