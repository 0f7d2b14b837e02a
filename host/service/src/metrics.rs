//! What is counted, in the text format of Prometheus.

use crate::calls::{Calls, OfDesk as Work};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use sgi_host::{Error, Spent, Standing};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    desk: String,
    call: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    desk: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOutcome {
    desk: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPart {
    desk: String,
    part: &'static str,
}

type Seconds<L> = Family<L, Counter<f64, AtomicU64>>;
type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// All that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    request_time: Histograms<Request>,
    calls: Family<Call, Counter>,
    call_time: Histograms<Of>,
    connector_time: Seconds<OfPart>,
    connector_memory: Family<Of, Gauge>,
    connector_requests: Family<Of, Counter>,
    connector_bytes: Family<OfPart, Counter>,
    connector_kept: Family<OfPart, Counter>,
    lists: Family<OfOutcome, Counter>,
    swaps: Family<OfOutcome, Counter>,
    serving: Family<Of, Gauge>,
    entries: Family<Of, Gauge>,
    left: Family<Of, Gauge>,
    delivered: Family<Outcome, Counter>,
    /// What the pages tell.
    work: Calls,
}

fn times() -> Histogram {
    Histogram::new([
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0,
    ])
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("sgi");
        let metrics = Self {
            requests: Family::default(),
            request_time: Family::new_with_constructor(times),
            calls: Family::default(),
            call_time: Family::new_with_constructor(times),
            connector_time: Family::default(),
            connector_memory: Family::default(),
            connector_requests: Family::default(),
            connector_bytes: Family::default(),
            connector_kept: Family::default(),
            lists: Family::default(),
            swaps: Family::default(),
            serving: Family::default(),
            entries: Family::default(),
            left: Family::default(),
            delivered: Family::default(),
            work: Calls::default(),
            registry: Registry::default(),
        };
        registry.register(
            "http_requests",
            "Requests to the API",
            metrics.requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time that requests to the API took",
            Unit::Seconds,
            metrics.request_time.clone(),
        );
        registry.register(
            "desk_calls",
            "Calls to the connectors of desks, by what came of them: ok, or the code of the error",
            metrics.calls.clone(),
        );
        registry.register_with_unit(
            "desk_call_duration",
            "Time that calls to the connectors of desks took",
            Unit::Seconds,
            metrics.call_time.clone(),
        );
        registry.register_with_unit(
            "connector_time",
            "Time that calls of a desk's connector took: guest (it computed), network (a request was on its way), \
             host (the rest)",
            Unit::Seconds,
            metrics.connector_time.clone(),
        );
        registry.register_with_unit(
            "connector_memory_peak",
            "The most memory that an instance of a desk's connector had",
            Unit::Bytes,
            metrics.connector_memory.clone(),
        );
        registry.register(
            "connector_requests",
            "Requests that a desk's connector wanted to send",
            metrics.connector_requests.clone(),
        );
        registry.register_with_unit(
            "connector_traffic",
            "What a desk's connector exchanged with the desk: sent and received, heads included, unpacked",
            Unit::Bytes,
            metrics.connector_bytes.clone(),
        );
        registry.register(
            "connector_kept",
            "What was there from before: the instance of a call, the connection of a request",
            metrics.connector_kept.clone(),
        );
        registry.register(
            "ticket_lists",
            "Lists of tickets given out: fresh, stale (given and asked for anew), asked (waited for), quiet (the \
             desk has just failed)",
            metrics.lists.clone(),
        );
        registry.register(
            "swaps",
            "Swaps of a desk's connector, by what came of them",
            metrics.swaps.clone(),
        );
        registry.register(
            "desk_serving",
            "1 where a connector serves the desk, else 0",
            metrics.serving.clone(),
        );
        registry.register(
            "logbook_entries_new",
            "Entries that are new in the logbook since the process began",
            metrics.entries.clone(),
        );
        registry.register(
            "logbook_tickets_left",
            "Tickets that are left to read in the pass under way",
            metrics.left.clone(),
        );
        registry.register(
            "deliveries",
            "Deliveries of entries to the CMDB, by what came of them",
            metrics.delivered.clone(),
        );
        Self {
            registry,
            ..metrics
        }
    }
}

impl Metrics {
    pub(crate) fn requested(&self, method: &str, route: &str, status: u16, took: Duration) {
        let request = Request {
            method: method.to_owned(),
            route: route.to_owned(),
            status,
        };
        self.requests.get_or_create(&request).inc();
        self.request_time
            .get_or_create(&request)
            .observe(took.as_secs_f64());
    }

    pub(crate) fn called(
        &self,
        desk: &str,
        call: &'static str,
        error: Option<&Error>,
        took: Duration,
    ) {
        self.work.note(desk, error, took);
        let outcome = error.map_or("ok", Error::code);
        let of = Call {
            desk: desk.to_owned(),
            call,
            outcome,
        };
        self.calls.get_or_create(&of).inc();
        let of = Of {
            desk: desk.to_owned(),
        };
        self.call_time
            .get_or_create(&of)
            .observe(took.as_secs_f64());
    }

    /// What was done for a desk since the process began.
    pub(crate) fn of_desk(&self, desk: &str) -> Work {
        self.work.of(desk)
    }

    /// What a call of a connector used up.
    pub(crate) fn spent(&self, spent: &Spent) {
        let desk = || spent.desk.to_string();
        let of = |part| OfPart { desk: desk(), part };
        for (part, time) in [
            ("guest", spent.guest),
            ("host", spent.host),
            ("network", spent.network),
        ] {
            self.connector_time
                .get_or_create(&of(part))
                .inc_by(time.as_secs_f64());
        }
        let memory = i64::try_from(spent.memory).unwrap_or(i64::MAX);
        self.connector_memory
            .get_or_create(&Of { desk: desk() })
            .inner()
            .fetch_max(memory, Ordering::Relaxed);
        self.connector_requests
            .get_or_create(&Of { desk: desk() })
            .inc_by(u64::from(spent.requests));
        for (part, bytes) in [("sent", spent.sent), ("received", spent.received)] {
            self.connector_bytes.get_or_create(&of(part)).inc_by(bytes);
        }
        for (part, kept) in [
            ("connection", spent.kept_connections),
            ("instance", u32::from(spent.kept_instance)),
        ] {
            self.connector_kept
                .get_or_create(&of(part))
                .inc_by(u64::from(kept));
        }
    }

    pub(crate) fn listed(&self, desk: &str, outcome: &'static str) {
        let of = OfOutcome {
            desk: desk.to_owned(),
            outcome,
        };
        self.lists.get_or_create(&of).inc();
    }

    pub(crate) fn swapped(&self, desk: &str, error: Option<&Error>) {
        let of = OfOutcome {
            desk: desk.to_owned(),
            outcome: error.map_or("ok", Error::code),
        };
        self.swaps.get_or_create(&of).inc();
    }

    pub(crate) fn delivered(&self, outcome: &'static str, count: u64) {
        self.delivered
            .get_or_create(&Outcome { outcome })
            .inc_by(count);
    }

    /// All of it, for Prometheus.
    pub(crate) fn text(&self, standings: &[Standing]) -> String {
        for standing in standings {
            let of = Of {
                desk: standing.desk.clone(),
            };
            let serving = i64::from(standing.serving.is_some());
            self.serving.get_or_create(&of).set(serving);
            let following = &standing.following;
            let entries = i64::try_from(following.entries).unwrap_or(i64::MAX);
            self.entries.get_or_create(&of).set(entries);
            let left = following.remaining.unwrap_or_default();
            let left = i64::try_from(left).unwrap_or(i64::MAX);
            self.left.get_or_create(&of).set(left);
        }
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
