//! Time zones: fixed offsets and IANA regions from tables compiled into the program.

use std::sync::{Arc, OnceLock};

use jiff::tz::{Dst, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};

use super::{DAY_SECONDS, Place, calendar};

/// Where a clock stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Seconds east of UTC, less than 18 hours.
    Offset(i32),
    Region(Region),
}

/// An IANA region such as `Europe/Paris`, with its rules.
#[derive(Clone)]
pub struct Region(Arc<Rules>);

struct Rules {
    name: Box<str>,
    zone: TimeZone,
}

impl Zone {
    pub const UTC: Zone = Zone::Offset(0);

    /// A fixed offset of less than 18 hours.
    pub fn offset(seconds: i32) -> Option<Zone> {
        (seconds.abs() < 18 * 3600).then_some(Zone::Offset(seconds))
    }

    /// A region by its IANA name; `Z` and `UTC` are offset zero. Names are exact in letter case.
    pub fn named(name: &str) -> Option<Zone> {
        match name {
            "Z" | "UTC" => Some(Zone::UTC),
            _ => Region::find(name).map(Zone::Region),
        }
    }
}

impl Region {
    fn find(name: &str) -> Option<Region> {
        static REGIONS: OnceLock<TimeZoneDatabase> = OnceLock::new();
        let zone = REGIONS
            .get_or_init(TimeZoneDatabase::bundled)
            .get(name)
            .ok()?;
        // The tables match names in any letter case; FEEL's names have one.
        if zone.iana_name()? != name {
            return None;
        }
        Some(Region(Arc::new(Rules {
            name: name.into(),
            zone,
        })))
    }

    pub fn name(&self) -> &str {
        &self.0.name
    }

    fn offset_at_instant(&self, seconds: i64) -> i32 {
        let clamped =
            Timestamp::from_second(into_supported_years(seconds)).unwrap_or(Timestamp::UNIX_EPOCH);
        self.0.zone.to_offset(clamped).seconds()
    }

    /// In a gap the offset before it counts, in a fold the earlier instant.
    fn offset_at_local(&self, seconds: i64) -> i32 {
        let seconds = into_supported_years(seconds);
        let (year, month, day) = calendar::civil_from_days(seconds.div_euclid(DAY_SECONDS));
        let clock = seconds.rem_euclid(DAY_SECONDS);
        let local = civil::DateTime::new(
            year as i16,
            month as i8,
            day as i8,
            (clock / 3600) as i8,
            (clock / 60 % 60) as i8,
            (clock % 60) as i8,
            0,
        );
        let Ok(local) = local else {
            return self.offset_at_instant(seconds);
        };
        match self.0.zone.to_ambiguous_timestamp(local).compatible() {
            Ok(instant) => i32::try_from(seconds - instant.as_second())
                .unwrap_or_else(|_| self.0.zone.to_offset(instant).seconds()),
            Err(_) => self.offset_at_instant(seconds),
        }
    }

    /// The offset without daylight saving, which is what a time without a date can have.
    fn standard_offset(&self) -> i32 {
        const JANUARY: i64 = 1_577_836_800;
        const JULY: i64 = 1_593_561_600;
        let at = |seconds| Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        let january = self.0.zone.to_offset_info(at(JANUARY));
        if january.dst() == Dst::No {
            january.offset().seconds()
        } else {
            self.0.zone.to_offset(at(JULY)).seconds()
        }
    }
}

/// The rule tables cover four-digit years. Later years repeat every 400 years; earlier ones have
/// the zone's first offset.
fn into_supported_years(seconds: i64) -> i64 {
    const CYCLE: i64 = 146_097 * DAY_SECONDS;
    const LAST: i64 = 253_370_764_800; // 9999-01-01
    const FIRST: i64 = -62_135_596_800; // 0001-01-01
    if seconds > LAST {
        let cycles = (seconds - LAST).div_euclid(CYCLE) + 1;
        seconds - cycles * CYCLE
    } else {
        seconds.max(FIRST)
    }
}

pub(super) fn place_without_date(zone: Option<Zone>) -> Place {
    match zone {
        None => Place::NONE,
        Some(Zone::Offset(offset)) => Place {
            offset,
            region: None,
        },
        Some(Zone::Region(region)) => Place {
            offset: region.standard_offset(),
            region: Some(region),
        },
    }
}

pub(super) fn place_at_local(zone: Option<Zone>, seconds: i64) -> Place {
    match zone {
        Some(Zone::Region(region)) => Place {
            offset: region.offset_at_local(seconds),
            region: Some(region),
        },
        other => place_without_date(other),
    }
}

pub(super) fn place_at_instant(zone: &Zone, seconds: i64) -> Place {
    match zone {
        Zone::Offset(offset) => Place {
            offset: *offset,
            region: None,
        },
        Zone::Region(region) => Place {
            offset: region.offset_at_instant(seconds),
            region: Some(region.clone()),
        },
    }
}

impl PartialEq for Region {
    fn eq(&self, other: &Region) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Region {}

impl std::fmt::Debug for Region {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}
