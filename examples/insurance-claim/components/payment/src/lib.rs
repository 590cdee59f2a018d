//! Prepares the payment of an approved claim: checks the account, names the payment. Money
//! moves elsewhere; the reference is the same in every attempt, so that the bank sees one
//! payment however often the step runs.

use gardesh::{Job, Level, StepError};
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod mod97;

#[derive(Deserialize, JsonSchema)]
struct Input {
    claim: Claim,
    assessment: Assessment,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Claim {
    claim_id: String,
    customer: Customer,
}

#[derive(Deserialize, JsonSchema)]
struct Customer {
    /// Where the money goes (ISO 13616), spaces allowed.
    iban: String,
}

#[derive(Deserialize, JsonSchema)]
struct Assessment {
    #[schemars(with = "gardesh::Number")]
    payable: Decimal,
}

#[derive(Debug, PartialEq, Serialize, JsonSchema)]
struct Output {
    payment: Payment,
}

#[derive(Debug, PartialEq, Serialize, JsonSchema)]
struct Payment {
    /// An ISO 11649 creditor reference, made from the job's key.
    reference: String,
    /// The account, without spaces.
    iban: String,
    #[schemars(with = "gardesh::Number")]
    amount: Decimal,
}

/// The error code for an account that cannot be paid to.
const REFUSED: &str = "PAYMENT_REFUSED";

#[gardesh::step(
    name = "claim-payment",
    title = "Prepares the payment",
    icon = "banknote"
)]
fn pay(input: Input, job: &Job) -> Result<Output, StepError> {
    let iban: String = input
        .claim
        .customer
        .iban
        .split_whitespace()
        .collect::<String>()
        .to_ascii_uppercase();
    if !mod97::is_iban(&iban) {
        let message = format!(
            "Expected a valid IBAN for claim {}, but got \"{iban}\"",
            input.claim.claim_id
        );
        return Err(StepError::business(REFUSED, message));
    }
    let reference = mod97::creditor_reference(job.key);
    let amount = input
        .assessment
        .payable
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    gardesh::log(
        Level::Info,
        format_args!("claim {}: {amount} as {reference}", input.claim.claim_id),
    );
    Ok(Output {
        payment: Payment {
            reference,
            iban,
            amount,
        },
    })
}

#[cfg(test)]
mod tests {
    use gardesh::testing;
    use serde_json::json;

    use super::*;

    fn paid(iban: &str, key: u64) -> Result<Payment, StepError> {
        let input = json!({
            "claim": { "claimId": "C-1", "customer": { "id": "K-7", "iban": iban } },
            "assessment": { "payable": 99.995, "score": 100 },
        });
        let input = serde_json::from_str(&input.to_string())?;
        pay(input, &testing::job(key)).map(|output| output.payment)
    }

    #[test]
    fn every_attempt_names_the_same_payment() {
        let payment = paid("de89 3704 0044 0532 0130 00", 7).expect("valid");
        assert_eq!(payment, paid("DE89370400440532013000", 7).expect("valid"));
        assert_eq!(payment.iban, "DE89370400440532013000");
        assert_eq!(payment.amount, Decimal::new(10_000, 2));
        assert_ne!(
            payment.reference,
            paid("DE89370400440532013000", 8).expect("valid").reference
        );
    }

    #[test]
    fn a_wrong_account_is_a_business_error() {
        let error = paid("DE89370400440532013001", 7).expect_err("refused");
        assert!(matches!(error, StepError::BusinessError { code, .. } if code == REFUSED));
    }
}
