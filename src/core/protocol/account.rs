//! What OpenRouter reports about the key in use (`GET /key`): credit, and the free-model requests left today.

use headroom_domain::{LimitReport, LimitSource, LimitWindow};
use serde_json::Value;

use crate::{
    json::{amount, count, present},
    limits::MOST_UNITS,
};

/// Longest response that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024;
/// Largest plausible credit, in US dollars.
const MOST_DOLLARS: f64 = 1e9;

/// A provider's report about an account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountReport {
    /// Total credit of the key, in US dollars; `None` if it is unlimited.
    pub credit_dollars: Option<f64>,
    /// Credit left, in US dollars.
    pub left_dollars: Option<f64>,
    /// Today's requests to free models.
    pub free_models: LimitReport,
}

/// Parses the response; `None` if it is not an account report. Implausible values are dropped.
#[must_use]
pub fn read_account(body: &str) -> Option<AccountReport> {
    if body.len() > MOST_BYTES {
        return None;
    }
    let value: Value = serde_json::from_str(body).ok()?;
    let data = value.get("data").filter(|data| data.is_object())?;
    let dollars = |key| amount(data, key).filter(|dollars| *dollars <= MOST_DOLLARS);
    let mut report = AccountReport {
        credit_dollars: dollars("limit"),
        left_dollars: dollars("limit_remaining").or_else(|| overspent(data)),
        ..AccountReport::default()
    };
    if let Some(daily) = present(data, "free_model_daily_requests") {
        let requests = |key| count(daily, key).filter(|number| *number <= MOST_UNITS);
        let (limit, used, remaining) = (requests("limit"), requests("used"), requests("remaining"));
        if limit.is_some() || remaining.is_some() {
            report.free_models.record(LimitWindow::RequestsDay, LimitSource::Header, |fact| {
                (fact.limit, fact.used, fact.remaining) = (limit, used, remaining);
            });
        }
    }
    Some(report)
}

/// A key that has spent more than its limit has nothing left; OpenRouter reports that as a negative remainder.
fn overspent(data: &Value) -> Option<f64> {
    data.get("limit_remaining")?.as_f64().filter(|left| *left < 0.0).map(|_| 0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn credit_and_the_requests_of_free_models_are_read() {
        let body = r#"{"data":{"label":"sk-or-v1-au7...890","limit":100,"limit_remaining":74.5,"usage":25.5,
            "is_free_tier":false,"free_model_daily_requests":{"used":12,"limit":50,"remaining":38}}}"#;
        let report = read_account(body).unwrap();
        assert_eq!((report.credit_dollars, report.left_dollars), (Some(100.0), Some(74.5)));
        let fact = report.free_models.fact(LimitWindow::RequestsDay, LimitSource::Header).unwrap();
        assert_eq!((fact.limit, fact.used, fact.remaining), (Some(50), Some(12), Some(38)));
    }

    #[test]
    fn a_key_without_a_limit_and_absurd_figures_say_nothing() {
        let unlimited = read_account(r#"{"data":{"limit":null,"limit_remaining":null,"usage":0}}"#).unwrap();
        assert_eq!((unlimited.credit_dollars, unlimited.left_dollars), (None, None));
        assert_eq!(unlimited.free_models, LimitReport::default());
        let debt = read_account(r#"{"data":{"limit":10,"limit_remaining":-0.5}}"#).unwrap();
        assert_eq!(debt.left_dollars, Some(0.0), "the gauge is there when it is needed most");
        let absurd = r#"{"data":{"limit":-1,"limit_remaining":1e300,"usage":"NaN","free_model_daily_requests":{"limit":-5,"remaining":1e30}}}"#;
        assert_eq!(read_account(absurd), Some(AccountReport::default()));
        let half = read_account(r#"{"data":{"free_model_daily_requests":{"limit":50}}}"#).unwrap();
        let fact = half.free_models.fact(LimitWindow::RequestsDay, LimitSource::Header).unwrap();
        assert_eq!((fact.limit, fact.remaining), (Some(50), None), "one figure is better than none");
        for wrong in ["", "null", "[]", "{}", r#"{"data":5}"#, r#"{"error":{"message":"no"}}"#] {
            assert_eq!(read_account(wrong), None, "{wrong}");
        }
        assert_eq!(read_account(&format!("{{\"data\":{{}},\"x\":\"{}\"}}", "x".repeat(MOST_BYTES))), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(body in ".{0,200}") {
            let _ = read_account(&body);
        }
    }
}
