//! `gardesh data`: checks and care of a data folder, without a server.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use gardesh_server::Error;
use gardesh_server::backup::{self, backup};
use gardesh_server::compact::{self, compact};
use gardesh_server::verify::{Lost, Report, verify};

use super::Session;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::table::{Table, count, size};

/// The commands of the family.
#[derive(Debug, Subcommand)]
pub enum Data {
    /// Look through the store, replay its journal and compare the state that results with the stored one
    Verify(Verify),
    /// Copy the folder's store into another folder, as a backup
    Backup(Backup),
    /// Return the space of expired history to the disk
    Compact(Compact),
}

/// The arguments of `gardesh data verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh data verify --data ./data
  gardesh data verify --data ./data --json
  gardesh data verify --data ./data --accept-loss

No server may be running on the folder. The exit code is 1 when the states differ, the store is
damaged, or its journal ends before what was acknowledged.")]
pub struct Verify {
    /// The server's data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Take a journal that ends before what was acknowledged as it is: say what is lost, and have
    /// the read model built anew at the next start
    #[arg(long)]
    accept_loss: bool,
}

/// The arguments of `gardesh data backup`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh data backup --data ./data --to /mnt/backup/monday

No server may be running on the folder: a copy that is made while one writes is not whole. Where
the server must not stop, a snapshot of the file system (LVM, ZFS, Btrfs, a cloud disk) is whole.
The copy is a data folder; it is used with `gardesh serve --data`, which builds the searches anew.")]
pub struct Backup {
    /// The server's data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Folder to copy to; made where it is missing, and empty otherwise
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

/// The arguments of `gardesh data compact`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh data compact --data ./data
  gardesh data compact --data ./data --json

No server may be running on the folder. It takes about as long as copying the folder, and
needs as much free space as the read model takes up. Interrupting it loses nothing.")]
pub struct Compact {
    /// The server's data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

impl Data {
    /// Does what was asked for.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Verify(verify) => verify.run(session),
            Self::Backup(backup) => backup.run(session),
            Self::Compact(compact) => compact.run(session),
        }
    }
}
impl Verify {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let line = Progress::start(session.out.quiet, "Replaying the journal…");
        let report = verify(&self.data, self.accept_loss).map_err(refused)?;
        drop(line);
        session.out.own_result(&report, || human(&report))?;
        if report.differing.is_empty() {
            Ok(())
        } else {
            Err(Failure::Reported)
        }
    }
}

impl Compact {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let line = Progress::start(session.out.quiet, "Compacting the data folder…");
        let report = compact(&self.data).map_err(refused)?;
        drop(line);
        session.out.own_result(&report, || sizes(&report))
    }
}

impl Backup {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let line = Progress::start(session.out.quiet, "Copying the store…");
        let report = backup(&self.data, &self.to).map_err(refused)?;
        drop(line);
        session
            .out
            .own_result(&report, || copied(&report, &self.to))
    }
}

fn copied(report: &backup::Report, to: &std::path::Path) -> String {
    format!(
        "The store was copied to {} and looked through: {}, up to entry {} of the journal.\n",
        to.display(),
        size(report.bytes),
        report.last_entry
    )
}

fn refused(error: Error) -> Failure {
    match error {
        Error::DataFolder { .. } | Error::Backup { .. } => Failure::Usage(error.to_string()),
        other => Failure::Refused(other.to_string()),
    }
}

fn sizes(report: &compact::Report) -> String {
    let mut table = Table::new(["FILE", "BEFORE", "AFTER"]);
    let files = [
        ("store", Some(&report.store)),
        ("read model", report.read_model.as_ref()),
    ];
    for (name, found) in files {
        if let Some(found) = found {
            table.row([name.to_owned(), size(found.before), size(found.after)]);
        }
    }
    table.render()
}

fn human(report: &Report) -> String {
    let lost = report.lost.as_ref().map(losses).unwrap_or_default();
    let counts = format!(
        "{lost}{} entries of the journal replayed, {} of state",
        report.entries,
        count(report.rows, "row")
    );
    if report.differing.is_empty() {
        return format!("{counts}: the replay gives the stored state.\n");
    }
    let mut table = Table::new(["TABLE", "STORED", "REPLAYED"]);
    for difference in &report.differing {
        table.row([
            difference.table.to_owned(),
            difference.stored_rows.to_string(),
            difference.replayed_rows.to_string(),
        ]);
    }
    format!(
        "{counts}: the replay differs from the stored state in these tables.\n{}",
        table.render()
    )
}

fn losses(lost: &Lost) -> String {
    let mut text = format!(
        "LOST: the journal ends at entry {}, but went up to entry {}. What was done after that is gone, in all process instances; the searches are built anew at the next start.\n",
        lost.last_entry, lost.acknowledged_entry
    );
    if !lost.cases.is_empty() {
        let mut table = Table::new(["LOST CASE", "PROCESS", "BUSINESS KEY"]);
        for case in &lost.cases {
            table.row([
                case.process_instance_key.to_string(),
                case.process_definition_id.clone(),
                case.business_key.clone().unwrap_or_default(),
            ]);
        }
        text.push_str(&table.render());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use gardesh_server::verify::{Difference, LostCase};

    #[test]
    fn a_compaction_says_what_it_gave_back() {
        let mut report = compact::Report {
            store: compact::Size {
                before: 3 << 20,
                after: 1 << 20,
            },
            read_model: None,
        };
        assert_eq!(
            sizes(&report),
            "FILE   BEFORE   AFTER\nstore  3.0 MiB  1.0 MiB\n"
        );
        report.read_model = Some(compact::Size {
            before: 2048,
            after: 1024,
        });
        let text = sizes(&report);
        assert!(text.ends_with("read model  2.0 KiB  1.0 KiB\n"), "{text}");
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            r#"{"store":{"before":3145728,"after":1048576},"readModel":{"before":2048,"after":1024}}"#
        );
    }

    #[test]
    fn a_report_says_what_differs() {
        let mut report = Report {
            entries: 12,
            rows: 1,
            lost: None,
            differing: Vec::new(),
        };
        assert_eq!(
            human(&report),
            "12 entries of the journal replayed, 1 row of state: the replay gives the stored state.\n"
        );
        report.differing.push(Difference {
            table: "jobs",
            stored_rows: 3,
            replayed_rows: 2,
        });
        let text = human(&report);
        assert!(
            text.ends_with("TABLE  STORED  REPLAYED\njobs   3       2\n"),
            "{text}"
        );
        report.lost = Some(Lost {
            last_entry: 12,
            acknowledged_entry: 14,
            last_entry_at_ms: Some(1),
            cases: vec![LostCase {
                process_instance_key: 7,
                process_definition_id: "claim".to_owned(),
                business_key: Some("C-1".to_owned()),
            }],
        });
        let text = human(&report);
        for part in [
            "ends at entry 12, but went up to entry 14.",
            "LOST CASE  PROCESS  BUSINESS KEY\n7          claim    C-1\n",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
