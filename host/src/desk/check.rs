//! A desk is looked over: what its connector finds, and what the host itself finds questionable.

use super::instances::Outcome;
use super::{Desk, broken, calls, knowledge};
use crate::contract::{GuestError, connector};
use crate::error::{Error, Problem};
use crate::gate::{Gate, Origin};
use crate::model::{Finding, Report, Severity};
use crate::settings::DeskSettings;
use tracing::Instrument;

impl Desk {
    /// Looks the desk over, and keeps what the connector learned for later calls. An error says
    /// that it could not be looked over; what was found to be wrong stands in the report.
    pub async fn check(&self) -> Result<Report, Error> {
        let span = tracing::info_span!("check", desk = %self.inner.name);
        async {
            let _one = self.inner.check.lock().await;
            self.check_now().await
        }
        .instrument(span)
        .await
    }

    pub(super) async fn check_now(&self) -> Result<Report, Error> {
        let outcome = self.look_over().await;
        if let Err(error) = &outcome {
            self.inner.knowledge.failed(error.clone());
        }
        outcome
    }

    async fn look_over(&self) -> Result<Report, Error> {
        let inner = &self.inner;
        let known = inner.knowledge.current().learned;
        let outcome = inner.instances.call(known, &calls::Check {}).await?;
        let report = match outcome {
            Outcome::Answered(report) => report,
            Outcome::Refused(error) => {
                return Err(match GuestError::from(error) {
                    GuestError::Failed(error) => self.behind_proxy(error),
                    GuestError::Stale(_) => broken("it wants a check in the middle of a check"),
                });
            }
        };
        if report.learned.len() > knowledge::MAX {
            return Err(broken(&format!(
                "its check learned {} KiB; {} are allowed",
                report.learned.len() >> 10,
                knowledge::MAX >> 10
            )));
        }
        let connector::Report {
            product,
            version,
            abilities,
            findings,
            learned,
        } = report;
        let mut findings: Vec<Finding> = findings.into_iter().map(Finding::from).collect();
        findings.extend(inner.findings.iter().cloned());
        if inner.instances.gate().take_echoed() {
            findings.push(Finding {
                severity: Severity::Warning,
                key: Some("password".to_owned()),
                message: "the desk repeats the password or a session in its answers, where it was \
                          removed before the connector saw it: find out what on the desk does that, \
                          since others may read it there"
                    .to_owned(),
                detail: None,
            });
        }
        let report = Report {
            product,
            version,
            abilities,
            findings,
        };
        let learned = blocking(&report).map_or(Ok(learned), Err);
        inner.knowledge.replace(learned);
        Ok(report)
    }
}

/// The error that a blocking finding is, for a caller who wanted tickets.
pub(crate) fn blocking(report: &Report) -> Option<Error> {
    let mut findings = report.findings.iter();
    let finding = findings.find(|finding| finding.severity == Severity::Blocking)?;
    let problem = Problem {
        message: finding.message.clone(),
        detail: finding.detail.clone(),
    };
    Some(match finding.key.clone() {
        Some(key) => Error::InvalidSetting { key, problem },
        None => Error::Unsupported(problem),
    })
}

/// What a careful administrator would want to know about the settings, whatever the desk says.
pub(super) fn findings(settings: &DeskSettings, origin: &Origin, gate: &Gate) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut warn = |key: &str, message: &str| {
        findings.push(Finding {
            severity: Severity::Warning,
            key: Some(key.to_owned()),
            message: message.to_owned(),
            detail: None,
        });
    };
    if !origin.is_https() && !origin.is_loopback() {
        warn(
            "url",
            "the address is http: whoever sits on the way reads the password; use https",
        );
    }
    if origin.is_https() && settings.network.accept_any_certificate {
        warn(
            "accept_any_certificate",
            "any certificate is accepted: whoever sits on the way can read the password; add the \
             desk's authority to ca_certificates instead",
        );
    }
    // Nothing is captured yet: these are about the password.
    for gap in gate.vault().scrub_gaps() {
        warn("password", &gap.to_string());
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Declared;
    use std::sync::Arc;

    fn warned(url: &str, password: &str, any_certificate: bool) -> Vec<Option<String>> {
        let mut settings = DeskSettings::new("a", "rt", url, "cmdb", password.into());
        settings.network.accept_any_certificate = any_certificate;
        let origin = Arc::new(Origin::parse(url).unwrap());
        let nothing = Declared::new(vec![], vec![]).unwrap();
        let gate = Gate::new(&settings, &origin, nothing).unwrap();
        let findings = findings(&settings, &origin, &gate);
        assert!(findings.iter().all(|f| f.severity == Severity::Warning));
        findings.into_iter().map(|finding| finding.key).collect()
    }

    #[test]
    fn a_careless_setting_is_warned_of_once() {
        let long = "long-enough-1";
        let nothing: &[&str] = &[];
        for (url, password, any_certificate, keys) in [
            ("https://rt.example.org", long, false, nothing),
            ("http://rt.example.org", long, false, &["url"]),
            ("http://127.0.0.1:8080", long, false, nothing),
            ("http://[::1]:8080", long, false, nothing),
            ("http://localhost/rt", long, false, nothing),
            (
                "https://rt.example.org",
                long,
                true,
                &["accept_any_certificate"],
            ),
            // There is no certificate to accept.
            ("http://rt.example.org", long, true, &["url"]),
            ("https://rt.example.org", "short", false, &["password"]),
            ("https://rt.example.org", "CMDB", false, &["password"]),
        ] {
            let warned = warned(url, password, any_certificate);
            let warned: Vec<&str> = warned.iter().flatten().map(String::as_str).collect();
            assert_eq!(warned, keys, "{url} {password}");
        }
    }
}
