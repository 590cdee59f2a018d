//! ISO 7064 MOD 97-10, the check that IBANs (ISO 13616) and creditor references
//! (ISO 11649) share.

/// Lengths of IBANs by country, from the SWIFT registry; an IBAN of another country is
/// checked by its digits alone.
const LENGTHS: [(&str, usize); 16] = [
    ("AT", 20),
    ("BE", 16),
    ("CH", 21),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("IT", 27),
    ("LU", 20),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("SE", 24),
];
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Whether `text`, without spaces and in upper case, is an IBAN.
pub fn is_iban(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = (15..=34).contains(&bytes.len())
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
        && bytes[4..]
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let length = LENGTHS
        .iter()
        .find(|(country, _)| text.starts_with(country));
    shape
        && length.is_none_or(|(_, length)| *length == bytes.len())
        && remainder(&[&bytes[4..], &bytes[..4]].concat()) == 1
}

/// `RF`, two check digits, and the key in base 36.
pub fn creditor_reference(key: u64) -> String {
    let body = base36(key);
    let check = 98 - remainder(format!("{body}RF00").as_bytes());
    format!("RF{check:02}{body}")
}

/// The number that the text stands for (letters as 10 to 35), modulo 97.
fn remainder(text: &[u8]) -> u32 {
    text.iter()
        .filter_map(|byte| char::from(*byte).to_digit(36))
        .fold(0, |sum, digit| {
            let shift = if digit < 10 { 10 } else { 100 };
            (sum * shift + digit) % 97
        })
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(ALPHABET[(number % 36) as usize]));
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ibans() {
        for (iban, valid) in [
            ("DE89370400440532013000", true),
            ("GB29NWBK60161331926819", true),
            ("NO9386011117947", true),
            ("DE89370400440532013001", false),
            ("DE8937040044053201300", false),
            ("DEX9370400440532013000", false),
            ("", false),
            ("ÄÖ89370400440532013000", false),
        ] {
            assert_eq!(is_iban(iban), valid, "{iban}");
        }
    }

    #[test]
    fn references_check_out() {
        // The example of ISO 11649 itself has this body and these check digits.
        assert_eq!(98 - remainder(b"539007547034RF00"), 18);
        for key in [0, 1, 35, 36, 2_251_799_813_685_249, u64::MAX] {
            let reference = creditor_reference(key);
            let rotated = format!("{}{}", &reference[4..], &reference[..4]);
            assert_eq!(remainder(rotated.as_bytes()), 1, "{reference}");
            assert!(reference.len() <= 25, "{reference}");
        }
    }
}
