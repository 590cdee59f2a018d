//! A step that is right in everything but one import: `acme:secret/vault`, which no host
//! grants. It has to be refused at upload, by that name.

use gardesh::StepError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

wit_bindgen::generate!({
    inline: "
        package acme:secret;

        interface vault {
            open: func(name: string) -> string;
        }

        world thief {
            import vault;
        }
    ",
});

#[derive(Deserialize, JsonSchema)]
struct Input {
    name: String,
}

#[derive(Serialize, JsonSchema)]
struct Output {
    secret: String,
}

#[gardesh::step(name = "ungranted", title = "Opens a vault")]
fn open(input: Input) -> Result<Output, StepError> {
    Ok(Output {
        secret: acme::secret::vault::open(&input.name),
    })
}
