use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wharf::server::{Exchange, Metrics};

/// The bounds of the histograms, in seconds.
const BOUNDS: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0, 600.0];

/// Time series, of which there are as many as there are endpoints, methods and statuses, whatever is asked for.
#[derive(Default)]
pub(crate) struct Prometheus(Mutex<Series>);

#[derive(Default)]
struct Series {
    in_flight: i64,
    requests: BTreeMap<(&'static str, &'static str, u16), u64>,
    broken: BTreeMap<&'static str, u64>,
    received: BTreeMap<&'static str, u64>,
    sent: BTreeMap<&'static str, u64>,
    heads: BTreeMap<&'static str, Histogram>,
    durations: BTreeMap<&'static str, Histogram>,
}

#[derive(Default)]
struct Histogram {
    below: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Metrics for Prometheus {
    fn begun(&self, _endpoint: &'static str, _method: &'static str) {
        self.series().in_flight += 1;
    }

    fn ended(&self, exchange: &Exchange) {
        let endpoint = exchange.endpoint;
        let mut series = self.series();
        series.in_flight -= 1;
        if let Some(status) = exchange.status {
            *series.requests.entry((endpoint, exchange.method, status.as_u16())).or_default() += 1;
        }
        *series.broken.entry(endpoint).or_default() += u64::from(!exchange.is_complete);
        *series.received.entry(endpoint).or_default() += exchange.received;
        *series.sent.entry(endpoint).or_default() += exchange.sent;
        if let Some(head) = exchange.head {
            series.heads.entry(endpoint).or_default().add(head);
        }
        series.durations.entry(endpoint).or_default().add(exchange.duration);
    }
}

impl Prometheus {
    fn series(&self) -> MutexGuard<'_, Series> {
        // Whoever panicked while counting left numbers, and numbers are never half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Histogram {
    fn add(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        self.below.iter_mut().zip(BOUNDS).filter(|(_, bound)| seconds <= *bound).for_each(|(below, _)| *below += 1);
        self.count += 1;
        self.sum += seconds;
    }
}

/// The text format, version 0.0.4.
impl fmt::Display for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let series = self.series();
        writeln!(f, "# TYPE wharf_requests_in_flight gauge\nwharf_requests_in_flight {}", series.in_flight)?;
        writeln!(f, "# TYPE wharf_requests_total counter")?;
        for ((endpoint, method, status), count) in &series.requests {
            let labels = format!("endpoint=\"{endpoint}\",method=\"{method}\",status=\"{status}\"");
            writeln!(f, "wharf_requests_total{{{labels}}} {count}")?;
        }
        counters(f, "wharf_requests_broken_off_total", &series.broken)?;
        counters(f, "wharf_received_bytes_total", &series.received)?;
        counters(f, "wharf_sent_bytes_total", &series.sent)?;
        histograms(f, "wharf_request_head_seconds", &series.heads)?;
        histograms(f, "wharf_request_duration_seconds", &series.durations)
    }
}

fn counters(f: &mut fmt::Formatter<'_>, name: &str, counts: &BTreeMap<&str, u64>) -> fmt::Result {
    writeln!(f, "# TYPE {name} counter")?;
    counts.iter().try_for_each(|(endpoint, count)| writeln!(f, "{name}{{endpoint=\"{endpoint}\"}} {count}"))
}

fn histograms(f: &mut fmt::Formatter<'_>, name: &str, histograms: &BTreeMap<&str, Histogram>) -> fmt::Result {
    writeln!(f, "# TYPE {name} histogram")?;
    for (endpoint, Histogram { below, count, sum }) in histograms {
        for (bound, below) in BOUNDS.iter().zip(below) {
            writeln!(f, "{name}_bucket{{endpoint=\"{endpoint}\",le=\"{bound}\"}} {below}")?;
        }
        writeln!(f, "{name}_bucket{{endpoint=\"{endpoint}\",le=\"+Inf\"}} {count}")?;
        writeln!(f, "{name}_sum{{endpoint=\"{endpoint}\"}} {sum}\n{name}_count{{endpoint=\"{endpoint}\"}} {count}")?;
    }
    Ok(())
}
