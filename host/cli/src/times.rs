//! Instants for people, in their zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The zone that instants are shown in.
pub(crate) struct Zone {
    zone: TimeZone,
    name: String,
}

impl Zone {
    /// That of the system, or of `$TZ`.
    pub(crate) fn local() -> Self {
        Self::of(TimeZone::try_system().unwrap_or(TimeZone::UTC))
    }

    fn of(zone: TimeZone) -> Self {
        // A zone by rule (TZ=CET-1CEST,…) has no name.
        let name = match zone.iana_name() {
            Some("Etc/UTC" | "Etc/Unknown") => "UTC",
            Some(name) => name,
            None => "local time",
        };
        let name = name.to_owned();
        Self { zone, name }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// To the minute, for tables.
    pub(crate) fn short(&self, instant: Timestamp) -> String {
        let instant = instant.to_zoned(self.zone.clone());
        instant.strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// To the second and with the offset: where summer time begins or ends, the name is not enough.
    pub(crate) fn long(&self, instant: Timestamp) -> String {
        let instant = instant.to_zoned(self.zone.clone());
        instant.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    }
}

#[cfg(test)]
pub(crate) fn utc() -> Zone {
    Zone::of(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_shown_in_the_zone() {
        let instant: Timestamp = "2026-07-01T22:30:05Z".parse().unwrap();
        assert_eq!(utc().short(instant), "2026-07-01 22:30");
        assert_eq!(utc().name(), "UTC");
        let zone = Zone::of(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap());
        assert_eq!(zone.short(instant), "2026-07-02 00:30");
        assert_eq!(zone.long(instant), "2026-07-02 00:30:05 +02:00");
        assert_eq!(zone.name(), "local time");
    }
}
