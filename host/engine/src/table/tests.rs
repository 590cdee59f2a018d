//! The layers of a table against a plain map: whatever was changed, frozen, written or
//! taken back, reading sees what a single ordered map would.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::backing::{Backing, Rows};
use super::{FrozenTable, Table};

/// A backing store that is a map.
#[derive(Default)]
struct Disk(Mutex<BTreeMap<Vec<u8>, Vec<u8>>>);

impl Backing for Disk {
    fn get(&self, _: &'static str, key: &[u8]) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(key).cloned()
    }

    fn range(&self, _: &'static str, from: &[u8], to: &[u8], limit: usize) -> Rows {
        let rows = self.0.lock().unwrap();
        let found = rows.range(from.to_vec()..to.to_vec()).take(limit);
        found.map(|(key, row)| (key.clone(), row.clone())).collect()
    }
}

impl Disk {
    fn write(&self, table: &dyn FrozenTable) {
        let mut rows = self.0.lock().unwrap();
        table.rows(&mut |key, row| {
            match row {
                Some(row) => rows.insert(key.to_vec(), row.to_vec()),
                None => rows.remove(key),
            };
        });
    }
}

#[derive(Clone, Debug)]
enum Operation {
    Put(u64, u32),
    Remove(u64),
    Update(u64),
    Keep,
    RollBack,
    Freeze,
    Write,
    Range(u64, u64, usize),
}

fn operation() -> impl Strategy<Value = Operation> {
    // Few keys, so that the layers meet.
    let key = 0_u64..12;
    prop_oneof![
        4 => (key.clone(), any::<u32>()).prop_map(|(key, row)| Operation::Put(key, row)),
        2 => key.clone().prop_map(Operation::Remove),
        1 => key.clone().prop_map(Operation::Update),
        2 => Just(Operation::Keep),
        1 => Just(Operation::RollBack),
        1 => Just(Operation::Freeze),
        1 => Just(Operation::Write),
        3 => (key.clone(), key, 1_usize..8).prop_map(|(a, b, n)| Operation::Range(a, b, n)),
    ]
}

proptest! {
    #[test]
    fn layers_read_like_one_map(operations in prop::collection::vec(operation(), 1..80)) {
        let disk = Arc::new(Disk::default());
        let mut table: Table<u64, u32> = Table::new("test", Arc::clone(&disk) as Arc<dyn Backing>);
        let mut model = BTreeMap::new();
        let mut kept = model.clone();
        let mut frozen: Vec<Arc<dyn FrozenTable>> = Vec::new();
        for operation in operations {
            match operation {
                Operation::Put(key, row) => {
                    table.put(key, row);
                    model.insert(key, row);
                }
                Operation::Remove(key) => {
                    table.remove(&key);
                    model.remove(&key);
                }
                Operation::Update(key) => {
                    table.update(&key, |row| *row = row.wrapping_add(1));
                    model.entry(key).and_modify(|row| *row = row.wrapping_add(1));
                }
                Operation::Keep => {
                    table.keep();
                    kept.clone_from(&model);
                }
                Operation::RollBack => {
                    table.roll_back();
                    model.clone_from(&kept);
                }
                Operation::Freeze => {
                    table.keep();
                    kept.clone_from(&model);
                    frozen.push(table.freeze());
                }
                Operation::Write => {
                    if !frozen.is_empty() {
                        disk.write(&*frozen.remove(0));
                        table.written();
                    }
                }
                Operation::Range(from, to, limit) => {
                    let found: Vec<_> = table.range(&from, &to, limit).into_iter().map(|(key, row)| (key, *row)).collect();
                    let expected: Vec<_> = model.range(from..to.max(from)).take(limit).map(|(key, row)| (*key, *row)).collect();
                    prop_assert_eq!(found, expected);
                }
            }
            for key in 0..12 {
                prop_assert_eq!(table.get(&key).map(|row| *row), model.get(&key).copied());
            }
        }
    }
}
